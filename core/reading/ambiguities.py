"""What the sample leaves ambiguous about a file, resolved by a pass over all of it."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from core.cells import date_text, number_text
from core.cells.sql import DUCKDB, identifier
from core.language import tr
from core.reading.broken_rows import BrokenRow
from core.reading.csv_table import conversions, rows_of, run
from core.reading.dialect import CODE, Sniffed
from core.reading.plain_text import is_odd, odd_counts, set_aside
from core.reading.sampled_columns import with_code
from core.reading.text_file import TextFile

STRAY = 1_000  # rows of which one may have a leading zero, and the others stay numbers


def resolve_ambiguities(
    connection: duckdb.DuckDBPyConnection, text: TextFile, sniffed: Sniffed
) -> tuple[Sniffed, int, list[BrokenRow], bool]:
    """Return (`sniffed` without the doubts that the whole file settles, rows, what is no row, whether the text is odd).

    It takes one pass over the file; plain_text.py says what is odd.

    The first rows often cannot tell 1/2 from 2/1; of two formats the one that reads more of the file is kept. Nor
    do they show the leading zeros of codes that come later, as in a file that is sorted by them.
    """
    tests = []
    for name, (other, kind) in sniffed.others.items():
        if other == CODE:
            column = identifier(name)
            tests += [f"count_if({column} >= '00' AND {column} < '0:')", f"count(*) // {STRAY}"]
            continue
        for form, type_ in ((sniffed.format(name), dict(sniffed.columns)[name]), (other, kind)):
            alone = Sniffed(sniffed.dialect, ((name, type_),), {name: form} if form else {})
            misfit = conversions(alone)[name][1] if type_ != "VARCHAR" else "false"
            if not form and type_ in ("BIGINT", "DOUBLE"):
                misfit = f"{identifier(name)} IS NOT NULL AND {DUCKDB.number(identifier(name))} IS NULL"
            tests.append(f"count_if({misfit})")
    tests = ["count(*)", *odd_counts(sniffed), *tests]
    query = f"SELECT {', '.join(tests)} FROM {rows_of(text, sniffed.as_text())}"
    rows, nothing, again, *misfits = run(connection, text, query).fetchall()[
        0
    ]  # to the end: only then are rejects listed
    broken = set_aside(connection, text, sniffed)[1]
    if nothing or again:
        query = f"SELECT {', '.join(odd_counts(sniffed, few=False))} FROM {rows_of(text, sniffed.as_text(), False)}"
        nothing, again = run(connection, text, query).fetchall()[0]
    odd = is_odd(text, sniffed, rows, broken, (nothing, again))
    for index, (name, (other, kind)) in enumerate(sniffed.others.items()):
        chosen, turned = misfits[2 * index : 2 * index + 2]
        if other == CODE:
            sniffed = with_code(sniffed, name) if turned < chosen else sniffed
        elif chosen != turned:
            sniffed = _without_doubt(sniffed, name, (other, kind) if turned < chosen else None)
    return sniffed, rows, broken, odd


def _without_doubt(sniffed: Sniffed, name: str, instead: tuple[str, str] | None) -> Sniffed:
    form, kind = instead or (sniffed.format(name), dict(sniffed.columns)[name])
    notes = []
    for note in sniffed.notes:
        if name not in note.columns or not note.doubt:
            notes.append(note)
            continue
        if rest := tuple(column for column in note.columns if column != name):
            notes.append(replace(note, columns=rest))
        shown = form if not form or number_text.is_format(form) else date_text.in_letters(form)
        text = tr(
            "Column '{column}' is read as {format}, which alone fits the whole file.",
            column=name,
            format=shown or tr("plain numbers"),
        )
        notes.append(replace(note, message=text, columns=(name,), doubt=""))
    formats = {**sniffed.formats, name: form}
    return replace(
        sniffed.retyped({name: kind}), formats={n: f for n, f in formats.items() if f}, notes=tuple(notes)
    )
