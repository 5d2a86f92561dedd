"""What a verb of the command line answers, and what every verb begins with."""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.backends import get_backend, get_setup
from core.backends.base import Backend, Estimate
from core.backends.setup import Setup
from core.errors import DataNotReadable, SenderoError
from core.language import tr
from core.reading.dialect import Overrides
from core.reading.text_file import checked_file
from core.settings import Settings
from core.storage import os_reason


@dataclass(frozen=True, slots=True)
class Answer:
    """A verb's answer twice, as data and as text; `error` when the answer is a failure (exit 1)."""

    data: Mapping[str, object]
    text: str = ""
    error: SenderoError | None = None


def backend_of(args: Namespace) -> Backend:
    """Return the backend that flags and settings name. Raises BadSetting, BackendUnavailable."""
    return get_backend(settings_of(args))


def setup_of(args: Namespace) -> Setup:
    """Return what that backend needs before it can work. Raises BadSetting."""
    return get_setup(settings_of(args))


def settings_of(args: Namespace) -> Settings:
    """Return the settings with the flags on top. Raises BadSetting."""
    given = {name: getattr(args, name, None) for name in ("backend", "workspace", "expires_in")}
    return Settings.load(**given)


def resources_of(args: Namespace) -> dict[str, str]:
    """Return the resources that the flags choose, {Choice.name: value}."""
    named = {name: value for name, value in vars(args).items() if name.startswith("resource_") and value}
    return {name.removeprefix("resource_"): value for name, value in named.items()}


def overrides_of(args: Namespace) -> Overrides:
    """Return what the flags say of how a file is read. Raises BadSetting."""
    return Overrides(
        args.delimiter,
        args.encoding,
        args.decimal,
        args.date_format,
        args.skip_lines,
        args.header,
        args.sheet,
    )


def readable(file: Path) -> Path:
    """Return `file` if it can be opened: a path that was typed is often wrong. Raises DataNotReadable."""
    try:
        with checked_file(file).open("rb"):
            return file
    except OSError as error:
        raise DataNotReadable(file=str(file), reason=os_reason(error)) from error


def say_cost(backend: Backend, estimate: Callable[[], Estimate]) -> None:
    """Say what is about to be started will cost, where anything does, before it starts."""
    if backend.capabilities.costs_money:
        say(tr("Cost: {text}", text=estimate().text))


def say(text: str) -> None:
    """Write a line of log: on stderr, so that stdout holds the answer alone. A closed stderr ends no job."""
    with contextlib.suppress(BrokenPipeError):
        print(text, file=sys.stderr, end="" if text.endswith("\n") else "\n", flush=True)
        return
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for the rest of this process
