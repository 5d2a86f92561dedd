"""The real app and a real browser, for the tests, the benchmark and the README's pictures."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core import locales
from core.backends import get_backend
from core.backends.base import Backend
from core.language import tr
from core.numbers import count
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass
class App:
    """A Streamlit server over one workspace, which can be killed and started again on the same port.

    Without a workspace of its own it serves the one that `sendero.json` in its folder names at the time.
    """

    workspace: Path | None
    port: int
    log: Path
    settings: dict[str, str] = field(default_factory=dict)  # beside the workspace: backend, bucket, ...
    script: Path = ROOT / "Home.py"
    folder: Path = ROOT  # where it is started, and so where sendero.json is
    options: tuple[str, ...] = ()  # for Streamlit, over those of its config.toml
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        given = ({"workspace": str(self.workspace)} if self.workspace else {}) | self.settings
        return {f"SENDERO_{name.upper()}": value for name, value in given.items()}

    def backend(self) -> Backend:
        """The backend that the pages ask, asked by the test: on AWS it looks anew, however seldom they do."""
        told = self.settings | ({"poll_seconds": "0.1"} if "poll_seconds" in self.settings else {})
        return get_backend(Settings.load(workspace=self.workspace, **told))

    def start(self) -> None:
        env = {key: value for key, value in os.environ.items() if not key.startswith("SENDERO_")}
        command = [sys.executable, "-m", "streamlit", "run", self.script]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--server.headless", "true", "--server.port", str(self.port), *self.options],
                cwd=self.folder,
                env=env | self.environment,
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


@dataclass(frozen=True)
class Said:
    """What a page says in a language, by the English text of the code: a test copies no translation."""

    language: str

    def __call__(self, text: str, **facts: object) -> str:
        return self._written(lambda: tr(text, **facts))

    def count(self, many: int, one: str, several: str) -> str:
        return self._written(lambda: count(many, one, several))

    def like(self, text: str, **facts: str) -> re.Pattern[str]:
        """Return what the text is like with any facts but those that are given; without the marks of Markdown."""
        template = self._written(lambda: tr(text)).replace("**", "")
        told = {name: re.escape(fact) for name, fact in facts.items()}
        parts = re.split(r"\{(\w+)\}", template)  # what stands between names, and the names
        return re.compile(
            "".join(told.get(part, ".+") if i % 2 else re.escape(part) for i, part in enumerate(parts))
        )

    def _written(self, write: Callable[[], str]) -> str:
        locales.follow(lambda: self.language)
        try:
            return str(write())
        finally:
            locales.follow(str)


def settled(page) -> None:
    """Wait until the script has run and the page shows its outcome."""
    page.wait_for_timeout(200)  # a click reaches the server a moment later
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")


def go(page, name: str) -> None:
    """Open a page through the navigation."""
    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"{name}$")).click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    settled(page)


def press_slowly(page, locator) -> None:
    """Click as a slow hand does: move there, press, wait, release. What moves away meanwhile is missed."""
    box = locator.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.wait_for_timeout(80)
    page.mouse.down()
    page.wait_for_timeout(120)
    page.mouse.up()
    page.wait_for_timeout(80)
