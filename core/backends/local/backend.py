"""The backend protocol over this machine's processes: which module does what.

Everything it returns is what the runtime folders and storage hold now, so any number of backends in any number of
processes may work on one workspace.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core import keys
from core.backends.base import TAIL, Capabilities, Choice, Endpoint, Estimate, Job, LogChunk, Traffic
from core.backends.inventory import BillableResource, Deletion, Inventory
from core.backends.local import endpoints as endpoint_verbs
from core.backends.local import evaluation, pipelines, registry
from core.backends.local.failures import NothingToGoOnFrom, RunnerKilled
from core.backends.local.launch import JOB_KINDS, launch_job, launch_lock
from core.backends.local.programs import Programs
from core.backends.local.records import close_record
from core.backends.local.runtime import ENDED, Runtime, runtimes, version_of
from core.backends.local.staging import clear
from core.backends.local.sweep import sweep_of
from core.backends.pipelines import (
    EXECUTION,
    Execution,
    ExecutionRequest,
    ExecutionStep,
    Pipeline,
    PipelineRequest,
    Place,
)
from core.backends.records import ENDPOINT, is_object, read_job, timestamp
from core.backends.registry import Approval, ModelVersion, VersionRequest
from core.backends.requests import EndpointRequest, JobKind, Request, TuningRequest, request_json
from core.backends.schedules import Mail, Schedule, Task, all_of, forget
from core.errors import (
    CannotStop,
    CannotSweep,
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
from core.storage import DiskStorage, storage_errors

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord, RequestJson, Status

# Runtime folder -> (version of its status.json, the job), and record -> (its version, the job): a page of 300 runs is
# not read from 600 files at each click.
_ENDED_JOBS: dict[Path, tuple[tuple[int, int], Job]] = {}
LONGEST_CHUNK = 8 * 2**20  # bytes of log in one answer
LONGEST_TAIL = 200_000  # bytes of log near its end, as much as a page shows


class LocalBackend:
    """Jobs and endpoints as detached processes of this machine, under one workspace folder."""

    name = "local"
    capabilities = Capabilities(
        label=mark("This machine"),
        costs_money=False,
    )

    def __init__(
        self, workspace: Path, programs: Programs | None = None, asks: dict[str, object] | None = None
    ) -> None:
        """Work in `workspace`; `asks` are the settings of another backend, whose endpoints Prediction Jobs ask."""
        self.workspace = Path(workspace).resolve()
        self.asks = asks
        self.programs = programs or Programs()
        self.storage = self.desk = DiskStorage(self.workspace)

    # --- jobs -------------------------------------------------------------------------------------------

    def launching(self) -> AbstractContextManager[None]:
        """Hold off the launches of every process in this workspace. Raises StorageFailed."""
        return launch_lock(self.workspace, "request")

    def launch(self, request: Request, execution: str = "") -> Job:
        """Start a job, or return the one of that name and request.

        Raises BadName, NameTaken, NothingToGoOnFrom, StorageFailed.
        """
        checked_name(request.name)
        if isinstance(request, TuningRequest):
            checked_name(f"{request.name}-{request.max_jobs:03d}")
            if request.parent and not self.storage.exists(keys.study(request.parent)):
                raise NothingToGoOnFrom(name=request.parent)
        kind, asked = request.kind.value, request_json(request)
        runtime, _ = launch_job(
            self.workspace, kind, asked, self.programs, asks=self.asks, execution=execution
        )
        return self._job(runtime)

    def job(self, name: str) -> Job:
        """Return the job as it truly is now. Raises NotFound."""
        with contextlib.suppress(SenderoError):  # a name that cannot be one is not found either
            checked_name(name)
            for kind in JOB_KINDS:
                runtime = Runtime.of(self.workspace, kind, name)
                if runtime.status():
                    return self._job(runtime)
                if self.storage.exists(keys.job_record(kind, name)):
                    return self._recorded(kind, name)
        raise NotFound(thing="job", name=name, listing="jobs")

    def jobs(self, kind: JobKind | None = None) -> list[Job]:
        """Return all jobs, newest first."""
        listed: list[Job] = []
        for each in JOB_KINDS if kind is None else [JobKind(kind).value]:
            live = {runtime.name: runtime for runtime in runtimes(self.workspace, each)}
            for runtime in live.values():
                with contextlib.suppress(NotFound):  # a stray folder, or a job that was just removed
                    listed.append(self._job(runtime))
            for name in self.storage.folders(each):
                if name not in live:
                    with contextlib.suppress(NotFound):
                        listed.append(self._recorded(each, name))
        return sorted(listed, key=lambda job: (job.created, job.name), reverse=True)

    def log(self, name: str, token: str = "") -> LogChunk:
        """Return whole lines of the job's (or endpoint's) log since `token`; ask again until `text` is empty.

        With `TAIL` for a token, the lines of the last LONGEST_TAIL bytes, and the token to go on from.
        """
        path = self._runtime(name).log
        start = int(token) if token.isdigit() else 0
        try:
            with path.open("rb") as file:
                if start > path.stat().st_size:  # an endpoint of the same name began a new log
                    start = 0
                if token == TAIL and (skipped := path.stat().st_size - LONGEST_TAIL) > 0:
                    file.seek(skipped)
                    start = skipped + len(file.readline())  # the rest of a line that began before
                file.seek(start)
                data = file.read(LONGEST_CHUNK)
        except FileNotFoundError:
            return LogChunk("", "0")
        if (cut := data.rfind(b"\n")) >= 0:
            data = data[: cut + 1]
        elif self._runtime(name).alive():
            data = b""  # the rest of the line is still to come
        return LogChunk(data.decode(errors="replace"), str(start + len(data)))

    def metrics(self, name: str) -> list[dict[str, float]]:
        """Return one dict a round; for a tuning job, one a trial."""
        try:
            lines = self._runtime(name).metrics.read_bytes().split(b"\n")[:-1]  # the last may be half written
        except FileNotFoundError:
            return []
        return [row for line in lines if (row := _metrics_of(line))]

    def stop(self, name: str) -> Job:
        """Ask an active job to stop. Raises NotFound, CannotStop."""
        job = self.job(name)
        if not job.status.active:
            raise CannotStop(name=name, status=job.status.value)
        with storage_errors("stop", name):
            Runtime.of(self.workspace, job.kind.value, name).ask_to_stop()
        return self.job(name)

    def delete_job(self, name: str) -> None:
        """Delete the record, the files and the log of a job that has ended. Raises NotFound, StillInUse.

        Its record goes last, so that what is cut off is still a job, and can be deleted again.
        """
        job = self.job(name)
        runtime = Runtime.of(self.workspace, job.kind.value, name)
        with launch_lock(self.workspace):
            if job.busy or not runtime.ended():
                raise StillInUse(
                    name=name,
                    reason=tr("It is in progress."),
                    advice=tr("Stop it first: stop {name}.", name=name),
                )
            self.storage.delete(keys.job_output(job.kind.value, name))
            with storage_errors("delete", name):
                runtime.remove()
            self.storage.delete(keys.job(job.kind.value, name))

    def evaluate(self, name: str) -> Job:
        """Judge the model of a Training Job that has ended, while the caller waits: seconds, as a rule.

        Raises CannotJudge.
        """
        evaluation.judge(self.storage, read_job(self.storage, "training", name), self.programs)
        runtime = Runtime.of(self.workspace, JobKind.training.value, name)
        if status := runtime.status():
            runtime.write_status({**status, "unjudged": "", "message": ""})
        return self.job(name)

    # --- endpoints --------------------------------------------------------------------------------------

    def deploy(self, request: EndpointRequest) -> Endpoint:
        """Start an endpoint for a Training Job's model. Raises NotFound, JobNotReady, NameTaken."""
        checked_name(request.name, "endpoint")
        job = self.job(request.training_job)
        if not self.storage.exists(keys.model(job.name)):
            raise JobNotReady(name=job.name, status=job.status.value)
        return self.endpoint(endpoint_verbs.deploy(self.workspace, request, self.programs).name)

    def endpoint(self, name: str) -> Endpoint:
        """Return the endpoint as it truly is now. Raises NotFound."""
        self._known_endpoint(name)
        status = endpoint_verbs.status_of(self.workspace, name)
        return endpoint_verbs.endpoint_of(status, endpoint_verbs.request_of(self.workspace, name))

    def endpoints(self) -> list[Endpoint]:
        """Return all endpoints that were not deleted, newest first."""
        listed: list[Endpoint] = []
        for name in endpoint_verbs.names(self.workspace):
            with contextlib.suppress(NotFound):  # deleted a moment ago
                listed.append(self.endpoint(name))
        return sorted(listed, key=lambda endpoint: (endpoint.created, endpoint.name), reverse=True)

    def invoke(
        self, name: str, body: bytes, content_type: str = "text/csv", accept: str = "text/csv"
    ) -> bytes:
        """Send one request to the endpoint; return its answer. Raises NotFound, EndpointGone, EndpointRefused."""
        from core.backends.local.invoke import post  # late: http.client costs every page 15 ms

        endpoint = self.endpoint(name)
        if endpoint.url is None:
            raise EndpointGone(name=name, reason=endpoint_verbs.why_gone(endpoint))
        return post(
            name,
            endpoint.url,
            body,
            content_type,
            accept,
            lambda: endpoint_verbs.why_gone(self.endpoint(name)),
        )

    def set_expiry(self, name: str, expires: datetime) -> Endpoint:
        """Let an endpoint that is in service end at `expires`. Raises NotFound, EndpointGone."""
        self._known_endpoint(name)
        endpoint_verbs.set_expiry(self.workspace, name, expires)
        return self.endpoint(name)

    def traffic(self, name: str) -> Traffic:
        """Return what the server of an endpoint has counted since it began. Raises NotFound, EndpointGone."""
        from core.backends.local.invoke import traffic  # late: http.client costs every page 15 ms

        endpoint = self.endpoint(name)
        if endpoint.url is None:
            raise EndpointGone(name=name, reason=endpoint_verbs.why_gone(endpoint))
        return traffic(name, endpoint.url, lambda: endpoint_verbs.why_gone(self.endpoint(name)))

    def replace_model(self, name: str, training_job: str) -> Endpoint:
        """Let an endpoint answer by another model; it does when this returns.

        Raises NotFound, EndpointGone, ReportedFailure.
        """
        self._known_endpoint(name)
        endpoint_verbs.replace_model(self.workspace, name, training_job)
        return self.endpoint(name)

    def delete_endpoint(self, name: str) -> list[str]:
        """Delete endpoint, endpoint config and model, checked; return them. Raises NotFound."""
        self._known_endpoint(name)
        return endpoint_verbs.delete(self.workspace, name)

    def register(self, request: VersionRequest) -> ModelVersion:
        """Make a model a version, or return the one that it is. Raises StorageFailed."""
        return registry.register(self.workspace, request)

    def versions(self) -> list[ModelVersion]:
        """Return the versions of all groups, newest first."""
        return registry.versions(self.storage)

    def set_approval(self, seen: ModelVersion, approval: Approval, who: str, why: str) -> ModelVersion:
        """Approve or reject a version. Raises NotFound, StorageFailed."""
        return registry.set_approval(self.storage, seen, approval, who, why)

    # --- pipelines --------------------------------------------------------------------------------------

    def place(self) -> Place:
        """Return what the definition of a pipeline has to know of this machine."""
        return pipelines.place_of(self.storage)

    def put_pipeline(self, request: PipelineRequest) -> Pipeline:
        """Keep a pipeline, over the one of that name. Raises BadName, StorageFailed."""
        return pipelines.put(self.storage, request)

    def pipelines(self) -> list[Pipeline]:
        """Return all pipelines, the one that was saved last first."""
        return pipelines.pipelines(self.storage)

    def pipeline(self, name: str) -> Pipeline:
        """Return a pipeline. Raises NotFound, StorageDamaged."""
        return pipelines.pipeline(self.storage, name)

    def start_execution(self, request: ExecutionRequest) -> Execution:
        """Start an execution, or return the one of the same token. Raises NotFound, StorageFailed."""
        return pipelines.start(self.storage, request, self.programs)

    def executions(self, pipeline: str = "") -> list[Execution]:
        """Return the executions of a pipeline, or of all, newest first."""
        return pipelines.executions(self.storage, pipeline)

    def execution(self, pipeline: str, execution_id: str) -> Execution:
        """Return an execution as it truly is now. Raises NotFound, StorageDamaged."""
        return pipelines.execution(self.storage, pipeline, execution_id)

    def execution_steps(self, pipeline: str, execution_id: str) -> list[ExecutionStep]:
        """Return the steps of an execution as they are now. Raises NotFound, StorageDamaged."""
        return pipelines.execution_steps(self.storage, pipeline, execution_id)

    def stop_execution(self, pipeline: str, execution_id: str) -> Execution:
        """Ask an execution to stop, and with it the job that it has started. Raises NotFound, CannotStop."""
        return pipelines.stop(self.storage, pipeline, execution_id)

    def delete_pipeline(self, name: str) -> list[str]:
        """Delete a pipeline with its executions; return what is gone. Raises NotFound, StillInUse."""
        return pipelines.delete(self.storage, name)

    # --- the machine ------------------------------------------------------------------------------------

    def choices(self, kind: str) -> tuple[Choice, ...]:
        """Return nothing: there is one machine."""
        return ()

    def offers(self, kind: str) -> tuple[Choice, ...]:
        """Return nothing."""
        return ()

    def objection(self, kind: str, resources: Mapping[str, str], jobs: int = 1) -> str:
        """Return nothing: it is known when it is tried."""
        return ""

    def estimate(
        self, kind: str, resources: Mapping[str, str], size: int, jobs: int = 1, eda_job: str = ""
    ) -> Estimate:
        """Return no price: it takes nothing but time."""
        ends = tr("Its own process ends it at its expiry, also when no app is running.")
        return Estimate(0.0, 0.0, 0.0, ends if kind == "endpoint" else tr("It takes this machine's time."))

    def starts(self, task: Task, files: str = "") -> str:
        """Return nothing: no service stands ready here, so that cron or a task has to."""
        return ""

    def put_schedule(self, schedule: Schedule) -> None:
        """Do nothing: a machine starts it."""

    def tell(self, subject: str, text: str) -> str:
        """Return nothing: a failed run is told by its exit code, and by the page."""
        return ""

    def mail(self) -> Mail | None:
        """Return None: no service that mails stands ready here."""

    def set_mail(self, on: bool) -> None:
        """Do nothing: nothing is mailed here."""

    def sweep(self) -> Inventory:
        """Return what runs of this workspace, and its schedules: nothing else is to be seen, and none is billed."""
        return sweep_of(
            self.endpoints(),
            self.jobs(),
            all_of(self.storage),
            tr("this machine, {workspace}", workspace=self.workspace),
        )

    def delete_resource(self, item: BillableResource) -> Deletion:
        """Delete an endpoint or a schedule. Raises NotFound, CannotSweep."""
        if item.kind == "schedule":
            return Deletion((tr("schedule {schedule}", schedule=item.name),), forget(self.storage, item.name))
        if item.kind != "endpoint":
            raise CannotSweep(name=item.name, kind=item.kind)
        return Deletion(tuple(self.delete_endpoint(item.name)))

    # --- within -----------------------------------------------------------------------------------------

    def _job(self, runtime: Runtime) -> Job:
        """Return the job as it is now; one that has ended is read again only once its last status is another file."""
        version = runtime.status_version()
        kept = _ENDED_JOBS.get(runtime.folder)
        if kept and kept[0] == version:
            return kept[1]
        status = runtime.status()
        if status is None:
            return self._recorded(runtime.kind, runtime.name)
        if status.pop("lost", False):
            self._record_loss(runtime, status)
        given = runtime.input()
        job = Job.of(
            status, cast("RequestJson", given["request"] if given else {})
        )  # a job's folder has a job's
        if given and version and not job.status.active:
            _ENDED_JOBS[runtime.folder] = version, job
        return job

    def _record_loss(self, runtime: Runtime, status: Status) -> None:
        """Write down that a runner was killed, so that the record in storage says it too."""
        with contextlib.suppress(SenderoError, OSError):  # the answer is true also where it cannot be kept
            clear(runtime.ml, failed=True)
            runtime.write_status(status)
            close_record(self.workspace, runtime.kind, runtime.name, status)

    def _recorded(self, kind: str, name: str) -> Job:
        """Return a job of which only the record in storage is left, read once it has ended. Raises NotFound."""
        path = self.storage.path(keys.job_record(kind, name))
        version = version_of(path)
        kept = _ENDED_JOBS.get(path)
        if kept and kept[0] == version:
            return kept[1]
        try:
            record = read_job(self.storage, kind, name)
        except (StorageDamaged, StorageFailed) as damaged:  # listed all the same, and hides no other job
            try:
                written = path.stat().st_mtime
            except OSError:  # there is no record at all, or it vanished meanwhile
                raise NotFound(thing="job", name=name, listing="jobs") from None
            when = timestamp(datetime.fromtimestamp(written, UTC))
            record: JobRecord = {
                "name": name,
                "kind": kind,
                "status": "Failed",
                "created": when,
                "ended": when,
                "failure": damaged.failure.as_kept(),
                "request": {},
            }
            version = None  # it may be read again
        if record.get("status") not in ENDED:
            version = None
            runtime = Runtime.of(self.workspace, kind, name)
            # A launch writes the record first: once it is through, the runtime folder is there.
            with contextlib.suppress(SenderoError), launch_lock(self.workspace):
                pass
            if runtime.status() is not None:
                return self._job(runtime)
            why = (
                tr("Its status.json is damaged.")
                if runtime.folder.exists()
                else tr("Its runtime folder is gone.")
            )
            failure = RunnerKilled(thing=tr("The job {name}", name=name), reason=why)
            record.update(status="Failed", failure=failure.failure.as_kept(), ended=record["created"])
        record["phase"] = record["status"]
        job = Job.of(record, record["request"])
        if version:
            _ENDED_JOBS[path] = version, job
        return job

    def _runtime(self, name: str) -> Runtime:
        with contextlib.suppress(SenderoError):
            checked_name(name)
            for kind in (*JOB_KINDS, ENDPOINT, EXECUTION):
                runtime = Runtime.of(self.workspace, kind, name)
                # A record without a runtime folder is a job about to start, or one whose log was cleared.
                if runtime.folder.exists() or self.storage.exists(keys.job_record(kind, name)):
                    return runtime
        raise NotFound(thing="log", name=name, listing=tr("jobs or endpoints"))

    def _known_endpoint(self, name: str) -> None:
        try:
            checked_name(name, "endpoint")
        except SenderoError:
            raise NotFound(thing="endpoint", name=name, listing=endpoint_verbs.LISTING) from None


def _metrics_of(line: bytes) -> dict[str, float]:
    """Read a line of metrics.jsonl; nothing of one that is damaged."""
    with contextlib.suppress(ValueError, RecursionError):
        row: object = json.loads(line)
        if is_object(row) and all(isinstance(value, int | float) for value in row.values()):
            return cast("dict[str, float]", row)
    return {}
