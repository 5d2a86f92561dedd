"""Quantiles against numpy's, on values that make bins uneven: ties, long tails, extremes, a single value."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from core.eda.profile import ranks
from core.reading import csv_table

pytestmark = pytest.mark.slow(1)  # whole jobs or large tables, which `make fast` leaves out

rng = np.random.default_rng(2)
ROWS = 5_000
POINTS = [0.0, 0.01, 0.25, 0.5, 0.6180339887, 0.99, 1.0]
VALUES = {
    "normal": rng.normal(size=ROWS),
    "ties": rng.integers(0, 5, ROWS).astype(float),
    "one": np.full(ROWS, 2.5),
    "tail": np.exp(rng.normal(size=ROWS) * 40),
    "one far away": np.append(rng.normal(size=ROWS - 1), 1e300),
    "two ends": np.where(rng.random(ROWS) < 0.5, -1.7e308, 1.7e308),
    "nearly one": 1.0 + rng.integers(0, 3, ROWS) * 2.0**-52,
    "the smallest": rng.integers(0, 9, ROWS) * 5e-324,
}


@pytest.fixture
def frame_of():
    connection = csv_table.connect()

    def make(values: np.ndarray):
        table = pd.DataFrame({"x": values})
        connection.register("source", table)
        return nw.from_native(connection.sql("SELECT CASE WHEN NOT isnan(x) THEN x END AS x FROM source"))

    yield make
    connection.close()


@pytest.mark.parametrize("held", [40, 100_000])  # few at once: bins within bins
@pytest.mark.parametrize("name", VALUES)
def test_quantiles_are_numpys(frame_of, monkeypatch, name, held):
    monkeypatch.setattr(ranks, "HELD", held)
    monkeypatch.setattr(ranks, "BINS", 16 if held == 40 else ranks.BINS)
    values = VALUES[name]
    frame = frame_of(np.concatenate([values, [np.nan] * 7]))
    found = ranks.quantiles(frame, "x", ROWS, values.min(), values.max(), POINTS)
    with np.errstate(over="ignore"):
        expected = np.quantile(values, POINTS)
    finite = np.isfinite(expected)  # numpy's own difference overflows between two ends of float64
    assert np.array(found)[finite] == pytest.approx(expected[finite], rel=1e-14, abs=0)
    assert np.isfinite(found).all()


def test_ranks_are_values_that_occur(frame_of):
    values = VALUES["normal"]
    found = ranks.at_ranks(frame_of(values), "x", ROWS, values.min(), values.max(), [0, 17, ROWS - 1])
    assert found == {rank: np.sort(values)[rank] for rank in (0, 17, ROWS - 1)}
