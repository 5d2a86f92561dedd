"""What this server knows of the results of jobs that have ended: read once a job, for all visits together.

Apart from artifacts.py, as Home needs it and nothing heavier.
"""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend
from core.verbs.jobs import root
from core.verbs.leaderboard import Results

KEPT = 8  # workspaces


def known(backend: Backend) -> Results:
    """Return the results that are known; whoever reads more keeps it there."""
    return _known(root(backend))


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _known(root: str) -> Results:
    return Results()
