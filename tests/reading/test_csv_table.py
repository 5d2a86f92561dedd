"""Reading: dialects, encodings, types that change late, and broken rows in their true places."""

from __future__ import annotations

import random

import pytest

from core.errors import DataNotReadable, StorageFailed
from core.reading import csv_table
from core.reading.sniff import sniff
from core.reading.text_file import opened


@pytest.fixture
def connection():
    connection = csv_table.connect()
    yield connection
    connection.close()


def read(connection, path, text: str | bytes):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    source = opened(path, path.parent)
    read_as, broken = csv_table.read_table(connection, source, sniff(connection, source), "t")
    return read_as, broken, connection.execute("SELECT * FROM t").fetchall()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_quotes(connection, tmp_path, delimiter):
    rows = [["name", "number"], [f'"a{delimiter}b"', "1"], ['"say ""x"""', "2"], ['"two\nlines"', "3"]]
    _, broken, found = read(connection, tmp_path / "f.csv", "\n".join(delimiter.join(row) for row in rows))
    assert found == [(f"a{delimiter}b", 1), ('say "x"', 2), ("two\nlines", 3)]
    assert broken == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(connection, tmp_path, encoding):
    text = "ciudad,habitantes\nMálaga,591637\nGijón,271717\n"
    read_as, _, found = read(connection, tmp_path / "f.csv", text.encode(encoding))
    assert found == [("Málaga", 591637), ("Gijón", 271717)]
    assert [name for name, _ in read_as.columns] == ["ciudad", "habitantes"]


def test_a_quote_that_first_appears_far_down_still_quotes(connection, tmp_path):
    lines = ["a,b"] + [f"{i},x" for i in range(60_000)] + ['1,"x,y"']
    _, broken, found = read(connection, tmp_path / "f.csv", "\n".join(lines))
    assert broken == []
    assert found[-1] == (1, "x,y")


def test_a_column_that_changes_type_late_loses_no_row(connection, tmp_path):
    lines = ["whole,half,odd"] + ["1,1,1"] * 60_000 + ["2,2.5,n.n."]
    read_as, broken, found = read(connection, tmp_path / "f.csv", "\n".join(lines))
    assert dict(read_as.columns) == {"whole": "BIGINT", "half": "DOUBLE", "odd": "VARCHAR"}
    assert broken == []
    assert found[-1] == (2, 2.5, "n.n.")


def test_yes_and_no_stay_words_and_blanks_are_blank(connection, tmp_path):
    read_as, _, found = read(connection, tmp_path / "f.csv", "late,n\nyes,1\nno,NA\nyes,?\nno,inf\nyes,2.5\n")
    assert dict(read_as.columns) == {"late": "VARCHAR", "n": "DOUBLE"}
    assert found == [("yes", 1.0), ("no", None), ("yes", None), ("no", None), ("yes", 2.5)]


def test_broken_rows_are_told_by_their_place_among_the_records(connection, tmp_path):
    """Blank lines make no record, a quoted newline no second one; 200,000 rows are several of DuckDB's blocks."""
    random.seed(1)
    lines, expected, record = ["a,b,c"], [], 1
    for i in range(200_000):
        chance = random.random()
        if chance < 0.001:
            lines.append("")
            continue
        record += 1
        if chance < 0.0012:
            lines.append("1,2")
            expected.append((record, "too few cells"))
        elif chance < 0.0014:
            lines.append("1,2,3,4")
            expected.append((record, "too many cells"))
        elif chance < 0.02:
            lines.append(f'{i},"x\n\ny",3')
        else:
            lines.append(f"{i},some text,3.5")
    _, broken, found = read(connection, tmp_path / "f.csv", "\n".join(lines) + "\n")
    assert len(expected) > 50
    assert [(row.line, row.reason) for row in broken] == expected
    assert len(found) == record - 1 - len(expected)


def test_names_are_made_unique_and_filled_in(connection, tmp_path):
    read_as, _, found = read(connection, tmp_path / "f.csv", "a, A ,,a\n1,2,3,4\n5,6,7,8\n")
    assert [name for name, _ in read_as.columns] == ["a", "A_2", "column_3", "a_3"]
    assert found[0] == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (bytes(range(256)) * 20, "binary"),
        (b"hello world\nand so on\n", "single column"),
        (b"1,2\n3,4\n", "values, not column names"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(connection, tmp_path, content, reason):
    with pytest.raises(DataNotReadable, match=reason):
        read(connection, tmp_path / "f.csv", content)


def test_a_file_that_is_gone_is_said_to_be(connection, tmp_path):
    with pytest.raises(StorageFailed, match="gone"):
        opened(tmp_path / "missing.csv", tmp_path)
