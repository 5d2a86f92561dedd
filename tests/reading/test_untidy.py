"""Texts that are no plain CSV mean the same rows in training and in serving, whichever delimiter they have."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import datasets
from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_file
from core.errors import DataNotReadable
from core.reading import csv_table
from core.reading.dialect import Dialect, Overrides, Sniffed
from core.reading.text_file import opened

SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
SLOW = ("comma", "tab", "pipe")  # `make fast` has the other one, in a quarter of the time
WORDS = ("red box", "blue bag", "it's", "a, b; c")
Lines = list[str]


def table(rows: int = 60) -> list[list[str]]:
    return [["a", "word", "y"], *([f"{i}.5", WORDS[i % 3], f"c{i % 2}"] for i in range(rows))]


def written(rows: list[list[str]], sign: str, quoting: int = csv.QUOTE_MINIMAL) -> Lines:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sign, quoting=quoting, lineterminator="\n").writerows(rows)
    return text.getvalue().splitlines()


def joined(rows: list[list[str]], sign: str, before: str = "", after: str = "") -> Lines:
    return [before + sign.join(row) + after for row in rows]


def read(path: Path, lines: Lines, **asked: object) -> tuple[Sniffed, list[tuple], list[tuple[int, str]]]:
    """The rows as the EDA step reads them by what describing the file told, and what is none of them."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told, rows, broken = datasets.describe(path, Overrides(**asked))
    connection = csv_table.connect()
    text = opened(path, path.parent, told.dialect)
    again, aside = csv_table.read_table(connection, text, told, "raw")
    found = connection.execute("SELECT * FROM raw ORDER BY rowid").fetchall()
    connection.close()
    assert len(found) == rows and aside == broken and again.columns == told.columns
    return told, found, [(row.line, row.reason) for row in broken]


CONTRACT = Contract(
    label=Label("y", "binary", ("c0", "c1")),
    columns=(
        Column("a", "numeric", "DOUBLE", features={"a": "value"}, minimum=0.0, maximum=99.0),
        Column(
            *("word", "categorical", "VARCHAR"), features={"word": "code"}, own_codes=3,
            levels=tuple((word, 1) for word in WORDS[:3]),
        ),
    ),
    dialect=Dialect(footer=1),
)  # fmt: skip


def served(path: Path) -> tuple[list[list[float]], dict[int, str], int]:
    """(the rows that are sent, {place of a rejected one: reason}, all rows) of the file that was read last."""
    with closing(encode_file(CONTRACT, path)) as encoded:
        lines = b"".join(encoded.chunks(1 << 20)).decode().splitlines()
        sent = [[float(cell or "nan") for cell in line.split(",")] for line in lines]
        return sent, {row.row: row.reason for row in encoded.rejected}, encoded.rows


EXPECTED = [(float(a), word, y) for a, word, y in table()[1:]]
SENT = [[float(a), float(WORDS.index(word))] for a, word, _ in table()[1:]]


def wrapped(lines: Lines) -> Lines:
    return ['"' + line.replace('"', '""') + '"' for line in lines]


def without(lines: Lines, sign: str) -> Lines:
    """Two more names than the rows have cells."""
    return [lines[0] + f"{sign}more{sign}yet", *lines[1:]]


