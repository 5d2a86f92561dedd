"""Predictions as a workbook: what goes in as a cell comes out the same, and what the model says stands beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core import predictions_workbook
from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_file
from core.errors import BadOutput, NoSuchColumn
from core.predictions import check_columns, write_predictions
from core.reading.workbook import sheet_of
from core.scratch import Scratch
from core.verbs.about import FLAGS
from tests.reading.test_workbook import CELLS
from tests.workbooks import workbook

NUMBER = Contract(
    Label("y", "regression"), (Column("x", "numeric", features={"x": "number"}, minimum=0.0, maximum=9.0),)
)
ABOUT = [("Model", "train-flights"), ("flags", FLAGS)]
MOMENTS = st.one_of(
    st.datetimes(datetime(1901, 1, 1), datetime(2200, 1, 1)).map(lambda t: t.replace(microsecond=0)),
    st.dates(date(1901, 1, 1), date(2200, 1, 1)),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.integers(86_401, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
)


def written(rows: Path, output: Path, **options) -> int:
    with closing(encode_file(NUMBER, rows)) as encoded:
        raw = np.arange(int(encoded.accepted.sum())) + 0.5
        return write_predictions(NUMBER, encoded, raw, output, about=ABOUT, **options)


def sheet(path: Path, name: str = "") -> list[list[object]]:
    book = CalamineWorkbook.from_path(path)
    return [list(row) for row in book.get_sheet_by_name(name or book.sheet_names[0]).iter_rows()]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(CELLS, st.one_of(CELLS, MOMENTS)), min_size=20, max_size=40))
def test_what_goes_in_as_a_cell_comes_out_the_same(tmp_path_factory, cells):
    folder = tmp_path_factory.mktemp("book")
    path = workbook(folder / "in.xlsx", {"Mine": [["a", "x", "b"], *([a, 5, b] for a, b in cells)]})
    written(path, folder / "out.xlsx")
    before, after = sheet(path, "Mine"), sheet(folder / "out.xlsx", "Mine")
    assert [row[:3] for row in after] == before
    kinds = [[type(cell) for cell in row] for row in before]
    assert [[type(cell) for cell in row[:3]] for row in after] == kinds
    assert after[0][3:] == ["prediction", "flags"]
    assert [row[3] for row in after[1:]] == [i + 0.5 for i in range(len(cells))]


def test_rows_of_a_sheet_that_are_none_keep_their_place(tmp_path):
    """Below a title with a line break in its cell, a blank row, and totals among the rows to predict."""
    rows = [["By\nhand"], ["x", "who"], [1, "Ana"], [None, None], [2, "=1+1"], ["far", "007"]]
    path = workbook(tmp_path / "in.xlsx", {"Mine": rows})
    assert written(path, tmp_path / "out.xlsx") == 0
    told = 'rejected: x: "far" is not a number (row 6 of the sheet)'
    assert sheet(tmp_path / "out.xlsx") == [
        ["x", "who", "prediction", "flags"],
        [1.0, "Ana", 0.5, ""],
        ["", "", "", "rejected: nothing but delimiters (row 4 of the sheet)"],
        [2.0, "=1+1", 1.5, ""],
        ["far", "007", "", told],
    ]
    assert sheet(tmp_path / "out.xlsx", "About") == [["Model", "train-flights"], ["flags", FLAGS]]


def test_a_csv_becomes_numbers_and_dates_where_that_loses_nothing(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "x;code;price;day;when;key;mixed;amount\n"
        "1,5;007;1,50;2013-01-02;2013-01-02 03:04:05;12345678901234567;1;1.234,5\n"
        "2;010;12,25;2013-02-03;2013-02-03 00:00:00;22345678901234567;n/a;2,5\n"
    )
    shares: list[float] = []
    written(path, tmp_path / "out.xlsx", progress=shares.append)
    assert shares == [0.0]  # and at every so many rows
    assert sheet(tmp_path / "out.xlsx")[1:] == [
        [1.5, "007", 1.5, date(2013, 1, 2), datetime(2013, 1, 2, 3, 4, 5), "12345678901234567", 1.0, "1.234,5", 0.5, ""],  # noqa: E501
        [2.0, "010", 12.25, date(2013, 2, 3), date(2013, 2, 3), "22345678901234567", "n/a", "2,5", 1.5, ""],
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("libreoffice") is None,
    reason="LibreOffice is not installed (Debian: apt-get install libreoffice-calc; `make test` does it as root)",
)
def test_libreoffice_opens_what_was_written_and_its_own_copy_is_read_the_same(tmp_path):
    """Numbers, dates and times as such, `=1+1` as a text; the copy is an OpenDocument spreadsheet."""
    cells = [
        "=1+1",
        "007",
        1.25,
        True,
        date(2024, 2, 29),
        datetime(2024, 2, 29, 12, 30),
        "a\nb",
        "@x",
        "http://a.b",
    ]
    header = ["x", *(f"c{i}" for i in range(len(cells)))]
    rows = workbook(tmp_path / "in.xlsx", {"Mine": [header, [1, *cells], ["far", *cells]]})
    written(rows, tmp_path / "out.xlsx")
    command = ["libreoffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "ods", "--outdir", tmp_path, tmp_path / "out.xlsx"]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"HOME": str(tmp_path)})
    for name in ("Mine", "About"):
        assert sheet(tmp_path / "out.ods", name) == sheet(tmp_path / "out.xlsx", name)
    assert sheet(tmp_path / "out.ods")[1][:3] == [1.0, "=1+1", "007"]
    with Scratch("test") as folder:
        copy = sheet_of(tmp_path / "out.ods", folder, wanted=["x", "prediction"])
        assert copy is not None and copy.name == "Mine"


def test_columns_are_chosen_by_name_and_order_whatever_is_written(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("x,who\n1,Ana\n2,=2+2\n")
    chosen = ["prediction", "who"]
    assert written(path, tmp_path / "out.csv", columns=chosen) == 1
    assert (tmp_path / "out.csv").read_text() == "prediction,who\n0.5,Ana\n1.5,'=2+2\n"
    written(path, tmp_path / "out.xlsx", columns=chosen)
    assert sheet(tmp_path / "out.xlsx") == [["prediction", "who"], [0.5, "Ana"], [1.5, "=2+2"]]
    written(path, tmp_path / "out.parquet", columns=chosen)
    assert duckdb.sql(f"FROM '{tmp_path / 'out.parquet'}'").fetchall() == [(0.5, "Ana"), (1.5, "=2+2")]
    with (
        pytest.raises(NoSuchColumn, match="x, who, prediction"),
        closing(encode_file(NUMBER, path)) as encoded,
    ):
        check_columns(NUMBER, encoded, tmp_path / "out.csv", ["whom"])


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16", "utf-8"])
def test_a_csv_is_written_in_the_encoding_of_the_input(tmp_path, encoding):
    path = tmp_path / "rows.csv"
    path.write_bytes("x,who\n1,Ñandú – €\n2,Größe\n".encode(encoding))
    written(path, tmp_path / "out.csv")
    given = (tmp_path / "out.csv").read_bytes()
    assert given == "x,who,prediction,flags\n1,Ñandú – €,0.5,\n2,Größe,1.5,\n".encode(encoding)


def test_more_rows_than_a_sheet_has_are_refused_before_the_model_is_asked(tmp_path):
    with pytest.raises(BadOutput, match=r"1,048,576 rows.*ends in \.csv or \.parquet"):
        predictions_workbook.refuse_too_large(tmp_path / "out.xlsx", 1_048_576, 3)
    predictions_workbook.refuse_too_large(tmp_path / "out.xlsx", 1_048_575, 3)
    predictions_workbook.refuse_too_large(tmp_path / "out.csv", 5_000_000, 3)
