"""The model card of the open run: its parts, and the same as a file to send."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.card.sections import Section, html, sections
from core.errors import SenderoError
from core.judging.failures import Failures
from core.language import tr
from core.ui.judging import failures
from core.verbs.card import card_of, keep_card

HEIGHT = 320  # of a table: longer ones scroll in themselves


def show(backend: Backend, training_job: str) -> None:
    """Draw the card as it is now, in the reader's language, and keep it beside the model in everybody's."""
    known: Failures | None = None
    with suppress(SenderoError):  # the card says nothing of rows that are not here
        known = failures.found(backend, training_job)
    kept = keep_card(backend, training_job, known)
    card = card_of(backend, training_job, known)
    first, *others = sections(card)
    _sentences(first)
    with st.container(horizontal=True):
        _download(tr("Card, HTML"), lambda: html(card).encode(), f"{training_job}-card.html", "text/html")
        data = json.dumps(kept.card, indent=1, ensure_ascii=False).encode()
        _download(tr("Card, JSON"), lambda: data, f"{training_job}-card.json", "application/json")
    for part in others:
        with st.expander(part.title):
            _section(part)


def _section(part: Section) -> None:
    _sentences(part)
    for name, value in part.facts:
        st.text(f"{name}: {value}")
    if part.rows:
        table = pd.DataFrame([[str(cell) for cell in row] for row in part.rows], columns=list(part.header))
        st.dataframe(table, hide_index=True, height="content" if len(table) < 8 else HEIGHT, alt=part.title)


def _sentences(part: Section) -> None:
    for sentence in part.sentences:
        st.text(sentence)


def _download(label: str, make: Callable[[], bytes], name: str, mime: str) -> None:
    st.download_button(label, make, file_name=name, mime=mime, icon=":material/download:", on_click="ignore")
