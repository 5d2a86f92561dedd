"""Every page by AppTest: empty, with what there is, and with what went wrong."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import configuration, datasets
from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.configuration import Configuration
from core.ui import page, router
from core.ui.page import PAGES
from core.verbs import training
from core.verbs.waiting import wait
from tests.reading.dirty_cases import XLSX


def app_at(name: str, **query: str) -> AppTest:
    """The app before its first run, at a page: the router runs it, as for a cold deep link."""
    at = AppTest.from_file(router.__file__, default_timeout=30)
    at.query_params.update(query)
    return at if PAGES[name].get("default") else at.switch_page(page.file(name))


def open_page(name: str, **query: str) -> AppTest:
    """The app at a page, run once."""
    return app_at(name, **query).run()


def texts(at: AppTest) -> str:
    """Everything that a page says, as one string."""
    found = []
    for kind in (
        "title",
        "subheader",
        "text",
        "caption",
        "info",
        "warning",
        "error",
        "success",
        "markdown",
        "code",
    ):
        found += [str(element.value) for element in getattr(at, kind)]
    return "\n".join(found)


@pytest.fixture
def empty(workspace: Path, monkeypatch) -> Path:
    monkeypatch.setenv("SENDERO_WORKSPACE", str(workspace))
    return workspace


@pytest.fixture
def full(trained: Path, workspace: Path, monkeypatch) -> Path:
    """A copy of the trained workspace, to do as one likes with."""
    shutil.copytree(trained, workspace, dirs_exist_ok=True, symlinks=True)
    monkeypatch.setenv("SENDERO_WORKSPACE", str(workspace))
    return workspace


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_an_empty_workspace_and_says_what_to_do_first(empty, name):
    at = open_page(name)
    assert not at.exception
    assert not at.error
    first = {
        "Overview": "It starts with a CSV",
        "Configuration": "the sample is one click away",
        "Words": "0.5 is chance",
    }
    assert first.get(name, "First ") in texts(at)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_with_what_there_is(full, name):
    at = open_page(name)
    assert not at.exception
    assert not at.error
    assert at.title[0].value == ("Sendero" if name == "Overview" else PAGES[name]["title"])


@pytest.mark.parametrize("name", ["EDA", "Report", "Training"])
def test_a_link_to_a_job_that_is_gone_says_so_and_shows_another(full, name):
    at = open_page(name, job="eda-gone")
    assert not at.exception
    assert "is no eda\\-gone here any more" in texts(at)


@pytest.mark.parametrize("name", PAGES)
def test_a_bad_setting_is_explained_on_every_page(monkeypatch, tmp_path, name):
    monkeypatch.setenv("SENDERO_BACKEND", "moon")
    at = open_page(name)
    assert not at.exception
    assert "The setting backend cannot be used" in at.error[0].value
    assert "SENDERO_BACKEND" in texts(at)


def test_an_aws_backend_that_is_not_set_up_says_how_to_leave_it(monkeypatch):
    monkeypatch.setenv("SENDERO_BACKEND", "aws")
    at = open_page("Configuration")
    assert not at.exception
    assert "SENDERO_BACKEND=local" in texts(at)


def button(at: AppTest, label: str):
    (found,) = [each for each in at.button if each.label == label]
    return found


def field(at: AppTest, kind: str, label: str):
    (found,) = [each for each in getattr(at, kind) if each.label == label]
    return found


def test_the_sample_is_added_with_its_target_and_each_choice_is_saved_at_once(empty):
    at = open_page("Configuration")
    button(at, "Use the sample").click().run()
    assert not at.exception and not at.error

    def saved() -> Configuration | None:
        return configuration.load(LocalBackend(empty).storage)

    assert saved() == Configuration("late", dataset="flights-late")
    assert "automatic (now: one of two)" in field(at, "selectbox", "Problem type").options
    field(at, "selectbox", "Positive class").select("no").run()
    field(at, "selectbox", "Hold out rows").select("time").run()
    wanted = {"split": "time", "split_column": "scheduled_departure"}
    assert saved() == Configuration("late", positive="no", dataset="flights-late", **wanted)
    field(at, "selectbox", "Predict").select("scheduled_departure").run()
    assert saved() == Configuration("scheduled_departure", dataset="flights-late"), (
        "what goes by another target is gone"
    )


def test_what_cannot_be_is_said_where_it_was_chosen_and_not_saved(full):
    storage = LocalBackend(full).storage
    before = configuration.load(storage)
    at = open_page("Configuration")
    assert "check: saved" in texts(at)
    field(at, "selectbox", "Hold out rows").select("group").run()
    assert "needs the column to split by" in texts(at)
    assert "not saved" in texts(at) and "check: saved" not in texts(at)
    assert button(at, "Run the EDA").disabled
    assert configuration.load(storage) == before
    field(at, "selectbox", "Column").select("carrier").run()
    assert not at.error and "check: saved" in texts(at) and not button(at, "Run the EDA").disabled
    assert configuration.load(storage).split_column == "carrier"


def test_two_tabs_keep_each_others_choices(full):
    storage = LocalBackend(full).storage
    one, other = open_page("Configuration"), open_page("Configuration")
    field(one, "number_input", "Seed of the split").set_value(7).run()
    field(other, "checkbox", "Leave out rare classes").check().run()
    plan = configuration.load(storage)
    assert (plan.seed, plan.drop_rare) == (7, True)
    assert field(other, "number_input", "Seed of the split").value == 7


WRONG_FORMULAS = {
    "__import__('os')": "There is no function",
    "distance * 2 +": "not arithmetic",
    "dest * 2": "a column of text",
    "late * 2": "the column to predict",
    "arr_delay / 60": "is not used",
}


def test_what_cannot_be_derived_is_said_at_once(full):
    """In the dialog, which a whole run (AppTest has no other) draws where its button is clicked too."""
    at = open_page("Configuration")
    button(at, "Derive a column").click().run()
    at.text_input(key="derive-name").set_value("mine")
    for formula, answer in WRONG_FORMULAS.items():
        at.text_input(key="derive-formula-").set_value(formula)
        button(at, "Derive a column").click().run()
        assert not at.exception
        assert "cannot be computed" in at.error[0].value and answer in texts(at)
        assert button(at, "Add the column").disabled


def test_a_column_is_derived_from_chosen_ones(full):
    at = open_page("Configuration")
    button(at, "Derive a column").click().run()
    at.selectbox(key="derive-what").select("ratio")
    at.multiselect(key="derive-columns").select("distance").select("seats")
    button(at, "Derive a column").click().run()
    assert at.text_input(key="derive-formula-distance / seats").value == "distance / seats"
    assert list(at.dataframe[-1].value.columns) == ["distance", "seats", "distance_seats_ratio"]
    button(at, "Derive a column").click()
    button(at, "Add the column").click().run()
    assert not at.exception and not at.error
    plan = configuration.load(LocalBackend(full).storage)
    assert plan.derive == {"distance_seats_ratio": "distance / seats"}


def test_a_data_set_is_deleted_once_its_name_is_typed(full):
    at = open_page("Configuration")
    at.button(key="delete-dataset").click().run()
    assert "The configuration that is saved for it goes too" in texts(at)
    assert "1 EDA run came from it" in texts(at)
    for name in ("flights", "flights-late"):
        assert LocalBackend(full).storage.folders("datasets") == ["flights-late"]
        at.text_input(key="dataset-confirm-flights-late").set_value(name)
        at.button(key="delete-dataset").click()
        at.button(key="dataset-delete").click().run()
        assert not at.exception
    assert LocalBackend(full).storage.folders("datasets") == []
    assert "Deleted and checked: data set flights" in texts(at).replace("\\", "")


PATH = "Path of a CSV or Parquet file on this machine"
NO_TABLES = {
    "prose.csv": (b"Call me Ishmael.\nSome years ago, never mind how long.\n", "Give a CSV file"),
    "sales.xlsx": (XLSX, "It is an Excel workbook: open it, save the sheet as CSV UTF-8"),
    "sales.csv": (XLSX, "It is an Excel workbook: open it, save the sheet as CSV UTF-8"),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_an_upload_that_is_no_table_is_refused_with_what_to_do(empty, name):
    content, answer = NO_TABLES[name]
    at = open_page("Configuration")
    assert not at.file_uploader[0].allowed_type, "Streamlit would refuse it in a word"
    at.file_uploader[0].upload(name, content, "application/octet-stream")
    at.run()
    assert not at.exception
    assert "cannot be read as a table" in at.error[0].value and answer in texts(at)
    assert LocalBackend(empty).storage.folders("datasets") == []


def test_training_tells_which_round_is_kept(full):
    (job,) = LocalBackend(full).jobs(JobKind.training)
    rounds = training.evaluation_of(LocalBackend(full), job.name)["rounds"]
    at = app_at("Training", job=job.name)
    at.session_state["run-tab-True"] = "Curves"
    at.run()
    assert not at.exception
    told = next(each.value for each in at.caption if "round is kept" in each.value)
    assert "best round" in told and f"round {rounds - 1} of 0 to " in told


def test_a_bad_hyperparameter_is_refused_where_it_is_entered(full):
    at = open_page("Training")
    at.button(key="open-train").click().run()
    (eta,) = [field for field in at.number_input if field.label == "eta"]
    eta.set_value(7.0).run()
    assert "eta must be a number from 0 to 1, such as 0\\.1" in texts(at)
    assert at.button(key="launch-training").disabled
    eta.set_value(None).run()  # XGBoost's own
    assert not at.error and not at.button(key="launch-training").disabled


def test_a_run_is_launched_noted_and_deleted(full):
    """From the dialog, which closes; what is told of the deletion is what goes."""
    backend = LocalBackend(full)
    (first,) = backend.jobs(JobKind.training)
    at = open_page("Training")
    at.button(key="open-train").click().run()
    next(field for field in at.number_input if field.label == "num_round").set_value(2).run()
    at.button(key="launch-training").click().run()
    assert not at.exception and not at.error and not at.number_input
    job = wait(backend, backend.jobs(JobKind.training)[0].name, on_log=lambda _text: None)
    assert job.name != first.name and job.hyperparameters["num_round"] == "2"
    at.session_state[f"more-{job.name}"] = True
    at.run()
    assert "rounds 2" in [each.value for each in at.subheader] and first.name not in texts(at)
    at.text_area[0].set_value("two *rounds* only").run()
    at.button(key=f"save-note-{job.name}").click().run()
    assert "two *rounds* only" in [each.value for each in at.text]
    at.button(key=f"delete-{job.name}").click().run()
    assert "It cannot be undone" in texts(at)
    at.button(key=f"delete-for-good-{job.name}").click().run()
    assert not at.exception
    assert f"Deleted and checked: training job {page.plain(job.name)}" in texts(at)
    assert [left.name for left in backend.jobs(JobKind.training)] == [first.name]


def test_verification_sees_a_missing_and_a_changed_output(full):
    backend = LocalBackend(full)
    job = backend.jobs(JobKind.processing)[0].name
    output = backend.storage.path(f"processing/{job}/output")
    (output / "test" / "test.csv").unlink()
    (output / "report" / "EDA_Report.txt").write_text("tampered")
    at = open_page("Report", part="files")
    at.session_state["verify"] = True
    at.run()
    assert not at.exception
    assert "2 of" in at.error[0].value
    states = dict(zip(at.dataframe[-1].value["File"], at.dataframe[-1].value["State"], strict=True))
    assert states["output/test/test.csv"] == "MISSING"
    assert states["output/report/EDA_Report.txt"] == "CHANGED"


def test_a_report_that_cannot_be_read_is_an_error_not_a_traceback(full):
    backend = LocalBackend(full)
    job = backend.jobs(JobKind.processing)[0].name
    backend.storage.path(f"processing/{job}/output/report/report.json").unlink()
    at = open_page("Report")
    assert not at.exception
    assert "gone" in texts(at)


def test_a_link_to_the_report_of_a_job_that_has_none_leads_to_the_job(full):
    backend = LocalBackend(full)
    job = backend.jobs(JobKind.processing)[0].name
    record = backend.storage.read_json(f"processing/{job}/job.json")
    backend.storage.write_json(
        "processing/eda-bad/job.json", record | {"name": "eda-bad", "status": "Failed"}
    )
    at = open_page("Report", job="eda-bad")
    assert not at.exception
    assert at.title[0].value == "EDA"
    assert "eda-bad" in [box.value for box in at.selectbox]
    assert "here any more" not in texts(at)


PARTS = ("Findings", "Columns", "Relations", "Files")


def every_part(**query: str) -> dict[str, str]:
    """What each part of the Report page says, with all that can be unfolded; none fails."""
    said = {}
    for part in PARTS:
        at = open_page("Report", part=part.lower(), **query)
        assert [tab.label for tab in at.tabs] == list(PARTS)
        for key in ("verify", "gallery", "text-report", "numbers-target", "numbers-blanks"):
            at.session_state[key] = True
        at.run()
        assert not at.exception, part
        assert part == "Files" or not at.error, part  # a file that was changed is one there
        said[part] = texts(at)
    return said


def test_a_report_of_an_earlier_version_is_shown_with_a_hint(full):
    backend = LocalBackend(full)
    job = backend.jobs(JobKind.processing)[0].name
    key = f"processing/{job}/output/report/report.json"
    report = backend.storage.read_json(key)
    new = ("configuration", "missing", "correlations", "over_time", "accuracy")
    old = {name: value for name, value in report.items() if name not in new} | {"format": 1}
    kept = (
        *("name", "kind", "type", "expression", "rows", "missing", "distinct", "features", "dropped", "picture"),
        *("minimum", "maximum", "mean", "std", "zeros", "negatives", "quantiles", "histogram", "mean_length"),
        *("top", "signal"),
    )  # fmt: skip
    old["columns"] = [{key: value for key, value in c.items() if key in kept} for c in report["columns"]]
    for column in old["columns"]:
        if "histogram" in column:
            column["histogram"] = {key: column["histogram"][key] for key in ("edges", "counts")}
    leak = {
        "code": "leakage",
        "column": "flight",
        "severity": "high",
        "message": "It leaks.",
        "action": "Drop it.",
    }
    old["warnings"] = [leak]
    backend.storage.write_json(key, old)
    said = every_part()
    assert "An earlier version wrote this report" in said["Findings"]
    assert "run EDA again" in said["Relations"]
    assert "It leaks" in said["Findings"]


@pytest.mark.slow
def test_every_kind_of_target_fills_every_part_and_two_jobs_stand_side_by_side(full):
    """Several classes and a number; one with blanks, dates and texts, the other of a single column."""
    from tests.conftest import FLIGHTS, run_cli

    some = full.parent / "some.csv"
    some.write_text("\n".join(FLIGHTS.read_text().splitlines()[:1200]) + "\n")
    several = run_cli(full, "eda", some, "--target", "origin").data["job"]
    said = every_part(job=several)
    assert "origin, several classes" in said["Relations"]
    assert "DESCRIPTIVE STATISTICS" in said["Files"].upper() and "byte for byte" in said["Files"]
    tiny = full.parent / "tiny.csv"
    tiny.write_text("x,y\n" + "\n".join(f"{i % 7},{i % 7 * 1.5 + i % 3}" for i in range(60)) + "\n")
    number = run_cli(full, "eda", tiny, "--target", "y").data["job"]
    said = every_part(job=number)
    assert "No cell is blank" in said["Relations"]
    assert "y, a number" in said["Relations"]
    at = open_page("Report", job=several, **{"with": number})
    assert at.session_state["open-part"] == "Files"
    assert "Removed: x, y" in texts(at) and "New findings" in texts(at)
    changed = next(frame.value for frame in at.dataframe if "Setting" in frame.value.columns)
    assert dict(zip(changed["Setting"], changed["After"], strict=True))["target"] == "origin"


@pytest.mark.slow
def test_findings_are_fixed_from_the_page_by_one_more_job(full, monkeypatch):
    from tests.conftest import FLIGHTS, run_cli

    monkeypatch.setattr("core.verbs.launching.SECOND_CLICK", 1000.0)  # however busy this machine is
    first = run_cli(full, "eda", FLIGHTS, "--target", "late").data["job"]
    at = open_page("Report")
    leaks = [box for box in at.checkbox if "delay" in box.label]
    assert len(leaks) == 2
    assert not [button for button in at.button if button.label.startswith("Run EDA")]
    for box in leaks:
        box.check()
    at.run()
    at.query_params["part"] = "columns"
    at.run()  # the bar stays in sight
    assert "drop arr_delay, dep_delay" in texts(at) and "2 changes chosen" in texts(at)
    (run,) = [button for button in at.button if button.label == "Run EDA again"]
    run.click().run()
    assert not at.exception
    assert at.title[0].value == "EDA"
    at.query_params["job"] = first  # where a hurried second click comes from
    at.switch_page(page.file("Report")).run()
    assert at.title[0].value == "EDA"
    backend = LocalBackend(full)
    fixed = backend.jobs(JobKind.processing)[0]
    assert fixed.name != first
    assert set(fixed.request["config"]["drop"]) == {"arr_delay", "dep_delay"}
    assert set(configuration.load(backend.storage).drop) == {"arr_delay", "dep_delay"}


def test_a_column_is_opened_by_its_link_and_its_numbers_are_a_table(full):
    at = open_page("Report", column="distance")
    assert at.session_state["open-part"] == "Columns"
    assert next(box for box in at.selectbox if box.label == "Column").value == "distance"
    assert (
        next(box for box in open_page("Report", part="columns").selectbox if box.label == "Column").value
        == "late"
    )
    before = len(at.dataframe)
    at.session_state["numbers-distance"] = True
    at.run()
    assert "80" in set(at.dataframe[before].value["0"].astype(str))
    assert "no column nowhere" in texts(open_page("Report", column="nowhere"))


def test_five_hundred_columns_stay_usable(full):
    """No part draws more because there are more columns; all fixes of a kind are one click."""
    backend = LocalBackend(full)
    key = f"processing/{backend.jobs(JobKind.processing)[0].name}/output/report/report.json"
    report = backend.storage.read_json(key)
    columns, blank = report["columns"], next(w for w in report["warnings"] if w["code"] == "missing")
    likes = [column for column in columns if column["name"] != "late"]
    names = [f"c{i:03}" for i in range(500 - len(columns))]
    report["overview"]["columns"] = 500
    columns += [likes[i % len(likes)] | {"name": name} for i, name in enumerate(names)]
    report["warnings"] += [
        blank | {"columns": [name], "column": name, "fix": {"drop": [name]}} for name in names
    ]
    backend.storage.write_json(key, report)
    for part in PARTS:
        at = open_page("Report", part=part.lower())
        assert not at.exception
        assert len(at.checkbox) <= 12 and len(at.get("imgs")) <= 9 and len(at.get("markdown")) < 60, part
    at = open_page("Report", part="columns")
    next(box for box in at.text_input if box.label == "Find a column").set_value("C47").run()
    assert "10 of 500 columns" in texts(at)
    at = open_page("Report")
    next(box for box in at.selectbox if box.label == "Show").select("missing").run()
    next(button for button in at.button if button.label.startswith("Choose all")).click().run()
    many = len(names) + 1
    assert f"{many} changes chosen" in texts(at)


def test_home_stands_with_a_report_gone_and_a_stray_folder(full):
    backend = LocalBackend(full)
    job = backend.jobs(JobKind.processing)[0].name
    backend.storage.path(f"processing/{job}/output/report/report.json").unlink()
    (full / ".runtime/processing/stray").mkdir()
    at = open_page("Overview")
    assert not at.exception
    assert not at.error
    assert "Deploy the model" in [button.label for button in at.button] and "report" in texts(at)


def test_what_is_in_doubt_is_shown_and_overruled(empty, tmp_path):
    file = tmp_path / "doubt.csv"
    file.write_text("when;n\n01/02/2013;1.234\n03/04/2013;2.345\n")
    at = open_page("Configuration")
    field(at, "text_input", PATH).set_value(str(file))
    button(at, "Add the file").click().run()
    said = texts(at)
    assert "The month could come first as well" in said and "by semicolon" in said
    field(at, "text_input", "Date format").set_value("mm/dd/yyyy")
    field(at, "selectbox", "Decimal sign").set_value(".")
    button(at, "Read again").click().run()
    assert not at.exception and not at.error
    told = datasets.load(LocalBackend(empty).storage, "doubt-2")
    assert [column["format"] for column in told.columns] == ["%m/%d/%Y", ""]
    assert "could come first" not in texts(at) and "you said" in texts(at)
    field(at, "text_input", "Date format").set_value("tomorrow")
    button(at, "Read again").click().run()
    assert "is no format such as" in texts(at)


def test_a_pipe_given_as_a_path_is_refused(empty, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    at = open_page("Configuration")
    field(at, "text_input", PATH).set_value(str(tmp_path / "pipe.csv"))
    button(at, "Add the file").click().run()
    assert "It is a pipe or a device" in texts(at)


def test_a_typed_endpoint_name_outlives_the_choice_of_another_model(full):
    backend = LocalBackend(full)
    (job,) = backend.jobs(JobKind.training)
    folder = backend.storage.path(f"training/{job.name}")
    shutil.copytree(folder, folder.with_name("train-twin"), symlinks=True)
    record = backend.storage.read_json(f"training/{job.name}/job.json")
    backend.storage.write_json("training/train-twin/job.json", record | {"name": "train-twin"})
    at = open_page("Inference")

    def name():
        return next(field for field in at.text_input if field.label == "Endpoint name")

    name().set_value("mine").run()
    (box,) = [box for box in at.selectbox if box.label == "Training job"]
    box.select(next(name for name in box.options if name != box.value)).run()
    assert not at.exception
    assert name().value == "mine"
