"""The Report page by AppTest: every part of it, old and damaged reports, findings fixed by one more job."""

from __future__ import annotations

import pytest

from core import configuration, keys
from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.ui import page
from core.verbs import deletion, eda, progress, twin
from core.verbs.launching import is_just_started
from tests.backends.place import until
from tests.page_rig import open_page, texts


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


def test_the_way_on_is_a_first_model_and_then_its_runs(full):
    backend = LocalBackend(full)
    # Who tests this alone has trained the model a moment ago: a click may be the second half of the one that began it.
    until(lambda: not any(map(is_just_started, backend.jobs(JobKind.training))))
    assert [each.label for each in open_page("Report").button if each.key.startswith("go-")] == [
        "See its runs"
    ]
    for job in backend.jobs(JobKind.training):
        deletion.delete(backend, job.name)
    at = open_page("Report")
    assert "launch-first" in [each.key for each in at.button]
    assert not [each for each in at.button if each.key.startswith("go-")]


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


def test_a_suspicion_that_was_tried_out_shows_its_numbers_on_its_card(full):
    """The jobs of a twin are all that says so; they are nobody's newest run."""
    backend = LocalBackend(full)
    base = backend.jobs(JobKind.processing)[0]
    report = eda.report_of(backend, base.name)
    leak = {"code": "leakage", "column": "distance", "columns": ["distance"], "severity": "medium"}
    leak |= {"message": "Tells much.", "reason": "", "action": "", "fix": {"drop": ["distance"]}}
    report["warnings"].insert(0, leak)
    backend.storage.write_json(keys.report(base.name), report)
    assert [b.label for b in open_page("Report").button if "without" in b.label] == ["Try it without"]
    model = backend.jobs(JobKind.training)[0]
    judged = backend.storage.read_json(keys.evaluation(model.name))
    for number, arm in enumerate(twin.plan(backend, base.name, ["distance"], report).arms):
        name, training = model.name, model.request
        if arm.eda is None:
            mark = {"twin_of": base.name, "without": arm.without}
            asked = {"config": arm.configuration.job_config(), "inputs": base.request["inputs"]}
            write_record(backend, "processing", f"eda-{number}", asked | mark)
            name, training = f"train-{number}", training | {"processing_job": f"eda-{number}"} | mark
            write_record(backend, "training", name, training)
        scores = judged["metrics"] | {"auc": {"value": 0.9 - number / 10, "low": None, "high": None}}
        backend.storage.write_json(keys.evaluation(name), judged | {"metrics": scores})
    at = open_page("Report")
    assert not at.exception and not at.error
    said = texts(at).replace("\\", "")
    assert "| AUC | a random split | a split by time |" in said, "a split is a column"
    assert "| with it | 0.900 | 0.700 |" in said and "| without | 0.800 | 0.600 |" in said
    assert "It helps" in said
    assert next(box for box in at.selectbox if box.label == "Run").value == base.name
    assert progress.models(backend)[0].name == model.name


def write_record(backend: LocalBackend, kind: str, name: str, request: dict) -> None:
    record = {"name": name, "kind": kind, "status": "Completed", "created": "2030-01-01T00:00:00.000Z"}
    backend.storage.write_json(keys.job_record(kind, name), record | {"request": request | {"name": name}})


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