NO_ROWS: dict[str, Callable[[Lines, str], tuple[Lines, dict[int, str]]]] = {
    "a space after the delimiter": lambda t, s: (joined(table(), s + " "), {}),
    "and quotes": lambda t, s: (joined([[f'"{c}"' for c in row] for row in table()], s + " "), {}),
    "padded": lambda t, s: (joined([[f"{c:>9}" for c in row] for row in table()], f" {s} "), {}),
    "whole lines in quotes": lambda t, s: (wrapped(t), {}),
    "whole rows in quotes": lambda t, s: ([t[0], *wrapped(t[1:])], {}),
    "whole lines of quoted cells": lambda t, s: (wrapped(written(table(), s, csv.QUOTE_ALL)), {}),
    "borders": lambda t, s: (joined(table(), f" {s} ", f"{s} ", f" {s}"), {}),
    "dashes under the header": lambda t, s: ([t[0], s.join(["----"] * 3), *t[1:]], {1: "a line of dashes"}),
    "a drawn table": lambda t, s: (
        ["+---+---+---+", t[0], "+---+---+---+", *t[1:], "+---+---+---+"],
        {1: "a line of dashes", 62: "a line of dashes"},
    ),
    "units": lambda t, s: ([t[0], s.join(["(m)", "(text)", ""]), *t[1:]], {1: "a line of units"}),
    "the header again": lambda t, s: ([*t[:31], t[0], *t[31:]], {31: "the header again"}),
    "the header again in another case": lambda t, s: (
        [*t[:31], t[0].upper(), *t[31:]], {31: "the header again"},
    ),
    "joined by cat": lambda t, s: (
        [*t[:21], t[0], *t[21:41], t[0], *t[41:]], dict.fromkeys((21, 42), "the header again"),
    ),
    "rows of nothing between": lambda t, s: (
        [line for row in t for line in (row, s * 2)][:-1], dict.fromkeys(range(1, 120, 2), "nothing but delimiters"),
    ),
    "rows of nothing below": lambda t, s: (
        [*t, *[s * 2] * 40], dict.fromkeys(range(61, 101), "nothing but delimiters"),
    ),
    "totals": lambda t, s: ([*t, f"Total{s}{s}60"], {61: "a line of totals"}),
    "totals above rows of nothing": lambda t, s: (
        [*t, s.join(["TOTAL:", "12", ""]), s * 2, s * 2],
        {61: "a line of totals", 62: "nothing but delimiters", 63: "nothing but delimiters"},
    ),
    "totals above blank lines and a source": lambda t, s: (
        [*t, s.join(["Total general", "12", "7"]), "", "Fuente: INE"], {61: "a line of totals", 62: "a footnote"},
    ),
    "totals above a padded note": lambda t, s: (
        [*t, s.join(["Gesamtsumme", "12", "7"]), f"Quelle: Amt{s}{s}"], {61: "a line of totals", 62: "a footnote"},
    ),
    "totals and their totals": lambda t, s: (
        [*t, s.join(["Subtotal", "1", "7"]), s.join(["Итого", "1", "7"]), "(*) provisional"],
        {61: "a line of totals", 62: "a line of totals", 63: "a footnote"},
    ),
    "a count below": lambda t, s: ([*t, "", "(60 rows affected)"], {61: "a footnote"}),
    "sep=": lambda t, s: ([f"sep={s}", *t], {}),
    "300 comments above": lambda t, s: ([*(f"# column {i}{s} of metres" for i in range(300)), *t], {}),
    "250 lines of prose above": lambda t, s: ([*(f"Line {i} of the terms of use." for i in range(250)), *t], {}),
    "names without cells": lambda t, s: (without(t, s), {}),
    "two byte order marks": lambda t, s: (["\ufeff\ufeff" + t[0], *t[1:]], {}),
    "invisible signs around names": lambda t, s: (["\u2060a\u200b" + t[0][1:], *t[1:]], {}),
    "a header of empty cells more": lambda t, s: ([line + s * 4 for line in t], {}),
}  # fmt: skip


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(sign, id=name, marks=pytest.mark.slow(0.4) if name in SLOW else ())
        for name, sign in SIGNS.items()
    ],
)
@pytest.mark.parametrize("name", NO_ROWS)
def test_what_stands_around_the_rows_is_none_of_them(tmp_path, name, sign):
    lines, aside = NO_ROWS[name](written(table(), sign), sign)
    told, found, broken = read(tmp_path / "data.csv", lines)
    assert [row[:3] for row in found] == EXPECTED, told
    assert [name for name, _ in told.columns[:3]] == ["a", "word", "y"]
    kept = {place: reason for place, reason in aside.items() if reason != "nothing but delimiters"}
    assert {line - 1: reason for line, reason in broken} == kept
    sent, rejected, rows = served(tmp_path / "data.csv")
    assert sent == SENT and rows == len(SENT) + len(rejected)
    assert rejected == aside


