"""Batch Transform and promotion on the pages, by AppTest: one job, its panel, its predictions; a copy elsewhere."""

from __future__ import annotations

import csv
import math
import shutil
import time
from pathlib import Path

import pytest

from core.backends import get_backend
from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.ui import page, state
from core.verbs import endpoints, prediction, promote, training, transform, written
from core.verbs.waiting import wait, wait_in_service
from tests.backends.place import aws_settings
from tests.conftest import FLIGHTS
from tests.page_rig import button, field, open_page, texts

pytestmark = pytest.mark.slow  # whole jobs, which `make fast` leaves out


@pytest.fixture
def full(trained: Path, workspace: Path, monkeypatch) -> LocalBackend:
    """A backend on a copy of the trained workspace."""
    shutil.copytree(trained, workspace, dirs_exist_ok=True, symlinks=True)
    monkeypatch.setenv("SENDERO_WORKSPACE", str(workspace))
    return LocalBackend(workspace)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Forty flights, the third with an unseen carrier and the fifth with a date that is none."""
    with FLIGHTS.open() as file:
        header, *flights = [row for row, _ in zip(csv.reader(file), range(41), strict=False)]
    flights[2][header.index("carrier")] = "ZZ"
    flights[4][header.index("scheduled_departure")] = "*soon*"
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *flights])
    return tmp_path / "rows.csv"


def opened(**query: str):
    return open_page("Inference", way="batch", **query)


def test_the_section_waits_for_rows_and_speaks_of_no_cost(full):
    at = open_page("Inference")
    assert not [each for each in at.button if each.label == "Launch Batch Transform"], (
        "closed until it is wanted"
    )
    at = opened()
    assert not at.exception
    assert button(at, "Launch Batch Transform").disabled
    assert "Cost" not in texts(at) and "No transform job yet" in texts(at)  # nothing is billed here


@pytest.mark.slow
def test_a_file_is_launched_followed_and_collected(full, rows, tmp_path):
    """As it is read and called at the door, and given back as the kind of file that is wanted."""
    rows.write_text(rows.read_text().replace("distance", "miles", 1))
    at = opened()
    at.text_input(key="batch-path").set_value(str(rows)).run()
    field(at, "selectbox", "distance is called").set_value("miles").run()
    field(at, "selectbox", "Decimal sign").set_value(".")
    button(at, "Read again").click().run()
    assert "(you said: decimal)" in texts(at).replace("\\", "")
    button(at, "Launch Batch Transform").click().run()
    assert not at.exception and not at.error
    (job,) = full.jobs(JobKind.transform)
    assert job.request["reading"]["renames"] == {"miles": "distance"}
    assert job.request["reading"]["overrides"]["decimal"] == "."
    assert at.selectbox(key="pick-job").value == job.name
    wait(full, job.name, lambda text: None)
    at = opened(job=job.name)
    assert [metric.value for metric in at.metric][:2] == ["40", "1"]
    assert 'line 6: scheduled_departure: "*soon*" is not a date' in texts(at)
    assert not at.get("link_button")
    button(at, "Prepare the download").click().run()
    assert not at.exception and not at.error
    while not at.get("link_button"):  # it goes on beside the page
        assert not at.exception and not at.error
        time.sleep(0.1)
        at.run()
    (link,) = at.get("link_button")
    transform.collect(full, job.name, tmp_path / "out.csv")
    file, name = written.written(full, job.name, link.proto.url.partition("?again=")[2])
    assert name == "rows_predictions.csv" and file.read_bytes() == (tmp_path / "out.csv").read_bytes()
    assert b",miles," in file.read_bytes().splitlines()[0]
    field(at, "radio", "Write").set_value(".parquet").run()
    button(at, "Prepare the download")
    noted_and_deleted(full, at, job)


def noted_and_deleted(backend, at, job) -> None:
    """What the menu of every run has, whatever its kind: its note, and its deletion with a receipt."""
    at.session_state[f"more-{job.name}"] = True
    at.run()
    field(at, "text_area", "Note").set_value("the *last* one")
    at.button(key=f"save-note-{job.name}").click().run()
    assert "the *last* one" in [each.value for each in at.text]
    at.button(key=f"delete-{job.name}").click().run()
    assert "It cannot be undone" in texts(at)
    at.button(key=f"delete-for-good-{job.name}").click().run()
    assert not at.exception and not at.error
    assert f"Deleted and checked: {job.kind} job {page.plain(job.name)}" in texts(at)
    assert job.name not in [left.name for left in backend.jobs()]


def test_an_eda_run_has_a_note_and_is_deleted_from_its_page(full):
    """What was made from it is told, and stays."""
    (job,), (model,) = full.jobs(JobKind.processing), full.jobs(JobKind.training)
    at = open_page("EDA")
    noted_and_deleted(full, at, job)
    assert [left.name for left in full.jobs()] == [model.name]


def test_a_second_click_finds_the_first_ones_job(full, rows):
    at = opened()
    at.text_input(key="batch-path").set_value(str(rows)).run()
    transform.launch_transform(full, training.deployable(full)[0].name, rows, "first")
    at.session_state["launch-transform-token"] = ("first", math.inf)
    button(at, "Launch Batch Transform").click().run()
    assert not at.exception
    assert len(full.jobs(JobKind.transform)) == 1


def test_rows_that_cannot_be_read_are_explained_and_launch_nothing(full, tmp_path):
    (tmp_path / "prose.csv").write_text("Call me Ishmael.\nSome years ago, never mind how long.\n")
    at = opened()
    for path in (tmp_path / "prose.csv", tmp_path / "never.csv"):
        at.text_input(key="batch-path").set_value(str(path)).run()
        button(at, "Launch Batch Transform").click().run()
        assert not at.exception
        assert "Why:" in texts(at)
    assert full.jobs(JobKind.transform) == []


def opened_for_more(full):
    """The Training page with what else can be done with the model unfolded."""
    at = open_page("Training")
    at.session_state[f"more-{training.deployable(full)[0].name}"] = True
    return at.run()


def test_promotion_says_what_goes_and_what_is_lacking_for_it(full, monkeypatch):
    monkeypatch.delenv("SENDERO_BUCKET", raising=False)
    at = opened_for_more(full)
    assert "Copies" not in texts(at)
    at.session_state["promote"] = True
    at.run()
    said = texts(at)
    assert (
        "to Amazon SageMaker: the model, its contract" in said
        and "Not the splits train and validation" in said
    )
    assert "billed by the GB and month" in said
    button(at, "Copy it to Amazon SageMaker").click().run()
    assert not at.exception
    assert "SENDERO_BUCKET" in texts(at)


@pytest.mark.aws
def test_the_button_promotes(full, aws, monkeypatch):
    for name, value in (("BUCKET", aws.bucket), ("ROLE", aws.role_name), ("POLL_SECONDS", "0.1")):
        monkeypatch.setenv(f"SENDERO_{name}", value)
    at = opened_for_more(full)
    at.session_state["promote"] = True
    at.run()
    button(at, "Copy it to Amazon SageMaker").click().run()
    assert not at.exception and not at.error
    assert "every file checked" in texts(at)
    other = get_backend(aws_settings(aws, "sendero"))
    assert [job.name for job in training.deployable(other)] == [training.deployable(full)[0].name]


def test_a_place_with_only_a_promoted_model_shows_it_and_says_why_it_cannot_train(full):
    (eda,) = training.trainable(full)
    for split in promote.LEFT_OUT:
        full.storage.delete(f"processing/{eda.name}/output/{split}")
    at = open_page("Training")
    assert not at.exception and not at.error
    assert at.metric[0].label == "AUC"
    button(at, "New run").click().run()
    assert "first run an EDA job" in texts(at)
    assert not [each for each in at.button if each.label == "Train"]


@pytest.mark.slow
def test_a_large_file_is_one_job_however_often_it_is_clicked(full, tmp_path):
    """By its path; the page then follows the job, and leads to what it has written."""
    (model,) = [job.name for job in full.jobs(JobKind.training)]
    endpoint = endpoints.deploy(full, model).name
    wait_in_service(full, endpoint)
    large, flights = tmp_path / "large.csv", FLIGHTS.read_text().splitlines(keepends=True)
    times = 1 + prediction.AT_ONCE // FLIGHTS.stat().st_size
    with large.open("w") as file:
        file.writelines([flights[0], *flights[1:] * times])
    at = open_page("Inference", way="paste")
    names = flights[0].strip().split(",")
    row = dict(zip(names, flights[1].strip().split(","), strict=True))
    at.session_state[f"pasted-{model}"] = state.Pasted(0, [row], [])
    at.run()
    button(at, "Predict the rows").click().run()
    (answer,) = at.session_state[f"pasted-{model}"].answers
    assert answer["prediction"] in ("no", "yes") and not at.exception and not at.error
    at = open_page("Inference", way="a-file")
    next(each for each in at.text_input if each.label == "Or its path on this machine").set_value(str(large))
    at.run()
    next(each for each in at.selectbox if each.label == "Decimal sign").set_value(".")
    button(at, "Read again").click().run()
    assert "(you said: decimal)" in texts(at).replace("\\", "") and not at.error
    button(at, "Predict all rows").click().run()
    (job,) = full.jobs(JobKind.prediction)
    assert at.query_params["file"] == job.name and not at.exception
    assert not next(each for each in at.text_input if each.label == "Or its path on this machine").value
    wait(full, job.name, lambda text: None)
    at = open_page("Inference", file=job.name)
    assert f"{times * (len(flights) - 1):,}" in [each.value for each in at.metric]
    file, name = written.written(full, job.name)
    assert name == "large_predictions.csv" and file.stat().st_size > large.stat().st_size
    # The tab Watch has counted it, and a model is not trained anew with what it was trained on.
    at = open_page("Inference", way="watch")
    assert "large.csv" in texts(at).replace("\\", "") and not at.exception and not at.error
    assert next(each for each in at.metric if each.label == "Requests").value not in ("0", "1")
    retrained = next(each for each in at.file_uploader if each.label == "File with what came true")
    retrained.upload("again.csv", FLIGHTS.read_bytes(), "text/csv")
    button(at.run(), "Retrain").click().run()
    assert (
        "It is the file that this model was trained on" in texts(at)
        and len(full.jobs(JobKind.processing)) == 1
    )
    endpoints.delete(full, endpoint)
    assert f"{times * (len(flights) - 1):,}" in [
        each.value for each in open_page("Inference", file=job.name).metric
    ]
    noted_and_deleted(full, open_page("Inference", file=job.name), job)
