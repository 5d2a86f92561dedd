"""Which run is chosen: a mark that people put on one, with who and when, and that deploying begins with.

Of the runs for one target the one that was marked last is chosen, unless that mark was taken back since. Each mark is
an edit (`edits.py`): what was chosen before stays in storage.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from core import keys, person
from core.backends.base import Backend, Job
from core.backends.records import now, time_of
from core.errors import ChoiceChanged, StorageDamaged, StorageFailed
from core.language import tr
from core.verbs import audit, origins, registry
from core.verbs.edits import last_edits
from core.verbs.leaderboard import Target, eda_job_of, target_of
from core.verbs.training import model_of


@dataclass(frozen=True, slots=True)
class Choice:
    """The last mark on a run. `is_chosen`: it was put there, and not taken back."""

    job: str
    is_chosen: bool
    who: str
    at: datetime


def chosen(marks: Iterable[Choice], jobs: Iterable[Job]) -> dict[Target, Choice]:
    """Return {target: the run that is chosen for it}, the one that was chosen last first."""
    by_name = {job.name: job for job in jobs}
    last: dict[Target, Choice] = {}
    for mark in sorted(marks, key=lambda mark: mark.at, reverse=True):
        if mark.job in by_name:
            last.setdefault(target_of(eda_job_of(by_name[mark.job]), by_name), mark)
    return {target: mark for target, mark in last.items() if mark.is_chosen}


def marks(backend: Backend, known: dict[str, Choice] | None = None) -> list[Choice]:
    """Return the last mark of each run that has one and can be read; `known` keeps them by key, as none ever changes.

    Raises StorageFailed.
    """
    found = known if known is not None else {}
    keys_of_last = [keys.edit(keys.CHOICES, *edit) for edit in last_edits(backend, keys.CHOICES).items()]
    for key in keys_of_last:
        if key not in found:
            with suppress(StorageFailed, StorageDamaged):
                found[key] = _read(backend, key)
    return [found[key] for key in keys_of_last if key in found]


def choice_for(backend: Backend, target: Target) -> Choice | None:
    """Return which run is chosen for a target; None where none is. Raises StorageFailed."""
    return chosen(marks(backend), backend.jobs()).get(target)


def target_of_job(backend: Backend, job: str) -> Target:
    """Return what a training or tuning job was run for. Raises NotFound."""
    return target_of(eda_job_of(backend.job(job)), {each.name: each for each in backend.jobs()})


def choose(backend: Backend, training_job: str, is_chosen: bool = True) -> Choice:
    """Mark the model of a Training Job as the one that is chosen, or take that back; return the mark.

    One that is chosen becomes a version in the registry, which waits for approval. Raises NotFound, JobNotReady,
    ChoiceChanged (somebody marked it meanwhile), StorageFailed, NotRegistered (then it is chosen all the same).
    """
    name = model_of(backend, training_job).name
    key = keys.edit(
        keys.CHOICES, name, last_edits(backend, keys.edits_on(keys.CHOICES, name)).get(name, 0) + 1
    )
    mark = {"is_chosen": is_chosen, "who": person.name(), "at": now()}
    if not backend.storage.create(key, json.dumps(mark, ensure_ascii=False).encode()):
        raise ChoiceChanged(name=name)
    act = "chose" if is_chosen else "took back the choice of"
    audit.record(backend, act, "model", name, **origins.model_sources(backend, name))
    if is_chosen:
        registry.register_after(backend, name, tr("{name} is chosen.", name=name))
    return _mark(name, mark)


def _read(backend: Backend, key: str) -> Choice:
    written = backend.storage.read_json(key, "is_chosen", "who", "at")
    try:
        return _mark(key.split("/")[1], written)
    except (TypeError, ValueError) as error:
        raise StorageDamaged(key=key, reason=tr("It is no mark of a chosen run.")) from error


def _mark(job: str, written: Mapping[str, object]) -> Choice:
    return Choice(job, written["is_chosen"] is True, str(written["who"]), time_of(str(written["at"])))
