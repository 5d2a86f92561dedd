"""The app by AppTest, at any page, and what the tests of pages ask of it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core.ui import page, router
from core.ui.page import PAGES


def app_at(name: str, **query: str) -> AppTest:
    """The app before its first run, at a page: the router runs it, as for a cold deep link."""
    at = AppTest.from_file(router.__file__, default_timeout=30)
    at.query_params.update(query)
    return at if PAGES[name].get("default") else at.switch_page(page.file(name))


def open_page(name: str, **query: str) -> AppTest:
    """The app at a page, run once."""
    return app_at(name, **query).run()


def texts(at: AppTest) -> str:
    """Everything that a page says, as one string."""
    found = []
    for kind in (
        "title",
        "subheader",
        "text",
        "caption",
        "info",
        "warning",
        "error",
        "success",
        "markdown",
        "code",
    ):
        found += [str(element.value) for element in getattr(at, kind)]
    return "\n".join(found)


def button(at: AppTest, label: str):
    (found,) = [each for each in at.button if each.label == label]
    return found


def field(at: AppTest, kind: str, label: str):
    (found,) = [each for each in getattr(at, kind) if each.label == label]
    return found
