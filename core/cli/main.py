"""From the arguments to the exit code: one JSON document on stdout, logs on stderr, and no traceback ever."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping
from types import FrameType

from core import locales
from core.cli import commands, parser
from core.cli.answer import say
from core.cli.failures import Interrupted, Unexpected
from core.errors import SenderoError
from core.language import tr
from core.storage import os_failure
from core.verbs import audit

DONE, FAILED = 0, 1  # argparse ends with 2 by itself


def main(argv: list[str] | None = None) -> int:
    """Run the verb in `argv` (default: the process's own) and answer the exit code."""
    locales.follow(_locale, _language)
    args = parser.parse(argv)
    error: SenderoError | None = None
    try:
        with _terminable():
            answer = commands.COMMANDS[args.verb](args)
        data, text, error = answer.data, answer.text, answer.error
    except KeyboardInterrupt:
        data, text, error = {}, "", Interrupted()
    except SenderoError as known:
        data, text, error = {}, "", known
    except Exception as unknown:
        data, text, error = {}, "", _clear(unknown)
    try:
        for sentence in audit.unwritten():
            say(sentence)
        _tell(args, data, text, error)
        sys.stdout.flush()
    except BrokenPipeError:  # `... | head`: whoever read has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return FAILED if error else DONE


def _first(*names: str) -> str:
    """Return the first of these variables that is set, as POSIX asks for."""
    return next(filter(None, map(os.environ.get, names)), "")


def _locale() -> str:
    """Return the locale of numbers: of the chosen language, unless the environment's is of that language."""
    asked, chosen = _first("LC_ALL", "LC_NUMERIC", "LANG"), os.environ.get(locales.VARIABLE, "")
    return asked if asked.startswith(chosen) else chosen


def _language() -> str:
    """Return the locale of texts."""
    return _first(locales.VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG")


def _tell(
    args: argparse.Namespace, data: Mapping[str, object], text: str, error: SenderoError | None
) -> None:
    if error:
        data = {**data, "error": error.failure.as_dict()}
    if args.json:
        text = json.dumps(data, indent=1, ensure_ascii=False, default=str)
        print(text.encode(errors="backslashreplace").decode())  # a file's name may be no UTF-8; JSON is
    elif text:
        print(text)
    if error:
        failure = error.failure
        print(
            tr(
                "{what}\n  Why:  {why}\n  Next: {remedy}",
                what=failure.what,
                why=failure.why,
                remedy=failure.remedy,
            ),
            file=sys.stderr,
        )


@contextlib.contextmanager
def _terminable():
    """Take a polite kill as Ctrl-C, so that `run` still deletes its endpoint."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: somebody else minds the signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _clear(error: Exception) -> SenderoError:
    """Return an error that no verb expected as one for the reader; a defect's traceback goes to a file."""
    if isinstance(error, OSError):
        return os_failure(tr("go on with"), error.filename or tr("a file"), error)
    if isinstance(error, MemoryError):
        return Unexpected(reason=tr("Memory is full."), advice=tr("Close other programs, or use fewer rows."))
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="sendero-error-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            traceback.print_exception(error, file=file)
        advice = tr("The details are in {name}: report it with them.", name=file.name)
    except OSError:  # the disk is full as well
        last = traceback.extract_tb(error.__traceback__)[-1]
        advice = tr(
            "Report it; it came from {file}, line {line}.",
            file=os.path.basename(last.filename),
            line=last.lineno,
        )
    return Unexpected(reason=reason, advice=advice)
