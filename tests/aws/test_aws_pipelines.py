"""What only SageMaker has of pipelines: it makes the jobs itself, whoever has started an execution.

The account is a new one, in which only what the printed policies allow is allowed, to the execution role too.
"""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from core.backends.base import JobStatus
from core.backends.pipelines import ExecutionStatus
from core.backends.schedules import BY_MACHINE, Mail, RunStatus, Schedule, Task, When
from core.errors import BadSchedule, StillInUse
from core.verbs import (
    costs,
    endpoints,
    mails,
    outside,
    pipeline_saving,
    pipelines,
    predict,
    registry,
    schedule_pipelines,
    scheduled_run,
    schedules,
    watching,
)
from core.verbs.audit import audit
from core.verbs.eda import report_of
from core.verbs.jobs import verify
from core.verbs.training import evaluation_of
from tests.aws.enforced import enforce, fresh_settings
from tests.aws_double.recorder import check_snapshot
from tests.backends.place import Place, until
from tests.conftest import ROOT
from tests.page_rig import open_page

pytestmark = pytest.mark.aws
NAME = "species"
SNAPSHOT = ROOT / "tests" / "backends" / "snapshots" / "schedule.json"


@pytest.fixture(scope="module")
def place(aws_module, tmp_path_factory):
    settings = fresh_settings(aws_module, "piped")
    enforce(aws_module, settings)
    place = Place(settings, tmp_path_factory.mktemp("piped"))
    yield place
    place.tidy()
    assert aws_module.missed == [], "the policies that we print lack what the role needs"


@pytest.fixture(scope="module")
def walked(place):
    """The EDA and the Training Job of a run that was walked by hand."""
    eda = place.eda().name
    return eda, place.train(eda).name


def test_an_execution_that_the_console_has_started_makes_ordinary_runs_and_a_version_that_is_deployed(
    place, walked, aws_module
):
    backend = place.backend
    by_hand, saved = walked
    pipeline_saving.save(backend, pipeline_saving.draft(backend, NAME, saved, threshold=0.5))
    console, named = aws_module.account.client("sagemaker"), f"{NAME}{backend.place().group_ending}"
    there = console.describe_pipeline(PipelineName=named)["PipelineDefinition"]
    assert json.loads(pipelines.export(backend, NAME)) == json.loads(there), "what is exported is what runs"
    release = aws_module.hold(f"{named}/Train", "Training")
    console.start_pipeline_execution(PipelineName=named, ClientRequestToken="c" * 32)
    (execution,) = until(lambda: backend.executions(NAME), "the execution")

    def steps():
        return {step.name: step for step in pipelines.steps(backend, execution)}

    until(lambda: steps()["Train"].job, "the training")
    going = {job.name: job for job in backend.jobs() if job.status.active}
    assert list(going) == [steps()["Train"].job], "who lists jobs sees it"
    assert any(item.kind == "execution" and item.ours for item in costs.sweep(backend).resources)
    release()

    def ended():
        now = backend.execution(NAME, execution.id)
        return None if now.status.active else now

    done = until(ended, "the end of the execution")
    assert (done.status, done.who, done.parameters["Dataset"]) == (
        ExecutionStatus.succeeded,
        "tester",
        "penguins",
    )
    made = steps()
    eda, trained = made["Eda"].job, made["Train"].job
    assert place.end(eda).status == place.end(trained).status == JobStatus.completed
    assert report_of(backend, eda)["columns"] == report_of(backend, by_hand)["columns"]
    assert {each.state for each in (*verify(backend, eda), *verify(backend, trained))} == {"ok"}
    assert evaluation_of(backend, trained)["metrics"] == evaluation_of(backend, saved)["metrics"]
    assert "balanced_accuracy" in place.whole_log(trained) and backend.metrics(trained)
    asked = aws_module.recorder.of("CreateTrainingJob")
    assert [each["TrainingJobName"] for each in asked] == [saved], "SageMaker makes the jobs of steps, not we"

    (version,) = backend.versions()
    assert version.training_job == trained and version.name in made["Register"].message
    check_that_it_says_as_much_as_one_by_hand(backend, console, version, saved)
    (package,) = console.list_model_packages(
        ModelPackageGroupName=f"{version.group}{backend.place().group_ending}"
    )["ModelPackageSummaryList"]
    console.update_model_package(
        ModelPackageArn=package["ModelPackageArn"],
        ModelApprovalStatus="Approved",
        ApprovalDescription="looks good",
    )
    backend.cache.clear()
    check_that_the_audit_says_who_did_it_without_sendero(backend, execution, version, made)
    registry.deploy(backend, version.name, name="piped")
    assert place.in_service("piped").training_job == trained
    endpoints.delete(backend, "piped")


