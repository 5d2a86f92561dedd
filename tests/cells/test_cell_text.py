"""What a cell says before it is a number, a date or a word: DuckDB and Python say the same of any."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import cell_text

PIECES = ["NA", "null", "s/d", "0000", "0001", "00", "01", "1900", "#", "=", '"', "'", "-", "/", "[", "]", "(", " ",
          "\u00a0", "1", "5", ".", ",", "x", "é", "\n", "!", "¡", "DIV/0", "VALOR", ")"]  # fmt: skip
cells = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(cells, min_size=1, max_size=40))
def test_duckdb_and_python_say_the_same(texts):
    with duckdb.connect() as connection:
        query = f"SELECT {cell_text.cleaned('c')}, {cell_text.nothing('c')} FROM unnest(?) AS cells(c)"
        found = connection.execute(query, [texts]).fetchall()
    assert [(clean or None, blank) for clean, blank in found] == [
        (cell_text.clean(text) or None, cell_text.is_nothing(text)) for text in texts
    ]


@pytest.mark.parametrize("cell", ["[NULL]", "<null>", "(blank)", "NULO", "n/d", "1900-01-00", "0001-01-01",
                                  "01/01/0001 00:00:00", "00/00/0000", "..", "#¡VALOR!", "\u00a0"])  # fmt: skip
def test_where_a_number_or_a_date_belongs_it_is_nothing(cell):
    assert cell_text.is_nothing(cell)


@pytest.mark.parametrize("cell", ["0", "-1", "2001-01-01", "1900-01-01", "none of these", "x", "1.5"])
def test_a_value_is_not_nothing(cell):
    assert not cell_text.is_nothing(cell)
