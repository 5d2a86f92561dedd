"""The language of the pages: the browser's, or the one that a visitor chose, which a cookie keeps."""

from __future__ import annotations

import os
from functools import lru_cache
from urllib.parse import urlsplit

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import locales
from core.language import LANGUAGES, PSEUDO, spoken

COOKIE = "sendero-language"
FOLDER = "language"
YEAR = 365 * 86400


def chosen() -> str:
    """Return the language that the visitor chose, or that the environment names; empty where neither did.

    Not from the session state: a thread beside the script that asks it ends with the script.
    """
    visit = get_script_run_ctx(suppress_warning=True)
    return (visit and _of_cookie(visit.session_id)) or os.environ.get(locales.VARIABLE, "")


@lru_cache(maxsize=1024)
def _of_cookie(session: str) -> str:
    """Return the language that the cookie of a session names: one that is changed begins another session."""
    name = st.context.cookies.get(COOKIE, "")
    return name if name in LANGUAGES or name == PSEUDO else ""


def switch() -> None:
    """Draw the links that change the language of the pages, each in its own."""
    now = spoken()
    links = [
        called if name == now else f'<a href="{FOLDER}/{name}" target="_self" lang="{name}">{called}</a>'
        for name, called in LANGUAGES.items()
    ]
    st.html(f"<small>{' · '.join(links)}</small>")


def choose(request: Request) -> Response:
    """Keep the language that the address names, and lead back to the page whose link was clicked."""
    back = urlsplit(request.headers.get("referer", ""))
    page = f"/{back.path.lstrip('/')}?{back.query}" if back.netloc == request.url.netloc else "/"
    answer = RedirectResponse(page, 303)
    if (name := request.path_params["language"]) in LANGUAGES:
        answer.set_cookie(COOKIE, name, max_age=YEAR, httponly=True, samesite="lax")
    return answer


ROUTE = Route(f"/{FOLDER}/{{language}}", choose)
