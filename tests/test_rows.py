"""Raw rows for inference: encoded like the splits, cut at row ends, and every row in its place in the output."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core import keys, locales
from core.backends.local import LocalBackend
from core.encoding.contract import Column, Contract, Label
from core.encoding.encoded_rows import RejectedRow
from core.encoding.labels import labels_of
from core.encoding.row_checks import in_words
from core.encoding.rows import encode_file, encode_records
from core.errors import BadAnswer, DataNotReadable, MissingColumns, RowTooLarge
from core.judging.calibration import Calibration
from core.judging.decision import Amounts
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.referral import ASK, Referral
from core.language import MARKS, PSEUDO
from core.predictions import asked_rows, decode, write_predictions
from core.reading.dialect import Dialect
from core.verbs.judged import range_of

COLUMNS = (
    Column("carrier", "categorical", features={"carrier": "code"}, own_codes=3,
           levels=(("UA", 5), ("B6", 3), ("EV", 2))),
    Column("wet", "boolean", features={"wet": "value"}),
    Column("distance", "numeric", features={"distance": "value"}, minimum=80.0, maximum=4983.0),
    Column("when", "datetime", features={"when_hour": "hour"}),
)  # fmt: skip
BINARY = Contract(Label("late", "binary", ("no", "yes"), positive="yes"), COLUMNS)
MULTI = Contract(Label("late", "multiclass", ("a", "b", "c")), COLUMNS)
REGRESSION = Contract(Label("late", "regression"), COLUMNS)

FILE = """\
extra;when;distance;carrier;wet
1;2013-01-01 06:30;100;UA;yes
2;2013-01-01 07:30;200;ZZ;no

