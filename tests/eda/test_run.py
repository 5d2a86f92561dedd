"""The script as a job runs it: every output, each problem, each split, and what a failure leaves behind."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from core.eda.warnings.columns import NO_FEATURE
from core.encoding.contract import Contract
from scripts import eda_script
from tests.conftest import FLIGHTS, ROOT
from tests.eda.conftest import run_script

rng = np.random.default_rng(2)


def test_writes_every_output(flights_run):
    assert flights_run.code == 0, flights_run.err
    assert flights_run.err == "" and flights_run.message == ""
    found = {
        str(path.relative_to(flights_run.output)) for path in flights_run.output.rglob("*") if path.is_file()
    }
    pictures = {name for name in found if name.startswith("histograms/")}
    assert found - pictures == {
        *("report/EDA_Report.txt", "report/report.json", "report/report.html", "contract/contract.json"),
        *("train/train.csv", "validation/validation.csv", "test/test.csv", "test_raw/test_raw.csv"),
    }
    columns = {column["name"]: column for column in flights_run.report["columns"]}
    assert {column["picture"] for column in columns.values()} - {None} == pictures
    assert "histograms/distance_histogram.png" in pictures and len(pictures) == 12


def test_progress_rises_to_a_hundred(flights_run):
    percents = [int(p) for p in re.findall(r"^progress (\d+)% \S", flights_run.out, re.MULTILINE)]
    assert percents == sorted(percents) and percents[-1] == 100 and len(percents) > 8


def test_the_splits_hold_every_row_once_as_plain_numbers(flights_run):
    contract = Contract.read(flights_run.output / "contract" / "contract.json")
    parts = [flights_run.split(name) for name in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [contract.split[n] for n in ("train", "validation", "test")]
    whole = np.concatenate(parts)
    assert whole.shape == (12_000, 1 + len(contract.features))
    flights = pd.read_csv(FLIGHTS)
    for part in parts:
        assert part[:, 0].mean() == pytest.approx((flights.late == "yes").mean(), abs=0.001)
    distance = 1 + contract.features.index("distance")
    assert sorted(whole[:, distance]) == sorted(flights.distance)
    cell = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?|")
    with (flights_run.output / "test" / "test.csv").open() as file:
        assert all(cell.fullmatch(value) for row in csv.reader(file) for value in row)


def encoded(contract: Contract, raw: pd.DataFrame) -> np.ndarray:
    with duckdb.connect() as connection:
        frame = nw.from_native(connection.from_df(raw.astype("string")))
        return contract.encode(frame, label=True).collect("pyarrow").to_numpy()


def test_raw_test_rows_encode_to_the_test_split(flights_run):
    contract = Contract.read(flights_run.output / "contract" / "contract.json")
    raw = pd.read_csv(flights_run.output / "test_raw" / "test_raw.csv", dtype=object)
    assert list(raw) == list(pd.read_csv(FLIGHTS, nrows=1))
    np.testing.assert_array_equal(encoded(contract, raw), flights_run.split("test"))


def test_of_a_large_test_split_the_raw_rows_are_spread_over_it(tmp_path):
    rows = 60_000
    data = pd.DataFrame({"value": np.arange(rows) / 2, "sum": np.arange(rows) + rng.normal(size=rows)})
    run = run_script(tmp_path, data, target="sum", fractions=[0.05, 0.05, 0.9])
    splits, test = run.report["splits"], run.split("test")
    assert splits["test_raw_every"] == 2 and splits["test_raw_rows"] == -(-len(test) // 2) > 25_000
    raw = pd.read_csv(run.output / "test_raw" / "test_raw.csv")
    np.testing.assert_array_equal(raw["sum"], test[::2, 0])


def test_codes_follow_the_frequency_in_training_alone(flights_run):
    contract = Contract.read(flights_run.output / "contract" / "contract.json")
    train = flights_run.split("train")
    codes = train[:, 1 + contract.features.index("carrier")]
    counts = np.bincount(codes.astype(int))
    assert (np.diff(counts) <= 0).all()
    assert counts.tolist() == [rows for _, rows in contract.column("carrier").levels]
    distance = contract.column("distance")
    column = train[:, 1 + contract.features.index("distance")]
    assert (distance.minimum, distance.maximum) == (column.min(), column.max())
    tail = contract.column("tailnum")
    tails = train[:, 1 + contract.features.index("tailnum")]
    assert tails.max() == tail.own_codes == 254 < len(tail.levels)


def test_warns_of_the_leaks_and_of_no_other(flights_run):
    warnings = flights_run.report["warnings"]
    leaks = {warning["column"]: warning["severity"] for warning in warnings if warning["code"] == "leakage"}
    assert leaks == {"arr_delay": "high", "dep_delay": "medium"}
    assert warnings[0]["column"] == "arr_delay" and "AUC 1.000" in warnings[0]["message"]
    assert {(w["code"], w["column"]) for w in warnings} >= {
        ("high_cardinality", "tailnum"),
        ("missing", "wind_gust"),
        ("time", "scheduled_departure"),
    }
    signals = {column["name"]: column["signal"] for column in flights_run.report["columns"]}
    assert 0.88 < signals["dep_delay"]["value"] < 0.92
    assert signals["late"] is None


@pytest.mark.slow
def test_the_same_configuration_writes_the_same_bytes(flights_run, tmp_path):
    again = run_script(tmp_path, FLIGHTS, target="late")
    for name in ("train", "validation", "test"):
        first, second = (run.output / name / f"{name}.csv" for run in (flights_run, again))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_a_split_in_time_leaves_out_what_later_rows_cannot_share(tmp_path):
    run = run_script(tmp_path, FLIGHTS, target="late", split="time", split_column="scheduled_departure")
    assert run.code == 0, run.err
    contract = Contract.read(run.output / "contract" / "contract.json")
    parts = set(contract.column("scheduled_departure").features.values())
    assert parts == {"day", "weekday", "hour", "minute"}
    raw = pd.read_csv(run.output / "test_raw" / "test_raw.csv")
    assert raw.scheduled_departure.min() > contract.column("scheduled_departure").maximum.replace("T", " ")
    assert "time" not in {warning["code"] for warning in run.report["warnings"]}


def test_pixels_with_a_derived_column_and_a_rare_class(tmp_path):
    rows = 20_000
    table = pd.DataFrame(rng.integers(0, 256, (rows, 3)), columns=["R", "G", "B"])
    table.insert(0, "X", np.arange(rows) % 200)
    table["label"] = (table.R - table.B + rng.normal(0, 40, rows) > 215).astype(int)
    share = table.label.mean()
    assert 0.005 < share < 0.03
    run = run_script(tmp_path, table, target="label", derive={"avg_color": "(R+G+B)/3"})
    assert run.code == 0, run.err
    contract = Contract.read(run.output / "contract" / "contract.json")
    assert contract.features == ("X", "R", "G", "B", "avg_color")
    assert (contract.label.problem, contract.classes, contract.label.positive) == ("binary", ("0", "1"), "1")
    test = run.split("test")
    np.testing.assert_array_equal(test[:, 5], test[:, 2:5].sum(axis=1) / 3)
    assert test[:, 0].mean() == pytest.approx(share, abs=2 / len(test))
    assert "imbalance" in {warning["code"] for warning in run.report["warnings"]}
    assert (run.output / "histograms" / "avg_color_histogram.png").read_bytes()[:4] == b"\x89PNG"


def test_several_classes_with_blanks_and_rows_without_a_target(tmp_path):
    rows = 3_000
    size = rng.normal(0, 1, rows)
    table = pd.DataFrame(
        {"size": size, "species": np.select([size < -0.5, size < 0.5], ["Adelie", "Chinstrap"], "Gentoo")}
    )
    table.loc[::7, "size"] = None
    table.loc[:9, "species"] = None
    run = run_script(tmp_path, table, target="species")
    assert run.code == 0, run.err
    target = run.report["target"]
    assert (target["problem"], [c["class"] for c in target["classes"]]) == (
        "multiclass",
        ["Adelie", "Chinstrap", "Gentoo"],
    )
    assert run.report["overview"]["left_out_rows"] == 8  # two more are blank throughout: no rows
    assert {0.0, 1.0, 2.0} == set(run.split("validation")[:, 0])
    assert sum(len(run.split(name)) for name in ("train", "validation", "test")) == rows - 10


def test_regression_by_group(tmp_path):
    rows = 4_000
    table = pd.DataFrame({"patient": rng.integers(0, 300, rows), "dose": rng.random(rows)})
    table["answer"] = 3 * table.dose + rng.normal(0, 1, rows)
    run = run_script(tmp_path, table, target="answer", split="group", split_column="patient")
    assert run.code == 0, run.err
    assert run.report["target"]["problem"] == "regression"
    contract = Contract.read(run.output / "contract" / "contract.json")
    assert contract.features == ("dose",)
    assert "groups of the split" in contract.column("patient").dropped
    signal = next(column["signal"] for column in run.report["columns"] if column["name"] == "dose")
    assert signal["metric"] == "r2" and 0.3 < signal["value"] < 0.55


def test_odd_names_are_safe_everywhere(tmp_path):
    names = ["<script>alert(1)</script>", 'say "x"', "../../up", "it's, here", "a$b_c", "select", "ñ ü", "y"]
    table = pd.DataFrame(rng.random((200, len(names))), columns=names)
    table["y"] = np.arange(200) % 2
    run = run_script(tmp_path, table, target="y")
    assert run.code == 0, run.err
    assert [column["name"] for column in run.report["columns"]] == names
    pictures = [column["picture"] for column in run.report["columns"]]
    assert len(set(pictures)) == len(names)
    for picture in pictures:
        assert re.fullmatch(r"histograms/[A-Za-z0-9_.-]+\.png", picture)
        assert (run.output / picture).exists()
    assert "<script" not in (run.output / "report" / "report.html").read_text()
    assert Contract.read(run.output / "contract" / "contract.json").features == tuple(names[:-1])


def test_a_column_is_what_it_is_treated_as(tmp_path):
    rows = 600
    table = pd.DataFrame(
        {
            "route": rng.integers(1, 5, rows),
            "amount": [f"{i % 50}" if i % 3 else "few" for i in range(rows)],
            "code": rng.integers(0, 9, rows),
            "key": rng.permutation(rows),
            "late": np.arange(rows) % 2,
        }
    )
    asked = {"route": "categorical", "amount": "numeric", "code": "text", "key": "numeric"}
    run = run_script(tmp_path, table, target="late", treat=asked)
    assert run.code == 0, run.err
    contract = Contract.read(run.output / "contract" / "contract.json")
    assert {name: contract.column(name).kind for name in asked} == asked
    assert {text for text, _ in contract.column("route").levels} == {"1", "2", "3", "4"}
    assert contract.features == ("route", "amount", "key")
    assert "text on request" in contract.column("code").dropped
    amount = next(column for column in run.report["columns"] if column["name"] == "amount")
    assert (amount["missing"], amount["unparsed"], amount["maximum"]) == (200, 200, 49.0)
    raw = pd.read_csv(run.output / "test_raw" / "test_raw.csv", dtype="string")
    np.testing.assert_array_equal(encoded(contract, raw), run.split("test"))


class References(HTMLParser):
    """Everything in a page that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        outside = [value for name, value in attrs if name in ("src", "href") and not value.startswith("#")]
        if tag in ("script", "link", "img", "iframe", "object") or outside:
            self.found.append(tag)


