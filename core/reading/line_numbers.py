"""On which line of its file a row stands, as an editor counts: blank lines, and those within a cell, count too."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

BLOCK = 1 << 22
LF, CR = 10, 13


@dataclass(slots=True)
class LineNumbers:
    """The line on which each record begins, by its place below the header, counted from 0: from each of `places` on it
    is the place and a shift."""

    places: array[int] = field(default_factory=lambda: array("q"))
    shifts: array[int] = field(default_factory=lambda: array("q"))

    def add(self, place: int, line: int) -> None:
        """Take in that the next record begins on `line`."""
        if not self.shifts or self.shifts[-1] != line - place:
            self.places.append(place)
            self.shifts.append(line - place)

    def of(self, place: int) -> int:
        """Return the line on which the record at `place` begins."""
        return place + self.shifts[bisect_right(self.places, place) - 1]


def lines_of(path: Path, skip: int, places: np.ndarray) -> np.ndarray:
    """Return the line of each of the rows at `places`, in a file whose rows are a line each; the first line that is not
    blank below `skip` lines is its header."""
    blank = _blank_lines(path)
    below = blank[blank > skip]
    # Of the lines below `skip`, that many which are not blank stand before the blank one.
    before = below - skip - 1 - np.arange(len(below))
    filled = places + 1  # the header is the first
    return filled + skip + 1 + np.searchsorted(before, filled, side="right")


def _blank_lines(path: Path) -> np.ndarray:
    """Return the numbers of the blank lines, counted from 1."""
    found, done, before, end = [], 0, b"", LF
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if not before:
                end = CR if b"\r" in block and b"\n" not in block else LF
                before = bytes([end, end])
            data = np.frombuffer(before + block, dtype=np.uint8)
            ends = np.flatnonzero(data[2:] == end) + 2
            empty = (data[ends - 1] == end) | ((data[ends - 1] == CR) & (data[ends - 2] == LF))
            found.append(done + 1 + np.flatnonzero(empty))
            done, before = done + len(ends), data[-2:].tobytes()
    return np.concatenate(found) if found else np.array([], dtype=np.int64)
