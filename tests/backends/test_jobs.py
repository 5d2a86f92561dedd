"""What every backend promises of jobs: one launch is one job, its states are true, its outputs are whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backends.base import TAIL, JobStatus
from core.backends.requests import JobKind
from core.configuration import Configuration
from core.errors import BadNote, CannotStop, JobNotReady, NameTaken, NoteChanged, NotFound, StillInUse
from core.verbs import deletion, jobs, notes
from core.verbs.eda import launch_eda, report_of
from core.verbs.launching import launch
from core.verbs.training import deployable, evaluate, evaluation_of, launch_training
from core.verbs.waiting import wait_judged
from tests.backends.place import MANY, QUICK, until

OUTPUTS = {
    "contract/contract.json",
    "report/EDA_Report.txt",
    "report/report.html",
    "report/report.json",
    "test/test.csv",
    "test_raw/test_raw.csv",
    "train/train.csv",
    "validation/validation.csv",
}
STATES = {"InProgress", "Completed"}


@pytest.fixture(scope="module")
def eda(place):
    """A job of this very place: its states and its log are looked at."""
    return place.eda()


@pytest.fixture(scope="module")
def model(place, eda):
    return place.train(eda.name)


def test_eda_goes_through_its_states_and_leaves_what_its_manifest_names(place, eda):
    assert eda.status == JobStatus.completed and eda.failure is None
    states = place.seen[eda.name]
    assert {status for status, _ in states} <= STATES and states[-1][0] == "Completed"
    assert {phase for _, phase in states} <= {
        "Starting",
        "Downloading",
        "Processing",
        "Uploading",
        "Completed",
    }
    assert eda.created <= eda.started <= eda.ended
    checked = jobs.verify(place.backend, eda.name)
    assert {file.state for file in checked} == {"ok"}
    assert {file.file.removeprefix("output/") for file in checked} >= OUTPUTS
    assert any(file.file.endswith("_histogram.png") for file in checked)
    report = report_of(place.backend, eda.name)
    assert report["overview"]["rows"] == 344
    record = place.backend.storage.read_json(f"processing/{eda.name}/job.json")
    assert record["backend"] == place.settings.backend and record["versions"]


def test_a_log_is_read_on_from_its_tokens(place, eda):
    whole = place.whole_log(eda.name)
    assert "progress 100%" in whole and whole.endswith("\n")
    first = place.backend.log(eda.name)
    rest = place.backend.log(eda.name, first.token)
    assert first.text + rest.text == whole[: len(first.text) + len(rest.text)]
    assert place.backend.log(eda.name, place.backend.log(eda.name, TAIL).token).text == ""
    assert whole.endswith(place.backend.log(eda.name, TAIL).text)
    with pytest.raises(NotFound):
        place.backend.log("nothing")


def test_training_leaves_a_model_its_metrics_and_its_evaluation(place, eda, model):
    assert model.status == JobStatus.completed
    rows = place.backend.metrics(model.name)
    assert [row["round"] for row in rows] == list(range(int(QUICK["num_round"])))
    assert {"train-mlogloss", "validation-mlogloss"} <= set(rows[0])
    assert "[0]\ttrain-" in place.whole_log(model.name)
    judged = evaluation_of(place.backend, model.name)
    assert judged["metrics"]["accuracy"]["value"] > judged["baseline"]["accuracy"]
    checked = jobs.verify(place.backend, model.name)
    assert {file.state for file in checked} == {"ok"}
    assert {"output/model.tar.gz", "output/contract.json", "output/evaluation.json"} <= {
        f.file for f in checked
    }
    assert deployable(place.backend)[0].name == model.name
    phases = [phase for _, phase in place.seen[model.name]]
    assert phases[-1] == "Completed"
    assert set(phases) <= {"Starting", "Downloading", "Training", "Uploading", "Evaluating", "Completed"}


def test_a_name_and_an_equal_request_are_one_job(place, eda):
    request = place.training_request(eda.name, "twice", num_round=MANY)
    first = launch(place.backend, request)
    assert launch(place.backend, request).name == first.name
    other_tab = replace(request, name="another-name")
    assert launch(place.backend, other_tab).name == first.name
    with pytest.raises(NameTaken):
        place.backend.launch(place.training_request(eda.name, "twice", num_round="2"))
    assert [
        job.name for job in place.backend.jobs(JobKind.training) if job.name in ("twice", "another-name")
    ] == ["twice"]
    place.backend.stop("twice")
    assert place.end("twice").status == JobStatus.stopped


def test_a_job_stops_when_it_is_asked(place, eda):
    asked = place.training_request(eda.name, "long", num_round=MANY, save_model_on_termination="true")
    job = place.backend.launch(asked)
    assert job.status == JobStatus.in_progress
    until(lambda: len(place.backend.metrics("long")) > 2, "a few rounds")
    assert place.backend.job("long").phase == "Training"
    for name in ("long", eda.name):  # what it is trained on stays as well
        with pytest.raises(StillInUse, match="stop long"):
            deletion.delete(place.backend, name)
    assert place.backend.stop("long").status in (JobStatus.stopping, JobStatus.stopped)
    stopped = place.end("long")
    assert stopped.status == JobStatus.stopped and stopped.failure is None and stopped.ended
    assert 2 < stopped.kept_rounds <= len(place.backend.metrics("long"))
    assert "long" in [job.name for job in deployable(place.backend)]
    with pytest.raises(CannotStop):
        place.backend.stop("long")


def test_a_failure_says_what_why_and_what_next(place, eda):
    place.backend.launch(place.training_request(eda.name, "misspelt", max_depht="3"))
    training = place.end("misspelt")
    assert training.status == JobStatus.failed
    assert "max_depht" in training.failure.why and training.failure.remedy
    assert not place.backend.storage.exists("training/misspelt/output/model.tar.gz")

    failed = place.eda(target="island", token="bad", treat={"sex": "numeric"})
    assert failed.status == JobStatus.failed
    assert failed.failure.kind == "BadSetting"  # as the job itself told it, with its remedy
    assert "'sex'" in failed.failure.what + failed.failure.why and failed.failure.remedy
    with pytest.raises(JobNotReady):
        launch_training(place.backend, failed.name)


def test_jobs_are_listed_newest_first_and_known_by_name(place, eda, model):
    listed = place.backend.jobs()
    assert [job.created for job in listed] == sorted((job.created for job in listed), reverse=True)
    assert {eda.name, model.name} <= {job.name for job in listed}
    assert {job.kind for job in place.backend.jobs(JobKind.processing)} == {JobKind.processing}
    again = place.backend.job(model.name)
    assert (again.status, again.request["processing_job"]) == (JobStatus.completed, eda.name)
    for name in ("nothing", "no name", "../x"):
        with pytest.raises(NotFound):
            place.backend.job(name)


def test_a_configuration_is_launched_once_for_each_token(place):
    asked = Configuration("species", dataset=place.add_penguins(), seed=9)
    first = launch_eda(place.backend, asked, token="click")
    second = launch_eda(place.backend, asked, token="click")
    assert first.name == second.name
    assert [job.name for job in place.backend.jobs()].count(first.name) == 1
    place.backend.stop(first.name)
    assert place.end(first.name).status == JobStatus.stopped


def test_a_model_is_judged_again(place, model):
    first = evaluation_of(place.backend, model.name)
    place.backend.storage.delete(f"training/{model.name}/output/evaluation.json")
    now = evaluate(place.backend, model.name)
    assert now.status == JobStatus.completed and model.name in [job.name for job in deployable(place.backend)]
    said = []
    assert wait_judged(place.backend, model.name, said.append).unjudged == ""
    assert evaluation_of(place.backend, model.name)["metrics"] == first["metrics"]
    assert {file.state for file in jobs.verify(place.backend, model.name)} == {"ok"}


def test_a_note_is_edited_and_nobody_overwrites_anothers(place, model):
    backend, name = place.backend, model.name
    seen = notes.note(backend, name)
    assert (seen.text, notes.notes(backend)) == ("", {})
    assert notes.set_note(backend, name, "  the good one\n", seen).text == "the good one"
    with pytest.raises(NoteChanged, match="the good one"):
        notes.set_note(backend, name, "not that good", seen)
    assert notes.set_note(backend, name, "the best", notes.note(backend, name)).number == 2
    assert notes.notes(backend) == {name: "the best"}
    with pytest.raises(BadNote):
        notes.set_note(backend, name, "x" * (notes.LONGEST + 1))
    with pytest.raises(NotFound):
        notes.set_note(backend, "nothing", "of it")


def test_a_run_and_its_data_set_are_deleted_as_they_were_told_and_nothing_else(place, eda, model):
    """The last test of this module: it deletes what the others look at."""
    storage, dataset = place.backend.storage, place.add_penguins()
    everything = storage.files("training") + storage.files("processing") + storage.files("notes")
    assert model.name in [job.name for job in deletion.plan_deletion(place.backend, eda.name).left_behind]
    plan = deletion.plan_deletion(place.backend, model.name)
    assert not plan.left_behind and plan.bytes > sum(size for key, size in plan.files if "output" in key) > 0
    receipt = deletion.delete(place.backend, model.name)
    assert (receipt.deleted, receipt.bytes) == ((f"training job {model.name}",), plan.bytes)
    assert bool(receipt.kept) == (place.settings.backend == "aws")  # SageMaker's own record of a job stays
    left = storage.files("training") + storage.files("processing") + storage.files("notes")
    assert set(everything) - set(left) == {key for key, _ in plan.files} and set(left) <= set(everything)
    with pytest.raises(NotFound):
        place.backend.job(model.name)
    assert model.name not in [job.name for job in place.backend.jobs()]

    assert eda.name in [
        job.name for job in deletion.plan_dataset_deletion(place.backend, dataset).left_behind
    ]
    assert deletion.delete_dataset(place.backend, dataset).deleted[0] == f"data set {dataset}"
    assert not storage.files("datasets") and not storage.exists("configuration.json")
    with pytest.raises(NotFound):
        deletion.plan_dataset_deletion(place.backend, dataset)
    assert report_of(place.backend, eda.name)["overview"]["rows"] == 344