def test_the_page_needs_nothing_else(flights_run):
    page = (flights_run.output / "report" / "report.html").read_text()
    references = References()
    references.feed(page)
    assert references.found == [] and "url(" not in page and "@import" not in page
    assert "prefers-color-scheme:dark" in page
    assert page.count("<svg") == page.count('role="img" aria-label="') + page.count('aria-hidden="true"')
    assert "'unsafe-inline'" not in page and "style=" not in page


@pytest.mark.slow
def test_a_page_of_every_problem_tells_every_column(tmp_path):
    """Pictures of each kind of target, drawn from what the step found; the numbers of each stand below it."""
    rows = 400
    table = pd.DataFrame(
        {
            "number": rng.lognormal(0, 2, rows),
            "word": rng.choice(["red", "green", "blue"], rows),
            "day": pd.date_range("2024-01-01", periods=rows, freq="D").strftime("%Y-%m-%d"),
        }
    )
    table.loc[:50, "number"] = np.nan
    for target, of in (("word", "Classes by number"), ("number", "Mean of number by word")):
        run = run_script(tmp_path / target, table, target=target)
        assert run.code == 0, run.err
        page = (run.output / "report" / "report.html").read_text()
        for title in (of, "day by month", "By weekday", "Share of blank cells"):
            assert f"<figcaption>{title}</figcaption>" in page
        assert page.count("<figure>") == page.count("<summary>Numbers of this chart</summary>")