3;too short
4;;;;
5;2013-01-01 08:30;far;B6;yes
6;yesterday;300;B6;yes
7;2013-01-01 09:30;99999;EV;perhaps
8;2013-01-01 10:30;400;"EV";yes;too;long
9;2013-01-01 11:30;500;"EV";no
"""
INPUT = ["extra", "when", "distance", "carrier", "wet"]
BODY = [[0, 1, 100, 6], [np.nan, 0, 200, 7], [np.nan] * 4, [2, np.nan, 99999, 9], [2, 0, 500, 11]]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(FILE)
    return path


def body(encoded, max_bytes: int = 1 << 20) -> np.ndarray:
    lines = b"".join(encoded.chunks(max_bytes)).decode().splitlines()
    return np.array([[float(cell or "nan") for cell in line.split(",")] for line in lines])


def test_a_file_is_encoded_with_what_was_noticed(file):
    encoded = encode_file(BINARY, file)
    np.testing.assert_array_equal(body(encoded), BODY)
    assert encoded.rows == 9
    assert encoded.accepted.tolist() == [True, True, False, True, False, False, True, False, True]
    assert encoded.rejected == [
        RejectedRow(3, "too few cells", 5),
        RejectedRow(5, 'distance: "far" is not a number', 7),
        RejectedRow(6, 'when: "yesterday" is not a date', 8),
        RejectedRow(8, "too many cells", 10),
    ]
    assert encoded.unseen == {"carrier": 1, "wet": 1}
    assert encoded.out_of_range == {"distance": 1}
    assert encoded.ignored == ["extra"]
    assert encoded.flags == {
        1: 'carrier: "ZZ" never occurred in training',
        6: 'wet: "perhaps" never occurred in training; distance: "99999" is outside the training range',
    }


def test_a_form_gives_the_same_as_the_file(file):
    records = [dict(zip(("extra", "when", "distance", "carrier", "wet"), line.split(";"), strict=False))
               for line in FILE.replace('"', "").splitlines()[1:] if line.count(";") == 4]  # fmt: skip
    from_file, from_form = encode_file(BINARY, file), encode_records(BINARY, records)
    np.testing.assert_array_equal(body(from_form), body(from_file))
    assert from_form.unseen == from_file.unseen and from_form.out_of_range == from_file.out_of_range
    assert sorted(from_form.flags.values()) == sorted(from_file.flags.values())
    assert [row.reason for row in from_form.rejected] == [
        'distance: "far" is not a number',
        'when: "yesterday" is not a date',
    ]


def test_a_form_may_hold_numbers_truths_and_nothing():
    record = {"carrier": "B6", "wet": True, "distance": 120.5, "when": pd.Timestamp("2013-01-01 05:00")}
    np.testing.assert_array_equal(body(encode_records(BINARY, [record])), [[1, 1, 120.5, 5]])
    blank = dict.fromkeys(record)
    encoded = encode_records(BINARY, [blank, record])
    np.testing.assert_array_equal(body(encoded), [[1, 1, 120.5, 5]])
    assert encoded.rejected == [RejectedRow(1, "nothing is filled in")]


def test_what_was_noticed_of_a_row_is_told_to_who_reads(english_after):
    cells = ['a: "x: "y"; z" is not a number', 'b: "" never occurred in training']
    texts = ["; ".join(cells), "c is the only feature, and blank", "nothing is filled in", "c: odd"]
    assert [in_words(text) for text in texts] == texts
    locales.follow(str, lambda: PSEUDO)
    assert in_words(texts[0]) == "; ".join(cell.join(MARKS) for cell in cells)
    assert [in_words(text) for text in texts[1:]] == [text.join(MARKS) for text in texts[1:]]


def test_missing_columns_are_named(tmp_path, file):
    file.write_text("carrier,wet\nUA,yes\n")
    with pytest.raises(MissingColumns, match="distance, when"):
        encode_file(BINARY, file)
    with pytest.raises(MissingColumns, match="distance, when"):
        encode_records(BINARY, [{"carrier": "UA", "wet": "yes"}])


def test_a_file_without_rows_is_refused(file):
    file.write_text("carrier,wet,distance,when\n")
    with pytest.raises(DataNotReadable, match="nothing below it"):
        encode_file(BINARY, file)


@pytest.mark.parametrize("max_bytes", [25, 40, 64, 1000])
def test_bodies_are_cut_at_row_ends(file, max_bytes):
    encoded = encode_file(BINARY, file)
    chunks = list(encoded.chunks(max_bytes))
    assert all(len(chunk) <= max_bytes and chunk.endswith(b"\n") for chunk in chunks)
    np.testing.assert_array_equal(body(encoded, max_bytes), BODY)


def test_a_row_larger_than_a_body_is_said_to_be(file):
    with pytest.raises(RowTooLarge, match="more than the 5 bytes"):
        list(encode_file(BINARY, file).chunks(5))


def read(path) -> pd.DataFrame:
    return pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)


def test_predictions_stand_in_the_order_of_the_rows(file, tmp_path):
    encoded, output = encode_file(BINARY, file), tmp_path / "out" / "out.csv"
    write_predictions(BINARY, encoded, np.array([0.25, 0.5, 0.75, 0.0, 1.0]), output)
    found = read(output)
    assert list(found) == [*INPUT, "decision", "prediction", "probability", "probability_yes", "flags"]
    assert found.prediction.tolist() == ["no", "yes", "", "yes", "", "", "no", "", "yes"]
    assert found.decision.tolist() == found.prediction.tolist()  # nothing was decided
    assert found.probability.tolist() == ["0.75", "0.5", "", "0.75", "", "", "1.0", "", "1.0"]
    assert found.probability_yes.tolist() == ["0.25", "0.5", "", "0.75", "", "", "0.0", "", "1.0"]
    assert found["flags"].tolist()[:3] == [
        "",
        'carrier: "ZZ" never occurred in training',
        "rejected: too few cells (line 5)",
    ]
    assert list(output.parent.iterdir()) == [output]
    own = list(csv.reader(FILE.splitlines(), delimiter=";"))
    told = [[*row, *[""] * 5][:5] for row in own[1:] if row]
    assert found[INPUT].values.tolist() == told  # also of the rows that are none


def test_the_decision_of_the_model_stands_before_its_prediction(file, tmp_path):
    """By its threshold on what the model answers; the probabilities, and what is more probable, are calibrated."""
    table = Calibration((0.0, 0.5, 1.0), (0.0, 0.4, 1.0))
    costs = Interval(0.0)
    decision = Decision(0.2, "threshold", Amounts(), None, table, costs, {"all": costs})
    encoded, output = encode_file(BINARY, file), tmp_path / "out.csv"
    raw = np.array([0.25, 0.5, 0.75, 0.0, 1.0])
    write_predictions(BINARY, encoded, raw, output, decision=decision)
    found = read(output)
    assert found.decision.tolist() == ["yes", "yes", "", "yes", "", "", "no", "", "yes"]
    assert found.prediction.tolist() == ["no", "no", "", "yes", "", "", "no", "", "yes"]
    assert found.probability_yes.tolist() == ["0.2", "0.4", "", "0.7", "", "", "0.0", "", "1.0"]
    assert decode(BINARY, raw[:1], decision) == [
        {"decision": "yes", "prediction": "no", "probability": 0.8, "probability_yes": 0.2}
    ]
    asking = replace(decision, referral=Referral(0.1, 0.3, unseen=True))
    write_predictions(BINARY, encoded, raw, output, decision=asking)
    assert read(output).decision.tolist() == [ASK, ASK, "", "yes", "", "", ASK, "", "yes"], (
        "0.25, ZZ, perhaps"
    )
    assert asked_rows(BINARY, encoded, raw, asking) == 3 and asked_rows(BINARY, encoded, raw, decision) == 0


def test_the_input_stands_first_as_it_was_written(tmp_path):
    """Blanks spelled out, spaces, quotes, line ends in a cell, decimal commas, names that the output has too."""
    own = replace(REGRESSION, dialect=Dialect(delimiter=";", decimal=","))
    rows = [
        ["1,50", " a ", "NA", 'say "hi"', "x"],
        ["-7", "", "two\nlines", "?", ""],
        ["=1+1", "é", "-", "a;b", "y"],
    ]
    path, output = tmp_path / "rows.csv", tmp_path / "out.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["Prediction", "wet", "when", "carrier", "flags"], *rows])
    narrow = replace(own, columns=COLUMNS[:2])
    assert write_predictions(narrow, encode_file(narrow, path), np.array([0.5, -2.25, 1e-9]), output) == 1
    with output.open(newline="") as file:
        header, *found = csv.reader(file, delimiter=";")
    assert header == ["Prediction", "wet", "when", "carrier", "flags", "prediction_2", "flags_2"]
    assert [row[:5] for row in found] == [*rows[:2], ["'=1+1", *rows[2][1:]]]
    assert [row[5] for row in found] == ["0,5", "-2,25", "1e-09"]
    assert write_predictions(narrow, encode_file(narrow, path), np.zeros(3), output, guard=False) == 0
    with output.open(newline="") as file:
        assert [row[:5] for row in csv.reader(file, delimiter=";")][1:] == rows


@pytest.mark.parametrize(
    ("cell", "runs"),
    [("=1+1", True), ("@SUM(A1)", True), ("+cmd|' /C calc'!A0", True), ("-2+3", True), ("\t=1", True), ("＝1", True),
     ("-5", False), ("+1.234,50 €", False), ("-1e-7", False), ("-", False), ("a=1", False), ("- 3 %", False)],
)  # fmt: skip
def test_only_what_a_spreadsheet_would_run_is_guarded(tmp_path, cell, runs):
    """In the input's cells, in its names, and in the names of classes."""
    label = Label("late", "binary", ("no", cell), positive=cell)
    contract = replace(BINARY, label=label, columns=COLUMNS[:1], dialect=Dialect(delimiter=";"))
    path, output = tmp_path / "rows.csv", tmp_path / "out.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["carrier", "=name"], ["UA", cell], ["B6", "b"]])
    told = write_predictions(contract, encode_file(contract, path), np.array([0.9, 0.1]), output)
    with output.open(newline="") as file:
        header, first, second = csv.reader(file, delimiter=";")
    guard = "'" if runs else ""
    assert first[1:4] == [guard + cell] * 3 and second[1:4] == ["b", "no", "no"]
    assert header[1] == "'=name" and told == 3 * runs


