"""The dialect of a data set on the Configuration page: what was sniffed, what is in doubt, and what overrules it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.cells.date_text import in_letters, is_format
from core.datasets import Dataset
from core.numbers import count, integer
from core.reading.dialect import CODE, DELIMITERS, Dialect, Overrides
from core.ui import page
from core.verbs import datasets

SNIFFED = "as sniffed"
ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1", "utf-16": "UTF-16"}
DECIMALS = {"": SNIFFED, ".": "point", ",": "comma"}
SIGNS = {sign: word for word, sign in DELIMITERS.items()}


def summary(backend: Backend, dataset: Dataset) -> None:
    """One line on how the file is read, to be changed; then what is in doubt, and what cannot be read."""
    sniffed = dataset.sniffed()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(page.plain(dialect_words(sniffed.dialect)), width="content")
        if sniffed.dialect.file != "parquet":
            with st.popover("change"):
                _overrule(backend, dataset)
        if dataset.broken:
            with st.popover(f"{integer(dataset.broken)} cannot be read", icon=":material/rule:"):
                _broken(dataset)
    for note in sniffed.notes:
        if note.doubt:
            st.warning(page.plain(f"{note.message} {note.doubt}"), icon=":material/help:")
    if rest := [note.message for note in sniffed.notes if not note.doubt]:
        st.caption(page.plain(" ".join(rest)))


def dialect_words(dialect: Dialect) -> str:
    """Return in a line how a file is read."""
    if dialect.file == "parquet":
        return "Parquet"
    if dialect.sheet:
        parts = [f"Sheet {dialect.sheet}"]
    else:
        parts = [
            f"Separated by {SIGNS.get(dialect.delimiter, dialect.delimiter)}",
            ENCODINGS.get(dialect.encoding, dialect.encoding),
        ]
        parts += [f"decimal {DECIMALS[dialect.decimal]}"] if dialect.decimal else []
    parts += ["compressed with gzip"] if dialect.compression else []
    line = "row" if dialect.sheet else "line"
    parts += [f"header in {line} {integer(dialect.skip + 1)}"] if dialect.skip else []
    said = ", ".join(name.replace("_", " ") for name in dialect.overruled)
    return ", ".join(parts) + (f" (you said: {said})" if said else "")


def written(form: str) -> str:
    """A column's format in a person's words."""
    if form == CODE:
        return "a code"
    return in_letters(form) if form and is_format(form) else form or "plain"


def _broken(dataset: Dataset) -> None:
    """The first rows that are left out, with their lines."""
    st.caption("Rows that cannot be read are left out.")
    table = pd.DataFrame(
        [{"Line": row["line"], "Why": row["reason"].capitalize()} for row in dataset.broken_listed]
    )
    st.dataframe(table, hide_index=True, height="content", alt="The first rows that are left out, and why")


def _overrule(backend: Backend, dataset: Dataset) -> None:
    """A form that reads the same file another way: another data set, so that what was made of this one stands."""
    said = _said(dataset.sniffed().dialect)
    with st.form(f"reading-{dataset.name}", border=False):
        fields = ask(said, dataset.workbook["sheets"] if dataset.workbook else ())
        again = st.form_submit_button("Read again", icon=":material/refresh:")
    if again:
        with page.errors_shown():  # what was typed stays in the form
            with st.spinner("Reading"):
                reread = datasets.reread(backend, dataset, Overrides(**fields))
            st.toast(f"{count(reread.rows, 'row', 'rows')} read as {reread.name}", icon=":material/check:")
            page.select("dataset", reread.name)


class Fields(TypedDict):
    """What a person says of a file, as `Overrides` takes it; empty is left to the sniffing."""

    delimiter: str
    encoding: str
    decimal: str
    date_format: str
    header: int | None
    sheet: str


def _said(dialect: Dialect) -> Fields:
    """Return what a person said when the data set was read."""
    overruled = set(dialect.overruled)
    return {
        "delimiter": dialect.delimiter if "delimiter" in overruled else "",
        "encoding": dialect.encoding if "encoding" in overruled else "",
        "decimal": dialect.decimal if "decimal" in overruled else "",
        "date_format": dialect.date_format if "date_format" in overruled else "",
        "header": dialect.skip + 1 if overruled & {"skip", "header"} else None,
        "sheet": dialect.sheet,
    }


def ask(said: Fields, sheets: Sequence[str]) -> Fields:
    """Draw the fields in which somebody says how a file, or a workbook with these `sheets`, is read; return what stands
    in them."""
    return _of_sheet(said, list(sheets)) if sheets else _of_text(said)


def _of_sheet(said: Fields, names: list[str]) -> Fields:
    """Ask for what can be said of a workbook: a cell of it is a number or a date by itself."""
    sheet = st.selectbox("Sheet", names, index=_position(names, said["sheet"]))
    form, header = _date_format(said), _header(said, "Row of the header")
    return {**said, "date_format": form, "header": header, "sheet": sheet}


def _of_text(said: Fields) -> Fields:
    columns = [*st.columns(2), *st.columns(2)]
    delimiters, encodings = ["", *SIGNS], ["", *ENCODINGS]
    delimiter = columns[0].selectbox(
        "Delimiter",
        delimiters,
        index=_position(delimiters, said["delimiter"]),
        format_func=lambda sign: SIGNS.get(sign, sign) or SNIFFED,
        accept_new_options=True,
    )
    encoding = columns[1].selectbox(
        "Encoding",
        encodings,
        index=_position(encodings, said["encoding"]),
        format_func=lambda name: ENCODINGS.get(name, name) or SNIFFED,
        accept_new_options=True,
        help="Or the name of another one, such as iso8859-15, cp1250 or mac-roman.",
    )
    decimal = columns[2].selectbox(
        "Decimal sign",
        list(DECIMALS),
        index=list(DECIMALS).index(said["decimal"]),
        format_func=DECIMALS.__getitem__,
    )
    with columns[3]:
        form = _date_format(said)
    header = _header(said, "Line of the header")
    return {
        "delimiter": delimiter or "",
        "encoding": encoding or "",
        "decimal": decimal,
        "date_format": form,
        "header": header,
        "sheet": "",
    }


def _date_format(said: Fields) -> str:
    return st.text_input(
        "Date format",
        value=in_letters(said["date_format"]) if said["date_format"] else "",
        placeholder="dd/mm/yyyy",
        help="Or as strptime: %d/%m/%Y.",
    )


def _header(said: Fields, label: str) -> int | None:
    return st.number_input(
        label,
        min_value=1,
        value=said["header"],
        placeholder=SNIFFED,
        help="Counted from 1; it is taken for the header even where it holds numbers.",
    )


def _position(options: list[str], value: str) -> int:
    if value not in options:
        options.append(value)
    return options.index(value)
