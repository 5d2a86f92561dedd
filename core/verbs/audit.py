"""The audit: who did what in a workspace, when, and from which data; one line an act, in a log to which is only added.

A verb that acts calls `record` once it has acted. An event that cannot be written takes nothing back: it is kept, told
(`unwritten`), and written before the next one.
"""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from core import keys, person
from core.backends.base import Backend
from core.backends.records import is_object, now, time_of, timestamp
from core.cells.formulas import STARTS
from core.errors import SenderoError
from core.language import mark, tr
from core.numbers import count

FORMULA = (*STARTS, "+", "-")  # no cell here is a number
BEGINS = ("launched", "resumed", "deployed")  # acts after which something runs
COLUMNS = ("at", "who", "action", "kind", "name")


# An event is kept in English. This is what its readers are told in their own language: acts, kinds, and facts.
ACTS = {
    "launched": mark("{who} launched"),
    "resumed": mark("{who} resumed"),
    "stopped": mark("{who} stopped"),
    "deleted": mark("{who} deleted"),
    "ended": mark("{who} ended"),
    "prolonged": mark("{who} prolonged"),
    "added": mark("{who} added"),
    "saved": mark("{who} saved"),
    "replaced": mark("{who} replaced"),
    "made": mark("{who} made"),
    "ran": mark("{who} ran"),
    "began a run of": mark("{who} began a run of"),
    "chose": mark("{who} chose"),
    "took back the choice of": mark("{who} took back the choice of"),
    "judged": mark("{who} judged"),
    "decided on": mark("{who} decided on"),
    "exported": mark("{who} exported"),
    "promoted": mark("{who} promoted"),
    "took over": mark("{who} took over"),
    "deployed": mark("{who} deployed"),
    "replaced the model of": mark("{who} replaced the model of"),
    "registered": mark("{who} registered"),
    "approved": mark("{who} approved"),
    "rejected": mark("{who} rejected"),
    "turned on": mark("{who} turned on"),
    "turned off": mark("{who} turned off"),
}
WORDS = (
    *(mark("processing job"), mark("training job"), mark("tuning job"), mark("transform job")),
    *(mark("prediction job"), mark("data set"), mark("model"), mark("endpoint"), mark("version")),
    *(
        mark("pipeline"),
        mark("schedule"),
        mark("mail"),
        mark("evaluation"),
        mark("contract"),
        mark("decision"),
    ),
    *(mark("dataset"), mark("dataset SHA-256"), mark("model SHA-256"), mark("eda job"), mark("execution")),
    *(mark("with it"), mark("bytes"), mark("file"), mark("why"), mark("before"), mark("until"), mark("task")),
    *(mark("target"), mark("when"), mark("owner"), mark("other side"), mark("threshold"), mark("chosen by")),
    *(mark("seen by"), mark("ended by"), mark("somebody"), mark("its expiry")),
)
SOMEBODY, EXPIRY = "somebody", "its expiry"  # who did what nobody's name is known of


def who_words(who: str) -> str:
    """Return who did something: a name as it is, and in the reader's language where there is none."""
    return tr(who) if who in (SOMEBODY, EXPIRY) else who


@dataclass(frozen=True, slots=True)
class Event:
    """One act: `who` did `action` to the thing `name`, which is a `kind`, at a time in UTC; the facts say from what."""

    at: datetime
    who: str
    action: str  # in the past: launched, chose, approved
    kind: str  # training job, endpoint, data set, version
    name: str
    facts: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def sentence(self) -> str:
        """Return the act in words, without its time."""
        return tr(
            "{act} {kind} {name}", act=self._act(who_words(self.who)), kind=tr(self.kind), name=self.name
        )

    @property
    def did(self) -> str:
        """Return what was done to a thing of which kind: `launched training job`."""
        return tr("{act} {kind}", act=self._act(), kind=tr(self.kind))

    def of(self, name: str) -> str:
        """Return the same of the thing `name`, as `it`, with the reason if one was given."""
        said = tr("{act} it", act=self._act(who_words(self.who))) if name == self.name else self.sentence
        return f"{said} ({self.facts['why']})" if "why" in self.facts else said

    def _act(self, who: str = "") -> str:
        text = ACTS.get(self.action)
        return (tr(text, who=who) if text else f"{who} {self.action}").strip()

    @property
    def told(self) -> str:
        """Return its facts in words, a digest by its first twelve digits."""
        short = {name: value[:12] if name.endswith("sha256") else value for name, value in self.facts.items()}
        words = {name: tr(name.replace("_", " ").replace("sha256", "SHA-256")) for name in short}
        return ", ".join(f"{words[name]} {value}" for name, value in short.items())

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {
            "at": timestamp(self.at),
            **{name: getattr(self, name) for name in COLUMNS[1:]},
            "facts": dict(self.facts),
        }

    def is_about(self, name: str) -> bool:
        """Return whether it happened to the thing `name`, or by it."""
        return name == self.name or name in self.facts.values()


