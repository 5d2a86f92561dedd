"""The backend protocol over Amazon SageMaker.

Requests and how they ended are in S3 (`records.py`); the state of what runs is SageMaker's, read through a cache that
all tabs of this server share.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.endpoints import deletion, deployment
from core.backends.aws.endpoints.expiry import BY_SCHEDULE
from core.backends.aws.endpoints.traffic import traffic
from core.backends.aws.jobs import completion, evaluation, executions, launch, start, trained, trials, tuning
from core.backends.aws.jobs.description import OPERATIONS, JobDescription, describe
from core.backends.aws.jobs.logs import ENDPOINTS, GROUPS, LogReader, LogReaders
from core.backends.aws.jobs.place import place_of
from core.backends.aws.money import cost, removal, sweep
from core.backends.aws.resources import instances, mail, pipelines, records, registry, schedules
from core.backends.aws.resources.models import forget_model
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.cache import Cache
from core.backends.aws.session.codes import MISSING, refused_as
from core.backends.aws.session.connection import session_for
from core.backends.aws.session.failures import AccessDenied
from core.backends.aws.setup import quotas
from core.backends.base import (
    Capabilities,
    Choice,
    Endpoint,
    EndpointStatus,
    Estimate,
    Job,
    LogChunk,
    Traffic,
)
from core.backends.inventory import BillableResource, Deletion, Inventory
from core.backends.local import LocalBackend
from core.backends.pipelines import (
    Execution,
    ExecutionRequest,
    ExecutionStep,
    Pipeline,
    PipelineRequest,
    Place,
)
from core.backends.records import read_job, timestamp
from core.backends.registry import Approval, ModelVersion, VersionRequest
from core.backends.requests import EndpointRequest, JobKind, PredictionRequest, Request, TuningRequest
from core.backends.schedules import BY_MACHINE, Mail, Schedule, Task, all_of
from core.backends.schedules import forget as forget_schedule
from core.errors import (
    CannotStop,
    EndpointGone,
    JobNotReady,
    NotFound,
    SenderoError,
    StillInUse,
    StorageDamaged,
    StorageFailed,
)
from core.language import mark, tr
from core.names import checked_name
from core.settings import Settings

if TYPE_CHECKING:
    from core.backends.record_types import AwsEndpointRecord, JobRecord

_launching = threading.Lock()  # of this server; to other machines AWS says that a name is taken
# SageMaker has no operation that deletes a job; the log is the account's, and our policies let nobody delete any.
KEEPS = (
    mark("SageMaker's own record of each job, which cannot be deleted and costs nothing"),
    mark("the log of each job in CloudWatch, as long as the account keeps logs"),
)
_caches: dict[str, tuple[Cache, LogReaders]] = {}  # by settings: one poller a server


class AwsBackend:
    """Jobs and endpoints of one bucket and prefix, on SageMaker."""

    name = "aws"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.session = session_for(settings)
        key, every = settings.model_dump_json(), settings.poll_seconds
        if key not in _caches:
            _caches[key] = (Cache(every), LogReaders(self.session, every / 2))
        self.cache, self.readers = _caches[key]
        self.storage = S3Storage(self.session, settings.bucket, settings.prefix, self.cache)
        self.records = records.JobRecords(self.storage)
        self.capabilities = Capabilities(
            label=f"Amazon SageMaker, s3://{settings.bucket}/{settings.prefix}",
            costs_money=True,
            clusters=True,
            others_act=True,
            poll_seconds=max(1.0, every / 2),
            keeps=KEEPS,
        )
        # Prediction Jobs run beside the app, where the files are: another bucket's are not these.
        asks: dict[str, object] = {**settings.model_dump(mode="json")}
        asks["workspace"] = str(settings.workspace.resolve())
        desk = settings.workspace / "aws" / settings.bucket / settings.prefix
        self._beside = LocalBackend(desk, asks=asks)
        self.desk = self._beside.storage

    # --- jobs -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def launching(self) -> Generator[None, None, None]:
        """Hold off the launches of this server."""
        with _launching:
            yield

    def launch(self, request: Request, execution: str = "") -> Job:
        """Start a job, or answer the one of that name and request. Raises BadName, NameTaken, and what AWS refuses."""
        if isinstance(request, PredictionRequest):
            return self._beside.launch(request)
        record = launch.launch(self.storage, request, execution)
        if isinstance(request, TuningRequest) and records.unfinished(record):
            self._begin_start(record)
        self.cache.drop(("job", record["name"]))
        return self._job(record)

    def job(self, name: str) -> Job:
        """Return the job as it is now. Raises NotFound."""
        if job := self._job_beside(name):
            return job
        return self._job(self.records.find(name))

    def jobs(self, kind: JobKind | None = None) -> list[Job]:
        """Return all jobs, newest first."""
        jobs: list[Job] = []
        kinds = [*JobKind] if kind is None else [JobKind(kind)]
        if JobKind.prediction in kinds:
            kinds.remove(JobKind.prediction)
            jobs += self._beside.jobs(JobKind.prediction)
        if {JobKind.processing, JobKind.training} & {*kinds}:
            self._adopt()
        for each in kinds:
            for record in self.records.of(each):
                with contextlib.suppress(NotFound):
                    jobs.append(self._listed(record))
        return sorted(jobs, key=lambda job: (job.created, job.name), reverse=True)

    def log(self, name: str, token: str = "") -> LogChunk:
        """Return the job's log since `token`, as far as CloudWatch has it; with `TAIL` its last lines."""
        if self._job_beside(name):
            return self._beside.log(name, token)
        try:
            record = self.records.find(name)
        except NotFound:
            deployment.read_record(self.storage, name)
            reader = self.readers.of(name, f"{ENDPOINTS}/{name}", "AllTraffic/")
            reader.refresh()
        else:
            if record["kind"] == "tuning":
                return trials.log(self.storage, record, token)
            reader = self._reader(record)
        return reader.chunk(token)

    def metrics(self, name: str) -> list[dict[str, float]]:
        """Return one dict a round; for a tuning job, one a trial that has ended."""
        if self._job_beside(name):
            return []
        record = self.records.find(name)
        if record["kind"] == "tuning":
            return trials.rounds(self.storage, record)
        return list(self._reader(record).rows)

    def stop(self, name: str) -> Job:
        """Ask an active job to stop. Raises NotFound, CannotStop."""
        if self._job_beside(name):
            return self._beside.stop(name)
        job, record = self.job(name), self.records.find(name)
        if not job.status.active or job.phase == "Evaluating":
            raise CannotStop(name=name, status=job.phase if job.status.active else job.status.value)
        operations, ran = OPERATIONS[record["kind"]], records.sagemaker_name(record)
        if record["kind"] == "tuning":
            start.stop(self.storage, record)
        if record["kind"] != "tuning" or describe(self.session, "tuning", ran).active:
            self.session.call("sagemaker", operations.stop, **{operations.name: ran})
        self.cache.drop(("job", name))
        return self.job(name)

    def delete_job(self, name: str) -> None:
        """Delete the record and the files of a job that has ended, and a transform job's model, should it be left.

        Its record goes last, so that what is cut off is still a job. Raises NotFound, StillInUse.
        """
        if self._job_beside(name):
            return self._beside.delete_job(name)
        job, record = self.job(name), self.records.find(name)
        if job.busy:
            raise StillInUse(
                name=name,
                reason=tr("It is in progress."),
                advice=tr("Stop it first: stop {name}.", name=name),
            )
        if job.kind == JobKind.transform:
            forget_model(self.storage, records.sagemaker_name(record))
        self.storage.delete(keys.job_output(record["kind"], name))
        self.storage.delete(keys.job(record["kind"], name))

    def evaluate(self, name: str) -> Job:
        """Evaluate the model of a Training Job that has ended. Raises CannotJudge, and what AWS refuses."""
        evaluation.again(self.storage, self.records.find(name))
        self.cache.drop(("job", name))
        return self.job(name)

    # --- endpoints --------------------------------------------------------------------------------------

    def deploy(self, request: EndpointRequest) -> Endpoint:
        """Create model, endpoint config and endpoint. Raises NotFound, JobNotReady, NameTaken."""
        checked_name(request.name, "endpoint")
        job = self.job(request.training_job)
        if not self.storage.exists(keys.model(job.name)):
            raise JobNotReady(name=job.name, status=job.status.value)
        record = deployment.deploy(self.storage, request)
        self.cache.drop(("endpoint", record["name"]))
        return self.endpoint(record["name"])

    def endpoint(self, name: str) -> Endpoint:
        """Return the endpoint as it is now; one that has expired is ended by this call. Raises NotFound."""
        return self._endpoint(deployment.read_record(self.storage, name))

    def endpoints(self) -> list[Endpoint]:
        """Return all endpoints that were not deleted, newest first."""
        endpoints = []
        for record in self._endpoint_records():
            with contextlib.suppress(NotFound):  # it was to be deleted, and now is
                endpoints.append(self._endpoint(record))
        return sorted(endpoints, key=lambda endpoint: (endpoint.created, endpoint.name), reverse=True)

    def invoke(
        self, name: str, body: bytes, content_type: str = "text/csv", accept: str = "text/csv"
    ) -> bytes:
        """Send one request to the endpoint. Raises NotFound, EndpointGone, and what AWS or the container refuse."""
        endpoint = self.endpoint(name)
        if endpoint.status != EndpointStatus.in_service:
            reason = (
                endpoint.failure.why
                if endpoint.failure
                else tr("Its status is {status}.", status=endpoint.status)
            )
            raise EndpointGone(name=name, reason=reason)
        answer = self.session.call(
            "sagemaker-runtime",
            "invoke_endpoint",
            EndpointName=name,
            Body=body,
            ContentType=content_type,
            Accept=accept,
        )
        return answer["Body"].read()

    def set_expiry(self, name: str, expires: datetime) -> Endpoint:
        """Let an endpoint that is in service end at `expires`, its schedule too. Raises NotFound, EndpointGone."""
        endpoint = self.endpoint(name)
        if endpoint.status != EndpointStatus.in_service:
            raise EndpointGone(name=name, reason=tr("Its status is {status}.", status=endpoint.status))
        deployment.set_expiry(self.storage, deployment.read_record(self.storage, name), expires)
        return self.endpoint(name)

    def traffic(self, name: str) -> Traffic:
        """Return what CloudWatch has counted, some minutes late.

        Raises NotFound, EndpointGone, and what AWS refuses.
        """
        endpoint = self.endpoint(name)
        if endpoint.status != EndpointStatus.in_service:
            raise EndpointGone(name=name, reason=tr("Its status is {status}.", status=endpoint.status))
        return traffic(self.session, name, endpoint.created)

    def replace_model(self, name: str, training_job: str) -> Endpoint:
        """Have an endpoint updated to another model: `replacing` until SageMaker has shifted its traffic.

        Raises NotFound, EndpointGone, and what AWS refuses.
        """
        endpoint = self.endpoint(name)
        if endpoint.status != EndpointStatus.in_service or endpoint.replacing:
            busy = tr("It is being updated to the model of {replacing}.", replacing=endpoint.replacing)
            raise EndpointGone(
                name=name,
                reason=busy if endpoint.replacing else tr("Its status is {status}.", status=endpoint.status),
            )
        try:
            deployment.replace(self.storage, deployment.read_record(self.storage, name), training_job)
        finally:
            self.cache.drop(("endpoint", name))
        return self.endpoint(name)

    def delete_endpoint(self, name: str) -> list[str]:
        """Delete endpoint, endpoint config, model and schedule, checked. Raises NotFound, DeletionIncomplete."""
        try:
            return deletion.delete(self.storage, deployment.read_record(self.storage, name))
        finally:
            self.cache.clear()

    # --- the registry -----------------------------------------------------------------------------------

    def register(self, request: VersionRequest) -> ModelVersion:
        """Make a model a Model Package, or return the one that it is. Raises what AWS refuses."""
        try:
            return registry.register(self.storage, request)
        finally:
            self.cache.drop(("versions",))

    def versions(self) -> list[ModelVersion]:
        """Return the versions in all Model Package Groups of this workspace, newest first."""
        return self.cache.get(("versions",), lambda: registry.versions(self.storage))

    def set_approval(self, seen: ModelVersion, approval: Approval, who: str, why: str) -> ModelVersion:
        """Approve or reject a Model Package, if IAM lets the caller. Raises NotFound, and what AWS refuses."""
        try:
            return registry.set_approval(self.storage, seen, approval, who, why)
        finally:
            self.cache.drop(("versions",))

    # --- pipelines --------------------------------------------------------------------------------------

    def place(self) -> Place:
        """Return the role, the image and our code, which is put into S3. Raises NoRole, NoWheels, what AWS refuses."""
        return place_of(self.storage)

    def put_pipeline(self, request: PipelineRequest) -> Pipeline:
        """Create a SageMaker Pipeline, or update it. Raises BadName, NameTaken, and what AWS refuses."""
        return executions.put(self.storage, request)

    def pipelines(self) -> list[Pipeline]:
        """Return those that are there, the one that was saved last first."""
        found: list[Pipeline] = []
        for name in pipelines.names(self.storage):
            with contextlib.suppress(NotFound):  # it was deleted in SageMaker
                found.append(pipelines.find(self.storage, name))
        return sorted(found, key=lambda each: (each.updated, each.name), reverse=True)

    def pipeline(self, name: str) -> Pipeline:
        """Return a pipeline as SageMaker has it. Raises NotFound."""
        return pipelines.find(self.storage, name)

    def start_execution(self, request: ExecutionRequest) -> Execution:
        """Start an execution, or return the one that this very request has started. Raises NotFound."""
        return executions.start(self.storage, request)

    def executions(self, pipeline: str = "") -> list[Execution]:
        """Return the executions of a pipeline, or of all of them, newest first, whoever started them."""
        return executions.listed(self.storage, pipeline)

    def execution(self, pipeline: str, execution_id: str) -> Execution:
        """Return an execution as it is now. Raises NotFound."""
        return executions.execution(self.storage, pipeline, execution_id)

    def execution_steps(self, pipeline: str, execution_id: str) -> list[ExecutionStep]:
        """Return its steps in their order, those to come as well. Raises NotFound.

        What the jobs of those that have ended have left is in its place then, the evaluation beside its model.
        """
        found = executions.steps_of(self.storage, pipeline, execution_id)
        for name in {step.job for step in found if step.job and not step.status.active}:
            with contextlib.suppress(SenderoError):
                self.job(name)
        return found

    def stop_execution(self, pipeline: str, execution_id: str) -> Execution:
        """Ask an active execution to stop. Raises NotFound, CannotStop."""
        return executions.stop(self.storage, pipeline, execution_id)

    def delete_pipeline(self, name: str) -> list[str]:
        """Delete a pipeline with the records of its executions. Raises NotFound, StillInUse.

        Its models are judged by a step, which nobody can look for afterwards: their records are closed first.
        """
        self.jobs(JobKind.training)
        return executions.delete(self.storage, name)

    # --- schedules --------------------------------------------------------------------------------------

    def starts(self, task: Task, files: str = "") -> str:
        """Return EventBridge Scheduler, where a role for it is set; but files that the execution role may not read,
        which is all that is not below our root, need a machine.
        """
        outside = task == Task.predict and not files.startswith(f"{self.storage.root}/")
        return BY_SCHEDULE if self.settings.scheduler_role and not outside else ""

    def put_schedule(self, schedule: Schedule) -> None:
        """Have EventBridge Scheduler start its pipeline, and what has ended mailed where a topic is set.

        Raises NameTaken, and what AWS refuses.
        """
        mail.put(self.session)
        if schedule.started_by != BY_MACHINE:
            schedules.put(self.session, schedule)

    def tell(self, subject: str, text: str) -> str:
        """Mail by the SNS topic of the settings. Raises what AWS refuses."""
        return schedules.tell(self.session, subject, text)

    def mail(self) -> Mail | None:
        """Return whether rules hand what has ended to the SNS topic of the settings. Raises what AWS refuses."""
        topic = self.settings.topic
        return Mail(topic.rpartition(":")[2], bool(topic) and mail.is_on(self.session))

    def set_mail(self, on: bool) -> None:
        """Make the rules of EventBridge that do so, or delete them. Raises NameTaken, and what AWS refuses."""
        if on:
            mail.put(self.session)
        else:
            mail.delete(self.session)

    # --- the account ------------------------------------------------------------------------------------

    def choices(self, kind: str) -> tuple[Choice, ...]:
        """Return instance types, spot, memory: the defaults are the settings."""
        return instances.choices(self.session, kind)

    def offers(self, kind: str) -> tuple[Choice, ...]:
        """Return the same with the account's quotas, as far as they are known."""
        return quotas.offered(quotas.known(self.session), kind, self.choices(kind))

    def objection(self, kind: str, resources: Mapping[str, str], jobs: int = 1) -> str:
        """Return which quotas do not allow it."""
        resource_config = {**resources, **instances.chosen(self.session, kind, resources)}
        return quotas.objection(self.session, quotas.known(self.session), kind, resource_config, jobs)

    def estimate(
        self, kind: str, resources: Mapping[str, str], size: int, jobs: int = 1, eda_job: str = ""
    ) -> Estimate:
        """Return what it will cost at the Price List's prices, or at those of our table (`cost.py`)."""
        judge = evaluation.instance_of(self.storage, eda_job)
        if kind == "evaluation":
            kind, resources = "processing", {"instance_type": judge}
        resource_config = {**resources, **instances.chosen(self.session, kind, resources)}
        return cost.estimate(self.session, kind, resource_config, size, jobs, judge)

    def sweep(self) -> Inventory:
        """Return every endpoint of the account and region, every job in progress, and schedules left over."""
        kept: list[Schedule] = []
        with contextlib.suppress(SenderoError):  # the account can be swept without a bucket, too
            kept = all_of(self.storage)
        found = sweep.sweep(
            self.session, frozenset(schedules.name_of(self.session, each.name) for each in kept)
        )
        return replace(found, resources=(*found.resources, *(each.resource for each in kept)))

    def delete_resource(self, item: BillableResource) -> Deletion:
        """Delete an endpoint, a schedule or a rule, ours or not; our rules go with our last schedule, too.

        Raises NotFound, CannotSweep, DeletionIncomplete.
        """
        if item.kind == "endpoint" and item.ours and self.storage.exists(keys.endpoint_record(item.name)):
            return Deletion(tuple(self.delete_endpoint(item.name)))
        if item.kind == "schedule" and item.ours:
            gone = schedules.delete(self.session, item.name) + self._delete_own_pipeline(item.name)
            if all(each.name == item.name for each in all_of(self.storage)):
                gone += mail.delete(self.session)
            return Deletion(
                (*gone, tr("schedule {schedule}", schedule=item.name)),
                forget_schedule(self.storage, item.name),
            )
        try:
            return removal.delete(self.session, item)
        finally:
            self.cache.clear()

    # --- within -----------------------------------------------------------------------------------------

    def _delete_own_pipeline(self, schedule: str) -> list[str]:
        """Delete the pipeline that was made for a schedule; return what is gone. Raises StillInUse."""
        kept = next((each for each in all_of(self.storage) if each.name == schedule), None)
        if kept and kept.task != Task.pipeline and kept.started_by != BY_MACHINE:
            with contextlib.suppress(NotFound):
                return executions.delete(self.storage, kept.pipeline)[
                    :1
                ]  # its runs are in the schedule's record
        return []

    def _job_beside(self, name: str) -> Job | None:
        """Return the Prediction Job of that name; None where there is none."""
        with contextlib.suppress(NotFound):
            return self._beside.job(name)
        return None

    def _adopt(self) -> None:
        """Let the jobs of executions that go on have records: whoever lists jobs sees them among the others."""
        with contextlib.suppress(SenderoError):  # jobs are listed without them
            self.cache.get(("adopted",), self.executions)

    def _begin_start(self, tuning_job: JobRecord) -> None:
        """Launch the trial with the given values beside the tuner's, where the quota has room; else it follows."""
        at_once = instances.AT_ONCE + 1
        if quotas.has_room(quotas.known(self.session), tuning_job.get("where", {}), at_once):
            with contextlib.suppress(SenderoError):  # whoever looks at the end of the tuning job launches it
                start.begin(self.storage, tuning_job)

    def _listed(self, record: JobRecord) -> Job:
        """Return a job for a list: one whose state cannot be read is listed too."""
        try:
            return self._job(record)
        except NotFound:
            raise
        except SenderoError as error:
            message = tr(
                "Not known as it is now: {what} {why}", what=error.failure.what, why=error.failure.why
            )
            return Job.of({**record, "message": message}, record["request"])

    def _job(self, record: JobRecord) -> Job:
        if records.unfinished(record):
            record = self.cache.get(("job", record["name"]), lambda: self._current(record))
        return Job.of(record, record["request"])

    def _current(self, record: JobRecord) -> JobRecord:
        """Return the record with what SageMaker says now; closed when it says that the job has ended."""
        record = read_job(self.storage, record["kind"], record["name"], "status")
        if not records.unfinished(record):
            return record
        if record["status"] in records.ENDED:
            return trained.judged_again(self.storage, record)
        try:
            job = describe(self.session, record["kind"], records.sagemaker_name(record))
        except SenderoError as error:
            if not refused_as(error, MISSING):
                raise
            return completion.missing(self.storage, record)
        if not job.active:
            try:
                closed = completion.ENDINGS[record["kind"]](self.storage, record, job)
            except AccessDenied:  # whoever may only look leaves that to somebody who may write
                closed = completion.unclosed(record, job)
            if closed is not None:
                return closed
            job = replace(job, status="InProgress", phase="Evaluating", ended=None)
        share, words = self._progress(record, job)
        return {
            **record,
            "status": job.status,
            "phase": job.phase,
            "started": timestamp(job.started) if job.started else None,
            "progress": share,
            "message": words or job.message,
        }

    def _progress(self, record: JobRecord, job: JobDescription) -> tuple[float | None, str]:
        request = record["request"]
        if "max_jobs" in request:
            trials = tuning.write_tuning_result(self.storage, record)["trials"]
            ended = sum(
                tuning.is_own(record, each) and each["status"] in ("Completed", "Stopped") for each in trials
            )
            total = request["max_jobs"]
            return ended / total, tr("{ended} of {total} trials", ended=ended, total=total)
        reader = self._reader(record)
        if "hyperparameters" in request and reader.rows:
            done = int(reader.rows[-1]["round"]) + 1
            total = int(float(request["hyperparameters"].get("num_round", done)))
            return min(1.0, done / total), tr("round {done} of {total}", done=done, total=total)
        return reader.progress() or (None, "")

    def _reader(self, record: JobRecord) -> LogReader:
        """Return the job's log reader, read on; a Training Job's goes on with the log of its evaluation."""
        ran, request = records.sagemaker_name(record), record["request"]  # a promoted job has no log here
        spot = record.get("where", {}).get("spot") == "yes"
        reader = self.readers.of(record["name"], GROUPS[record["kind"]], f"{ran}/", restarts=spot)
        more = None
        if "hyperparameters" in request and request.get("test"):
            judge = record.get("judging") or evaluation.name_of(record["name"])
            if record.get("execution"):
                with contextlib.suppress(
                    SenderoError
                ):  # the pipeline is gone: the log goes on without that part
                    judge = executions.judge_of(self.storage, record) or judge
            more = (GROUPS["processing"], f"{judge}/")
        reader.refresh(more)
        return reader

    def _endpoint_records(self) -> list[AwsEndpointRecord]:
        existing = []
        for name in self.storage.folders(keys.ENDPOINTS):
            with contextlib.suppress(NotFound, StorageFailed, StorageDamaged):  # deleted a moment ago
                existing.append(deployment.read_record(self.storage, name))
        return existing

    def _endpoint(self, record: AwsEndpointRecord) -> Endpoint:
        name = record["name"]
        if record.get("replacing"):  # whose model answers must be known to whoever encodes rows for it
            self.cache.drop(("endpoint", name))
        answer = self.cache.get(("endpoint", name), lambda: deployment.description(self.storage, name))
        with contextlib.suppress(AccessDenied):  # whoever may only look sees it as it was written last
            record = deployment.settled(self.storage, record, answer)
        per_hour = cost.idle_per_hour(self.session, record["where"])
        endpoint = deployment.endpoint_of(record, answer, per_hour, self.session.region)
        endpoint = replace(
            endpoint,
            at_a_time=instances.at_a_time(answer),
            per_second=cost.per_second(self.session, record["where"]),
            sleeps=record["where"]["instance_type"] == instances.SERVERLESS,
        )
        late = endpoint.expires and datetime.now(UTC) >= endpoint.expires
        if not record.get("ending") and not (
            late and endpoint.status in (EndpointStatus.in_service, EndpointStatus.failed)
        ):
            return endpoint
        self.cache.drop(("endpoint", name))
        return deletion.carry_on(self.storage, record, endpoint)


def forget() -> None:
    """Forget what this process has read: the same settings may mean another account now."""
    _caches.clear()
    quotas.forget()
