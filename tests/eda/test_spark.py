"""The engine `spark` on local[2] against DuckDB: the same figures, the same rows in the same split, one contract."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from core.eda.config import EdaConfig
from core.eda.profile import ranks
from core.eda.split.splits import SPLIT, placement
from core.engines import Parse, choice, duckdb_table, spark_table
from core.engines.table import ROW
from core.errors import BadSetting
from core.reading import csv_table
from core.reading.sniff import sniff
from core.reading.text_file import opened
from scripts import eda_script
from tests.cells.writings import DATES as WRITTEN
from tests.cells.writings import NUMBERS
from tests.eda.conftest import Run, run_script
from tests.eda.pandas_engine import engine_for
from tests.eda.test_engines import DATES, TEXTS, values

pytestmark = [pytest.mark.spark, pytest.mark.slow]

ROWS = 3_000
rng = np.random.default_rng(9)
MOMENTS = pd.Timestamp("2019-03-01") + pd.to_timedelta(rng.integers(0, 900_000, ROWS), unit="min")
TABLE = pd.DataFrame(
    {
        "when": MOMENTS.strftime("%d/%m/%Y %H:%M"),
        "the.day": MOMENTS.strftime("%Y-%m-%d"),
        "x": np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(size=ROWS).round(3)),
        "tail.of `it`": np.exp(rng.normal(size=ROWS) * 4),
        "whole": rng.integers(-50, 50, ROWS),
        "kind": rng.choice(["a", "it's", 'say "x"', "ñandú, twice", "NA"], ROWS),
        "messy": [f"{value:.2f}" if value > -2.2 else "unknown" for value in rng.normal(size=ROWS)],
        "wet": rng.choice(["yes", "no"], ROWS),
        "patient": rng.integers(0, 200, ROWS),
    }
)
TABLE["y"] = np.where(TABLE.x.fillna(0) + rng.normal(size=ROWS) > 0.5, "late", "in time")
TABLE = pd.concat([TABLE, TABLE.head(40)])


@pytest.fixture(scope="session")
def spark():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(spark_table.LOCAL_MODE, "spark.master", "local[2]")
        patch.setitem(spark_table.LOCAL_MODE, "spark.sql.shuffle.partitions", "2")
        with spark_table.session() as session:
            yield session


@pytest.fixture
def frame_of(spark):
    def make(table: pd.DataFrame) -> nw.LazyFrame:
        kinds = {"f": "double", "i": "bigint"}
        schema = ", ".join(f"`{name}` {kinds.get(table[name].dtype.kind, 'string')}" for name in table)
        rows = table.astype(object).where(table.notna(), None).values.tolist()
        return nw.from_native(spark.createDataFrame(rows, schema))

    return make


def parsed(frame_of, cells: list, how: Parse) -> tuple[list, list]:
    table = pd.DataFrame({"x": pd.Series(cells, dtype=object)})
    frames = frame_of(table), nw.from_native(table, eager_only=True)
    return tuple(values(engine_for(frame).parse(frame, {"x": how}), "x") for frame in frames)


def test_the_same_texts_are_numbers(frame_of):
    found, expected = parsed(frame_of, TEXTS, Parse("number"))
    both = {text: pair for text, *pair in zip(TEXTS, found, expected, strict=True)}
    assert {text: a for text, (a, _) in both.items()} == pytest.approx(
        {text: b for text, (_, b) in both.items()}, nan_ok=True, rel=0, abs=0
    )


@pytest.mark.parametrize("form", ["", "%d/%m/%Y", "%d/%m/%y %H:%M|%d-%b-%Y %I:%M %p", "%Y-%m-%d %H:%M:%S%z"])
def test_the_same_texts_are_dates(frame_of, form):
    moments = pd.to_datetime(["2013-12-31 23:05:09", "2071-02-01 00:00:00", "1999-07-04 12:30:00"])
    written = [text for part in form.split("|") for text in moments.strftime(part.replace("%z", "Z") or "%Y")]
    cells = [*DATES, *written, " 1/2/2013 "]
    found, expected = parsed(frame_of, cells, Parse("datetime", form))
    assert [str(cell) for cell in found] == [str(cell) for cell in expected]


@pytest.mark.parametrize("form", ["1.234,56", "1'234.56", "€ 1,234.56", "1 234,56 %"])
def test_the_same_texts_are_numbers_in_a_style(frame_of, form):
    cells = [
        form,
        "(5)",
        "5-",
        "1.000",
        "1,5",
        "12 %",
        "€ 7,5",
        "−3,25",
        "1'000",
        "1 000 000",
        "x",
        "",
        "1e5",
    ]
    found, expected = parsed(frame_of, cells, Parse("number", form))
    assert found == pytest.approx(expected, nan_ok=True, rel=0, abs=0)
    assert not np.isnan(found[0])


def test_the_same_writings(frame_of):
    for to, written in (("number", NUMBERS), ("datetime", WRITTEN)):
        for form, cells in written.items():
            found, expected = parsed(frame_of, list(cells), Parse(to, form))
            if to == "number":
                assert found == pytest.approx(expected, nan_ok=True), form
            else:
                assert [str(value) for value in found] == [str(value) for value in expected], form


def test_codes_are_places_among_the_levels(frame_of):
    levels = ("UA", "it's", 'say "x"', "ñandú")
    found, expected = parsed(
        frame_of, ["ñandú", "UA", "ua", None, "it's", 'say "x"'], Parse("code", levels=levels)
    )
    assert found == pytest.approx(expected, nan_ok=True)


def test_hashes_bins_duplicates_and_quantiles(frame_of):
    table = pd.DataFrame({"row": np.arange(2_000), "group": [f"g{i % 50}" for i in range(2_000)]})
    table["x"] = rng.normal(size=2_000).round(2)
    table["b"] = np.where(np.arange(2_000) % 2, "b", None)
    frames = frame_of(table), nw.from_native(table, eager_only=True)
    for column in ("row", "group"):
        a, b = (values(engine_for(f).with_random(f, column, "r", seed=7), "r") for f in frames)
        assert a == b
    a, b = (engine_for(f).bin_counts(f, {"x": [-1.0, 0.0, 0.5], "row": []}) for f in frames)
    assert a == b
    a, b = (engine_for(f).duplicates(f, ["group", "b"]) for f in frames)
    assert a == b
    found = ranks.quantiles(frames[0], "x", 2_000, table.x.min(), table.x.max(), [0.1, 0.5, 0.99])
    assert found == pytest.approx(np.quantile(table.x, [0.1, 0.5, 0.99]))


def both(tmp_path: Path, spark, table: pd.DataFrame, **config) -> tuple[Run, Run]:
    duckdb = run_script(tmp_path / "duckdb", table, target="y", **config)
    on_spark = run_script(tmp_path / "spark", table, target="y", engine="spark", **config)
    assert (duckdb.code, on_spark.code) == (0, 0), on_spark.err
    assert "Engine spark, as asked for." in on_spark.out and "Engine duckdb, on one machine." in duckdb.out
    return duckdb, on_spark


def same(found, expected, path: str = "") -> None:
    """Equal but for the last digits of sums, which are added up in another order."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), path
        for key in expected:
            same(found[key], expected[key], f"{path}/{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), path
        for i, pair in enumerate(zip(found, expected, strict=True)):
            same(*pair, f"{path}[{i}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), path
    else:
        assert found == expected, path


# One whole step costs Spark jobs by the dozen: what differs with the split is asked of the split alone.
@pytest.mark.parametrize(("split", "column"), [("time", "day"), ("time", "whole"), ("group", "patient")])
def test_the_same_rows_are_in_the_same_split(frame_of, split, column):
    table = TABLE[["whole", "patient"]].reset_index(drop=True).rename_axis(ROW).reset_index()
    table["day"] = np.where(rng.random(len(TABLE)) < 0.1, None, TABLE["the.day"])
    config = EdaConfig(target="y", split=split, split_column=column)
    connection = csv_table.connect()
    placed = []
    for frame in (frame_of(table), nw.from_native(connection.from_df(table))):
        frame = frame.with_columns(nw.col("day").cast(nw.Date))
        found = placement(frame, config, None)(frame).sort(ROW).collect("pyarrow")
        placed.append((found[ROW].to_list(), found[SPLIT].to_list()))
    connection.close()
    assert placed[0] == placed[1]
    assert len(placed[0][0]) < len(table) if column == "day" else len(placed[0][0]) == len(table)
    assert set(placed[0][1]) == {0, 1, 2}


def test_a_whole_step_is_the_same(tmp_path, spark):
    # A column of each kind: every further one costs seconds of Spark.
    table = TABLE.drop(columns=["the.day", "patient"]).rename(columns={"when": "the.when"})
    duckdb, on_spark = both(tmp_path, spark, table, derive={"twice": "x * 2 + whole // 7"})
    report, expected = on_spark.report, duckdb.report
    assert report.pop("configuration")["engine"] == "spark" and expected.pop("configuration")
    same(report, expected)
    contracts = [
        json.loads((run.output / "contract" / "contract.json").read_text()) for run in (on_spark, duckdb)
    ]
    assert contracts[0] == contracts[1]
    for name in ("train", "validation", "test"):
        parts = sorted((on_spark.output / name).iterdir())
        assert [part.name for part in parts] == [f"part-{i:05d}.csv" for i in range(len(parts))]
        rows = np.concatenate([pd.read_csv(part, header=None, dtype=float).to_numpy() for part in parts])
        np.testing.assert_array_equal(rows, duckdb.split(name))
    raw = [(run.output / "test_raw" / "test_raw.csv").read_text() for run in (on_spark, duckdb)]
    assert raw[0] == raw[1]
    drawn = [
        sorted(path.name for path in (run.output / "histograms").iterdir()) for run in (on_spark, duckdb)
    ]
    assert drawn[0] == drawn[1]
    assert not list(on_spark.prefix.rglob(".*"))


def test_the_engine_is_chosen_by_size_with_its_reason():
    small, large = 10**9, 10**11
    assert choice.choose("auto", large, several=False).engine == "duckdb"
    assert choice.choose("auto", small, several=True).engine == "duckdb"
    chosen = choice.choose("auto", large, several=True)
    assert chosen.engine == "spark" and "100.0 GB, more than 50 GB" in chosen.reason
    assert choice.choose("spark", small, several=False).engine == "spark"
    with pytest.raises(BadSetting, match="auto, duckdb, spark"):
        choice.choose("polars", small, several=False)


def test_the_argument_comes_before_the_configuration(tmp_path):
    folder = tmp_path / "processing" / "input"
    folder.mkdir(parents=True)
    TABLE.to_csv(folder / "data.csv", index=False)
    arguments = ["--input-data", folder, "--output-data", tmp_path / "out", "--config", '{"target": "y"}']
    assert eda_script.main([*map(str, arguments), "--engine", "polars"]) == 1
    assert "auto, duckdb, spark" in (tmp_path / "output" / "message").read_text()


@pytest.mark.parametrize("name", ["export.csv.gz", "export.parquet"])
def test_a_file_that_is_no_plain_text_is_read_the_same(tmp_path, spark, name):
    """A spreadsheet's export, packed: Windows-1252, semicolons, decimal commas; and Parquet."""
    path = tmp_path / name
    if path.suffix == ".gz":
        text = TABLE.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n")
        path.write_bytes(gzip.compress(text.encode("cp1252")))
    else:
        TABLE.to_parquet(path)
    found = []
    for read in (duckdb_table.read, lambda *args: spark_table.read(*args, spark=spark)):
        scratch = tmp_path / str(len(found))
        scratch.mkdir()
        connection = csv_table.connect(scratch)
        text = opened(path, scratch)
        table = read(connection, text, sniff(connection, text), scratch, lambda share: None)
        rows = table.scan(table.names).collect("pyarrow").to_native().sort_by(ROW)
        found.append((table.sniffed, table.rows, rows.to_pylist()))
        connection.close()
    assert found[0] == found[1]
    assert found[0][1] == len(TABLE)
    words = set(TABLE.kind) if path.suffix == ".parquet" else {None} | set(TABLE.kind) - {"NA"}
    assert {row["kind"] for row in found[0][2]} == words
