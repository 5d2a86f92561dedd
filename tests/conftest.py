"""Shared ground: a workspace that cleans up after itself, and the command line as a stranger calls it."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import core.container  # noqa: F401  before any test imports xgboost: it forbids that to import scikit-learn
from core import locales
from core.backends.local import LocalBackend
from tests.aws.fixtures import aws, aws_module, aws_server  # noqa: F401  fixtures for every folder

# Jobs of tests are small and run side by side: threads that spin while they wait only steal from each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Numbers are written as the reader's locale says, and tests read them as in English, whoever's machine it is.
os.environ["LC_ALL"] = "C.UTF-8"
# Nor does a JVM of a minute earn back what its second compiler and its parallel collector cost.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

ROOT = Path(__file__).resolve().parent.parent
FLIGHTS = ROOT / "core" / "samples" / "flights_late.csv"


@pytest.fixture
def english_after():
    """Let a test read in another language."""
    yield
    locales.follow(str)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.out)


def run_cli(
    workspace: Path, *args: object, code: int | None = 0, env: dict[str, str] | None = None
) -> Answer:
    """`python scripts/pipeline.py ... --json` from another folder, as a real process, with settings in `env`."""
    command = [sys.executable, ROOT / "scripts" / "pipeline.py", *args, "--workspace", workspace, "--json"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SENDERO_")}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=workspace.parent,
        env=clean | (env or {}),
    )
    if code is not None:
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return Answer(done.returncode, done.stdout, done.stderr)


# Seconds that a test of a marker takes, roughly: enough to tell which files are long. A long test says its own,
# as in slow(60).
SECONDS = {"browser": 12, "slow": 6, "spark": 6, "aws": 2, "types": 45}


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collect without looking for garbage: modules and tests are there to stay. It is a third of a worker's start."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)  # the folders' own conftest.py have marked and dropped by then
def pytest_collection_modifyitems(items):
    skip_without_java(items)
    put_long_files_first(items)


def skip_without_java(items) -> None:
    if shutil.which("java") is None:
        reason = (
            "Spark needs Java (Debian: apt-get install default-jre-headless; `make test` does it as root)"
        )
        for item in items:
            if item.get_closest_marker("spark"):
                item.add_marker(pytest.mark.skip(reason=reason))


def put_long_files_first(items) -> None:
    """So that none is left to one worker at the end; browsers take turns with the rest, for they want a processor."""
    seconds = {True: Counter(), False: Counter()}  # with a browser or without: file -> seconds
    for item in items:
        marks = list(item.iter_markers())
        known = (mark.args[0] if mark.args else SECONDS[mark.name] for mark in marks if mark.name in SECONDS)
        seconds[any(mark.name == "browser" for mark in marks)][item.path] += max(known, default=0.2)
    turns = {
        path: (turn, not browser)
        for browser, files in seconds.items()
        for turn, (path, _) in enumerate(files.most_common())
    }
    items.sort(key=lambda item: turns[item.path])


def end_everything(workspace: Path) -> None:
    """No process of a test outlives it."""
    backend = LocalBackend(workspace)
    for job in backend.jobs():
        if job.status.active:
            backend.stop(job.name)
    for endpoint in backend.endpoints():
        backend.delete_endpoint(endpoint.name)


@pytest.fixture
def workspace(tmp_path: Path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    yield folder
    end_everything(folder)


@contextmanager
def once_for_all_workers(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all workers of a test run share, one after the other: the first makes what the others find."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory) -> Path:
    """A workspace in which the bundled flights have been profiled and trained, once for all workers: to be copied."""
    with once_for_all_workers(tmp_path_factory, "trained") as once:
        if not (once / "whole").exists():
            original = Path(tempfile.mkdtemp(dir=once)) / "workspace"
            original.mkdir()
            eda = run_cli(
                original, "eda", FLIGHTS, "--target", "late", "--drop", "arr_delay", "dep_delay"
            ).data
            run_cli(original, "train", "--eda", eda["job"])
            (once / "whole").write_text(str(original))
        return Path((once / "whole").read_text())


@pytest.fixture(scope="module")
def trained(trained_once: Path, tmp_path_factory) -> Iterator[Path]:
    """A copy of it for the tests of one file, which agree to leave it as it is: no file finds what others left."""
    folder = tmp_path_factory.mktemp("trained") / "workspace"
    shutil.copytree(trained_once, folder, symlinks=True)
    yield folder
    end_everything(folder)


@pytest.fixture
def empty(workspace: Path, monkeypatch) -> Path:
    monkeypatch.setenv("SENDERO_WORKSPACE", str(workspace))
    return workspace


@pytest.fixture
def full(trained: Path, workspace: Path, monkeypatch) -> Path:
    """A copy of the trained workspace, to do as one likes with."""
    shutil.copytree(trained, workspace, dirs_exist_ok=True, symlinks=True)
    monkeypatch.setenv("SENDERO_WORKSPACE", str(workspace))
    return workspace
