"""The real app in a real browser: one Streamlit server a test, Debian's chromium, and what both complained of."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
# Streamlit asks below a deep link's own path first, and is answered 404 there before it asks at the root.
KNOWN_MISSES = ("/_stcore/health", "/_stcore/host-config")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                reason = "chromium is not installed (Debian: apt-get install chromium; `make test` does it as root)"
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass
class App:
    """A Streamlit server over one workspace, which can be killed and started again on the same port."""

    workspace: Path
    port: int
    log: Path
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        env = {key: value for key, value in os.environ.items() if not key.startswith("SENDERO_")}
        command = [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.headless", "true"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--server.port", str(self.port)],
                cwd=ROOT,
                env=env | {"SENDERO_WORKSPACE": str(self.workspace)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2)
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def app(workspace: Path, tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = App(workspace, port, tmp_path / "server.log")
    server.start()
    yield server
    server.kill()
    log = server.log.read_text()
    assert "Traceback" not in log, log


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

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


def settled(page) -> None:
    """Wait until the script has run and the page shows its outcome."""
    page.wait_for_timeout(200)  # a click reaches the server a moment later
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")


def go(page, name: str) -> None:
    """Open a page through the navigation."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    settled(page)
