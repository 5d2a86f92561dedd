"""What stands at the door: how a file of rows is read, and what does not fit the model, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.backends.base import Backend
from core.encoding.contract import Contract
from core.encoding.fit import Fit, What
from core.encoding.rows_reading import RowsReading
from core.errors import Failure, SenderoError
from core.language import mark, tr, trn
from core.numbers import count, integer
from core.reading.dialect import Overrides
from core.ui import dialect_form, page, state
from core.ui.upload import on_disk
from core.verbs.fit import fit

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

MOST = 30  # lines of the table, and columns to find
RENAMES_A_ROW = 3
WORDS = {
    What.missing: mark("Not there"),
    What.renamed: mark("Renamed"),
    What.retyped: mark("Does not fit"),
    What.written: mark("Written otherwise"),
}


def show(
    backend: Backend, place: str, training_job: str, contract: Contract, given: UploadedFile | str
) -> tuple[RowsReading, Fit | None]:
    """Draw how a file is read and what does not fit, with ways to read it otherwise; return what was said of it, and
    how it then fits, None where it cannot be read.

    The rows are for the model of `training_job`; `place` tells its door from others.
    """
    form = f"{place}-{given if isinstance(given, str) else given.file_id}"
    overrides = Overrides(**(state.rows_overrides(form).get() or {}))
    needed = contract.input_names
    chosen = {name: column for name in needed if (column := state.rows_rename(form, name).get())}
    reading = RowsReading(overrides, {column: name for name, column in chosen.items()})
    found = _fit(backend, place, training_job, given, reading)
    with st.container(horizontal=True, vertical_alignment="center"):
        if isinstance(found, Fit):
            st.caption(page.plain(dialect_form.dialect_words(found.dialect)), width="content")
        with st.popover(tr("read it otherwise"), type="tertiary"):
            _otherwise(form, overrides, found.sheets if isinstance(found, Fit) else ())
    if not isinstance(found, Fit):
        page.show_failure(found)
        return reading, None
    _table(found)
    _renames(form, found, chosen)
    return reading, found


def _fit(
    backend: Backend, place: str, training_job: str, given: UploadedFile | str, reading: RowsReading
) -> Fit | Failure:
    """Return how the file fits, or why it cannot be read. It is looked at once, however often the page is drawn."""
    if isinstance(given, str):
        path = Path(given).expanduser()
        stand = (given, path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (given,)
    else:
        stand = (given.file_id,)
    about = (stand, training_job, repr(reading))
    entry = state.rows_fit(place)
    if (kept := entry.get()) and kept[0] == about:
        return kept[1]
    try:
        with st.spinner(tr("Looking at its first rows")), on_disk(backend, given) as rows:
            found: Fit | Failure = fit(backend, training_job, rows, reading)
    except SenderoError as error:
        found = error.failure
    entry.set((about, found))
    return found


def _otherwise(form: str, overrides: Overrides, sheets: Sequence[str]) -> None:
    """A form that reads the same file another way."""
    said: dialect_form.Fields = {
        "delimiter": overrides.delimiter,
        "encoding": overrides.encoding,
        "decimal": overrides.decimal,
        "date_format": overrides.date_format,
        "header": overrides.header,
        "sheet": overrides.sheet,
    }
    with st.form(f"reading-{form}", border=False):
        fields = dialect_form.ask(said, sheets)
        again = st.form_submit_button(tr("Read again"), icon=":material/refresh:")
    if again:
        with page.errors_shown():  # what was typed stays in the form
            Overrides(**fields)
            state.rows_overrides(form).set(fields)
            st.rerun()


def _table(found: Fit) -> None:
    """What is to be said of columns, as a small table; and of the file."""
    told: dict[tuple[What, str], list[str]] = {}  # columns of which the same is to be said stand in one line
    for column in found.columns:
        if column.what not in (What.truth, What.extra):
            told.setdefault((column.what, column.text), []).append(column.column)
    rows = count(found.rows, "row", "rows")
    if not told:
        fits = (
            tr("Looked at {rows}: each column that the model needs is there, and fits.", rows=rows)
            if found.whole
            else tr(
                "Looked at the first {rows}: each column that the model needs is there, and fits.", rows=rows
            )
        )
        st.caption(f":material/check: {fits}")
    else:
        seen = tr("In {rows}", rows=rows) if found.whole else tr("In the first {rows}", rows=rows)
        st.table(
            [
                {
                    tr("Column"): page.plain(", ".join(columns)),
                    tr("What"): tr(WORDS[what]),
                    seen: page.plain(text),
                }
                for (what, text), columns in list(told.items())[:MOST]
            ],
            hide_index=True,
            border="horizontal",
            alt=tr("What does not fit the model, by column"),
        )
        if (more := len(told) - MOST) > 0:
            st.caption(trn("And {n} more line.", "And {n} more lines.", more, n=integer(more)))
    for column in found.of(What.truth):
        st.caption(
            page.plain(
                tr(
                    "{column} is what the model predicts: its answers are held against it.",
                    column=column.column,
                )
            )
        )
    if extra := [column.column for column in found.of(What.extra)]:
        st.caption(page.plain(tr("Not used by the model: {columns}.", columns=", ".join(extra))))
    if found.notes:
        st.caption(page.plain(" ".join(found.notes)))


def _renames(form: str, found: Fit, chosen: dict[str, str]) -> None:
    """Ask which column of the file a missing one is; what is chosen stays, to be taken back."""
    missing = found.of(What.missing)
    names = [*chosen, *(column.column for column in missing)][:MOST]
    slots = st.columns(RENAMES_A_ROW) if names else []
    for place, name in enumerate(names):
        near = next((column.near for column in missing if column.column == name), ())
        others = [column.column for column in found.of(What.extra)]
        options = list(dict.fromkeys([*([chosen[name]] if name in chosen else []), *near, *others]))
        slots[place % RENAMES_A_ROW].selectbox(
            page.label(tr("{name} is called", name=name)),
            options,
            index=None,
            placeholder=tr("did you mean {near}?", near=near[0]) if near else tr("it is not in the file"),
            key=state.rows_rename(form, name).key,
        )