def stray(line: str, kind: str, sign: str) -> tuple[str, str]:
    """(the line with an odd quote in its second cell, the text of that cell)."""
    a, _, y = line.replace('"', "").split(sign)
    texts = {
        "opens": ('"word', '"word'),
        "closes": ('word"', 'word"'),
        "inches": ('5" pipe', '5" pipe'),
        "within": ('"a "quoted" word"', 'a "quoted" word'),
        "by a backslash": (f'"say \\"hi\\"{sign} you"', f'say "hi"{sign} you'),
        "doubled": ('"say ""hi"""', 'say "hi"'),
        "lines": ('"one\ntwo\nthree"', "one\ntwo\nthree"),
    }
    text, cell = texts[kind]
    return sign.join([a, text, y]), cell


KINDS = st.sampled_from(["opens", "closes", "inches", "within", "by a backslash", "doubled", "lines"])


@pytest.mark.slow  # a few seconds of a processor: each example is 3,000 rows
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    sign=st.sampled_from(sorted(SIGNS.values())),
    odd=st.dictionaries(st.integers(1, 2_990), KINDS, min_size=1, max_size=12),
    quoted=st.booleans(),
)
def test_odd_quotes_lose_no_row(tmp_path_factory, sign, odd, quoted):
    rows = table(3_000)
    if quoted and sign in ",\t":
        odd = {place: kind for place, kind in odd.items() if kind != "opens"}
    lines = written(rows, sign, csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    expected = [row[1] for row in rows[1:]]
    for place, kind in odd.items():
        lines[place], expected[place - 1] = stray(lines[place], kind, sign)
    path = tmp_path_factory.mktemp("quotes") / "data.csv"
    _, found, broken = read(path, lines)
    assert broken == []
    assert [row[1].lstrip('"') for row in found] == [text.lstrip('"') for text in expected]
    assert [row[0] for row in found] == [float(row[0]) for row in rows[1:]]
    sent, rejected, count = served(path)
    assert (count, rejected) == (3_000, {}) and len(sent) == 3_000
    np.testing.assert_array_equal([row[0] for row in sent], [float(row[0]) for row in rows[1:]])


@pytest.mark.parametrize("sign", [";", ","])
def test_a_backslash_may_escape_the_quotes_of_every_row(tmp_path, sign):
    header, *rows = written(table(), sign)
    lines, cells = zip(*[stray(row, "by a backslash", sign) for row in rows], strict=True)
    told, found, broken = read(tmp_path / "data.csv", [header, *lines])
    assert [name for name, _ in told.columns] == ["a", "word", "y"] and broken == []
    assert [row[1] for row in found] == list(cells)
    assert served(tmp_path / "data.csv")[1:] == ({}, 60)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (0, 'a,"word,y'),
        (1, '"0.5,red box,c0'),
        (1, '0.5,red box,"c0'),
        (60, '59.5,"red box,c1'),
        (30, '29.5,red box,c1"'),
    ],
)
def test_an_odd_quote_may_stand_anywhere(tmp_path, place, line):
    lines = written(table(), ",")
    lines[place] = line
    told, found, broken = read(tmp_path / "data.csv", lines)
    assert [name for name, _ in told.columns] == ["a", "word", "y"] and broken == []
    assert [row[0] for row in found] == [row[0] for row in EXPECTED]
    assert served(tmp_path / "data.csv")[1:] == ({}, 60)


