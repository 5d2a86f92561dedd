"""The feature contract: one encoder, the same numbers from typed tables, text tables, files and single rows."""

from __future__ import annotations

import json

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from core.encoding.contract import Column, Contract, Label
from core.errors import MissingColumns

CONTRACT = Contract(
    label=Label("late", "binary", ("no", "yes"), positive="yes"),
    columns=(
        Column("when", "datetime", features={"when_hour": "hour", "when_weekday": "weekday"}),
        Column("carrier", "categorical", features={"carrier": "code"}, own_codes=2,
               levels=(("UA", 5), ("it's", 3), ("EV", 1), ("AA", 1))),
        Column("wet", "boolean", features={"wet": "value"}, levels=(("no", 6), ("yes", 4))),
        Column("distance", "numeric", features={"distance": "value"}, minimum=80.0, maximum=4983.0),
        Column("seats", "numeric", dropped="on request"),
        Column("note", "text", dropped="it is free text"),
        Column("per_seat", "numeric", expression="distance / seats", features={"per_seat": "value"}),
    ),
)  # fmt: skip

RAW = pd.DataFrame(
    {
        "late": ["yes", "no", None, "perhaps", "no"],
        "seats": ["10", "0", "20", "x", None],
        "distance": ["100", "1e3", None, " 7.5 ", "many"],
        "wet": ["yes", "NO", None, "maybe", "True"],
        "carrier": ["UA", "it's", "AA", "ZZ", None],
        "when": ["2013-01-01 06:30", "2013-01-06T23:59:59Z", "soon", None, "2013-01-05"],
        "extra": ["1", "2", "3", "4", "5"],
    },
    dtype=object,
)
NAN = np.nan
ENCODED = np.array(
    [
        # late  hour  weekday carrier wet  distance per_seat
        [1.0, 6.0, 2.0, 0.0, 1.0, 100.0, 10.0],
        [0.0, 23.0, 7.0, 1.0, 0.0, 1000.0, NAN],
        [NAN, NAN, NAN, 2.0, NAN, NAN, NAN],
        [NAN, NAN, NAN, NAN, NAN, 7.5, NAN],
        [0.0, 0.0, 6.0, NAN, 1.0, NAN, NAN],
    ]
)


@pytest.fixture
def encode():
    with duckdb.connect() as connection:

        def encode(contract: Contract, raw: pd.DataFrame = RAW, label: bool = True) -> pd.DataFrame:
            texts = [name for name in raw if raw[name].dtype == object]
            connection.register("raw", raw.astype(dict.fromkeys(texts, "string")))
            connection.execute("CREATE OR REPLACE TABLE t AS SELECT * FROM raw")
            return contract.encode(nw.from_native(connection.table("t")), label).collect("pandas").to_native()

        yield encode


def test_text_becomes_numbers(encode):
    encoded = encode(CONTRACT)
    assert list(encoded) == ["late", *CONTRACT.features]
    np.testing.assert_array_equal(encoded.to_numpy(dtype=float), ENCODED)


def test_typed_columns_give_the_same_numbers_as_their_text(encode):
    typed = (
        RAW.iloc[:1]
        .astype({"seats": "int64", "distance": "float64"})
        .assign(when=pd.Timestamp("2013-01-01 06:30"))
    )
    np.testing.assert_array_equal(encode(CONTRACT, typed).to_numpy(dtype=float), ENCODED[:1])


def test_one_row_is_encoded_like_the_same_row_among_many(encode):
    for i in range(len(RAW)):
        np.testing.assert_array_equal(encode(CONTRACT, RAW.iloc[[i]]).to_numpy(dtype=float), ENCODED[[i]])


def test_columns_match_by_name_and_missing_ones_are_named(encode):
    shuffled = RAW[sorted(RAW)]
    np.testing.assert_array_equal(encode(CONTRACT, shuffled).to_numpy(dtype=float), ENCODED)
    assert CONTRACT.require(list(RAW), label=True) == ["extra"]
    with pytest.raises(MissingColumns, match="carrier, seats"):
        encode(CONTRACT, RAW.drop(columns=["carrier", "seats"]))
    with pytest.raises(MissingColumns) as refused:
        CONTRACT.require(["WHEN", "Carriers", "wet", "distance", "capacity"])
    assert "perhaps 'WHEN' is 'when', 'Carriers' is 'carrier'" in refused.value.failure.remedy


def test_what_becomes_nothing_need_not_be_there(encode):
    assert [column.name for column in CONTRACT.inputs] == ["when", "carrier", "wet", "distance", "seats"]
    assert list(encode(CONTRACT, RAW.drop(columns=["late", "extra"]), label=False)) == list(CONTRACT.features)


@pytest.mark.parametrize(
    ("problem", "classes", "numeric", "cells", "codes"),
    [
        ("binary", ("0", "1"), True, ["1", "1.0", "0", "2", None], [1, 1, 0, NAN, NAN]),
        ("multiclass", ("3", "4", "10"), True, ["10", "3", "4.0", "x", "3"], [2, 0, 1, NAN, 0]),
        ("multiclass", ("b", "c", "a"), False, ["a", "b", "c", "A", None], [2, 0, 1, NAN, NAN]),
        ("regression", (), False, ["1.5", "-2", "x", None, "1e3"], [1.5, -2, NAN, NAN, 1000]),
    ],
)
def test_labels(encode, problem, classes, numeric, cells, codes):
    contract = Contract(label=Label("late", problem, classes, numeric), columns=CONTRACT.columns)
    raw = RAW.assign(late=pd.Series(cells, dtype=object))
    encoded = encode(contract, raw)
    np.testing.assert_array_equal(encoded["late"].to_numpy(dtype=float), np.array(codes, dtype=float))


def test_survives_its_file(tmp_path):
    path = tmp_path / "contract.json"
    CONTRACT.write(path)
    assert Contract.read(path) == CONTRACT
    assert json.loads(path.read_text())["features"] == list(CONTRACT.features)
    path.write_text(json.dumps(CONTRACT.to_json() | {"format": 99}))
    with pytest.raises(ValueError, match="format 99"):
        Contract.read(path)
