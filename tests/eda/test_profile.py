"""Profiles of real data, number by number against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.eda.config import EdaConfig
from core.eda.profile.describe import describe
from core.engines.table import ROW
from core.reading import csv_table
from tests.conftest import FLIGHTS
from tests.eda.conftest import read


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    connection = csv_table.connect()
    table = read(connection, FLIGHTS, tmp_path_factory.mktemp("described"))
    config = EdaConfig(target="late", derive={"gap": "arr_delay - dep_delay"})
    found = describe(table, config, lambda share, text: None)
    connection.close()
    return found


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    table = pd.read_csv(FLIGHTS, parse_dates=["scheduled_departure"])
    return table.assign(gap=table.arr_delay - table.dep_delay)


def test_missing_and_distinct(described, flights):
    for name in flights:
        stats = described.stats[name]
        assert (stats["missing"], stats["distinct"]) == (
            flights[name].isna().sum(),
            flights[name].nunique(),
        ), name


def test_statistics_quantiles_and_histograms_of_numbers(described, flights):
    for name in flights.select_dtypes("number"):
        column, stats = flights[name].dropna(), described.stats[name]
        assert stats["minimum"] == column.min() and stats["maximum"] == column.max()
        assert stats["mean"] == pytest.approx(column.mean(), rel=1e-12)
        assert stats["std"] == pytest.approx(column.std(), rel=1e-9)
        assert stats["zeros"] == (column == 0).sum() and stats["negatives"] == (column < 0).sum()
        for point, value in stats["quantiles"].items():
            assert value == pytest.approx(np.quantile(column, float(point)))
        assert stats["skew"] == pytest.approx(column.skew(), rel=1e-9)
        assert stats["kurtosis"] == pytest.approx(column.kurt(), rel=1e-9)
        edges = stats["histogram"]["edges"]
        bins = pd.cut(column, edges, include_lowest=True).value_counts(sort=False)
        assert stats["histogram"]["counts"] == bins.tolist()


def test_frequencies(described, flights):
    for name in ("carrier", "origin", "tailnum", "late"):
        counts = flights[name].value_counts()
        top = described.stats[name]["top"]
        assert [rows for _, rows in top] == counts.head(20).tolist()
        assert all(counts[value] == rows for value, rows in top)


def test_kinds(described):
    kinds = {column.name: column.kind for column in described.columns}
    assert kinds["scheduled_departure"] == "datetime"
    assert {kinds[name] for name in ("carrier", "tailnum", "dest", "manufacturer")} == {"categorical"}
    assert {kinds[name] for name in ("distance", "seats", "arr_delay", "gap")} == {"numeric"}
    assert kinds["late"] == "boolean"


def test_kinds_of_awkward_columns(tmp_path):
    rows = 200
    table = pd.DataFrame(
        {
            "row_number": range(rows),
            "key": [f"u-{i:05d}" for i in range(rows)],
            "same": "x",
            "empty": "",
            "prose": [f"{i} words and words and more words, on and on and on" for i in range(rows)],
            "mostly_numbers": ["oops" if i == 7 else i % 13 / 2 for i in range(rows)],
            "wet": ["Yes", "No"] * (rows // 2),
            "sparse_ids": [i * 1_000_003 for i in range(rows)],
            "target": [i % 2 for i in range(rows)],
        }
    )
    path = tmp_path / "f.csv"
    table.to_csv(path, index=False)
    connection = csv_table.connect()
    found = describe(read(connection, path, tmp_path), EdaConfig(target="target"), lambda *_: None)
    connection.close()
    kinds = {column.name: column.kind for column in found.columns}
    assert kinds == {
        "row_number": "identifier",
        "key": "identifier",
        "same": "constant",
        "empty": "constant",
        "prose": "text",
        "mostly_numbers": "numeric",
        "wet": "boolean",
        "sparse_ids": "numeric",
        "target": "numeric",
    }
    assert found.stats["mostly_numbers"]["unparsed"] == 1
    assert found.stats["mostly_numbers"]["mean"] == pytest.approx(
        pd.to_numeric(table["mostly_numbers"], errors="coerce").mean()
    )
    assert found.column("key").dropped and not found.column("sparse_ids").dropped
    assert ROW not in kinds
