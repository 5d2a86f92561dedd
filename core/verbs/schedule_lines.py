"""How a machine starts a schedule: a line for cron, and a command for Windows' Task Scheduler, written out for copying.

Both call the command line of this very installation, in this folder, with the settings that are in the environment.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from core.backends.schedules import Schedule
from core.project import PROJECT
from core.settings import Settings

LONGEST_TASK = 261  # characters of a task's command that schtasks takes


def cron(settings: Settings, schedule: Schedule) -> str:
    """Return the line for `crontab -e`; a percent sign would end the command there."""
    command = f"cd {shlex.quote(str(Path.cwd()))} && {shlex.join(_command(settings, schedule))}"
    return f"{schedule.when.cron} {command}".replace("%", r"\%")


def task(settings: Settings, schedule: Schedule) -> str:
    """Return the command for Windows that starts it in the Linux of this machine (WSL)."""
    inside = subprocess.list2cmdline(
        ["wsl.exe", "--cd", str(Path.cwd()), "-e", *_command(settings, schedule)]
    )
    command = [
        "schtasks",
        "/Create",
        "/F",
        "/TN",
        f"Sendero {schedule.name}",
        *schedule.when.windows,
        "/TR",
        inside,
    ]
    return subprocess.list2cmdline(command)


def _command(settings: Settings, schedule: Schedule) -> list[str]:
    """Return the command, with what only the environment says now: cron starts with an empty one."""
    given = [f"SENDERO_{name.upper()}={text}" for name, text in _from_environment(settings).items()]
    return [
        *(["env", *given] if given else []),
        sys.executable,
        str(PROJECT / "scripts" / "pipeline.py"),
        *("schedule", "run", schedule.name),
        *("--backend", settings.backend, "--workspace", str(settings.workspace.resolve())),
    ]


def _from_environment(settings: Settings) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in type(settings).model_fields:
        value, source = settings.explain(name)
        if source.startswith("environment") and name not in ("backend", "workspace"):
            found[name] = _text(value)
    return found


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    return str(value)
