"""Rows out are rows in, whatever the file: in order, no cell changed, each rejected one with its reason and line."""

from __future__ import annotations

import csv
import io
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_file
from core.predictions import write_predictions
from core.reading.no_rows import is_nothing

HEADER = ["t", "x", "u"]
MODEL = Contract(Label("y", "regression"), (Column("x", "numeric", features={"x": "value"}),))
REASONS = {
    "far": 'x: "far" is not a number',
    "more": "too many cells",
    "nothing": "nothing but delimiters",
    "": "x is the only feature, and blank",
}

plain = st.text("ab1é", min_size=1, max_size=3)
cell = st.text('ab1é",;=.', max_size=5) | st.lists(plain, min_size=2, max_size=3).map("\n".join)


def row(cell: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.tuples(cell, st.sampled_from(["1", "-2.5", "", "far"]), cell).map(list)


other = st.sampled_from(["blank line", "nothing", "more"])
# Most files are read as they are: these have neither quotes nor lines that are no rows.
parts = [(row(plain), st.just("blank line")), (row(cell), other)]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[list[str]], dict[int, tuple[str, int]]]:
    """(a file, its rows, {place of a rejected one: (why, its line)})."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = "".join(f"made by hand{end}" for _ in range(draw(st.integers(0, 2)))) + f"t,x,u{end}"
    rows: list[list[str]] = []
    rejected: dict[int, tuple[str, int]] = {}
    own, others = draw(st.sampled_from(parts))
    kinds: list[list[str] | str] = [
        *draw(st.lists(own, min_size=5, max_size=12)),
        *draw(st.lists(others, max_size=3)),
    ]
    for kind in draw(st.permutations(kinds)):
        at = text.count("\n") + 1
        if kind == "blank line":
            text += end
            continue
        cells = ["", "", ""] if kind == "nothing" else ["b", "1", "c", "d"] if kind == "more" else list(kind)
        why = "more" if kind == "more" else cells[1] if any(cells) else "nothing"
        if why in REASONS:
            rejected[len(rows)] = REASONS[why], at
        written = io.StringIO()
        csv.writer(written, lineterminator=end).writerow(cells)
        text += written.getvalue()
        rows.append(cells[:3])
    # A last row with little in it could be a footnote, or totals.
    return f"{text}z,1,z{end}", [*rows, ["z", "1", "z"]], rejected


@pytest.mark.slow(4)
@settings(max_examples=40, deadline=None)
@given(files())
def test_rows_out_are_rows_in(tmp_path_factory, file):
    text, rows, rejected = file
    folder = tmp_path_factory.mktemp("rows")
    (folder / "in.csv").write_bytes(text.encode())
    with closing(encode_file(MODEL, folder / "in.csv")) as encoded:
        accepted = [place for place in range(len(rows)) if place not in rejected]
        write_predictions(MODEL, encoded, np.array(accepted, float), folder / "out.csv", guard=False)
    with (folder / "out.csv").open(newline="", encoding="utf-8") as out:
        header, *found = csv.reader(out)
    assert header == [*HEADER, "prediction", "flags"]
    assert [cells[:3] for cells in found] == rows
    assert [cells[3] for cells in found] == ["" if i in rejected else f"{i:.1f}" for i in range(len(rows))]
    told = {i: f"rejected: {why} (line {at})" for i, (why, at) in rejected.items()}
    flags = {i: cells[4] for i, cells in enumerate(found) if cells[4]}
    # Cells that hold nothing but signs: where lines are looked at one by one, that is the reason.
    signs = [i for i in rejected if any(rows[i]) and is_nothing(rows[i])]
    flags |= {i: flags[i].replace(REASONS["nothing"], REASONS[""]) for i in signs}
    assert flags == told
