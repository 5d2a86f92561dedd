"""What the first visit of a server would wait for, imported while the visitor's browser still loads Streamlit."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st

from core.ui import garbage, sockets

# What Home draws with; numpy and Pillow are Streamlit's, which asks them for any icon, also for one in SVG.
OF_HOME = (
    "core.ui.router",
    "core.ui.costs",
    "core.ui.endpoints",
    "core.ui.home",
    "core.ui.results",
    "core.ui.schedules",
    "core.verbs.progress",
    "core.pipelines.steps",  # of every backend
    "numpy",
    "PIL.ImageFile",
)


@asynccontextmanager
async def warm_up(app: st.App) -> AsyncGenerator[None]:
    """Import it beside the server, which answers meanwhile, each time at once."""
    sockets.send_at_once()
    threading.Thread(target=import_home, name="warm-up", daemon=True).start()
    yield


def import_home() -> None:
    """Import the modules of `OF_HOME`. What fails here fails again, and is told, on the page that needs it."""
    with garbage.kept():
        for name in OF_HOME:
            try:
                importlib.import_module(name)
            except Exception:
                logging.getLogger("sendero").exception("%s could not be imported", name)
                return