@pytest.mark.parametrize(
    ("label", "cells", "codes"),
    [(Label("late", "binary", ("no", "yes")), ["yes", " No ", "YES", "", "maybe", "NA"], [1, 0, 1, None, None, None]),
     (Label("late", "binary", ("0", "1"), numeric=True), ["1", "0.0", "2", "one"], [1, 0, None, None]),
     (Label("late", "multiclass", ("NA", "a", "A")), ["NA", "a", "A", "b"], [0, 1, 2, None]),
     (Label("late", "regression"), ["1.5", "-2", "x", ""], [1.5, -2, None, None])],
)  # fmt: skip
def test_the_truth_in_a_file_is_read_as_training_read_it(tmp_path, label, cells, codes):
    path, contract = tmp_path / "rows.csv", replace(BINARY, label=label, columns=COLUMNS[:1])
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["carrier", "late"], *(["UA", cell] for cell in cells)])
    found = labels_of(contract, encode_file(contract, path))
    assert [None if np.isnan(each) else each for each in found] == codes
    path.write_text("carrier\nUA\nB6\n")
    assert labels_of(contract, encode_file(contract, path)) is None


def test_several_classes_and_numbers(file, tmp_path):
    encoded, output = encode_file(MULTI, file), tmp_path / "out.csv"
    raw = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [1, 0, 0], [0, 0, 1]])
    write_predictions(MULTI, encoded, raw, output)
    found = read(output)
    assert list(found) == [
        *INPUT,
        "decision",
        "prediction",
        "probability",
        "probability_a",
        "probability_b",
        "probability_c",
        "flags",
    ]
    assert found.prediction.tolist() == ["a", "c", "", "b", "", "", "a", "", "c"]
    write_predictions(MULTI, encoded, np.array([0.0, 2, 1, 0, 2]), output)  # multi:softmax
    assert read(output).prediction.tolist() == ["a", "c", "", "b", "", "", "a", "", "c"]
    write_predictions(REGRESSION, encoded, np.arange(5) / 4, output)
    assert read(output).prediction.tolist() == ["0.0", "0.25", "", "0.5", "", "", "0.75", "", "1.0"]
    assert decode(MULTI, raw[:1]) == [
        {
            "decision": "a",
            "prediction": "a",
            "probability": 0.7,
            "probability_a": 0.7,
            "probability_b": 0.2,
            "probability_c": 0.1,
        }
    ]
    assert decode(REGRESSION, np.array([1.5])) == [{"prediction": 1.5}]
    write_predictions(REGRESSION, encoded, np.arange(5) / 4, output, half_width=2.0)
    found = read(output)
    assert list(found) == [*INPUT, "prediction", "low", "high", "flags"]
    assert found.low.tolist() == ["-2.0", "-1.75", "", "-1.5", "", "", "-1.25", "", "-1.0"]
    assert found.high.tolist() == ["2.0", "2.25", "", "2.5", "", "", "2.75", "", "3.0"]
    assert decode(REGRESSION, np.array([1.5]), half_width=2.0) == [
        {"prediction": 1.5, "low": -0.5, "high": 3.5}
    ]


