"""Many rows asked of an endpoint: several requests at a time, patience where it is busy, and answers that are kept.

With a folder, what was answered outlives this process, however that ends: whoever asks for the same rows again sends
only the rest.
"""

from __future__ import annotations

import errno
import json
import os
import random
import time
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.errors import BadAnswer, TooBusy
from core.judging.answers import numbers
from core.language import tr
from core.numbers import fixed, integer
from core.storage import storage_errors
from core.values import format_duration

ANSWERS, JOURNAL = "answers.bin", "answered.jsonl"
NUMBER = np.dtype("<f8")
ATTEMPTS = 10  # of a request that the endpoint is too busy for: in all some minutes
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds before the same request is sent again
TELL_EVERY = 0.5  # seconds between two words on how far it is

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows on their way: the body of one request, and where its rows stand among all that are sent."""

    start: int
    rows: int
    body: bytes

    @property
    def mark(self) -> tuple[int, int, int]:
        """Return what tells these rows from others."""
        return self.start, self.rows, zlib.crc32(self.body)


class Answers:
    """What an endpoint says of `rows` rows, as numbers; in `folder`, if there is one, each part as it comes."""

    def __init__(self, rows: int, folder: Path | None = None) -> None:
        self.rows, self.folder = rows, folder
        self.answered = np.zeros(rows, dtype=bool)
        self.count = self.asked = (
            0  # rows that were answered, and of those the ones that were not kept from before
        )
        self.took = self.worked = 0.0  # seconds that this was asked for, and of all its requests together
        self._width = 0  # numbers a row, once the first answer tells how many
        self._kept: set[tuple[int, int, int]] = set()
        self._numbers: np.ndarray | None = None  # where there is no folder
        if folder:
            with storage_errors("write", tr("the answers of the endpoint")):
                folder.mkdir(parents=True, exist_ok=True)
                for line in _lines(folder / JOURNAL):
                    with suppress(ValueError, TypeError):  # a last line that a killed process did not finish
                        start, rows, digest, self._width = json.loads(line)
                        self._kept.add((start, rows, digest))

    def has(self, part: Part) -> bool:
        """Return whether these very rows were answered before; they count as answered then."""
        if part.mark in self._kept:
            self._count(part)
            return True
        return False

    def take(self, bodies: Iterable[bytes]) -> None:
        """Count what was answered of all the rows that would be sent."""
        for part in parts(bodies):
            self.has(part)

    def put(self, part: Part, numbers: np.ndarray) -> None:
        """Keep the answer to a part. Raises BadAnswer where it has not one line a row, StorageFailed."""
        if len(numbers) != part.rows:
            raise BadAnswer(
                reason=tr(
                    "It answered {rows} rows for {asked}.",
                    rows=integer(len(numbers)),
                    asked=integer(part.rows),
                )
            )
        width = numbers.shape[1]
        if self._width not in (0, width):
            raise BadAnswer(
                reason=tr(
                    "It answered {now} numbers a row, and {before} before.", now=width, before=self._width
                )
            )
        self._width = width
        if self.folder:
            with storage_errors("write", tr("the answers of the endpoint")):
                self._write(self.folder, part, numbers)
        else:
            if self._numbers is None:
                self._numbers = np.zeros((self.rows, width))
            self._numbers[part.start : part.start + part.rows] = numbers
        self._count(part)
        self.asked += part.rows

    def _count(self, part: Part) -> None:
        self.answered[part.start : part.start + part.rows] = True
        self.count += part.rows

    def _write(self, folder: Path, part: Part, numbers: np.ndarray) -> None:
        """Write the numbers, and once the disk has them the line that vouches for them."""
        data = numbers.astype(NUMBER).tobytes()
        file = os.open(folder / ANSWERS, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            if os.pwrite(file, data, part.start * self._width * NUMBER.itemsize) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        finally:
            os.close(file)
        with (folder / JOURNAL).open("ab") as journal:
            journal.write(json.dumps([*part.mark, self._width]).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())

    def numbers(self) -> np.ndarray:
        """Return (rows, numbers a row): of rows that were not answered, numbers that mean nothing."""
        if not self.count:
            return np.zeros((self.rows, 1))
        if self.folder is None:
            assert self._numbers is not None, "something was answered"
            return self._numbers
        file, shape = self.folder / ANSWERS, (self.rows, self._width)
        with storage_errors("read", tr("the answers of the endpoint")):
            os.truncate(
                file, self.rows * self._width * NUMBER.itemsize
            )  # as far as there are rows, answered or not
            return np.memmap(file, dtype=NUMBER, mode="r", shape=shape)


def parts(bodies: Iterable[bytes]) -> Iterable[Part]:
    """Yield each body of encoded rows, numbers only, with its place."""
    start = 0
    for body in bodies:
        rows = body.count(b"\n")
        yield Part(start, rows, body)
        start += rows


def ask(
    send: Callable[[bytes], bytes],
    bodies: Iterable[bytes],
    answers: Answers,
    at_a_time: int = 1,
    tell: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Send what is not answered yet, `at_a_time` requests beside each other, until all is or somebody has `stopped` it.

    Raises BadAnswer, StorageFailed, and what `send` raises: of the rest nothing is sent then.
    """
    pace = _Pace(answers, tell)
    waiting: dict[Future[_Reply], Part] = {}
    with ThreadPoolExecutor(max(1, at_a_time)) as pool:
        try:
            for part in parts(bodies):
                if stopped():
                    break
                if answers.has(part):
                    continue
                waiting[pool.submit(_patiently, send, part.body, stopped)] = part
                while len(waiting) > at_a_time:  # one more than is answered: the next is ready
                    _take(waiting, answers)
                    pace.tell()
            while waiting:
                _take(waiting, answers)
                pace.tell()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    answers.took = time.monotonic() - pace.begun


