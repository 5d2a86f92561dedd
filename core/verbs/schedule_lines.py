"""How a machine starts a schedule: a line for cron, and a command for Windows' Task Scheduler, written out for copying.

Both call the command line of this very installation, in this folder, with the settings that are in the environment,
and with whose sign-in to AWS it is there. No secret is written out: no key, and no password of a server.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from core.backends.schedules import Schedule
from core.project import PROJECT
from core.settings import Settings, variable

LONGEST_TASK = 261  # characters of a task's command that schtasks takes
TOO_LONG = (
    f"Windows takes {LONGEST_TASK} characters of such a command, and this one has more. Name the settings in"
    " sendero.json, in the folder where Sendero is started, instead of the environment, or use shorter folders."
)
# A server's address may hold a password, and no scheduled run asks it.
NOT_TOLD = ("backend", "workspace", "mlflow")
SIGN_IN = (
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)


def cron(settings: Settings, schedule: Schedule) -> str:
    """Return the line for `crontab -e`; a percent sign would end the command there."""
    command = f"cd {shlex.quote(str(Path.cwd()))} && {shlex.join(_command(settings, schedule))}"
    return f"{schedule.when.cron} {command}".replace("%", r"\%")


def task(settings: Settings, schedule: Schedule) -> str:
    """Return the command for Windows that starts it in the Linux of this machine (WSL)."""
    command = [
        "schtasks",
        "/Create",
        "/F",
        "/TN",
        f"Sendero {schedule.name}",
        *schedule.when.windows,
        "/TR",
        _in_wsl(settings, schedule),
    ]
    return subprocess.list2cmdline(command)


def objection(settings: Settings, schedule: Schedule) -> str:
    """Return in sentences why Windows would not take that command; "" where it does."""
    return TOO_LONG if len(_in_wsl(settings, schedule)) > LONGEST_TASK else ""


def _in_wsl(settings: Settings, schedule: Schedule) -> str:
    return subprocess.list2cmdline(["wsl.exe", "--cd", str(Path.cwd()), "-e", *_command(settings, schedule)])


def _command(settings: Settings, schedule: Schedule) -> list[str]:
    """Return the command, with what only the environment says now: cron starts with an empty one."""
    given = [f"{name}={text}" for name, text in _from_environment(settings).items()]
    return [
        *(["env", *given] if given else []),
        sys.executable,
        str(PROJECT / "scripts" / "pipeline.py"),
        *("schedule", "run", schedule.name),
        *("--backend", settings.backend, "--workspace", str(settings.workspace.resolve())),
    ]


def _from_environment(settings: Settings) -> dict[str, str]:
    found = {name: os.environ[name] for name in SIGN_IN if os.environ.get(name)}
    for name in type(settings).model_fields:
        if settings.fixed(name) and name not in NOT_TOLD:
            found |= variable(name, getattr(settings, name))
    return found
