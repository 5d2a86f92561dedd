"""The real app in a real browser: one Streamlit server a test, Debian's chromium, and what both complained of."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.browser.rig import CHROMIUM, FLAGS, App, free_port, settled

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


@pytest.fixture
def app(workspace: Path, settings: dict[str, str], tmp_path: Path):
    server = App(workspace, free_port(), tmp_path / "server.log", settings)
    server.start()
    yield server
    server.kill()
    log = server.log.read_text()
    assert "Traceback" not in log, log


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # patience for a busy machine; a test that passes is no slower for it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Complaints:
    """What the browser's console and network said that it should not have."""

    found: list[str] = field(default_factory=list)

    def watch(self, page) -> None:
        page.on("pageerror", lambda error: self.found.append(f"page: {error}"))
        page.on("console", lambda message: self._console(message))
        page.on("request", lambda request: self._request(request))

    def _console(self, message) -> None:
        if message.type == "error" and not message.location["url"].endswith(KNOWN_MISSES):
            self.found.append(f"console: {message.text} {message.location['url']}")

    def _request(self, request) -> None:
        # No telemetry, no fonts or scripts from elsewhere: everything comes from this machine.
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            self.found.append(f"request to {request.url}")


@pytest.fixture
def complaints():
    return Complaints()


@pytest.fixture
def tab(chromium, app, complaints, request):
    """A browser tab on the app's home page; the test fails if its console complained."""
    context = chromium.new_context(accept_downloads=True, viewport={"width": 1360, "height": 900})
    context.set_default_timeout(30_000)
    context.on("page", complaints.watch)
    page = context.new_page()
    page.goto(app.url)
    settled(page)
    yield page
    if folder := os.environ.get("SENDERO_TEST_SCREENSHOTS"):  # to see what a failing test saw
        page.screenshot(path=Path(folder) / f"{request.node.name}.png", full_page=True)
    context.close()
    assert complaints.found == []