class _Reply(NamedTuple):
    """What one request was answered, and in how many seconds."""

    body: bytes
    seconds: float


def _take(waiting: dict[Future[_Reply], Part], answers: Answers) -> None:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        part = waiting.pop(future)
        with suppress(_Interrupted):
            reply = future.result()
            answers.put(part, numbers(reply.body))
            answers.worked += reply.seconds


class _Interrupted(Exception):
    """Somebody stopped it all while a request waited to be sent again."""


def _patiently(send: Callable[[bytes], bytes], body: bytes, stopped: Callable[[], bool]) -> _Reply:
    """Send a request, again and again after pauses of chance that grow, while the endpoint is too busy for it."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            begun = time.monotonic()
            return _Reply(send(body), time.monotonic() - begun)
        except TooBusy:
            if attempt == ATTEMPTS:
                raise
            # The full length by chance: requests that were refused together do not come back together.
            until = time.monotonic() + random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))
            while (left := until - time.monotonic()) > 0:
                if stopped():
                    raise _Interrupted from None
                time.sleep(min(left, 0.1))
    raise AssertionError("the last attempt answers or raises")


class _Pace:
    """How far it is, in words: rows, rows a second of those that are asked now, and the time that is left."""

    def __init__(self, answers: Answers, tell: Progress | None) -> None:
        self.answers, self._tell = answers, tell
        self.begun = self.told = time.monotonic()

    def tell(self) -> None:
        """Tell it, twice a second at most, until all is answered."""
        moment, answers = time.monotonic(), self.answers
        if self._tell is None or not answers.asked or moment - self.told < TELL_EVERY:
            return
        self.told = moment
        rate = answers.asked / (moment - self.begun)
        left = format_duration((answers.rows - answers.count) / rate)
        words = tr(
            "{answered} of {rows} rows, {rate} a second, {left} left",
            answered=integer(answers.count),
            rows=integer(answers.rows),
            rate=fixed(rate, 0),
            left=left,
        )
        self._tell(answers.count / answers.rows, words)


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