def test_cells_may_be_in_single_quotes(tmp_path):
    lines = joined([[f"'{cell}'" for cell in row] for row in table() if "'" not in row[1]], ",")
    told, found, _ = read(tmp_path / "data.csv", lines)
    assert [name for name, _ in told.columns] == ["a", "word", "y"] and found[0] == EXPECTED[0]


@pytest.mark.parametrize("closed", [None, 2, 5, 40, 300, 2_500])
def test_a_quote_that_swallows_rows_is_a_character(tmp_path, closed):
    lines = written(table(3_000), ",")
    lines[400] = '399.5,"red box,c1'
    if closed:
        lines[400 + closed] = f'{399 + closed}.5,red box",c{(399 + closed) % 2}'
    _, found, broken = read(tmp_path / "data.csv", lines)
    assert (len(found), broken) == (3_000, []) and found[399] == (399.5, '"red box', "c1")
    assert served(tmp_path / "data.csv")[1:] == ({}, 3_000)


@pytest.mark.parametrize("closed", [None, 50, 300])
def test_a_quote_among_codes_swallows_no_rows_either(tmp_path, closed):
    """The cell with the quote need not look like the codes that stand in its column."""
    lines = written([["a", "code", "y"], *([f"{i}.5", f"w{i % 5}", f"c{i % 2}"] for i in range(400))], ",")
    lines[60] = '59.5,"open,c1'
    if closed:
        lines[60 + closed] = f'{59 + closed}.5,shut",c1'
    _, found, broken = read(tmp_path / "data.csv", lines)
    assert (len(found), broken) == (400, [])


@pytest.mark.parametrize("sign", [";", "\t", ","])
def test_a_spreadsheets_sep_line_stands_above_two_columns(tmp_path, sign):
    lines = [f"sep={sign}", *written([["a", "y"], *([f"{i}.5", f"c{i % 2}"] for i in range(60))], sign)]
    told, found, _ = read(tmp_path / "data.csv", lines)
    assert [name for name, _ in told.columns] == ["a", "y"] and len(found) == 60


def test_rows_that_are_broken_count_for_the_tenth(tmp_path):
    lines = written(table(100), ",")
    for place in range(5, 35):
        lines[place] += ",more"
    with pytest.raises(DataNotReadable, match="30 of its 100 rows"):
        read(tmp_path / "data.csv", lines)


@pytest.mark.parametrize(
    "names", [["0", "1", "y"], ["01/02/2020", "02/02/2020", "y"], ["10", "20", "class"], ["0", "1", "2"]]
)
def test_numbers_and_dates_are_names_above_a_word_that_no_row_has(tmp_path, names):
    lines = written([names, *([f"{i}.5", f"{i * 7 % 13}.25", f"{i % 2}"] for i in range(40))], ",")
    told, found, _ = read(tmp_path / "data.csv", lines)
    assert [name for name, _ in told.columns] == names and len(found) == 40


def test_a_line_is_the_header_where_a_person_says_so(tmp_path):
    lines = ["Report", "1.5;2.5", *(f"{i};{i % 2}" for i in range(40))]
    with pytest.raises(DataNotReadable, match="--header 2"):
        read(tmp_path / "data.csv", lines)
    told, found, _ = read(tmp_path / "data.csv", lines, header=2)
    assert [name for name, _ in told.columns] == ["1.5", "2.5"] and len(found) == 40


@pytest.mark.parametrize("sign", [",", ";"])
def test_rows_that_lack_their_last_cells_have_blanks(tmp_path, sign):
    full = [["a", "word", "y", "u", "v"], *(["1.5", "x", f"c{i % 2}", "", ""] for i in range(30))]
    full += [["1.5", "x", "c1", "7", ""] for _ in range(10)] + [
        ["1.5", "x", "c1", "7", "8"] for _ in range(9)
    ]
    lines = [sign.join(row).rstrip(sign) for row in full]
    _, found, broken = read(tmp_path / "data.csv", lines)
    assert (len(found), broken) == (49, []) and found[-1] == (1.5, "x", "c1", 7, 8)
