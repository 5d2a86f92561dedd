"""Sendero's app: `streamlit run Home.py` serves it. Each visit runs the router, `core/ui/router.py`."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from core.ui import downloads, language
from core.ui.middleware import OwnFramesOnly
from core.ui.warm_up import warm_up

ROUTER = Path(__file__).resolve().parent / "core" / "ui" / "router.py"
app = st.App(
    ROUTER, routes=[downloads.ROUTE, language.ROUTE], middleware=[Middleware(OwnFramesOnly)], lifespan=warm_up
)
