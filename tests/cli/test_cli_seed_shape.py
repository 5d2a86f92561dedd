"""A file shaped like the notebook's goes the whole way, label last and all. In the notebook it never trained."""

from __future__ import annotations

import csv

import pytest

from tests.conftest import run_cli
from tests.seed_shape import COLUMNS, POSITIVE, ROWS, write_seed_shaped


def test_the_file_is_what_it_says(tmp_path):
    rows = 30_000
    positives = write_seed_shaped(tmp_path / "a.csv", rows)
    assert write_seed_shaped(tmp_path / "b.csv", rows) == positives == round(rows * POSITIVE)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    header, *table = csv.reader((tmp_path / "a.csv").read_text().splitlines())
    assert (header, len(table)) == (COLUMNS, rows)
    assert sum(int(row[-1]) for row in table) == positives


@pytest.mark.slow
def test_the_whole_way(workspace, tmp_path):
    """A quarter of its rows: what more of them take is asked in tests/eda/test_scale.py."""
    rows = ROWS // 4
    file = tmp_path / "seed.csv"
    positives = write_seed_shaped(file, rows)
    answer = run_cli(
        workspace, "run", file, "--target", "Label", "--derive", "avg_color=(R+G+B)/3", "--preset", "seed"
    )
    found = answer.data
    assert (found["eda"]["rows"], found["eda"]["columns"]) == (rows, 7)
    assert found["training"]["evaluation"]["rounds"] == 100
    assert found["training"]["evaluation"]["metrics"]["auc"] > 0.9
    assert "avg_color" in {item["feature"] for item in found["training"]["evaluation"]["importance"]}
    assert found["predictions"]["agreement"] == 1.0
    assert found["endpoint"]["deleted"]
    confusion = found["training"]["evaluation"]["confusion"]
    assert abs(sum(confusion[1]) - positives / 10) < 10, "the rare class is spread over the splits by share"
