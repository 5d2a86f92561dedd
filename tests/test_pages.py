"""Every page by AppTest: empty, with what there is, and with what went wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.judging.decision import Capacity
from core.project import PROJECT
from core.ui import audit, page
from core.ui.page import PAGES
from core.verbs import decide, deletion, notes, progress, registry, schedules, training
from core.verbs.eda import contract_of
from core.verbs.judged import decision_of
from core.verbs.waiting import wait
from tests.page_rig import app_at, button, field, open_page, texts


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


AT_HOME = """
import json, sys
from core.ui import warm_up
from tests.page_rig import open_page

warm_up.import_home()
warm = set(sys.modules)
at = open_page("Overview")
assert not at.exception and at.metric
print(json.dumps([sorted(sys.modules), sorted(set(sys.modules) - warm)]))
"""


@pytest.mark.slow
def test_home_needs_nothing_that_the_server_has_not_imported_and_nothing_heavy(full):
    """Its first visitor would wait for what is missing in `warm_up`, and for a table's libraries a second."""
    done = subprocess.run([sys.executable, "-c", AT_HOME], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    imported, late = json.loads(done.stdout)
    slow = ("pandas", "pyarrow", "duckdb", "core.judging", "xgboost", "matplotlib", "boto3")
    assert [name for name in slow if name in imported] == []
    late = [name for name in late if name.startswith(("core.", "numpy", "PIL", "pydantic"))]
    # Which backend it is, the settings say.
    assert [name for name in late if not name.startswith("core.backends")] == []


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


def test_training_tells_which_round_is_kept(full):
    (job,) = LocalBackend(full).jobs(JobKind.training)
    rounds = training.evaluation_of(LocalBackend(full), job.name)["rounds"]
    at = app_at("Training", job=job.name)
    at.session_state["run-tab-True"] = "Progress"
    at.run()
    assert not at.exception
    told = next(each.value for each in at.caption if "round is kept" in each.value)
    assert "best round" in told and f"round {rounds - 1} of 0 to " in told
    assert f"Log loss in round {rounds - 1} of 0 to " in texts(at)


@pytest.mark.slow
def test_a_model_is_trained_on_all_rows_from_its_result(full):
    backend = LocalBackend(full)
    (first,) = backend.jobs(JobKind.training)
    at = open_page("Training", job=first.name)
    assert "Train once more on train and validation together: 10,800 rows instead of 8,400" in texts(at)
    at.button(key=f"all-rows-{first.name}").click().run()
    assert not at.exception and not at.error
    whole = wait(backend, backend.jobs(JobKind.training)[0].name, on_log=lambda _text: None)
    assert whole.request["all_rows_of"] == first.name and whole.request["channels"].keys() == {"train"}
    at.run()
    assert any(each.value.startswith("all rows, rounds ") for each in at.subheader)
    assert "on the same test split" in texts(at)
    again = training.run_again(backend, whole.name, "token")
    assert again.request == whole.request | {"name": again.name}
    assert not [button for button in open_page("Training", job=first.name).button if "all-rows" in button.key]


@pytest.mark.slow
def test_a_decision_follows_its_amounts_and_its_slider_and_is_saved(full):
    """The cheapest threshold for the amounts, one by hand, and nothing of another's lost."""
    backend = LocalBackend(full)
    (job,) = backend.jobs(JobKind.training)
    at = app_at("Training", job=job.name)
    at.session_state["run-tab-True"] = "Decide"
    at.run()
    assert not at.error, texts(at)
    assert not at.exception and not at.error and "Nothing is decided yet" in texts(at)

    def shown() -> dict[str, str]:
        return {metric.label: metric.value for metric in at.metric}

    field(at, "text_input", "A miss costs").set_value("-1,5").run()
    assert "“A miss costs” must be at least 0\\." in texts(at) and button(at, "Save decision").disabled
    field(at, "text_input", "A miss costs").set_value("5").run()
    (slider,) = at.select_slider
    assert slider.value == 0.19 and shown()["Cost per 1,000 rows"] == "638"
    slider.set_value(0.5).run()
    assert shown()["Recall"] == "18.5%" and "0 less than at 50%" in [each.delta for each in at.metric]
    field(at, "text_input", "I can act on").set_value("200").run()
    assert shown()["Acted on"] == "20.0%" and any("rightly not" in str(each.delta) for each in at.metric)
    field(at, "selectbox", "Curve").set_value("Calibration").run()
    assert "near the threshold it says " in texts(at)
    field(at, "text_input", "Ask a person from (%)").set_value("90").run()
    assert "has to be in it" in texts(at)
    field(at, "text_input", "Ask a person from (%)").set_value("15").run()
    field(at, "text_input", "up to (%)").set_value("60").run()
    field(at, "toggle", "and of unseen values").set_value(True).run()
    assert "has to be in it" not in texts(at) and float(shown()["For a person"].rstrip("%")) > 0
    button(at, "Save decision").click().run()
    assert "A person is asked where the probability is from 15% to 60%" in texts(at)
    assert "Saved. Every way to predict takes it" in texts(at) and "200 of 1000 rows" in texts(at)
    stored = decision_of(backend, job.name)
    assert stored.capacity == Capacity(200, 1000) and stored.by and stored.referral.unseen
    assert stored.referral.high == 0.6 and stored.referral.cost.value < stored.cost_per_1000.value

    other = decide.propose(decide.judged(backend, job.name), threshold=0.4)
    decide.decide(backend, job.name, other)
    button(at, "Save decision").click().run()  # on a page that shows the one before
    assert "has decided for the threshold 0.4" in texts(at)
    assert decision_of(backend, job.name).threshold == 0.4
    column = field(at, "selectbox", "A miss, times")
    column.select_index(column.options.index("distance")).run()
    button(at, "Save decision").click().run()  # having seen it
    stored = decision_of(backend, job.name)
    assert stored.number == 3 and stored.amounts.miss_column == "distance"
    assert "5 times the row's distance" in texts(at)
    assert stored.cost_per_1000.value > 100_000, "a miss costs thousands of miles"


def test_a_bad_hyperparameter_is_refused_where_it_is_entered(full):
    at = open_page("Training")
    at.button(key="open-train").click().run()
    eta = field(at, "text_input", "eta")
    eta.set_value("7").run()
    assert "eta must be a number from 0 to 1, such as 0\\.1" in texts(at)
    assert at.button(key="launch-training").disabled
    eta.set_value("fast").run()
    assert "“eta”\\: this is not a number" in texts(at) and at.button(key="launch-training").disabled
    eta.set_value("0,2").run()
    assert "“eta” is read as 0\\.2\\." in texts(at)
    assert not at.error and not at.button(key="launch-training").disabled
    assert "1 change from “balanced”\\: eta 0\\.2" in texts(at)
    assert ":material/edit: **balanced\\: 0\\.1\\.** Learning rate" in texts(at)
    field(at, "multiselect", "Set here").select("lambda").unselect("seed").run()
    field(at, "text_input", "lambda").set_value("3").run()
    assert "3 changes from “balanced”\\: eta 0\\.2, lambda 3, no seed" in texts(at)
    at.button(key="reset-form-number-train").click().run()
    assert "No change from “balanced”" in texts(at) and ":material/edit:" not in texts(at)
    assert field(at, "text_input", "eta").value == "0.1"


def directions(at) -> list:
    """The choices of a direction; the tab Quality has another choice."""
    return [each for each in at.radio if "↓" in each.options]


@pytest.mark.slow
def test_a_run_is_launched_noted_chosen_run_again_and_deleted(full):
    """From the dialog, which closes; what is told of the deletion is what goes."""
    backend = LocalBackend(full)
    (first,) = backend.jobs(JobKind.training)
    at = open_page("Training")
    at.button(key="open-train").click().run()
    field(at, "number_input", "num_round").set_value(2).run()
    field(at, "multiselect", "Columns").select("distance").run()
    (direction,) = directions(at)
    direction.set_value("↓").run()
    at.button(key="launch-training").click().run()
    assert not at.exception and not at.error and not at.number_input
    job = wait(backend, backend.jobs(JobKind.training)[0].name, on_log=lambda _text: None)
    assert job.name != first.name and job.hyperparameters["num_round"] == "2"
    features = contract_of(backend, job.request["processing_job"]).features
    signs = ["-1" if name == "distance" else "0" for name in features]
    assert job.hyperparameters["monotone_constraints"] == f"({','.join(signs)})"
    at.session_state[f"more-{job.name}"] = True
    at.run()
    assert "rounds 2, directions 1" in [each.value for each in at.subheader] and first.name not in texts(at)
    at.text_area[0].set_value("two *rounds* only")
    notes.set_note(backend, job.name, "one round more")  # somebody else meanwhile
    at.button(key=f"save-note-{job.name}").click().run()
    assert "It now says: one round more" in texts(at) and at.text_area[0].value == "two *rounds* only"
    at.button(key=f"save-note-{job.name}").click().run()
    assert "two *rounds* only" in [each.value for each in at.text]
    at.button(key=f"choose-{job.name}").click().run()
    assert progress.models(backend)[0].name == job.name
    version = registry.find(backend, "1")
    assert "version 1 waits for approval" in texts(at) and version.training_job == job.name
    at.button(key=f"approve-{version.name}").click().run()
    assert "Say in 1 to" in texts(at), "nobody approves without a reason"
    at.text_input(key=f"version-why-{version.name}").set_value("*better* than the old one")
    at.button(key=f"approve-{version.name}").click().run()
    assert not at.exception and not at.error and "version 1 approved" in texts(at)
    form = open_page("Inference")
    assert "\\*better\\*" in texts(form) and [each.value for each in form.radio] == ["As it was judged"]
    at.button(key=f"again-with-{job.name}").click().run()
    assert field(at, "number_input", "num_round").value == 2 and [
        each.value for each in at.radio if "↓" in each.options
    ] == ["↓"]
    field(at, "number_input", "max_depth").set_value(1).run()
    at.button(key="launch-training").click().run()
    other = wait(backend, backend.jobs(JobKind.training)[0].name, on_log=lambda _text: None)
    assert dict(other.hyperparameters.items() ^ job.hyperparameters.items()).keys() == {"max_depth"}
    at.session_state[f"more-{other.name}"] = True
    at.run()
    at.button(key=f"again-{other.name}").click().run()
    assert not at.exception and not at.error
    same = wait(backend, backend.jobs(JobKind.training)[0].name, on_log=lambda _text: None)
    assert same.name != other.name and same.hyperparameters == other.hyperparameters
    for each in (same, other):
        deletion.delete(backend, each.name)
    registry.reject(backend, version.name, "it goes")  # what is approved is not deleted
    at.query_params["job"] = job.name
    at.session_state[f"more-{job.name}"] = True
    at.run()
    at.button(key=f"delete-{job.name}").click().run()
    assert "It cannot be undone" in texts(at)
    at.button(key=f"delete-for-good-{job.name}").click().run()
    assert not at.exception
    assert f"Deleted and checked: training job {page.plain(job.name)}" in texts(at)
    assert [left.name for left in backend.jobs(JobKind.training)] == [first.name]
    done = open_page("Pipelines", view="who-did-what")
    (acts,) = [each.value for each in done.dataframe]
    assert not done.exception and list(acts["Did"][:2]) == ["deleted training job", "rejected version"]
    assert {"launched training job", "chose model", "approved version"} <= set(acts["Did"])
    done.text_input(key="audit-about").set_value("IT GOES").run()
    assert [list(each.value["Did"]) for each in done.dataframe] == [["rejected version"]]
    done.text_input(key="audit-about").set_value("").run()
    done.selectbox(key="audit-did").set_value("chose model").run()
    (acts,) = [each.value for each in done.dataframe]
    assert set(acts["Did"]) == {"chose model"} and len(acts) < audit.SHOWN
    drawn = open_page("Pipelines", view="where-it-comes-from", thing=first.name)
    assert not drawn.exception and [each.label.partition(" ")[0] for each in drawn.expander] == [
        "data", "EDA", "model",
    ]  # fmt: skip


def test_new_files_are_scheduled_by_words_and_the_line_for_cron_is_there_to_copy(full):
    at = open_page("Pipelines", view="schedules")
    at.selectbox(key="schedule-every").set_value("week").run()
    at.text_input(key="schedule-files").set_value("/no/such/folder")
    at.text_input(key="schedule-name").set_value("mondays")
    at.button(key="schedule-add").click().run()
    assert "There is no folder /no/such/folder here" in texts(at)
    at.text_input(key="schedule-files").set_value(str(full))
    at.button(key="schedule-add").click().run()
    assert not at.exception and not at.error and "Scheduled\\. Every Monday at 07" in texts(at)
    at.button(key="schedule-add").click().run()  # the second half of a hurried double click
    assert not at.exception and not at.error and "Scheduled\\. Every Monday at 07" in texts(at)
    assert [each.name for each in schedules.schedules(LocalBackend(full))] == ["mondays"]
    at.session_state["schedule-mondays"] = True
    at.run()
    assert at.code[0].value.startswith("0 7 * * 1 cd ") and "schedule run mondays" in at.code[0].value
    at.button(key="schedule-delete-mondays").click().run()
    at.text_input(key="schedule-confirm-mondays").set_value("mondays")
    at.button(
        key="schedule-delete-mondays"
    ).click()  # a whole run draws the dialog only where this is clicked too
    at.button(key="schedule-delete").click().run()
    assert not at.exception and "Deleted and checked\\: schedule mondays" in texts(at)


@pytest.mark.slow
def test_a_tuning_says_whether_it_paid_and_goes_on(full):
    backend = LocalBackend(full)
    at = open_page("Training")
    at.button(key="open-tune").click().run()
    field(at, "number_input", "Trials").set_value(2).run()
    field(at, "number_input", "Minutes at most").set_value(30).run()
    at.button(key="launch-tuning").click().run()
    assert not at.exception and not at.error
    (first,) = backend.jobs(JobKind.tuning)
    assert first.request["max_jobs"] == 2 and first.request["max_seconds"] == 1800
    wait(backend, first.name, on_log=lambda _text: None)
    at.run()
    assert not at.exception and ("beats your start" in texts(at) or "not beat your start" in texts(at))
    assert "2 trials in " in texts(at)
    field(at, "number_input", "More trials").set_value(1).run()
    at.button(key="launch-more").click().run()
    assert not at.exception and not at.error
    more = wait(backend, backend.jobs(JobKind.tuning)[0].name, on_log=lambda _text: None)
    assert more.request["parent"] == first.name
    at.run()
    assert not at.exception and "3 trials in " in texts(at)


def test_home_stands_with_a_report_gone_and_a_stray_folder(full):
    backend = LocalBackend(full)
    job = backend.jobs(JobKind.processing)[0].name
    backend.storage.path(f"processing/{job}/output/report/report.json").unlink()
    (full / ".runtime/processing/stray").mkdir()
    at = open_page("Overview")
    assert not at.exception
    assert not at.error
    assert "Deploy the model" in [button.label for button in at.button] and "report" in texts(at)


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
    (box,) = [box for box in at.selectbox if box.label == "Model"]
    before = box.value
    box.select_index(1 - (box.index or 0)).run()
    assert next(box for box in at.selectbox if box.label == "Model").value != before
    assert not at.exception
    assert name().value == "mine"
