"""Work on a large file, done by a program of its own (`core/page_work.py`) for whoever waits for it.

What it reads is never in the memory of the app, and it ends with whoever waits: a page that is left ends the function
that waits here, and the program knows by its input, which nobody writes to, when the app is gone.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core import locales
from core.errors import SenderoError
from core.language import tr
from core.program import FAILURE, PROGRESS, STOPPED, reported_failure, signal_words
from core.project import PROJECT
from core.scratch import Scratch
from core.settings import Settings
from core.verbs.predict import Progress

TICK = 0.2  # seconds between two looks whether somebody still waits
PATIENCE = 2.0  # seconds that a program has to tidy up
LAST_WORDS = 8000  # bytes of what a defect wrote
ASKED, ANSWER, WORDS = "asked.json", "answer.json", "words.txt"


class ProgramKilled(SenderoError):
    what = "The work was not finished: the program that did it was killed by {signal}."
    why = "{reason}"
    remedy = (
        "If memory was short, use less data or close other programs; then do it again: nothing was half done."
    )


def run(task: str, asked: Mapping[str, object], tell: Progress) -> Any:
    """Let the program do `task`, a function of it, with what it is asked; return its answer.

    Raises what the task raises, as a ReportedFailure of the same words, and ProgramKilled.
    """
    with Scratch("beside") as folder:
        given = {
            "asked": asked,
            "settings": Settings.load().model_dump(mode="json"),
            "locale": str(locales.reader() or ""),
            "language": locales.language(),
        }
        (folder / ASKED).write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
        process = _started(task, folder)
        try:
            for share, message in _progress(process):
                tell(share, message)
            code = process.wait()
        finally:
            _end(process)
        if code == 0:
            return json.loads((folder / ANSWER).read_text(encoding="utf-8"))
        raise _failure(folder, -signal.SIGTERM if code == STOPPED else code)


def _started(task: str, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / WORDS).open("wb") as words:
        return subprocess.Popen(
            # -P: the current folder, whose sendero.json it reads, is none to import from
            [sys.executable, "-P", "-m", "core.page_work", task, "--folder", str(folder)],
            env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the app, by whose end it ends
        )


def _progress(process: subprocess.Popen[bytes]) -> Iterator[tuple[float, str]]:
    """Yield how far the program is until it ends, again at every TICK: it is then that a page sees that it was left."""
    assert process.stdout is not None, "started with a pipe"
    told, rest = (0.0, tr("Reading")), b""
    while True:
        if select.select([process.stdout], [], [], TICK)[0]:
            data = process.stdout.read(65536)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if found := PROGRESS.fullmatch(line.decode(errors="replace")):
                    told = float(found[1]) / 100, found[2]
        yield told


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program, unless it has ended: what it had begun to write is removed."""
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _failure(folder: Path, code: int) -> Exception:
    """Return why the program failed; a defect is told with its traceback."""
    if code < 0:
        name, reason = signal_words(code)
        return ProgramKilled(signal=name, reason=reason)
    with (folder / WORDS).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - LAST_WORDS))
        words = file.read().decode(errors="replace")
    return reported_failure(folder / FAILURE) or RuntimeError(f"exit code {code}\n{words}")
