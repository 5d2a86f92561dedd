"""The dialect of a data set on the Configuration page: what was sniffed, what is in doubt, and what overrules it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.cells.date_text import in_letters, is_format
from core.datasets import Dataset
from core.language import joined, mark, tr
from core.numbers import count, integer
from core.reading.dialect import CODE, Dialect, Overrides
from core.ui import page
from core.verbs import datasets

SNIFFED = mark("as sniffed")
ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1", "utf-16": "UTF-16"}
DECIMALS = {"": SNIFFED, ".": mark("point"), ",": mark("comma")}
WITH_DECIMAL = {".": mark("decimal point"), ",": mark("decimal comma")}
SIGNS = {",": mark("comma"), ";": mark("semicolon"), "\t": mark("tab"), "|": mark("pipe")}
SAID = {
    "delimiter": mark("delimiter"),
    "encoding": mark("encoding"),
    "decimal": mark("decimal"),
    "date_format": mark("date format"),
    "header": mark("header"),
    "skip": mark("header"),
    "sheet": mark("sheet"),
}


def summary(backend: Backend, dataset: Dataset) -> None:
    """One line on how the file is read, to be changed; then what is in doubt, and what cannot be read."""
    sniffed = dataset.sniffed()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(page.plain(dialect_words(sniffed.dialect)), width="content")
        if sniffed.dialect.file != "parquet":
            with st.popover(tr("change")):
                _overrule(backend, dataset)
        if dataset.broken:
            with st.popover(
                tr("{rows} cannot be read", rows=integer(dataset.broken)), icon=":material/rule:"
            ):
                _broken(dataset)
    for note in sniffed.notes:
        if note.doubt:
            st.warning(page.plain(joined([note.message, note.doubt])), icon=":material/help:")
    if rest := [note.message for note in sniffed.notes if not note.doubt]:
        st.caption(page.plain(" ".join(rest)))


def dialect_words(dialect: Dialect) -> str:
    """Return in a line how a file is read."""
    if dialect.file == "parquet":
        return "Parquet"
    if dialect.sheet:
        parts = [tr("Sheet {sheet}", sheet=dialect.sheet)]
    else:
        parts = [
            tr("Separated by {sign}", sign=_sign(dialect.delimiter)),
            ENCODINGS.get(dialect.encoding, dialect.encoding),
        ]
        parts += [tr(WITH_DECIMAL[dialect.decimal])] if dialect.decimal else []
    parts += [tr("compressed with gzip")] if dialect.compression else []
    if dialect.skip:
        line = integer(dialect.skip + 1)
        parts.append(
            tr("header in row {row}", row=line) if dialect.sheet else tr("header in line {line}", line=line)
        )
    said, told = ", ".join(tr(SAID.get(name, name)) for name in dialect.overruled), ", ".join(parts)
    return tr("{dialect} (you said: {said})", dialect=told, said=said) if said else told


def _sign(sign: str) -> str:
    return tr(SIGNS[sign]) if sign in SIGNS else sign


def written(form: str) -> str:
    """A column's format in a person's words."""
    if form == CODE:
        return tr("a code")
    return in_letters(form) if form and is_format(form) else form or tr("plain")


def _broken(dataset: Dataset) -> None:
    """The first rows that are left out, with their lines."""
    st.caption(tr("Rows that cannot be read are left out."))
    table = pd.DataFrame(
        [
            {tr("Line"): row["line"], tr("Why"): tr(row["reason"]).capitalize()}
            for row in dataset.broken_listed
        ]
    )
    st.dataframe(
        table, hide_index=True, height="content", alt=tr("The first rows that are left out, and why")
    )


def _overrule(backend: Backend, dataset: Dataset) -> None:
    """A form that reads the same file another way: another data set, so that what was made of this one stands."""
    said = _said(dataset.sniffed().dialect)
    with st.form(f"reading-{dataset.name}", border=False):
        fields = ask(said, dataset.workbook["sheets"] if dataset.workbook else ())
        again = st.form_submit_button(tr("Read again"), icon=":material/refresh:")
    if again:
        with page.errors_shown():  # what was typed stays in the form
            with st.spinner(tr("Reading")):
                reread = datasets.reread(backend, dataset, Overrides(**fields))
            st.toast(
                tr("{rows} read as {name}", rows=count(reread.rows, "row", "rows"), name=reread.name),
                icon=":material/check:",
            )
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
    sheet = st.selectbox(tr("Sheet"), names, index=_position(names, said["sheet"]))
    form, header = _date_format(said), _header(said, tr("Row of the header"))
    return {**said, "date_format": form, "header": header, "sheet": sheet}


def _of_text(said: Fields) -> Fields:
    columns = [*st.columns(2), *st.columns(2)]
    delimiters, encodings = ["", *SIGNS], ["", *ENCODINGS]
    delimiter = columns[0].selectbox(
        tr("Delimiter"),
        delimiters,
        index=_position(delimiters, said["delimiter"]),
        format_func=lambda sign: _sign(sign) or tr(SNIFFED),
        accept_new_options=True,
    )
    encoding = columns[1].selectbox(
        tr("Encoding"),
        encodings,
        index=_position(encodings, said["encoding"]),
        format_func=lambda name: ENCODINGS.get(name, name) or tr(SNIFFED),
        accept_new_options=True,
        help=tr("Or the name of another one, such as iso8859-15, cp1250 or mac-roman."),
    )
    decimal = columns[2].selectbox(
        tr("Decimal sign"),
        list(DECIMALS),
        index=list(DECIMALS).index(said["decimal"]),
        format_func=lambda sign: tr(DECIMALS[sign]),
    )
    with columns[3]:
        form = _date_format(said)
    header = _header(said, tr("Line of the header"))
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
        tr("Date format"),
        value=in_letters(said["date_format"]) if said["date_format"] else "",
        placeholder=tr("dd/mm/yyyy"),
        help=tr("Or as strptime: %d/%m/%Y."),
    )


def _header(said: Fields, label: str) -> int | None:
    return st.number_input(
        label,
        min_value=1,
        value=said["header"],
        placeholder=tr(SNIFFED),
        help=tr("Counted from 1; it is taken for the header even where it holds numbers."),
    )


def _position(options: list[str], value: str) -> int:
    if value not in options:
        options.append(value)
    return options.index(value)
