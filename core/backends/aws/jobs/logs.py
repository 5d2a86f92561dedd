"""Logs from CloudWatch, followed by token: one reader a job in this process, for all tabs.

A reader keeps what it has read, so that any number of tabs page through it by offset, and collects the metric lines
on the way. CloudWatch writes the TAB of a metric line as `#011` (docs/design.md, section 6).
"""

from __future__ import annotations

import math
import re
import threading
import time
from dataclasses import dataclass, field

from core.backends.aws.session.connection import Session
from core.backends.base import TAIL, LogChunk
from core.backends.metrics import metric_row

GROUPS = {
    "processing": "/aws/sagemaker/ProcessingJobs",
    "training": "/aws/sagemaker/TrainingJobs",
    "transform": "/aws/sagemaker/TransformJobs",
}
ENDPOINTS = "/aws/sagemaker/Endpoints"  # followed by the endpoint's name
LONGEST = 8 * 2**20  # characters kept of one log; what is older is left to CloudWatch
LONGEST_TAIL = 200_000
LOOK = 2.0  # seconds that one look takes at most: a job may write faster than its log is read
PROGRESS = re.compile(r"^progress (\d+(?:\.\d+)?) ?% *(.*)$", re.M)
READERS = 40  # logs kept at a time


@dataclass
class LogSource:
    """One stream: its group, its name once it is there, and the token to go on from."""

    group: str
    prefix: str
    restarts: bool = False  # a job that is interrupted writes on in another stream
    stream: str = ""
    token: str = ""


@dataclass
class LogReader:
    """The log of a job, read on from where it was: the streams of `sources`, one after the other."""

    session: Session
    sources: list[LogSource]
    every: float
    look: float = LOOK
    text: str = ""
    skipped: int = 0  # characters that are no longer kept
    rows: list[dict[str, float]] = field(default_factory=list)
    _read_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self, more: tuple[str, str] | None = None) -> None:
        """Read on, unless that was done less than `every` seconds ago. `more`: (group, prefix) of a stream to come."""
        with self._lock:
            if more and all((source.group, source.prefix) != more for source in self.sources):
                self.sources.append(LogSource(*more))
            if time.monotonic() - self._read_at < self.every:
                return
            for source in self.sources:
                self._read(source)
            self._read_at = time.monotonic()

    def _read(self, source: LogSource) -> None:
        if not source.stream and not self._next_stream(source):
            return
        self._read_stream(source)
        while source.restarts and self._next_stream(source):
            self._read_stream(source)

    def _read_stream(self, source: LogSource) -> None:
        """Read on to the stream's present end, or for as long as a look may take: the next one goes on from there."""
        until = time.monotonic() + self.look
        while time.monotonic() < until:
            token = {"nextToken": source.token} if source.token else {}
            page = self.session.find(
                "logs",
                "get_log_events",
                logGroupName=source.group,
                logStreamName=source.stream,
                startFromHead=True,
                **token,
            )
            if page is None:
                return
            self._take([event["message"] for event in page["events"]])
            # A page may be empty in the middle of a stream: only a token that comes back says that it is the end.
            end = page["nextForwardToken"] == source.token
            source.token = page["nextForwardToken"]
            if end:
                return

    def _next_stream(self, source: LogSource) -> bool:
        """Go to the next stream of the first instance, e.g. `<job>/algo-1-1764000000`; return whether there is one."""
        page = self.session.find(
            "logs",
            "describe_log_streams",
            logGroupName=source.group,
            logStreamNamePrefix=source.prefix,
        )
        names = sorted(stream["logStreamName"] for stream in (page or {}).get("logStreams", []))
        if source.stream:
            instance = source.stream.rpartition("-")[0]
            names = [name for name in names if name > source.stream and name.rpartition("-")[0] == instance]
        if names:
            source.stream, source.token = names[0], ""
        return bool(names)

    def _take(self, lines: list[str]) -> None:
        added: list[str] = []
        for line in lines:
            line = line.replace("#011", "\t").rstrip("\n")
            if row := metric_row(line):
                # Started again, it counts from its last checkpoint, or from 0: what was lost is not shown twice.
                while self.rows and self.rows[-1]["round"] >= row["round"]:
                    self.rows.pop()
                self.rows.append(row)
            added.append(f"{line}\n")
        self.text += "".join(added)
        if (over := len(self.text) - LONGEST) > 0:
            self.text, self.skipped = self.text[over:], self.skipped + over

    def chunk(self, token: str) -> LogChunk:
        """Return what comes after `token`: an offset, `TAIL`, or nothing for the beginning."""
        end = self.skipped + len(self.text)
        if token == TAIL:
            start = max(0, end - LONGEST_TAIL)
            if start:
                start += self.text[start - self.skipped :].find("\n") + 1
        else:
            start = int(token) if token.isdigit() else 0
            start = 0 if start > end else start
        return LogChunk(self.text[max(0, start - self.skipped) :], str(end))

    def progress(self) -> tuple[float, str] | None:
        """Return (share, words) of the last progress line near the end; None where there is none."""
        lines = PROGRESS.findall(self.text[-LONGEST_TAIL:])
        return (float(lines[-1][0]) / 100, lines[-1][1]) if lines else None


def rows_of(session: Session, training_job: str) -> list[dict[str, float]]:
    """Return the metric lines of a Training Job that has ended, one dict a round, as far as CloudWatch has them."""
    source = LogSource(GROUPS["training"], f"{training_job}/", restarts=True)
    reader = LogReader(session, [source], every=0, look=math.inf)
    reader.refresh()
    return reader.rows


class LogReaders:
    """The readers of this process, by job; the least recently used one makes room."""

    def __init__(self, session: Session, every: float) -> None:
        self.session, self.every = session, every
        self._held: dict[str, LogReader] = {}
        self._lock = threading.Lock()

    def of(self, name: str, group: str, prefix: str, restarts: bool = False) -> LogReader:
        """Return the reader of the log `name`: the streams of `group` whose names begin with `prefix`."""
        with self._lock:
            reader = self._held.pop(name, None)
            if reader is None:
                reader = LogReader(self.session, [LogSource(group, prefix, restarts)], self.every)
            self._held[name] = reader
            while len(self._held) > READERS:
                del self._held[next(iter(self._held))]
            return reader
