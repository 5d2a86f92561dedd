"""What this server knows of the results of jobs that have ended, and of marks on runs: read once, for all visits.

Apart from artifacts.py, as Home needs it and nothing heavier.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.backends.base import Backend, Job
from core.verbs import choices
from core.verbs.choices import Choice
from core.verbs.jobs import root
from core.verbs.leaderboard import Results

KEPT = 8  # workspaces


def known(backend: Backend) -> Results:
    """Return the results that are known; whoever reads more keeps it there."""
    return _known(root(backend))


def chosen(backend: Backend, jobs: Sequence[Job]) -> dict[str, Choice]:
    """Return {job: its mark} of the runs that are chosen, one for each target of all `jobs`. Raises StorageFailed."""
    marks = choices.marks(backend, _marks(root(backend)))
    return {mark.job: mark for mark in choices.chosen(marks, jobs).values()}


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _marks(root: str) -> dict[str, Choice]:
    return {}


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _known(root: str) -> Results:
    return Results()
