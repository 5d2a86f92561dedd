"""Notes on runs: plain text that people write beside a job, and edit (`edits.py`): of two at once one is told."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from core import keys
from core.backends.base import Backend
from core.backends.records import now, time_of
from core.errors import BadNote, NoteChanged, StorageDamaged, StorageFailed
from core.language import tr
from core.numbers import integer
from core.verbs.edits import last_edits

LONGEST = 2000  # characters


@dataclass(frozen=True, slots=True)
class Note:
    """What is written on a run; `number` counts its edits, 0 where there is none yet."""

    text: str = ""
    number: int = 0
    at: datetime | None = None


def note(backend: Backend, job: str) -> Note:
    """Return the note on a run; an empty one where there is none. Raises StorageFailed, StorageDamaged."""
    return _read(backend, job, last_edits(backend, keys.edits_on(keys.NOTES, job)).get(job, 0))


def notes(backend: Backend) -> dict[str, str]:
    """Return {job: text} of all runs with a note that can be read, at the cost of one listing and one read a note."""
    texts: dict[str, str] = {}
    for job, number in last_edits(backend, keys.NOTES).items():
        with suppress(StorageFailed, StorageDamaged):
            texts[job] = _read(backend, job, number).text
    return {job: text for job, text in texts.items() if text}


def set_note(backend: Backend, job: str, text: str, seen: Note | None = None) -> Note:
    """Write the note on a run over the one that was `seen` (None: whatever it is now), and return it.

    Raises NotFound, BadNote, NoteChanged (somebody wrote another one meanwhile), StorageFailed, StorageDamaged.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise BadNote(length=integer(len(text)), longest=integer(LONGEST))
    name = backend.job(job).name
    last = note(backend, name)
    before = last if seen is None else seen
    if text == last.text:
        return last
    number, at = last.number + 1, now()
    data = json.dumps({"text": text, "at": at}, ensure_ascii=False).encode()
    if before.number == last.number and backend.storage.create(keys.edit(keys.NOTES, name, number), data):
        return Note(text, number, time_of(at))
    raise NoteChanged(name=name, text=note(backend, name).text)


def _read(backend: Backend, job: str, number: int) -> Note:
    if number == 0:
        return Note()
    key = keys.edit(keys.NOTES, job, number)
    written = backend.storage.read_json(key, "text", "at")
    try:
        return Note(str(written["text"]), number, time_of(written["at"]))
    except (TypeError, ValueError) as error:
        raise StorageDamaged(key=key, reason=tr("It is no note.")) from error