def test_a_model_of_all_rows_keeps_the_range_of_the_one_that_chose_its_rounds(tmp_path):
    storage = LocalBackend(tmp_path).storage
    around = {"level": 0.9, "half_width": 2.0, "rows": 99, "covered": {"value": 0.9, "low": 0.8, "high": 1.0}}
    storage.write_json(keys.evaluation("first"), {"version": 2, "range": around})
    storage.write_json(keys.evaluation("all"), {"version": 2})
    storage.write_json(keys.job_record("training", "all"), {"request": {"all_rows_of": "first"}})
    storage.write_json(keys.job_record("training", "few"), {"request": {}})
    found = {name: range_of(LocalBackend(tmp_path), name) for name in ("first", "all", "few")}
    assert found == {"first": around, "all": around, "few": None}


def test_an_answer_of_another_shape_is_refused(file, tmp_path):
    encoded, output = encode_file(MULTI, file), tmp_path / "out.csv"
    for raw in (np.zeros((4, 3)), np.zeros((5, 2)), np.full(5, 7.0)):
        with pytest.raises(BadAnswer):
            write_predictions(MULTI, encoded, raw, output)
    assert not output.exists()


def test_a_blank_only_feature_is_no_line(tmp_path):
    contract = Contract(Label("y", "regression"), COLUMNS[2:3])
    path = tmp_path / "one.csv"
    path.write_text("distance,note\n100,a\n,b\n300,c\n")
    for encoded in (
        encode_file(contract, path),
        encode_records(contract, [{"distance": d} for d in (100, None, 300)]),
    ):
        np.testing.assert_array_equal(body(encoded), [[100], [300]])
        (only,) = encoded.rejected
        assert only[:2] == (2, "distance is the only feature, and blank")


@pytest.mark.slow(4)
def test_many_rows_keep_their_places(tmp_path):
    rows, path = 400_000, tmp_path / "many.csv"  # several row groups of DuckDB's, which threads take by turns
    rng = np.random.default_rng(4)
    distance = rng.integers(80, 4983, rows)
    broken = set(rng.choice(rows, 50, replace=False).tolist())
    lines = [f"UA,yes,{d},2013-01-01" if i not in broken else "UA,yes" for i, d in enumerate(distance)]
    path.write_text("carrier,wet,distance,when\n" + "\n".join(lines) + "\n")
    encoded = encode_file(BINARY, path)
    assert np.flatnonzero(~encoded.accepted).tolist() == sorted(broken)
    sent = pd.read_csv(io.BytesIO(b"".join(encoded.chunks(1 << 18))), header=None).to_numpy()
    np.testing.assert_array_equal(sent[:, 2], distance[encoded.accepted])
    write_predictions(REGRESSION, encoded, sent[:, 2], tmp_path / "out.csv")
    found = pd.read_csv(tmp_path / "out.csv").prediction.to_numpy()
    np.testing.assert_array_equal(found[encoded.accepted], distance[encoded.accepted])
    assert np.isnan(found[~encoded.accepted]).all()
