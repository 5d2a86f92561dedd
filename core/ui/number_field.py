"""A field for a number with decimals: one of text, whose text is read as the cells of a row are.

Streamlit's number field is the browser's own, and a browser drops the decimal sign of another language without a word:
in an English one 0,5 becomes 5. Whole numbers stay with it, for its steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict, Unpack

import streamlit as st

from core.encoding.contract import Column
from core.encoding.typed_cell import TypedCell, read_typed
from core.language import tr
from core.numbers import marks, number
from core.ui import page

DIGITS = 12  # of a number in its field
ALL_DIGITS = 15  # that a number of a computer holds for sure


@dataclass(frozen=True, slots=True)
class Entered:
    """What is in a field: its `text` and the `value` that it is read as, None where it is empty.

    `wrong` says why it cannot be used, and its `value` is then the one that the field began with; `doubt` how it was
    read, where a person may have meant another number or another writing. Both are empty otherwise.
    """

    text: str
    value: float | None
    wrong: str = ""
    doubt: str = ""


class Looks(TypedDict):
    """How a field looks, as `st.text_input` takes it."""

    placeholder: NotRequired[str]
    help: NotRequired[str | None]
    width: NotRequired[int]


def draw(
    label: str,
    value: float | None,
    key: str,
    low: float | None = None,
    high: float | None = None,
    **looks: Unpack[Looks],
) -> Entered:
    """Draw a field that begins with `value`, for numbers from `low` to `high`; return what is in it."""
    begun = "" if value is None else f"{value:.{DIGITS}g}".replace(".", marks()[0])
    text = st.text_input(label, begun, key=key, **looks).strip()
    if text == begun:
        return Entered(text, value)
    read = _read(text)
    if not read.readable:
        return Entered(text, value, tr("“{field}”: this is not a number.", field=label))
    found = read.number
    if found is not None and not _inside(found, low, high):
        return Entered(text, value, _beyond(label, low, high))
    return Entered(text, found, doubt=_doubt(label, read))


def tell(entered: Entered) -> None:
    """Say what is wrong with what was typed, or how it was read; nothing of what can be read in one way."""
    if entered.wrong:
        st.markdown(f":red[:material/error: {page.plain(entered.wrong)}]")
    elif entered.doubt:
        st.caption(page.plain(entered.doubt))


def _read(text: str) -> TypedCell:
    """Return how a number is read that somebody types who writes numbers as the reader's locale does."""
    decimal, thousands = marks()
    form = "" if decimal == "." else f"1{thousands}234{decimal}56"
    return read_typed(Column("", "numeric", features={"": "value"}, format=form), decimal, text)


def _inside(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _beyond(label: str, low: float | None, high: float | None) -> str:
    if high is None:
        return tr("“{field}” must be at least {low}.", field=label, low=number(low))
    return tr("“{field}” must be from {low} to {high}.", field=label, low=number(low), high=number(high))


def _doubt(label: str, read: TypedCell) -> str:
    if read.value is None:
        return ""
    value = number(read.value, ALL_DIGITS)
    if read.other is None:
        return tr("“{field}” is read as {value}.", field=label, value=value)
    return tr(
        "“{field}” is read as {value}. It could also mean {other}.",
        field=label,
        value=value,
        other=number(read.other, ALL_DIGITS),
    )