def check_that_it_says_as_much_as_one_by_hand(backend, console, version, saved):
    """A version of a pipeline beside one of the verb, of a model with the same numbers: in Sendero and in Studio."""
    by_hand = registry.register(backend, saved, "by-hand")
    own = {"pipeline", "execution"}
    assert version.facts.keys() - own == by_hand.facts.keys() and version.metrics == by_hand.metrics
    alike = ("target", "problem", "rows_tested", "dataset", "dataset_sha256")
    assert [version.facts[name] for name in alike] == [by_hand.facts[name] for name in alike]
    assert version.facts["eda_job"] == backend.job(version.training_job).request["processing_job"]
    assert version.facts["registered_by"] == f"the pipeline {NAME}" and version.facts["registered_at"]

    def described(name):
        (row,) = console.list_model_packages(ModelPackageGroupName=f"{name}{backend.place().group_ending}")[
            "ModelPackageSummaryList"
        ]
        return console.describe_model_package(ModelPackageName=row["ModelPackageArn"])

    ours, theirs = described(version.group), described("by-hand")
    for heading, parts in theirs["ModelMetrics"].items():
        for part, document in parts.items():
            told = ours["ModelMetrics"][heading][part]
            digest = backend.storage.sha256(told["S3Uri"].removeprefix(f"{backend.storage.root}/"))
            assert told["ContentDigest"] == f"sha256:{digest}" and told.keys() == document.keys()
    card, other = (json.loads(each["ModelCard"]["ModelCardContent"]) for each in (ours, theirs))
    assert card["evaluation_details"] == other["evaluation_details"]
    assert card["training_details"] == other["training_details"]
    details, others = (each["additional_information"]["custom_details"] for each in (card, other))
    assert others.keys() - details.keys() == {"make_it_again"} and details["target"] == "species"
    assert details["model_sha256"] == version.model_sha256
    assert card["model_overview"]["model_artifact"] == [
        ours["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    ]


def check_that_the_audit_says_who_did_it_without_sendero(backend, execution, version, steps):
    """What the console has started and approved, and what SageMaker has made for it, once, however often one looks."""
    for _ in range(2):
        outside.gather(backend)
        events = [each for each in audit(backend).events if "seen_by" in each.facts]
        assert [each.sentence for each in events] == [
            f"tester approved version {version.name}",
            f"the pipeline {NAME} registered version {version.name}",
            f"tester launched training job {steps['Train'].job}",
            f"tester launched processing job {steps['Eda'].job}",
            f"tester ran pipeline {NAME}",
        ]
    approved, registered, trained, _, ran = events
    assert approved.facts["why"] == "looks good" and ran.at == execution.created
    assert trained.facts["dataset_sha256"] == registered.facts["dataset_sha256"] and trained.facts["eda_job"]
    assert "seen by Sendero, as " in ran.told
    version_acts = [act.action for act in audit(backend, about=version.name).events]
    assert version_acts == ["approved", "registered"]


def told_of_jobs(aws) -> list[str]:
    """What EventBridge mails of jobs, when SageMaker tells of these; the fields are those of AWS's own events."""
    ours, others = ({"sendero:workspace": f"sendero-rig/{name}"} for name in ("piped", "other"))
    by_us = {**ours, "sendero:job": "a"}
    done, before = {"TrainingJobStatus": "Completed"}, len(aws.events.mails)
    trial = {"TuningJobArn": "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/tune"}
    for name, kind, detail in (
        ("done", "Training", {**done, "Tags": by_us, "TuningJobArn": None}),
        ("going", "Training", {"TrainingJobStatus": "InProgress", "Tags": by_us}),
        ("step", "Training", {**done, "Tags": ours}),
        ("trial", "Training", {**done, "Tags": by_us, **trial}),
        ("other", "Training", {**done, "Tags": {**others, "sendero:job": "b"}}),
        ("tune", "HyperParameter Tuning", {"HyperParameterTuningJobStatus": "Stopped", "Tags": by_us}),
        ("rows", "Transform", {"TransformJobStatus": "Failed", "Tags": by_us}),
        ("eda", "Processing", {"ProcessingJobStatus": "Completed", "Tags": by_us}),
        ("broken", "Processing", {"ProcessingJobStatus": "Failed", "Tags": by_us}),
    ):
        aws.account.tell(f"SageMaker {kind} Job State Change", [f"arn:{name}"], detail)
    return [text.partition("Its status: ")[2] for _, text in aws.events.mails[before:]]


def test_it_is_started_by_the_clock_by_a_role_that_may_do_only_that_and_its_end_is_mailed(
    place, walked, aws_module, monkeypatch
):
    sns = aws_module.account.client("sns")
    topic = sns.create_topic(Name="failed")["TopicArn"]
    guide = (ROOT / "docs" / "aws.md").read_text()
    statement = guide.partition("```json\n")[2].partition("```")[0].replace("YOUR-TOPIC-ARN", topic)
    policy = {"Version": "2012-10-17", "Statement": [json.loads(statement)]}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    changes = {"scheduler_role": "SenderoSchedulerRole", "topic": topic}
    clocked = Place(fresh_settings(aws_module, place.settings.prefix, **changes), place.scratch)
    enforce(aws_module, clocked.settings)
    backend = clocked.backend
    pipeline_saving.save(backend, pipeline_saving.draft(backend, "clocked", walked[1], threshold=0.5))
    assert mails.mail(backend) == Mail("failed"), "nothing is scheduled yet"
    assert mails.switch(backend, on=True) == mails.mail(backend) == Mail("failed", is_on=True)
    assert told_of_jobs(aws_module)[0] == "Completed. arn:done", "of long jobs, without a schedule"
    assert mails.switch(backend, on=False) == mails.mail(backend) == Mail("failed")
    assert told_of_jobs(aws_module) == []
    aws_module.events.mails.clear()
    aws_module.recorder.requests.clear()
    when = When("week", "07:00", "Monday", "Europe/Madrid")
    with pytest.raises(BadSchedule, match="no parameter depth"):
        schedules.add(backend, "mondays", Task.pipeline, "clocked", when, parameters={"depth": "2"})
    with pytest.raises(
        BadSchedule, match=r"up to 7\.5 hours, .* pile up"
    ):  # three times 2, and an hour for spot
        schedules.add(backend, "hourly", Task.pipeline, "clocked", When("hour"))
    made = schedules.add(backend, "mondays", Task.pipeline, "clocked", when, parameters={"max_depth": "3"})
    assert made.started_by == "EventBridge Scheduler" and made.per_month > 0
    assert schedules.schedules(backend) == [made] and mails.mail(backend).is_on
    (asked,) = aws_module.recorder.of("CreateSchedule")
    assert (asked["ScheduleExpression"], asked["ScheduleExpressionTimezone"]) == (
        "cron(0 7 ? * MON *)",
        "Europe/Madrid",
    )
    aws_module.schedules.start(asked["Name"])
    (execution,) = [each for each in backend.executions("clocked") if each.status.active]
    assert execution.parameters["max_depth"] == "3"
    (begun,) = schedules.runs(backend, "mondays")
    assert (begun.status, begun.who) == (RunStatus.running, "the schedule mondays")
    daily = Schedule(
        "daily", Task.pipeline, "clocked", When("day")
    )  # of a machine, which finds that it goes on
    backend.storage.write_json("schedules/daily/schedule.json", daily.as_dict())
    ran = scheduled_run.run(backend, "daily", print).run
    assert ran.status == RunStatus.skipped and execution.id in ran.message

    def ended():
        now = backend.execution("clocked", execution.id)
        return None if now.status.active else now

    done = until(ended, "the end of the execution")
    assert done.status == ExecutionStatus.succeeded, done.failure
    ((_, mailed),) = aws_module.events.mails  # of its end alone, not of its jobs
    (told,) = schedules.runs(backend, "mondays")
    assert (told.id, told.status) == (execution.id, RunStatus.completed) and "has succeeded" in told.message
    assert "every step" in made.in_full and not daily.in_full
    outside.gather(backend)
    acts = audit(backend, about=execution.id).events
    assert [each.sentence for each in acts if each.action == "ran"] == [
        "the schedule mondays ran pipeline clocked"
    ]
    for name, value in (
        clocked.environment() | {"SENDERO_SCHEDULER_ROLE": changes["scheduler_role"]}
    ).items():
        monkeypatch.setenv(name, value)
    page = open_page("Pipelines", view="schedules")
    (row, *_) = [each for each in page.dataframe[0].value.to_dict("records") if each["Name"] == "mondays"]
    assert row["State"] == "done" and "has succeeded" in row["Said"], (
        "what Scheduler has started is on the page"
    )
    did = open_page("Pipelines", view="who-did-what")
    assert not did.exception and not did.error
    acts = [row for table in did.dataframe for row in table.value.to_dict("records")]
    assert any(row.get("Who") == "the schedule mondays" and "seen by Sendero" in row["More"] for row in acts)
    assert "Its status: Succeeded." in mailed and mailed.endswith(f"/execution/{execution.id}")
    assert told_of_jobs(aws_module) == [
        "Completed. arn:done",
        "Stopped. arn:tune",
        "Failed. arn:rows",
        "Failed. arn:broken",
    ]
    broken = Schedule("daily", Task.pipeline, "clocked", When("day"), parameters={"Dataset": "gone"})
    backend.storage.write_json("schedules/daily/schedule.json", broken.as_dict())
    failed = scheduled_run.run(backend, "daily", print)
    assert (
        failed.error
        and failed.run.status == RunStatus.failed
        and failed.run.message.endswith("Mailed by failed.")
    )
    (mail,) = aws_module.recorder.of("Publish")
    assert mail["Subject"] == "Sendero: the schedule daily has failed" and "gone" in mail["Message"]

    swept = {each.name: each for each in backend.sweep().resources if each.kind == "schedule"}
    assert swept["mondays"].per_hour == pytest.approx(made.per_month / 730) and set(swept) == {
        "mondays",
        "daily",
    }
    rules = [each.name for each in backend.sweep().resources if each.kind == "rule" and each.ours]
    assert len(rules) == 2
    assert schedules.remove(backend, "daily").deleted == ("schedule daily",)
    receipt = costs.delete_resource(backend, "mondays")  # the last one: nothing is mailed any more
    gone = [f"EventBridge schedule {asked['Name']}", *(f"EventBridge rule {name}" for name in rules)]
    assert receipt.deleted == (*gone, "schedule mondays")
    assert aws_module.account.client("scheduler").list_schedules()["Schedules"] == []
    assert aws_module.account.client("events").list_rules()["Rules"] == []
    sent = aws_module.recorder.snapshot()["writes"]
    told = [each for each in sent if next(iter(each)).startswith(("scheduler:", "events:"))]
    check_snapshot(SNAPSHOT, {"writes": told})


def test_new_files_are_predicted_and_drift_is_looked_for_by_the_clock_without_a_machine(
    place, walked, aws_module
):
    role = "SenderoSchedulerRole"
    clocked = Place(fresh_settings(aws_module, place.settings.prefix, scheduler_role=role), place.scratch)
    enforce(aws_module, clocked.settings)
    backend, storage = clocked.backend, clocked.backend.storage
    endpoints.deploy(backend, walked[1], name="arrives")
    clocked.in_service("arrives")
    aws_module.recorder.requests.clear()
    new, header, rows = f"{storage.root}/new", *read_rows(place.scratch / "penguins.csv")
    when = When("hour", zone="UTC")
    with pytest.raises(BadSchedule, match="no file in"):
        schedules.add(backend, "files", Task.predict, "arrives", when, new)
    elsewhere = schedules.started_by(backend, Task.predict, f"s3://{aws_module.bucket}/elsewhere/")
    assert elsewhere == BY_MACHINE, "the execution role may not read there"
    write_rows(storage, "new/monday.csv", header, rows[:40])
    made = schedules.add(backend, "files", Task.predict, "arrives", when, new)
    assert (
        made.started_by == "EventBridge Scheduler" and made.per_month > 0 and "job of its own" in made.in_full
    )
    watch = schedules.add(backend, "watch", Task.drift, "arrives", When("day"))
    assert schedules.add(backend, "watch", Task.drift, "arrives", When("day")) == watch, "a second click"
    assert schedules.targets(backend, Task.pipeline) == [each.name for each in pipelines.pipelines(backend)]
    assert made.pipeline not in schedules.targets(backend, Task.pipeline), "it is the schedule's own"

    names = [each["Name"] for each in aws_module.recorder.of("CreateSchedule")]
    called = dict(zip(("files", "watch"), names, strict=False))

    def run(name):
        """How the run ended that Scheduler starts now."""
        before = {each.id for each in schedules.runs(backend, name)}
        aws_module.schedules.start(called[name])

        def ended():
            backend.cache.clear()
            if [each for each in backend.executions(f"schedule-{name}") if each.status.active]:
                return None
            return next((each for each in schedules.runs(backend, name) if each.id not in before), None)

        return until(ended, f"the end of {name}")

    first = run("files")
    assert (first.status, first.message) == (RunStatus.completed, "1 new file predicted."), first.failure
    assert first.who == "the schedule files"
    (key,) = storage.files("schedules/files/predictions")
    copy, answers = place.scratch / "monday.csv", place.scratch / "answers.csv"
    copy.write_bytes(storage.read_bytes("new/monday.csv"))
    predict.predict_file(backend, "arrives", copy, answers)
    assert storage.read_bytes(key) == answers.read_bytes(), "as the endpoint itself would have"

    column = header.index("bill_length")
    grown = [
        [str(3 * float(cell or 1)) if at == column else cell for at, cell in enumerate(row)] for row in rows
    ]
    write_rows(storage, "new/grown.csv", header, grown)
    storage.write_bytes("new/broken.csv", b"colour\nblue\n")
    storage.write_bytes("new/book.xlsx", b"a workbook, for which no job has a reader")
    storage.write_bytes("new/readme.md", b"no rows")
    second = run("files")
    assert second.status == RunStatus.failed and second.failure["kind"] == "FilesFailed"
    assert "2 files could not be predicted; 1 other could" in second.message
    assert "book.xlsx: " in second.message and "broken.csv: " in second.message
    other = [each for each in storage.files("schedules/files/predictions") if each != key]
    assert len(other) == 1 and "-grown-" in other[0], "what was predicted before is not predicted again"
    newest = watching.watch(backend, "arrives").files[0]
    assert newest.file == "grown.csv" and any(each.matters for each in newest.columns)

    changed = run("watch")
    assert changed.status == RunStatus.failed and changed.failure["kind"] == "HasChanged"
    assert "bill_length (PSI" in changed.message
    execution = next(iter(backend.executions("schedule-watch")))
    assert execution.status == ExecutionStatus.failed and "schedule show watch" in execution.failure.why
    again = run("watch")
    assert again.status == RunStatus.completed and "0 files since the last run" in again.message, (
        again.message
    )

    storage.write_bytes("training/other/job.json", storage.read_bytes(f"training/{walked[1]}/job.json"))
    for file in ("contract.json", "model.tar.gz"):
        storage.copy(f"training/{walked[1]}/output/{file}", f"training/other/output/{file}")
    record = storage.read_json("endpoints/arrives/endpoint.json")
    storage.write_json("endpoints/arrives/endpoint.json", record | {"training_job": "other"})
    schedule_pipelines.follow(backend, "arrives")  # as a replaced model has it done
    assert "/training/other/output/" in json.dumps(backend.pipeline("schedule-files").definition)
    storage.write_json("endpoints/arrives/endpoint.json", record)
    storage.delete("training/other")

    swept = {each.name: each for each in backend.sweep().resources if each.kind == "schedule"}
    assert swept["files"].per_hour == pytest.approx(made.per_month / 730)
    with pytest.raises(StillInUse, match="schedule remove files"):
        pipelines.delete(backend, "schedule-files")
    for name in ("files", "watch"):
        receipt = schedules.remove(backend, name)
        gone = (f"EventBridge schedule {called[name]}", f"pipeline schedule-{name}", f"schedule {name}")
        assert receipt.deleted == gone
    assert storage.files("schedules/files") == sorted([key, *other]) and not storage.files("schedules/watch")
    left = [
        each["PipelineName"]
        for each in aws_module.account.client("sagemaker").list_pipelines()["PipelineSummaries"]
    ]
    assert not [each for each in left if each.startswith("schedule-")]
    names = dict(zip(walked, ("<eda>", "<training>"), strict=True))
    sent = aws_module.recorder.snapshot(names)["writes"]
    told = [
        each for each in sent if re.match(r"scheduler:|sagemaker:(Create|Delete)Pipeline$", next(iter(each)))
    ]
    check_snapshot(SNAPSHOT.with_name("schedule_own.json"), {"writes": told})
    endpoints.delete(backend, "arrives")


def read_rows(file) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a CSV file."""
    with file.open(newline="") as opened:
        header, *rows = csv.reader(opened)
    return header, rows


def write_rows(storage, key, header, rows):
    """Write a CSV file to storage."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    storage.write_bytes(key, text.getvalue().encode())
