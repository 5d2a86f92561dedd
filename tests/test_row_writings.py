"""Rows to predict that are written otherwise than the training file: read rightly, refused, or flagged in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_file, encode_records
from core.encoding.typed_cell import TypedCell, read_typed
from core.reading.dialect import Dialect

pytestmark = pytest.mark.slow(0.2)  # many that add up, which `make fast` leaves out

OTHERS = (
    Column("b", "categorical", features={"b": "code"}, own_codes=2, levels=(("x", 3), ("z", 2))),
    Column("q", "numeric", features={"q": "value"}, minimum=0.0, maximum=9.0),
)
DATE = {"p_month": "month", "p_day": "day"}


def contract(form: str, low: Any = None, high: Any = None, delimiter: str = ",") -> Contract:
    """Of a column `p` of that format, a number between `low` and `high` or a date, trained with that delimiter."""
    date = "%" in form or low is None
    column = Column("p", "datetime" if date else "numeric", features=DATE if date else {"p": "value"}, format=form,
                    minimum=low, maximum=high)  # fmt: skip
    decimal = "," if delimiter == ";" else "."
    return Contract(
        Label("y", "regression"), (column, *OTHERS), Dialect(delimiter=delimiter, decimal=decimal)
    )


def read(encoded: Any) -> list[Any]:
    """What `p` became in each row: numbers, None where blank, "rejected"."""
    lines = iter(b"".join(encoded.chunks(1 << 20)).decode().splitlines())
    found = [next(lines).split(",") if accepted else None for accepted in encoded.accepted]
    return ["rejected" if cells is None else [float(c) if c else None for c in cells[:1]] for cells in found]


CASES = {  # (contract, the rows, what p is, rows that are flagged as ambiguous)
    "decimal commas, semicolons": (
        contract("", 0.03, 13.5), "p;b;q\n12,345;x;1\n2,125;z;1\n1,5;x;1\n", [12.345, 2.125, 1.5], []),
    "decimal commas, tabs, told by the range alone": (
        contract("", 0.0, 8.0), "p\tb\tq\n1,345\tx\t1\n2,125\tz\t1\n", [1.345, 2.125], []),
    "decimal points where training has them between thousands": (
        contract("1.234,56", 1000.1, 1900.5, ";"), "p,b,q\n1234.5,x,1\n2.125,z,1\n1500,x,1\n",
        [1234.5, 2.125, 1500], []),
    "another column proves the comma": (
        contract("1,234.56", 0.0, 9000.0), "p;b;q\n1,234;x;2,5\n5,100;z;3,5\n", [1.234, 5.1], []),
    "thousands that training has not": (
        contract("", 0.0, 9000.0), 'p,b,q\n"1,345.5",x,1\n"2,125",z,1\n', [1345.5, 2125], []),
    "what cannot be told is flagged": (
        contract("", 0.0, 9000.0), 'p,b,q\n"1,345",x,1\n7,z,1\n', [1345, 7], [0]),
    "and with semicolons": (
        contract("", 0.0, 9000.0), "p;b;q\n1,345;x;1\n7;z;1\n", [1.345, 7], [0]),
    "the model's own writing, with another delimiter": (
        contract("1.234,56", 0.0, 9000.0, ";"), "p,b,q\n1.345,x,1\n7,z,1\n", [1345, 7], [0]),
    "the same unit, and another": (
        contract("1234.56 kg", 0.0, 80.0), 'p,b,q\n12 kg,x,1\n500 g,x,1\n"1,5 kg",z,1\n', [12, "rejected", 1.5], []),
    "sizes, nothing and guards": (
        contract("", 0.0, 9000.0), "p,b,q\n1.2k,x,1\n..,z,1\n=\"5\",=\"x\",1\n'6,x,1\n", [1200, None, 5, 6], []),
    "what is no number in any writing": (
        contract("", 0.0, 9000.0), "p;b;q\n1,2,3;x;1\n7;z;1\n", ["rejected", 7], []),
    "the same file again": (
        contract("1.234,56", 0.0, 9000.0, ";"), "p;b;q\n1.345;x;1,5\n7,5;z;1\n", [1345, 7.5], []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_numbers_of_another_writing(name, tmp_path):
    of, text, expected, ambiguous = CASES[name]
    path = tmp_path / "rows.csv"
    path.write_text(text)
    encoded = encode_file(of, path)
    assert [row if row == "rejected" else row[0] for row in read(encoded)] == expected
    assert [row for row, flag in encoded.flags.items() if 'p: "' in flag and "two ways" in flag] == ambiguous
    header, *lines = text.splitlines()
    delimiter = encoded.dialect.delimiter
    if '"' not in text and delimiter == of.dialect.delimiter:  # a form has no delimiter that tells
        records = [dict(zip(header.split(delimiter), line.split(delimiter), strict=True)) for line in lines]
        assert read(encode_records(of, records)) == read(encoded)


@pytest.mark.parametrize(
    ("form", "cells", "expected", "ambiguous"),
    [
        ("%d/%m/%Y", ["12/31/2013", "01/02/2013"], [(12, 31), (1, 2)], []),
        ("%m/%d/%Y", ["31.12.2013", "01.02.2013"], [(12, 31), (2, 1)], []),
        ("", ["31/12/2013", "01/02/2013"], [(12, 31), (2, 1)], []),
        ("", ["03/04/2013", "01/02/2013"], [(4, 3), (2, 1)], [0, 1]),
        ("%d/%m/%Y", ["2013-01-31", "5 de marzo de 2013", "never", "0000-00-00"],
         [(1, 31), (3, 5), "rejected", None], []),
        ("%d/%m/%y@2026", ["31.12.30", "01.02.13"], [(12, 31), (2, 1)], []),
    ],
)  # fmt: skip
def test_dates_of_another_writing(form, cells, expected, ambiguous, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("p,b,q\n" + "".join(f"{cell},x,1\n" for cell in cells))
    records = [{"p": cell, "b": "x", "q": 1} for cell in cells]
    for encoded in (encode_file(contract(form), path), encode_records(contract(form), records)):
        body = iter(b"".join(encoded.chunks(1 << 20)).decode().splitlines())
        rows = [next(body).split(",")[:2] if accepted else "rejected" for accepted in encoded.accepted]
        found = [row if row == "rejected" else tuple(map(float, row)) if row[0] else None for row in rows]
        assert found == expected
        assert [
            row for row, flag in encoded.flags.items() if 'p: "' in flag and "two ways" in flag
        ] == ambiguous


def test_what_is_read_otherwise_is_said_and_written_back_so(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("p;b;q\n1,5;x;1\n2,25;z;1\n")
    encoded = encode_file(contract("", 0.0, 9.0), path)
    assert encoded.notes == ("'p' is read as 1234,56; the training file has plain numbers.",)
    assert (encoded.dialect.delimiter, encoded.dialect.decimal) == (";", ",")
    assert encoded.accepted.all()
    path.write_bytes("p;b;q\n1,5;x;1\n".encode("utf-16"))
    np.testing.assert_array_equal(encode_file(contract("", 0.0, 9.0), path).accepted, [True])


TYPED = {  # (format, lowest and highest of training, decimal sign of the file, typed, what it is)
    "as programs write": ("", (0.0, 20.0), ".", " 12.5 ", TypedCell("12.5")),
    "a decimal comma": ("", (0.0, 20.0), ".", "1,5", TypedCell("1.5", value=1.5)),
    "a decimal comma in Spain": ("1.234,56", (0.0, 20.0), ",", "1,5", TypedCell("1,5")),
    "and a point there": ("1.234,56", (0.0, 20.0), ",", "1.5", TypedCell("1,5", value=1.5)),
    "both are usual": ("", (0.0, 9000.0), ".", "1,234", TypedCell("1234", value=1234, other=1.234)),
    "only the decimals are": ("", (0.0, 20.0), ".", "1,234", TypedCell("1.234", value=1.234)),
    "only the thousands are": ("", (500.0, 9000.0), ".", "1.234", TypedCell("1.234", value=1.234, other=1234)),
    "three decimals of a narrow range": ("", (0.0, 20.0), ".", "12.345", TypedCell("12.345")),
    "a currency": ("", (0.0, 9000.0), ".", "€ 1.234,50", TypedCell("1234.5", value=1234.5)),
    "grams of kilograms": ("1234.56 kg|1234.56 g", (0.0, 9.0), ".", "500 g", TypedCell("500 g")),
    "two commas": ("", (0.0, 9000.0), ".", "1,2,3", TypedCell("1,2,3", readable=False)),
    "a word": ("", (0.0, 9000.0), ".", "many", TypedCell("many", readable=False)),
    "more than there is": ("", (0.0, 9000.0), ".", "1e999", TypedCell("1e999", readable=False)),
    "a word for nothing": ("", (0.0, 9000.0), ".", "unknown", TypedCell(None)),
    "blank": ("", (0.0, 9000.0), ".", " NA ", TypedCell(None)),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_a_typed_number_is_read_alone_and_as_a_file_of_it_would_be(name):
    form, (low, high), decimal, text, expected = TYPED[name]
    column = Column("p", "numeric", features={"p": "value"}, format=form, minimum=low, maximum=high)
    found = read_typed(column, decimal, text)
    assert found == expected
    if found.readable and found.cell:  # what is sent is the number that was said to be read
        alone = Contract(Label("y", "regression"), (column,), Dialect(decimal=decimal))
        sent, given = (read(encode_records(alone, [{"p": each}])) for each in (found.cell, text))
        assert sent == given
        assert found.value is None or sent[0] == [found.value]


def test_a_typed_date_is_one_in_some_writing_or_none():
    day = Column("p", "datetime", "TIMESTAMP", features=DATE, format="%d/%m/%Y %H:%M")
    assert (
        read_typed(day, ".", "7/12/2019 10:30").readable and read_typed(day, ".", "2019-12-31 10:30").readable
    )
    assert not read_typed(day, ".", "some day").readable and read_typed(day, ".", "0000-00-00").cell is None
