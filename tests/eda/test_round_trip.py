"""The rows that EDA hands out, encoded again by inference: the same numbers as in the splits, whatever the file."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.contract import Contract
from core.eda.config import EdaConfig
from core.eda.csv_table import unique_names
from core.errors import BadSetting
from core.rows import encode_file
from tests.eda.conftest import Run, run_script

ROWS = 300
rng = np.random.default_rng(11)
MOMENTS = [
    pd.Timestamp("2019-03-01 00:07") + pd.Timedelta(minutes=int(m)) for m in rng.integers(0, 800_000, ROWS)
]
INTERNALS = [
    *("rowid", "ROWID", "__row__", "__flags__", "__reason__", "__split__", "__random__", "__all__", "__n__"),
    *(
        "__bin__",
        "__sample__",
        "0:value",
        "0:bad",
        "1:unseen",
        "0:out",
        "0:count",
        "index",
        "raw",
        "n",
        "rows",
    ),
]


def contract_of(run: Run) -> Contract:
    assert run.code == 0, run.err
    return Contract.read(run.output / "contract" / "contract.json")


def encoded_again(run: Run, path: Path | None = None) -> np.ndarray:
    """`path` (else test_raw.csv) as inference encodes it; every row must be accepted, and none noticed."""
    path = path or run.output / "test_raw" / "test_raw.csv"
    with contextlib.closing(encode_file(contract_of(run), path)) as encoded:
        assert encoded.rejected == []
        body = b"".join(encoded.chunks(1 << 20)).decode()
    return np.array([[float(cell or "nan") for cell in line.split(",")] for line in body.splitlines()])


def same_as_the_splits(run: Run, original: Path | None = None) -> None:
    np.testing.assert_array_equal(encoded_again(run), run.split("test")[:, 1:])
    original = original or run.prefix / "processing" / "input" / "data.csv"
    parts = np.concatenate([run.split(name) for name in ("train", "validation", "test")])[:, 1:]
    found = encoded_again(run, original)
    np.testing.assert_array_equal(in_order(found), in_order(parts))


def in_order(table: np.ndarray) -> np.ndarray:
    return table[np.lexsort(table.T)]


@pytest.mark.parametrize(
    "form",
    [
        *(
            "%d/%m/%Y",
            "%d.%m.%Y",
            "%m/%d/%Y %I:%M:%S %p",
            "%Y-%m-%d",
            "%Y-%m-%dT%H:%M:%S+02:00",
        ),
        *("%Y-%m-%d %H:%M:%SZ", "%d-%m-%y"),
    ],
)
def test_dates_of_any_format(tmp_path, form):
    table = pd.DataFrame({"when": [moment.strftime(form) for moment in MOMENTS]})
    table["x"] = rng.normal(size=ROWS)
    table["y"] = rng.integers(0, 2, ROWS)
    run = run_script(tmp_path, table, target="y")
    assert "when_month" in contract_of(run).features
    same_as_the_splits(run)
    month = run.split("train")[:, 1 + contract_of(run).features.index("when_month")]
    assert set(month) <= set(range(1, 13))


def test_columns_that_meet_internal_names(tmp_path):
    names = [name for name in INTERNALS if name != "ROWID"]
    table = pd.DataFrame({name: rng.normal(size=ROWS) for name in names})
    table["word"] = rng.choice(["a", "b"], ROWS)
    table["y"] = rng.integers(0, 2, ROWS)
    run = run_script(tmp_path, table, target="y")
    same_as_the_splits(run)
    parts = np.concatenate([run.split(part) for part in ("train", "validation", "test")])
    for i, name in enumerate(names, start=1):
        np.testing.assert_array_equal(np.sort(parts[:, i]), np.sort(table[name]), err_msg=name)


@pytest.mark.parametrize("name", ["rowid", "__n__", "__split__", "0:value"])
def test_a_target_that_meets_an_internal_name(tmp_path, name):
    table = pd.DataFrame({"x": rng.normal(size=ROWS), "z": rng.choice(["a", "b"], ROWS)})
    table[name] = np.where(table.x > 0, "yes", "no")
    run = run_script(tmp_path, table, target=unique_names([name])[0])
    same_as_the_splits(run)
    for part in ("train", "validation", "test"):
        split = run.split(part)
        np.testing.assert_array_equal(split[:, 0], split[:, 1] > 0)


def test_numbers_beyond_float32_are_blank(tmp_path):
    table = pd.DataFrame({"x": rng.normal(size=ROWS), "y": rng.integers(0, 2, ROWS)})
    table["big"] = np.where(rng.random(ROWS) < 0.3, -1e39, table.x)
    run = run_script(tmp_path, table, target="y")
    same_as_the_splits(run)
    parts = np.concatenate([run.split(part) for part in ("train", "validation", "test")])
    assert np.isnan(parts[:, 2]).sum() == (table.big < -1e38).sum() > 0
    assert np.nanmax(np.abs(parts[:, 2])) < 10


@pytest.mark.parametrize("wrong", [{"drop": 5}, {"drop": "x"}, {"derive": ["a"]}])
def test_a_configuration_of_another_shape_is_a_bad_setting(wrong):
    with pytest.raises(BadSetting):
        EdaConfig.from_json({"target": "y"} | wrong)
