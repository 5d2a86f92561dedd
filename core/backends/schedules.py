"""Schedules as every backend keeps them: what is started, when, and by whom; and when that is, in words and for cron.

EventBridge Scheduler starts a pipeline, for new files and drift one of the schedule's own; without it a machine starts
all, by cron or Windows' Task Scheduler.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core import keys, locales
from core.backends.inventory import HOURS_A_MONTH, BillableResource
from core.backends.records import is_object, jsonable, optional_time, time_of
from core.errors import BadSchedule, FailureJson, SenderoError, StorageDamaged
from core.language import mark, tr

if TYPE_CHECKING:
    from core.storage import Storage

EVERY = ("hour", "day", "week", "month")
DAYS = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)
LAST_DAY = 28  # of a month: each has it
APART = {"hour": timedelta(hours=1), "day": timedelta(1), "week": timedelta(7), "month": timedelta(28)}
A_MONTH = {"hour": 730.0, "day": 365 / 12, "week": 365 / 84, "month": 1.0}  # runs
BY_MACHINE = mark("a machine")
OWN = "schedule-"  # begins the name of a pipeline that is made for a schedule
NO_DAY = {
    "hour": mark("Every hour has no day to choose, but '{day}' is given."),
    "day": mark("Every day has no day to choose, but '{day}' is given."),
}
LONGEST_NAME = 40  # characters of a pipeline's name
MAILED = mark(
    "The topic {topic} mails what has ended: pipelines, trainings, tunings, transforms, and what has failed."
)
NOT_MAILED = mark(
    "The topic {topic} mails failed runs of schedules. It can also mail the end of pipelines and long jobs."
)
NO_TOPIC = mark("Nothing is mailed: name an SNS topic, by its ARN, as SENDERO_TOPIC.")
# What is said of a schedule whose runs each are a job.
A_JOB = mark(
    "Each run is a job of its own, which is given all files of the folder and predicts those that are new. The folder"
    " has to hold a file, for no job begins without one."
)
A_LOOK = mark(
    "Each run is a job of its own, which looks at files that were predicted through the endpoint, also by schedules;"
    " files of Batch Transform only a machine looks at."
)
UNSEEN = mark(
    "Each run does every step and costs what a whole one does, also where nothing has changed: EventBridge Scheduler"
    " cannot look at the data, which may be other by then. A machine that starts it takes what is unchanged."
)


class Task(StrEnum):
    """What a schedule does."""

    pipeline = "pipeline"  # starts an execution of a pipeline
    predict = "predict"  # predicts the files of a folder that it has not predicted yet
    drift = (
        "drift"  # looks whether the files that were predicted through an endpoint have changed since training
    )


class RunStatus(StrEnum):
    """How a run of a schedule stands."""

    running = "Running"
    completed = "Completed"
    failed = "Failed"
    skipped = "Skipped"  # the one before still went on


def is_zone(name: str) -> bool:
    """Return whether there is a time zone of that name."""
    from zoneinfo import ZoneInfo  # late: runners import what this module imports

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class When:
    """Every hour, day, week or month: at a time, of a week on a day, of a month on one from 1 to 28.

    `zone` is an IANA time zone; a machine goes by its own clock. Raises BadSchedule.
    """

    every: str
    at: str = "07:00"
    on: str = ""  # Monday, or 1 to 28
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.every not in EVERY:
            raise BadSchedule(
                reason=tr("'{every}' is none of {known}.", every=self.every, known=", ".join(EVERY))
            )
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", self.at):
            raise BadSchedule(reason=tr("'{time}' is no time from 00:00 to 23:59.", time=self.at))
        if self.every == "week" and self.on not in DAYS:
            raise BadSchedule(reason=tr("A week needs one of its days: {days}.", days=", ".join(DAYS)))
        if self.every == "month" and self.on not in {str(day) for day in range(1, LAST_DAY + 1)}:
            raise BadSchedule(
                reason=tr(
                    "A month needs one of its days from 1 to {last}: each month has those.", last=LAST_DAY
                )
            )
        if self.every in ("hour", "day") and self.on:
            raise BadSchedule(reason=tr(NO_DAY[self.every], day=self.on))
        if not is_zone(self.zone):
            raise BadSchedule(
                reason=tr("There is no time zone '{zone}': Europe/Madrid is one, or UTC.", zone=self.zone)
            )

    @property
    def words(self) -> str:
        """Return when it is, in a sentence's words."""
        if self.every == "hour":
            return tr("Every hour, {minute} minutes past it", minute=self.minute)
        if self.every == "day":
            return tr("Every day at {time} ({zone})", time=self.at, zone=self.zone)
        if self.every == "week":
            return tr("Every {day} at {time} ({zone})", day=tr(self.on), time=self.at, zone=self.zone)
        return tr("On day {day} of every month at {time} ({zone})", day=self.on, time=self.at, zone=self.zone)

    @property
    def hour(self) -> int:
        """Return the hour of the day."""
        return int(self.at[:2])

    @property
    def minute(self) -> int:
        """Return the minute of the hour."""
        return int(self.at[3:])

    @property
    def cron(self) -> str:
        """Return the five fields of a line for cron."""
        if self.every == "hour":
            return f"{self.minute} * * * *"
        month_day = self.on if self.every == "month" else "*"
        week_day = str((DAYS.index(self.on) + 1) % 7) if self.every == "week" else "*"
        return f"{self.minute} {self.hour} {month_day} * {week_day}"

    @property
    def expression(self) -> str:
        """Return it as EventBridge Scheduler writes it.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
        """
        if self.every == "hour":
            return f"cron({self.minute} * * * ? *)"
        if self.every == "week":
            return f"cron({self.minute} {self.hour} ? * {self.on[:3].upper()} *)"
        month_day = self.on if self.every == "month" else "*"
        return f"cron({self.minute} {self.hour} {month_day} * ? *)"

    @property
    def windows(self) -> list[str]:
        """Return it as `schtasks` of Windows takes it."""
        kind = {"hour": "HOURLY", "day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}[self.every]
        day = {"week": ["/D", self.on[:3].upper()], "month": ["/D", self.on]}.get(self.every, [])
        start = f"00:{self.minute:02d}" if self.every == "hour" else self.at
        return ["/SC", kind, *day, "/ST", start]

    @property
    def apart(self) -> timedelta:
        """Return how long there is at least between two runs."""
        return APART[self.every]

    @property
    def a_month(self) -> float:
        """Return how many times that is in a month."""
        return A_MONTH[self.every]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is started when. `target` is a pipeline, or the endpoint or model that predicts or is watched."""

    name: str
    task: Task
    target: str
    when: When
    files: str = ""  # the folder, or address in S3, of the files to predict
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])  # of a pipeline
    started_by: str = BY_MACHINE
    per_month: float | None = 0.0  # USD; None: not known
    who: str = ""
    at: datetime | None = None

    @property
    def in_full(self) -> str:
        """Return in sentences what each of its runs does, and costs, where no machine starts it; else ""."""
        if self.started_by == BY_MACHINE:
            return ""
        return tr({Task.pipeline: UNSEEN, Task.predict: A_JOB, Task.drift: A_LOOK}[self.task])

    @property
    def pipeline(self) -> str:
        """Return the pipeline that it starts, or that is made for it where the backend starts it."""
        if self.task == Task.pipeline:
            return self.target
        name = f"{OWN}{self.name}"
        if len(name) <= LONGEST_NAME:
            return name
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:8]
        return f"{name[: LONGEST_NAME - len(digest) - 1].rstrip('-')}-{digest}"

    @property
    def words(self) -> str:
        """Return what it does, in a sentence without its end."""
        if self.task == Task.pipeline:
            return tr("runs the pipeline {pipeline}", pipeline=self.target)
        if self.task == Task.predict:
            return tr(
                "predicts the new files of {folder} with {target}", folder=self.files, target=self.target
            )
        return tr("looks whether what arrives at {endpoint} has changed", endpoint=self.target)

    @locales.for_everybody()
    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        plain = {name: jsonable(value) for name, value in asdict(self).items()}
        return plain | {"words": f"{self.when.words}: {self.words}"}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Schedule:
        """Read it from JSON. Raises KeyError, TypeError, ValueError, AttributeError, BadSchedule where it is none."""
        return cls(
            str(value["name"]),
            Task(value["task"]),
            str(value["target"]),
            When(**value["when"]),
            str(value.get("files", "")),
            _texts(value.get("parameters")),
            str(value.get("started_by", BY_MACHINE)),
            value.get("per_month", 0.0),
            str(value.get("who", "")),
            optional_time(value.get("at")),
        )

    @property
    def resource(self) -> BillableResource:
        """Return it as a sweep lists it, its price by the month told by the hour."""
        per_hour = None if self.per_month is None else self.per_month / HOURS_A_MONTH
        return BillableResource(
            "schedule",
            self.name,
            tr("by {started_by}", started_by=self.started_by),
            self.when.words,
            self.at,
            tr("this workspace"),
            True,
            per_hour,
        )


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """One run of a schedule. Times are UTC."""

    schedule: str
    id: str
    status: RunStatus
    started: datetime
    ended: datetime | None = None
    message: str = ""
    failure: FailureJson | None = None
    who: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {name: jsonable(value) for name, value in asdict(self).items()}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> ScheduleRun:
        """Read it from JSON. Raises KeyError, TypeError, ValueError where it is none."""
        return cls(
            str(value["schedule"]),
            str(value["id"]),
            RunStatus(value["status"]),
            time_of(value["started"]),
            optional_time(value.get("ended")),
            str(value.get("message", "")),
            value.get("failure"),
            str(value.get("who", "")),
        )


@dataclass(frozen=True, slots=True)
class Mail:
    """Whether the end of runs and of long jobs is mailed, whoever started them; the `topic` is "" where none is set."""

    topic: str
    is_on: bool = False

    @property
    def words(self) -> str:
        """Return it in a sentence."""
        return tr(MAILED if self.is_on else NOT_MAILED if self.topic else NO_TOPIC, topic=self.topic)


def forget(storage: Storage, name: str) -> tuple[str, ...]:
    """Delete a schedule with what is known of its runs; return what stays, in words. Raises StorageFailed."""
    kept = (
        [tr("the predictions that it has made")] if storage.exists(keys.scheduled_predictions(name)) else []
    )
    with suppress(SenderoError):
        if read(storage, name).started_by == BY_MACHINE:
            kept.append(
                tr(
                    "the line for cron, or the task, on its machine: what it starts fails from now on, so take it out"
                )
            )
    for key in (keys.schedule_runs(name), keys.scheduled_files(name), keys.schedule_lock(name)):
        storage.delete(key)
    storage.delete(keys.schedule_record(name))
    return tuple(kept)


def _texts(value: object) -> dict[str, str]:
    return {name: str(each) for name, each in value.items()} if is_object(value) else {}


def read(storage: Storage, name: str) -> Schedule:
    """Return the schedule of that name, which has to be there. Raises StorageFailed, StorageDamaged."""
    key = keys.schedule_record(name)
    record = storage.read_json(key)
    try:
        return Schedule.of(record)
    except (KeyError, TypeError, ValueError, AttributeError, BadSchedule) as error:
        raise StorageDamaged(key=key, reason=tr("It is no schedule: {error}.", error=repr(error))) from error


def all_of(storage: Storage) -> list[Schedule]:
    """Return the schedules of a workspace that can be read, by name. Raises StorageFailed."""
    found: list[Schedule] = []
    for name in storage.folders(keys.SCHEDULES):
        with suppress(SenderoError):  # removed a moment ago, or damaged
            found.append(read(storage, name))
    return found
