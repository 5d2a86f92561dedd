"""The predictions of a job as somebody wants them: a kind of file, all columns or some; written once more, and fetched.

They are kept on this machine, each wish in a file of its own, until their job is deleted.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from core import keys
from core.backends.base import Backend
from core.backends.requests import JobKind
from core.errors import NotFound
from core.language import tr
from core.verbs import beside, prediction, transform
from core.verbs.jobs import find_job
from core.verbs.predict import Progress

STALE = 3600.0  # seconds
NAME = re.compile(r"[0-9a-f]{16}\.(csv|xlsx|parquet)")


def write(
    backend: Backend, job: str, suffix: str, columns: Sequence[str], guard: bool, progress: Progress
) -> str:
    """Write the predictions of a job as a file `suffix` of `columns`; return the name by which `written` finds it.

    Raises as the `collect` of the job's kind.
    """
    kind = find_job(backend, job).kind
    wish = json.dumps([suffix, *columns, guard])
    name = f"{hashlib.sha256(wish.encode()).hexdigest()[:16]}{suffix}"
    collect = prediction.collect if kind == JobKind.prediction else transform.collect
    output = backend.desk.path(keys.predictions_again(kind, job, name))
    _sweep(output.parent)
    collect(backend, job, output, progress, guard, columns=columns)
    return name


def _sweep(folder: Path) -> None:
    """Remove what a killed program has left unfinished: nobody has written to it for STALE seconds."""
    for left in folder.glob(".*.tmp*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE:
                left.unlink()


def write_beside(job: str, suffix: str, columns: Sequence[str], guard: bool, progress: Progress) -> str:
    """Do what `write` does in a program of its own. Raises the same, and ProgramKilled."""
    asked = {"job": job, "suffix": suffix, "columns": list(columns), "guard": guard}
    return beside.run("write", asked, progress)


def written(backend: Backend, name: str, again: str = "") -> tuple[Path, str]:
    """Return the file that a Prediction Job has written, or the one that was written `again` of any job's predictions,
    and what it is called for a person. Raises NotFound.
    """
    job = find_job(backend, name)
    key = keys.predicted_rows(name, job.request.get("output", ".csv"))
    if again:
        key = keys.predictions_again(job.kind, name, again if NAME.fullmatch(again) else "")
    file = backend.desk.path(key)
    if not file.is_file():
        raise NotFound(thing=tr("file of predictions"), name=name, listing="jobs")
    return file, f"{Path(job.request.get('file', '') or name).stem}_predictions{file.suffix}"
