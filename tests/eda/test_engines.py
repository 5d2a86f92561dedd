"""DuckDB's operations, held against an oracle in pandas and Python."""

from __future__ import annotations

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engines import Parse
from tests.cells.writings import DATES as WRITTEN
from tests.cells.writings import NUMBERS
from tests.eda.pandas_engine import engine_for

pytestmark = pytest.mark.slow(0.2)  # hundreds of tables in DuckDB, which `make fast` leaves out

TEXTS = [
    *("1", "1.0", " 12 ", "-0.5", "+3", ".5", "1.", "1e5", "1E-3", "1_000", "0x1F", "1,5", "1.5.2", "-", ""),
    *("inf", "nan", "1e400", "true", "abc", None, "0.1", "123456789012345678901234567890", "٣", "1 2"),
]
DATES = [
    *("2013-01-01 06:30", "2013-01-01T06:30:15", "2013-1-2", "2013/01/02", "2013-01-01T06:30:00Z"),
    *(
        "2013-01-01 06:30:00+02",
        "2013-01-01 06:30:00.25",
        " 2013-01-03 ",
        "01/02/2013",
        "20130102",
        "2013-13-01",
    ),
    *("2013-02-30", "yesterday", "", None, "2013-01-01 25:00", "6:30", "1899-12-31"),
]


@pytest.fixture
def frames():
    """The same table twice: as a DuckDB relation and as a pandas frame."""
    connection = duckdb.connect()

    def make(table: pd.DataFrame):
        text = [name for name in table if table[name].dtype == object]
        connection.register("source", table.astype(dict.fromkeys(text, "string")))
        connection.execute("CREATE OR REPLACE TABLE t AS SELECT * FROM source")
        return nw.from_native(connection.table("t")), nw.from_native(table, eager_only=True)

    yield make
    connection.close()


def values(frame, column: str) -> list:
    eager = frame.collect("pandas") if isinstance(frame, nw.LazyFrame) else frame
    return eager.to_native()[column].tolist()


def parsed(frames, cells: list, how: Parse) -> tuple[list, list]:
    lazy, eager = frames(pd.DataFrame({"x": pd.Series(cells, dtype=object)}))
    return tuple(values(engine_for(frame).parse(frame, {"x": how}), "x") for frame in (lazy, eager))


def test_the_same_texts_are_numbers(frames):
    lazy, eager = parsed(frames, TEXTS, Parse("number"))
    assert {t: a for t, a in zip(TEXTS, lazy, strict=True)} == pytest.approx(
        {t: b for t, b in zip(TEXTS, eager, strict=True)}, nan_ok=True, rel=0, abs=0
    )
    assert np.isnan(lazy[TEXTS.index("inf")]) and lazy[TEXTS.index(" 12 ")] == 12.0


def test_the_same_texts_are_dates(frames):
    lazy, eager = parsed(frames, DATES, Parse("datetime"))
    assert [str(value) for value in lazy] == [str(value) for value in eager]
    assert str(lazy[0]) == "2013-01-01 06:30:00" and str(lazy[4]) == "2013-01-01 06:30:00"


def test_dates_in_a_format(frames):
    lazy, eager = parsed(
        frames, ["31/12/2013", " 1/2/2013", "12/31/2013", None], Parse("datetime", "%d/%m/%Y")
    )
    assert (
        [str(v) for v in lazy]
        == [str(v) for v in eager]
        == ["2013-12-31 00:00:00", "2013-02-01 00:00:00", "NaT", "NaT"]
    )


@pytest.mark.parametrize("form", NUMBERS)
def test_numbers_in_a_writing(frames, form):
    for found in parsed(frames, list(NUMBERS[form]), Parse("number", form)):
        assert [None if np.isnan(value) else value for value in found] == pytest.approx(
            list(NUMBERS[form].values())
        )


@pytest.mark.parametrize("form", WRITTEN)
def test_dates_in_a_writing(frames, form):
    expected = [str(pd.Timestamp(moment)) if moment else "NaT" for moment in WRITTEN[form].values()]
    for found in parsed(frames, list(WRITTEN[form]), Parse("datetime", form)):
        assert [str(value) for value in found] == expected


CELLS = st.one_of(
    st.from_regex(
        r"[-(€'=\"]{0,2}[0-9]{0,3}([.,' ][0-9]{1,3}){0,3}( ?(kg|M|k|%|€|h|m| PM|:[0-9]{2}))?[-+)]?"
    ),
    st.from_regex(
        r"[0-9]{1,2}[./ -]?( de )?(ene|mar|Mai|août|März|sept|x)[./ -]?( de )?[0-9]{2,4}", fullmatch=True
    ),
    st.from_regex(r"[Tq]?[0-9]{1,4}[-/:QTM][0-9]{1,2}([-/:][0-9]{2,4})?", fullmatch=True),
    st.text(st.characters(exclude_categories=["C"]), max_size=12),
).filter(lambda cell: "\0" not in cell and "\n" not in cell)


