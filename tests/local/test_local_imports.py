"""A runner must be up in tens of milliseconds, and local jobs must not depend on a package of the app."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from core.project import PROJECT

MODULES = sorted(
    f"core.backends.local.{path.stem}"
    for path in (PROJECT / "core/backends/local").glob("*.py")
    if path.stem not in ("__init__", "study")  # the tuning job's own, over Optuna
)
PROBE = """
import sys
before = set(sys.modules)
for name in {modules!r}:
    __import__(name)
for name in set(sys.modules) - before:
    print(getattr(sys.modules[name], "__file__", None) or "")
"""


def imported(modules: list[str]) -> list[Path]:
    code = PROBE.format(modules=modules)
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return [Path(line) for line in shown.stdout.splitlines() if line]


def test_the_whole_package_imports_the_standard_library_only():
    assert [path for path in imported(MODULES) if "site-packages" in path.parts] == []


def test_a_runner_imports_little():
    runner = imported(["core.backends.local.runner", "core.backends.local.training"])
    assert not {path.name for path in runner} & {"settings.py", "backend.py", "base.py", "client.py"}