def test_the_text_report_has_its_sections(flights_run):
    text = (flights_run.output / "report" / "EDA_Report.txt").read_text()
    for title in (
        "Basic information",
        "Descriptive statistics",
        "Frequencies of the categorical columns",
        "Warnings",
    ):
        assert f"\n{title}\n" in f"\n{text}"
    assert re.search(r"^UA +2,042 +17\.0%$", text, re.MULTILINE)


def test_the_schema_is_written_down(flights_run):
    """The READMEs name every key of the report, and every code that a warning can have."""
    readme = "".join((ROOT / "core" / room / "README.md").read_text() for room in ("report", "eda"))
    named = set(re.findall(r"`([a-z_0-9]+)`", readme))
    report = flights_run.report
    keys = {*report, *report["dataset"], *report["overview"], *report["target"], *report["splits"]}
    keys |= {key for column in report["columns"] for key in column} | set(report["warnings"][0])
    keys |= (
        set(report["columns"][0]["signal"]) | set(report["versions"]) | set(report["target"]["classes"][0])
    )
    assert keys <= named
    source = "".join(path.read_text() for path in (ROOT / "core" / "eda" / "warnings").glob("*.py"))
    codes = set(re.findall(r'warning\(\s*"([a-z_]+)"', source)) | {code for code, _ in NO_FEATURE.values()}
    assert len(codes) > 15 and codes - named == set()


