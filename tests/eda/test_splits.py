"""Splits: reproducible, stratified to the row, in time, by group, and refused when they cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.eda.config import EdaConfig
from core.eda.split.splits import SPLIT, placement, sizes
from core.errors import BadSplit, BadTarget
from core.reading import csv_table
from tests.eda.conftest import table_of

ROWS = 30_000


@pytest.fixture(scope="module")
def connection():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "label": rng.choice(["common", "rare", "rarest"], ROWS, p=[0.97, 0.0295, 0.0005]),
            "day": np.sort(rng.integers(0, 365, ROWS)),
            "patient": rng.integers(0, 900, ROWS),
        }
    ).sample(frac=1, random_state=1, ignore_index=True)
    connection = csv_table.connect()
    connection.register("source", table.astype({"label": "string"}))
    connection.execute(
        "CREATE TABLE raw AS SELECT *, TIMESTAMP '2013-01-01' + to_days(day::INT) AS date FROM source"
    )
    yield connection
    connection.close()


def split(connection, stratify: bool = True, table: str = "raw", **config) -> pd.DataFrame:
    raw = table_of(connection, table)
    config = EdaConfig(target="label", **config)
    return placement(raw, config, "label" if stratify else None)(raw).collect("pandas").to_native()


def test_every_class_has_its_share_in_every_split(connection):
    counts = split(connection).groupby("label")[SPLIT].value_counts().unstack()
    expected = counts.sum(axis=1).to_numpy()[:, None] * np.array([0.7, 0.2, 0.1])
    assert np.abs(counts.to_numpy() - expected).max() <= 1.5


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(connection):
    first, again, other = split(connection), split(connection), split(connection, seed=1)
    assert first[SPLIT].tolist() == again[SPLIT].tolist()
    assert 0.35 < (first[SPLIT] != other[SPLIT]).mean() < 0.6  # 1 - (0.49 + 0.04 + 0.01)


def test_without_classes_the_shares_hold_too(connection):
    shares = split(connection, stratify=False)[SPLIT].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({0: 0.7, 1: 0.2, 2: 0.1}, abs=0.001)


@pytest.mark.parametrize("rows", range(3, 12))
def test_a_class_of_three_rows_is_in_every_split(connection, rows):
    connection.execute(
        f"CREATE OR REPLACE TABLE small AS SELECT if(i < {rows}, 'a', 'b') AS label FROM range(50) t(i)"
    )
    found = split(connection, table="small")
    assert set(found[found.label == "a"][SPLIT]) == {0, 1, 2}


@pytest.mark.parametrize("column", ["day", "date"])
def test_in_time_the_newest_are_held_out_and_a_moment_stays_together(connection, column):
    found = split(connection, split="time", split_column=column)
    newest = found.groupby(SPLIT)[column].agg(["min", "max"])
    assert newest["max"][0] < newest["min"][1] and newest["max"][1] < newest["min"][2]
    shares = found[SPLIT].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({0: 0.7, 1: 0.2, 2: 0.1}, abs=0.01)


def test_a_group_is_in_one_split_only(connection):
    found = split(connection, split="group", split_column="patient")
    assert (found.groupby("patient")[SPLIT].nunique() == 1).all()
    shares = found[SPLIT].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({0: 0.7, 1: 0.2, 2: 0.1}, abs=0.02)


def test_too_few_groups_or_moments_are_refused(connection):
    connection.execute("CREATE OR REPLACE TABLE two AS SELECT *, patient % 2 AS half FROM raw")
    with pytest.raises(BadSplit, match="2 groups"):
        split(connection, table="two", split="group", split_column="half")
    raw = table_of(connection, "two")
    config = EdaConfig(target="label", split="time", split_column="half")
    with pytest.raises(BadSplit, match="No row falls into"):
        sizes(placement(raw, config, None)(raw), None)


@pytest.mark.parametrize(
    "config",
    [
        {"split": "time"},
        {"split": "sometimes"},
        {"split": "time", "split_column": "label"},
        {"fractions": (0.9, 0.1, 0.0)},
        {"fractions": (0.9, 0.9, 0.1)},
    ],
)
def test_a_configuration_that_cannot_be_is_refused_before_reading(config):
    with pytest.raises(BadSplit):
        EdaConfig(target="label", **config)


def test_an_unknown_problem_is_refused():
    with pytest.raises(BadTarget):
        EdaConfig(target="label", problem="clustering")
