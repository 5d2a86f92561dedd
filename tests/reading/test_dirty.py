"""The table of cases in dirty_cases.py, read as a data set is and as the EDA step reads it."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from core import datasets
from core.cells import number_text
from core.eda.config import EdaConfig
from core.eda.profile.describe import as_treated
from core.eda.warnings import reading
from core.errors import DataNotReadable
from core.reading import csv_table
from core.reading.dialect import CODE, Overrides
from core.reading.text_file import opened
from core.storage import DiskStorage
from tests.conftest import ROOT
from tests.reading.dirty_cases import CASES, REFUSED, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_dirty_file_is_read_as_the_table_of_cases_says(case: Case, tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(case.content)
    told, rows, broken = datasets.describe(path, Overrides(**case.asked))
    kinds = {name: "code" if told.format(name) == CODE else kind for name, kind in told.columns}
    assert kinds == case.types
    assert {note.code for note in told.notes} == case.notes
    assert {note.code for note in told.notes if note.doubt} == case.doubts
    assert [(row.line, row.reason) for row in broken] == case.broken
    assert rows == len(case.rows)
    dialect = {name: getattr(told.dialect, name) for name in case.dialect}
    assert dialect == case.dialect

    connection = csv_table.connect()
    text = opened(path, tmp_path, told.dialect)
    read, broken = csv_table.read_table(connection, text, told, "raw")
    assert read.columns == told.columns, "the EDA step has no reason to change a type"
    assert [(row.line, row.reason) for row in broken] == case.broken
    assert connection.execute("SELECT * FROM raw ORDER BY rowid").fetchall() == case.rows
    connection.close()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_with_its_reason_and_leaves_nothing(name, tmp_path):
    content, reason = REFUSED[name]
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    storage = DiskStorage(tmp_path / "workspace")
    with pytest.raises(DataNotReadable, match=reason):
        datasets.add(storage, path)
    assert not storage.exists("datasets")


@pytest.mark.slow
def test_thousands_of_columns_of_a_spreadsheet(tmp_path):
    path = tmp_path / "wide.csv"
    cells = ["{i},5", "{i}", "{d:02}/02/2013", "0{i:04}"]
    lines = [";".join(f"c{i}" for i in range(2_500))]
    lines += [";".join(cells[i % 4].format(i=i + row, d=row + 13) for i in range(2_500)) for row in range(5)]
    path.write_text("\n".join(lines))
    told, rows, broken = datasets.describe(path)
    assert (rows, broken, len(told.columns)) == (5, [], 2_500)
    assert [kind for _, kind in told.columns[:4]] == ["DOUBLE", "BIGINT", "DATE", "VARCHAR"]
    assert all(kind == told.columns[place % 4][1] for place, (_, kind) in enumerate(told.columns))
    connection = csv_table.connect()
    text = opened(path, tmp_path, told.dialect)
    read, _ = csv_table.read_table(connection, text, told, "raw")
    assert read.columns == told.columns
    assert connection.execute("SELECT c2496, c2499 FROM raw LIMIT 1").fetchall() == [(2496.5, "02499")]
    places = "(SELECT unnest([1, 3]) AS place)"
    csv_table.make_room(connection, 10)  # as for the splits of a table of which few columns are features
    csv_table.write_rows(connection, text, read, places, tmp_path / "some.csv")
    assert (tmp_path / "some.csv").read_text().splitlines() == [lines[0], lines[2], lines[4]]
    connection.close()


def late(tmp_path, header: str, row: str, odd: list[str], rows: int = 6000):
    """A file whose odd rows stand where no sample looks; (what was told, what was read, its values in the odd rows)."""
    path = tmp_path / "late.csv"
    path.write_text("\n".join([header, *[row] * rows, *odd, row, row]))
    told, count, broken = datasets.describe(path)
    assert count == rows + len(odd) + 2 and broken == []
    connection = csv_table.connect()
    read, broken = csv_table.read_table(connection, opened(path, tmp_path, told.dialect), told, "raw")
    found = connection.execute(
        f"SELECT * FROM raw WHERE rowid BETWEEN {rows} AND {rows + len(odd) - 1}"
    ).fetchall()
    connection.close()
    assert broken == []
    return told, read, found


def test_what_only_later_rows_show_costs_no_row(tmp_path):
    """After the rows that are looked at come a word among numbers, a fraction among counts, a date that is none."""
    told, read, found = late(tmp_path, "a;n;when", "1.234,56;7;31/01/2013", ["viel;2,5;31/02/2013"])
    assert dict(told.columns) == {"a": "DOUBLE", "n": "BIGINT", "when": "DATE"}
    assert dict(read.columns) == {"a": "VARCHAR", "n": "DOUBLE", "when": "VARCHAR"}
    assert found == [("viel", 2.5, "31/02/2013")]
    assert read.formats == {"a": "1.234,56", "n": "1234,56", "when": "%d/%m/%Y"}


def test_a_writing_that_begins_in_one_row_of_thousands_is_read(tmp_path):
    """Thousands, per cent, a unit, sizes, a word for nothing, a guard, and other writings of dates."""
    told, read, found = late(
        tmp_path,
        "amount,share,size,level,code,when,at",
        "999,7,500,3,5,31/01/2013,2013-01-31 10:00:00",
        [
            '"1,000",7%,1.5k,s/d,="6",2013-02-28,1 mar 2013 11:30',
            '"1,23,456",8,2M,..,7,5 de marzo de 2014,20130302T1200',
        ],
    )
    names = ["amount", "share", "size", "level", "code"]
    assert dict(told.columns) == dict.fromkeys(names, "BIGINT") | {"when": "DATE", "at": "TIMESTAMP"}
    assert dict(read.columns) == dict(told.columns)
    assert found == [
        (1000, 7, 1500, None, 6, date(2013, 2, 28), datetime(2013, 3, 1, 11, 30)),
        (123456, 8, 2_000_000, None, 7, date(2014, 3, 5), datetime(2013, 3, 2, 12)),
    ]
    assert {name: read.format(name) for name in ("amount", "share")} == {
        "amount": "1,234.56",
        "share": "1234.56%",
    }
    assert {"number_format", "date_formats"} <= {note.code for note in read.notes}


def test_treated_as_numeric_reads_each_number_in_whatever_writing(tmp_path):
    """Words in half of the rows: no column of numbers, unless a person says so."""
    path = tmp_path / "mixed.csv"
    cells = ["few", "1,234.5", "many", "999", "some", "12 %", "none at all", "1,23,456", "a lot", "7"]
    path.write_text(
        "\n".join(["a,code,y", *(f'"{cell}",0{i % 7},{i % 2}' for i, cell in enumerate(cells * 9))])
    )
    told, _, _ = datasets.describe(path)
    assert dict(told.columns)["a"] == "VARCHAR"
    treated = as_treated(told, EdaConfig(target="y", treat={"a": "numeric", "code": "numeric"}))
    connection = csv_table.connect()
    read, _ = csv_table.read_table(connection, opened(path, tmp_path, told.dialect), treated, "raw")
    found = connection.execute(
        f"SELECT {number_text.sql('a', read.format('a'))} FROM raw LIMIT 10"
    ).fetchall()
    connection.close()
    assert [value for (value,) in found] == [None, 1234.5, None, 999, None, 12, None, 123456, None, 7]
    assert dict(read.columns)["code"] == "BIGINT"


def test_moments_with_a_zone_are_those_of_a_csv(tmp_path):
    """A Parquet file holds them in UTC, and names the zone beside."""
    moments = pd.date_range("2020-01-01", periods=4, freq="h")
    clocks = {
        zone: moments.tz_localize(zone) for zone in ("Europe/Madrid", "America/New_York", "+05:30", "UTC")
    }
    pd.DataFrame(clocks | {"none": moments}).to_parquet(tmp_path / "data.parquet")
    pd.DataFrame({zone: moment.map(str) for zone, moment in clocks.items()} | {"none": moments}).to_csv(
        tmp_path / "data.csv", index=False
    )
    for name in ("data.parquet", "data.csv"):
        told, _, _ = datasets.describe(tmp_path / name)
        connection = csv_table.connect()
        text = opened(tmp_path / name, tmp_path, told.dialect)
        csv_table.read_table(connection, text, told, "raw")
        found = connection.execute("SELECT * FROM raw").fetchall()
        connection.close()
        assert found == [(moment.to_pydatetime(),) * 5 for moment in moments], name


def test_leading_zeros_that_only_later_rows_have_make_codes(tmp_path):
    """Postcodes sorted by state; one year that was not known makes no codes of the others."""
    path = tmp_path / "sorted.csv"
    states = [(35004 + i % 900, 1990 + i % 30) for i in range(3000)] + [(6101 + i, 2013) for i in range(40)]
    rows = [f"{postcode:05},{year},{i}" for i, (postcode, year) in enumerate(states)]
    path.write_text("\n".join(["postcode,year,n", *rows, "06001,0000,7"]))
    told, rows, _ = datasets.describe(path)
    assert rows == 3041
    assert dict(told.columns) == {"postcode": "VARCHAR", "year": "BIGINT", "n": "BIGINT"}
    assert told.formats == {"postcode": CODE}
    assert [(note.code, note.columns) for note in told.notes] == [("leading_zeros", ("postcode",))]


def test_every_code_of_a_note_has_its_words():
    """Those in doubt and those that lose something are warnings; the rest are said where they are found."""
    readme = "".join((ROOT / "core" / room / "README.md").read_text() for room in ("report", "eda"))
    codes = {code for case in CASES for code in case.notes}
    judged = {*reading.CODES, *reading.LOST, *reading.DOUBTS}
    assert {code for case in CASES for code in case.doubts} <= judged
    assert judged <= codes | {"delimiter"}
    assert [code for code in sorted(codes) if f"`{code}`" not in readme] == []
