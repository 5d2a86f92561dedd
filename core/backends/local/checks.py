"""Can jobs run on this machine? One line a fact, with what to do where it is not so."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.backends.local.memory import free as free_memory
from core.backends.setup import Check
from core.language import mark, tr
from core.numbers import fixed
from core.project import PROJECT
from core.storage import os_reason

PYTHON = (3, 11)
NOT_FOR_JOBS = frozenset({"boto3", "sagemaker", "pytest"})
LOW_DISK, NO_DISK = 5 * 2**30, 200 * 2**20
LOW_MEMORY = 2 * 2**30


def checks(workspace: Path) -> list[Check]:
    """Check the facts that jobs on this machine depend on."""
    return [python(), packages(), writable(workspace), disk(workspace), memory(), loopback()]


def python() -> Check:
    """Check that this Python is new enough."""
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        return Check("Python", "fail", running, tr("Use Python 3.11 or newer."))
    return Check("Python", "pass", running)


def packages() -> Check:
    """Check that every package that jobs use is installed, in the tested ranges of requirements.txt."""
    good: list[str] = []
    bad: list[str] = []
    missing: list[str] = []
    for name, ranges in requirements():
        try:
            installed = version(name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        (good if fits(installed, ranges) else bad).append(f"{name} {installed}")
    remedy = "pip install -r requirements.txt"
    if missing:
        return Check(mark("Packages"), "fail", tr("missing: {missing}", missing=", ".join(missing)), remedy)
    if bad:
        return Check(
            mark("Packages"), "warn", tr("not the tested versions: {bad}", bad=", ".join(bad)), remedy
        )
    return Check(mark("Packages"), "pass", ", ".join(good))


def requirements() -> list[tuple[str, str]]:
    """Return (package, version ranges) of requirements.txt, as far as they concern jobs on this platform."""
    rows: list[tuple[str, str]] = []
    for line in (PROJECT / "requirements.txt").read_text().splitlines():
        text, _, marker = line.partition(";")
        match = re.match(r"([A-Za-z0-9_.-]+?)(?:\[[^\]]*\])?((?:[<>=!~]=?[^;#]*)?)$", text.strip())
        other = ("==" in marker) != (sys.platform == "linux") if "sys_platform" in marker else False
        if match and not other and match[1].lower() not in NOT_FOR_JOBS:
            rows.append((match[1], match[2].strip()))
    return rows


def fits(installed: str, ranges: str) -> bool:
    """Return whether the version `installed` is inside `>=a,<b` or `==c`: of PEP 440 what requirements.txt needs."""
    for part in filter(None, (piece.strip() for piece in ranges.split(","))):
        operator, bound = re.findall(r"^([<>=]=?)\s*(.+)", part)[0]
        left, right = _release(installed), _release(bound)
        width = max(len(left), len(right))
        left += (0,) * (width - len(left))
        right += (0,) * (width - len(right))
        if not {">=": left >= right, "<": left < right, "==": left == right}.get(operator, True):
            return False
    return True


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"^\d+(?:\.\d+)*", text)[0].split("."))


def writable(workspace: Path) -> Check:
    """Check that a file can be made, locked (some network file systems cannot) and renamed there."""
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".check-", dir=workspace) as folder:
            path = Path(folder) / "file"
            with path.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.write("x")
            os.replace(path, path.with_name("renamed"))
    except OSError as error:
        remedy = tr("Name a folder that you may write to on a local disk: --workspace, or SENDERO_WORKSPACE.")
        return Check(mark("Workspace"), "fail", f"{workspace}: {os_reason(error)}", remedy)
    return Check(mark("Workspace"), "pass", str(workspace))


def disk(workspace: Path) -> Check:
    """Check that there is free space."""
    there = next(path for path in (workspace, *workspace.parents) if path.exists())
    free = shutil.disk_usage(there).free
    result = "fail" if free < NO_DISK else "warn" if free < LOW_DISK else "pass"
    remedy = "" if result == "pass" else tr("Free some space, or move the workspace.")
    return Check(mark("Disk"), result, tr("{free} GB free", free=fixed(free / 2**30, 1)), remedy)


def memory() -> Check:
    """Check that there is free memory."""
    free = free_memory()
    if free is None:
        return Check(mark("Memory"), "unknown", tr("This system does not tell how much memory is free."))
    result = "warn" if free < LOW_MEMORY else "pass"
    remedy = "" if result == "pass" else tr("Close other programs, or use smaller data.")
    return Check(
        mark("Memory"),
        result,
        tr("{free} GB free, {cpus} CPUs", free=fixed(free / 2**30, 1), cpus=os.cpu_count()),
        remedy,
    )


def loopback() -> Check:
    """Check that a program can listen on 127.0.0.1, as endpoints do."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            with socket.create_connection(listener.getsockname(), timeout=2):
                pass
    except OSError as error:
        remedy = tr("Allow programs to listen on 127.0.0.1; endpoints need it.")
        return Check(mark("Loopback"), "fail", os_reason(error), remedy)
    return Check(mark("Loopback"), "pass", tr("127.0.0.1 can be listened on and reached"))