@dataclass(frozen=True, slots=True)
class Work:
    """A job that runs, or an endpoint that is there, since when, and the act that began it where the audit has one."""

    kind: str
    name: str
    status: str
    since: datetime
    begun: Event | None = None

    @property
    def who(self) -> str:
        """Return who began it; nothing where that is not known."""
        return self.begun.who if self.begun else ""

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "status": self.status,
            "since": timestamp(self.since),
            "who": self.who,
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """Events, the newest first, and how many lines of the log are none."""

    events: tuple[Event, ...]
    damaged: int = 0

    @property
    def damage(self) -> str:
        """Return what is to be said of lines that are no events; nothing where there are none."""
        if not self.damaged:
            return ""
        return tr(
            "{lines} of the audit cannot be read: cut off, or written by somebody else.",
            lines=count(self.damaged, "line", "lines"),
        )


# --- writing ----------------------------------------------------------------------------------------------

_lock = threading.Lock()
_unwritten: dict[str, list[bytes]] = {}  # root of storage -> events that could not be written
_reasons: dict[str, str] = {}  # root of storage -> why


def record(backend: Backend, action: str, kind: str, name: str, **facts: object) -> None:
    """Write down what was just done, and what could not be written before it; facts that are empty are left out.

    It raises nothing: what was done is done.
    """
    told = {fact: str(value) for fact, value in facts.items() if value not in (None, "")}
    event = Event(time_of(now()), person.name(), action, kind, name, told)
    root, line = str(backend.storage.root), json.dumps(event.as_dict(), ensure_ascii=False).encode()
    with _lock:
        lines = [*_unwritten.pop(root, []), line]
    for number, each in enumerate(lines):
        try:
            backend.storage.append(keys.AUDIT, each)
        except SenderoError as error:
            with _lock:
                _unwritten[root] = lines[number:] + _unwritten.get(root, [])
                _reasons[root] = f"{error.failure.what} {error.failure.why}"
            return


def unwritten() -> list[str]:
    """Return in sentences which acts of this process are not in the audit, and why; nothing where all are."""
    with _lock:
        found = [(root, [_event(line) for line in lines]) for root, lines in _unwritten.items()]
    sentences = []
    for root, events in found:
        acts = "; ".join(
            tr("{sentence} at {time}", sentence=event.sentence, time=timestamp(event.at))
            for event in events
            if event
        )
        sentences.append(
            tr(
                "Done, but not in the audit of {root}: {acts}. {reason}",
                root=root,
                acts=acts,
                reason=_reasons[root],
            )
        )
    return sentences


# --- reading ----------------------------------------------------------------------------------------------


def audit(backend: Backend, about: str = "", last: int | None = None) -> Audit:
    """Return what was done in a workspace, or only what is about one thing; with `last` so many of the newest.

    Raises StorageFailed.
    """
    lines = backend.storage.lines(keys.AUDIT, None if about else last)
    read = [_event(line) for line in lines if line.strip()]
    # What could not be written at first stands later than it happened.
    events = sorted((each for each in read if each), key=lambda each: each.at)
    wanted = [event for event in reversed(events) if not about or event.is_about(about)]
    return Audit(tuple(wanted[:last]), read.count(None))


def only(events: Sequence[Event], who: str = "", did: str = "", about: str = "") -> list[Event]:
    """Return the events of a person, of a kind of act, and with `about` in a name or a fact, whatever its case."""

    def said(event: Event) -> str:
        return "\n".join([event.name, *event.facts.values()]).casefold()

    return [
        event
        for event in events
        if who in ("", event.who) and did in ("", event.did) and about.casefold() in said(event)
    ]


def at_work(backend: Backend, events: Sequence[Event]) -> tuple[Work, ...]:
    """Return what runs now in a workspace, the newest first, and who began it by `events`, the newest first.

    Raises what the backend refuses.
    """
    begun: dict[str, Event] = {}
    for event in events:
        if event.action in BEGINS:
            begun.setdefault(event.name, event)
    found = [
        Work(f"{job.kind} job", job.name, job.phase, job.created, begun.get(job.name))
        for job in backend.jobs()
        if job.busy
    ]
    found += [
        Work("endpoint", each.name, each.status, each.created, begun.get(each.name))
        for each in backend.endpoints()
        if each.status.active
    ]
    return tuple(sorted(found, key=lambda work: work.since, reverse=True))


def csv_of(events: Sequence[Event]) -> bytes:
    """Return events as a CSV, a column for each fact that one of them has; no cell is a formula to a spreadsheet."""
    names = list(dict.fromkeys(name for event in events for name in event.facts))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, *names])
    for event in events:
        cells = [timestamp(event.at), event.who, event.action, event.kind, event.name]
        cells += [event.facts.get(name, "") for name in names]
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return text.getvalue().encode()


def _event(line: bytes) -> Event | None:
    """Return the event in a line; None where it holds none."""
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        written = json.loads(line)
        facts = written["facts"]
        told = {str(name): str(value) for name, value in facts.items()} if is_object(facts) else {}
        who, action, kind, name = (str(written[column]) for column in COLUMNS[1:])
        return Event(time_of(written["at"]), who, action, kind, name, told)
    return None