NUMBERS = pd.DataFrame(
    {
        "x": rng.random(100),
        "label": ["a"] * 60 + ["b"] * 40,
        "one": ["a"] * 100,
        "rare": ["a"] * 98 + ["b"] * 2,
        "name": [f"n{i}" for i in range(100)],
        "blank": None,
    }
)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"target": "nope"}, "no column 'nope'"),
        ({"target": "one"}, "the same value in every row"),
        ({"target": "blank"}, "blank in every row"),
        ({"target": "rare"}, "at least 3 rows"),
        ({"target": "label", "problem": "regression"}, "holds text"),
        ({"target": "x", "problem": "binary"}, "a binary problem has two"),
        ({"target": "x", "problem": "multiclass", "drop": ["nope"]}, "no column 'nope'"),
        ({"target": "name", "problem": "binary"}, "a binary problem has two"),
        ({"target": "label", "derive": {"z": "y + 1"}}, "no numeric column 'y'"),
        ({"target": "label", "derive": {"x": "x + 1"}}, "already a column"),
        ({"target": "label", "split": "time", "split_column": "name"}, "neither dates nor numbers"),
        ({"target": "label", "drop": ["x", "one", "rare", "name", "blank"]}, "No column is left"),
        ({"target": ""}, "No target"),
        ({"target": "label", "treat": {"nope": "text"}}, "no column 'nope'"),
        ({"target": "label", "treat": {"x": "date"}}, "cannot be treated as 'date'"),
        ({"target": "label", "treat": {"name": "numeric"}}, "No cell of 'name' is a number"),
        ({"target": "label", "treat": {"label": "numeric"}}, "target is not treated"),
        ({"target": "label", "treat": ["x"]}, "not a column and a kind"),
        ({"target": "label", "sead": 1}, "unknown keys: sead"),
    ],
)
def test_a_failure_says_why_in_a_line_and_in_its_exit_code(tmp_path, config, reason):
    run = run_script(tmp_path, NUMBERS, **config)
    assert run.code == 1
    assert reason in run.message and run.message.count("\n") == 1
    assert run.err == f"error: {run.message}"
    assert not (run.output / "report").exists()


@pytest.mark.slow
def test_as_a_process_too_a_failure_is_one_clean_line(tmp_path):
    """Nothing of DuckDB's or Python's own around it, whatever was open when it failed."""
    run = run_script(tmp_path, NUMBERS, process=True, target="label", split="time", split_column="name")
    assert run.code == 1
    assert run.err == f"error: {run.message}" and "neither dates nor numbers" in run.message


def test_an_input_folder_without_one_csv_is_refused(tmp_path):
    none = run_script(tmp_path / "none", FLIGHTS.parent / "README.md", target="late")
    assert none.code == 1 and "no CSV file" in none.message
    folder = tmp_path / "two" / "processing" / "input"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("a,b\n1,2\n")
    (folder / "b.csv").write_text("a,b\n1,2\n")
    assert eda_script.main(["--input-data", str(folder), "--config", '{"target": "a"}']) == 1
    assert "2 CSV files" in (tmp_path / "two" / "output" / "message").read_text()


def test_a_defect_is_told_in_a_line_before_its_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr("core.eda.run.text_report", lambda report: 1 / 0)
    run = run_script(tmp_path, NUMBERS, target="label")
    assert run.code == 1
    assert run.err.startswith("error: The EDA step met an error it does not know: ZeroDivisionError")
    assert "Traceback" in run.err and "ZeroDivisionError" in run.message


def test_the_message_lies_where_sagemaker_looks_for_it(tmp_path):
    assert str(eda_script.message_path(tmp_path / "processing" / "input")) == f"{tmp_path}/output/message"
    assert str(eda_script.message_path(tmp_path / "elsewhere")) == "/opt/ml/output/message"