def same(a, b) -> bool:
    if pd.isna(a) or pd.isna(b):
        return pd.isna(a) and pd.isna(b)
    return bool(a == b if isinstance(a, pd.Timestamp) else a == pytest.approx(b))


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(cells=st.lists(CELLS, min_size=30, max_size=60))
def test_sql_and_python_read_any_cell_alike(frames, cells):
    parses = {f"number {form}": Parse("number", form) for form in NUMBERS}
    parses |= {f"date {form}": Parse("datetime", form) for form in WRITTEN}
    lazy, eager = frames(pd.DataFrame({name: pd.Series(cells, dtype=object) for name in parses}))
    read = [engine_for(frame).parse(frame, parses) for frame in (lazy, eager)]
    tables = [(f.collect("pandas") if isinstance(f, nw.LazyFrame) else f).to_native() for f in read]
    for name in parses:
        pairs = zip(cells, *(table[name] for table in tables), strict=True)
        odd = [(cell, a, b) for cell, a, b in pairs if not same(a, b)]
        assert odd == [], name


def test_codes_are_places_among_the_levels(frames):
    levels = ("UA", "it's", 'say "x"', "ñandú")
    lazy, eager = parsed(frames, ["ñandú", "UA", "ua", None, "it's", 'say "x"'], Parse("code", levels=levels))
    assert lazy == pytest.approx([3, 0, np.nan, np.nan, 1, 2], nan_ok=True)
    assert eager == pytest.approx(lazy, nan_ok=True)


def test_the_row_hash_is_the_same_and_well_spread(frames):
    lazy, eager = frames(
        pd.DataFrame({"row": np.arange(20_000), "group": [f"g{i % 50}" for i in range(20_000)]})
    )
    for column in ("row", "group"):
        a, b = (values(engine_for(f).with_random(f, column, "r", seed=7), "r") for f in (lazy, eager))
        assert a == b
    rows = np.array(values(engine_for(eager).with_random(eager, "row", "r", seed=7), "r"))
    other = np.array(values(engine_for(eager).with_random(eager, "row", "r", seed=8), "r"))
    shares = np.histogram(rows, bins=16, range=(0, 1 << 32))[0] / len(rows)
    assert abs(shares - 1 / 16).max() < 0.01
    assert abs(np.corrcoef(rows, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(rows[:-1], rows[1:])[0, 1]) < 0.03


def test_moments_are_microseconds(frames):
    days = pd.to_datetime(
        ["1969-12-31 23:59:59.5", "2013-01-01 06:30", None, "2250-07-01 00:00:00.000001"], format="ISO8601"
    )
    for frame in frames(pd.DataFrame({"day": days.astype("datetime64[us]")})):
        found = values(engine_for(frame).with_moment(frame, "day", "m"), "m")
        expected = [-500_000.0, 1357021800000000.0, np.nan, 8851593600000001.0]
        assert found == pytest.approx(expected, nan_ok=True, rel=0, abs=0)


def test_duplicates(frames):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"n": rng.integers(0, 999, 1001), "g": rng.integers(0, 3, 1001)})
    for frame in frames(table):
        found = engine_for(frame).duplicates(frame, ["n", "g"])
        assert found == int(table.duplicated(["n", "g"]).sum())


def test_bins_hold_their_upper_edge(frames):
    table = pd.DataFrame(
        {"x": [0.0, 1.0, 1.0, 1.5, 2.0, 9.0, -3.0, np.nan], "n": [*range(7), 5], "one": [1e300] * 8}
    )
    lazy, eager = frames(table)
    lazy = lazy.with_columns(nw.when(~nw.col("x").is_nan()).then(nw.col("x")).alias("x"))
    for frame in (lazy, eager):
        found = engine_for(frame).bin_counts(frame, {"x": [0.0, 1.0, 2.0], "n": [3.0], "one": []})
        assert found == {"x": [2, 2, 2, 1], "n": [4, 4], "one": [8]}


def test_csv_is_plain_numbers_in_order(frames, tmp_path):
    table = pd.DataFrame({"x": [0.1, 1e-7, np.nan, 12345678.9, 1 / 3], "n": [1.0, 2.0, np.nan, 4.0, 5.0]})
    for frame in frames(table):
        if isinstance(frame, nw.LazyFrame):
            frame = frame.with_columns(*[nw.when(~nw.col(c).is_nan()).then(nw.col(c)).alias(c) for c in "xn"])
        path = tmp_path / "out.csv"
        engine_for(frame).write_csv(frame, path, whole=["n"])
        assert [line.partition(",")[2] for line in path.read_text().splitlines()] == ["1", "2", "", "4", "5"]
        np.testing.assert_array_equal(np.genfromtxt(path, delimiter=","), table.to_numpy())
