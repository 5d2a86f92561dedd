"""The real app in a real browser: a Streamlit server, Debian's chromium, and what both complained of.

The tests share a tab, and those that need nothing else a server; each has a workspace of its own, but those of a file
that only look at one (`app_once`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.rig import CHROMIUM, FLAGS, App, free_port, settled

UNOPTIMIZED = "--js-flags=--no-opt"  # pages of seconds do not earn back what V8's second compiler costs
SIZE = {"width": 1360, "height": 900}  # of the tab
# Streamlit asks below a deep link's own path first, and is answered 404 there before it asks at the root.
KNOWN_MISSES = ("/_stcore/health", "/_stcore/host-config")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                reason = "chromium is not installed (Debian: apt-get install chromium; `make test` does it as root)"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def settings() -> dict[str, str]:
    """The app's settings beside its workspace: a module that runs on another backend overrides this."""
    return {}


@contextmanager
def serving(workspace: Path | None, log: Path, **more: Any) -> Iterator[App]:
    """The app over a workspace; fails at the end when its log has a traceback."""
    server = App(workspace, free_port(), log, **more)
    server.start()
    try:
        yield server
    finally:
        server.kill()
    quiet(server)


def quiet(server: App, since: int = 0) -> None:
    said = server.log.read_bytes()[since:].decode()
    assert "Traceback" not in said, said


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[App]:
    """The one server of a test run: it serves each test's workspace by its turn."""
    folder = tmp_path_factory.mktemp("server")
    with serving(None, folder / "server.log", folder=folder) as one:
        yield one


def lent(server: App, workspace: Path) -> App:
    """The one server over `workspace`, until it is lent again."""
    (server.folder / "sendero.json").write_text(json.dumps({"workspace": str(workspace)}))
    return replace(server, workspace=workspace)


@pytest.fixture
def own_server() -> None:
    """Asked for by a test that kills its server."""


@pytest.fixture
def app(workspace: Path, settings: dict[str, str], tmp_path: Path, request) -> Iterator[App]:
    if settings or "own_server" in request.fixturenames:
        with serving(workspace, tmp_path / "server.log", settings=settings) as alone:
            yield alone
        return
    server = request.getfixturevalue("server")
    since = server.log.stat().st_size
    yield lent(server, workspace)
    quiet(server, since)


@pytest.fixture
def app_once(shared_app: App):
    """What a file or a class of tests that only look takes for `app`: each still answers for its part of the log."""
    since = shared_app.log.stat().st_size
    yield shared_app
    quiet(shared_app, since)


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # patience for a busy machine; a test that passes is no slower for it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, UNOPTIMIZED])
        yield browser
        browser.close()


@dataclass
class Complaints:
    """What the browser's console and network said that it should not have."""

    texts: list[str] = field(default_factory=list)

    def watch(self, page) -> None:
        page.on("pageerror", lambda error: self.texts.append(f"page: {error}"))
        page.on("console", lambda message: self._console(message))
        page.on("request", lambda request: self._request(request))

    def _console(self, message) -> None:
        if message.type == "error" and not message.location["url"].endswith(KNOWN_MISSES):
            self.texts.append(f"console: {message.text} {message.location['url']}")

    def _request(self, request) -> None:
        # No telemetry, no fonts or scripts from elsewhere: everything comes from this machine.
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")):
            self.texts.append(f"request to {request.url}")


@dataclass
class Window:
    """The one tab of a test run, and what it complained of. A tab that has drawn the app before draws it again for a
    third of the processor's time; each address that is opened is a session of its own.
    """

    page: Any
    complaints: Complaints

    def clear(self) -> None:
        """Make it a new tab again: alone, empty, of the usual size."""
        for other in self.page.context.pages:
            if other != self.page:
                other.close()
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        self.page.set_viewport_size(SIZE)
        self.page.emulate_media(color_scheme="light")


@pytest.fixture(scope="session")
def window(chromium) -> Iterator[Window]:
    # For a person who wants no movement: what blinks and fades while a script runs is drawn sixty times a second.
    context = chromium.new_context(accept_downloads=True, viewport=SIZE, reduced_motion="reduce")
    context.set_default_timeout(90_000)
    complaints = Complaints()
    context.on("page", complaints.watch)
    yield Window(context.new_page(), complaints)
    context.close()


@pytest.fixture
def complaints(window) -> Complaints:
    return window.complaints


@pytest.fixture
def blank(window, app, request):
    """A browser tab, still empty; the test fails if its console complained."""
    window.complaints.texts.clear()
    yield window.page
    if folder := os.environ.get("SENDERO_TEST_SCREENSHOTS"):  # to see what a failing test saw
        window.page.screenshot(path=Path(folder) / f"{request.node.name}.png", full_page=True)
    window.clear()
    assert window.complaints.texts == []


@pytest.fixture
def tab(blank, app):
    """The same on the app's home page."""
    blank.goto(app.url)
    settled(blank)
    return blank
