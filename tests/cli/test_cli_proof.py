"""`run` proves that serving equals training, and fails when the proof does: by rows rejected or different."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import pytest

from core.cli import run
from core.encoding.encoded_rows import RejectedRow
from core.verbs import skew
from core.verbs.skew import compare_predictions
from tests.cli import data


@dataclass
class Rows:
    """What is compared of encoded rows, which are in no table."""

    rows: int
    accepted: np.ndarray
    rejected: list[RejectedRow]
    empty_lines: set[int]


def encoded(
    rows: int, rejected: dict[int, str] | None = None, empty_lines: frozenset[int] = frozenset()
) -> Rows:
    """Rows counted from 1, as `rejected` counts them; `empty_lines` counts from 0."""
    rejected = rejected or {}
    accepted = np.array([row + 1 not in rejected for row in range(rows)])
    return Rows(rows, accepted, [RejectedRow(*item) for item in rejected.items()], set(empty_lines))


def test_a_rejected_row_agrees_with_nothing():
    check = compare_predictions(
        encoded(4, {2: 'x: "1/2" is not a date'}), np.array([1.0, 3.0, 4.0]), np.arange(1.0, 5.0)
    )
    assert (check.rows, check.compared, check.agreement, check.rejected) == (4, 4, 0.75, 1)
    assert check.first == RejectedRow(2, 'rejected: x: "1/2" is not a date')
    assert check.largest_difference == 0.0


def test_all_rejected_is_no_agreement_also_of_many_classes():
    check = compare_predictions(encoded(2, {1: "bad", 2: "bad"}), np.empty(0), np.full((2, 3), 1 / 3))
    assert (check.agreement, check.rejected, check.first.row) == (0.0, 2, 1)


def test_a_row_of_many_classes_agrees_in_all_or_not():
    direct = np.array([[0.1, 0.9], [0.5, 0.5]])
    check = compare_predictions(encoded(2), np.array([[0.1, 0.8], [0.5, 0.5]]), direct)
    assert check.agreement == 0.5 and check.first.row == 1 and "0.8" in check.first.reason
    assert check.largest_difference == pytest.approx(0.1)


@pytest.mark.parametrize("read", [2, 4])
def test_rows_that_the_reader_loses_or_invents_are_told(read):
    check = compare_predictions(encoded(read), np.ones(read), np.ones(3))
    assert check.agreement < 1 and check.first.reason == f"3 rows written, {read} read"


def test_a_row_that_is_an_empty_line_to_an_endpoint_is_left_out():
    check = compare_predictions(encoded(3, {2: "x is blank"}, frozenset({1})), np.ones(2), np.ones(3))
    assert (check.rows, check.compared, check.agreement, check.unsendable) == (3, 2, 1.0, 1)
    assert check.first is None


def coins_run(call, workspace, tmp_path, code, *more):
    file = data.coins(tmp_path / "coins.csv", rows=120)
    args = ("run", file, "--target", "side", "--set", "num_round=2", *more)
    return call(workspace, *args, code=code).data


def gone_and_measured(workspace, found):
    assert found["error"]["kind"] == "ServingDiffers"
    assert found["endpoint"]["deleted"] and not found["endpoint"]["kept"]
    assert list((workspace / "endpoints").iterdir()) == []
    assert {"eda", "training", "predictions", "seconds"} <= set(found)


@pytest.mark.slow
def test_run_fails_when_rows_of_the_test_split_are_rejected(call, workspace, tmp_path, monkeypatch):
    deploy = run.run_deploy

    def damaged(backend, *args):
        (file,) = workspace.glob("processing/*/output/test_raw/test_raw.csv")
        header, *rows = csv.reader(file.read_text().splitlines())
        for row in rows[1:]:
            row[1] = "heavy"
        file.write_text("\n".join(",".join(row) for row in [header, *rows]) + "\n")
        return deploy(backend, *args)

    monkeypatch.setattr(run, "run_deploy", damaged)
    found = coins_run(call, workspace, tmp_path, 1, "--keep-endpoint")
    gone_and_measured(workspace, found)
    rows = found["predictions"]["rows"]
    assert found["predictions"]["rejected"] == rows - 1
    assert found["predictions"]["agreement"] == pytest.approx(1 / rows)
    assert "row 2" in found["error"]["why"] and 'weight: "heavy" is not a number' in found["error"]["why"]


@pytest.mark.slow
def test_run_fails_when_the_endpoint_answers_otherwise(call, workspace, tmp_path, monkeypatch):
    direct = skew.direct_answers
    monkeypatch.setattr(skew, "direct_answers", lambda *asked: direct(*asked) + 0.01)
    found = coins_run(call, workspace, tmp_path, 1)
    gone_and_measured(workspace, found)
    assert found["predictions"]["agreement"] == 0.0
    assert "row 1 " in found["error"]["why"]


@pytest.mark.slow
def test_run_of_one_feature_with_blanks_agrees(call, workspace, tmp_path):
    """A blank only feature is an empty line in a request: no endpoint can be asked, so it proves nothing."""
    file = tmp_path / "one.csv"
    lines = [f"{'' if i % 7 == 1 else i % 60},{'yes' if i % 60 > 30 else 'no'}" for i in range(240)]
    file.write_text("\n".join(["x,y", *lines]) + "\n")
    found = call(workspace, "run", file, "--target", "y", "--set", "num_round=2").data["predictions"]
    assert found["agreement"] == 1.0 and found["unsendable"] > 0
    assert found["compared"] == found["rows"] - found["unsendable"]
