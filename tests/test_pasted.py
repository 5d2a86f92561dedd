"""Rows pasted from a spreadsheet: which column is which, and how many there may be."""

from __future__ import annotations

import pytest

from core.backends.local import LocalBackend
from core.errors import TooManyPasted
from core.verbs.pasted import MOST, predict_rows, rows_of

NAMES = ["carrier", "distance"]


def test_columns_are_those_of_the_grid_or_of_a_header_that_was_pasted_too():
    blank = [None, " "]
    plain = [["UA", "100"], blank, ["B6", None]]
    assert rows_of(NAMES, NAMES, plain) == [
        {"carrier": "UA", "distance": "100"},
        {"carrier": "B6", "distance": None},
    ]
    turned = [blank, ["distance", "carrier"], ["100", "UA"]]
    assert rows_of(NAMES, NAMES, turned) == [{"distance": "100", "carrier": "UA"}]
    assert rows_of(NAMES, [*NAMES, "late"], [["late", "carrier"], ["yes", "UA"]]) == [
        {"late": "yes", "carrier": "UA"}
    ]


def test_more_rows_than_the_grid_takes_are_refused_before_anything_is_asked(tmp_path):
    with pytest.raises(TooManyPasted, match=f"{MOST + 1} rows"):
        predict_rows(LocalBackend(tmp_path), "none", [{"carrier": "UA"}] * (MOST + 1))
