"""The beginning of a file as one delimiter cuts it: its records, how they are written, and how well that fits."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.reading.no_rows import is_rule

HEAD = 1 << 20  # bytes looked at
SPANNED = 20  # lines of a record at the most, at first sight
CANDIDATES = 8  # numbers of cells that are tried
PADDED = 0.95  # of the cells: fewer with a space before them are words that begin with one
_COMMENT = re.compile(r"\s*\"?(#|%|//|!)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """`records` begin at the physical lines `starts` (from 0); `filled` are the places of those that may be rows or
    the header, of which the table begins with the one at `first`, and most have so many `cells`."""

    delimiter: str
    records: list[list[str]]
    starts: list[int]
    filled: list[int]
    comments: list[int] = field(default_factory=list)
    cells: int = 1
    first: int = 0
    share: float = 0.0  # of the filled records that make the table
    untidy: tuple[str, ...] = ()

    @property
    def table(self) -> list[list[str]]:
        """Return the records with as many cells as most, from where the table begins."""
        below = self.filled[self.first :]
        return [self.records[index] for index in below if len(self.records[index]) == self.cells]


def head_text(path: Path) -> str:
    """Return the first lines of a file, each of them whole."""
    with path.open("rb") as file:
        start = file.read(HEAD)
        whole = not file.read(1)
    text = start.decode("utf-8", errors="replace").lstrip("\ufeff")
    return text if whole or "\n" not in text else text[: text.rindex("\n") + 1]


def first_lines(text: str, most: int) -> str:
    """Return no more than so many lines of `text`."""
    lines = text.split("\n", most)
    return text if len(lines) <= most else text[: -len(lines[-1])]


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` as csv and Python's files tell them apart, which `str.splitlines` does not."""
    return _LINE_END.split(text)


def declared_delimiter(text: str) -> str:
    """Return the sign that a spreadsheet's first line `sep=;` names, or nothing."""
    match = _SEP.fullmatch(text.lstrip().partition("\n")[0].rstrip("\r"))
    return match[1] if match else ""


def quote_sign(text: str, delimiter: str) -> str:
    """Return the sign around cells: a single quote where there is no double one, and most cells have it."""
    cells = [cell for line in text.split("\n", 50)[:50] for cell in line.strip().split(delimiter)]
    single = sum(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in cells)
    return "'" if '"' not in text and single > 0.5 * len(cells) else '"'


def head_of(text: str, delimiter: str) -> Head:
    """Return the records of `text`, its cells cut by `delimiter`."""
    lines = lines_of(text)
    quote = quote_sign(text, delimiter)
    records, starts = _records(lines, delimiter, quote)
    untidy = [] if quote == '"' else ["lines"]
    backslashes = "\\" + quote in text
    if backslashes:
        escaped = _records(lines, delimiter, quote, backslash=True)
        if _cut(lines, *escaped, delimiter).share > _cut(lines, records, starts, delimiter).share:
            records, starts = escaped
    singles = [r for r in records if len(r) == 1 and delimiter in r[0]]
    if len(singles) > 0.8 * sum(map(any, records)) and text.count('\n"') >= len(singles) - 1:
        records = [_unwrapped(record, delimiter) for record in records]
        untidy.append("whole")
    head = _cut(lines, records, starts, delimiter)
    if "whole" not in untidy and head.cells > 1 and _padded(head, lines):
        records, starts = _records(lines, delimiter, quote, spaces=True)
        records = [[cell.strip(" ") for cell in record] for record in records]
        untidy.append("spaces")
        head = _cut(lines, records, starts, delimiter)
    if head.cells > 3 and _bordered(head):
        records = [r[1:-1] if len(r) > 2 and not r[0] and not r[-1] else r for r in head.records]
        head = _cut(lines, records, starts, delimiter)
        untidy.append("borders")
    drawn = any(is_rule(lines[start]) for start in starts if start < len(lines))
    if drawn or backslashes:
        untidy.append("lines")
    return Head(delimiter, head.records, head.starts, head.filled, head.comments, head.cells, head.first,
                head.share, tuple(untidy))  # fmt: skip


def _records(
    lines: Sequence[str], delimiter: str, quote: str, spaces: bool = False, backslash: bool = False
) -> tuple[list[list[str]], list[int]]:
    """Return (the records, the physical line on which each begins). A quote that is open for long is none.

    `backslash` escapes quotes.
    """
    escape = "\\" if backslash else None

    def is_open(line: str) -> bool:
        return (line.count(quote) - (line.count("\\" + quote) if backslash else 0)) % 2 == 1

    records, starts, start = [], [], 0
    while start < len(lines):
        line, end = lines[start], start + 1
        if is_open(line):
            while end < len(lines) and end - start < SPANNED and is_open(line):
                line, end = f"{line}\n{lines[end]}", end + 1
            if is_open(line):
                line, end = lines[start], start + 1
        try:
            if end == start + 1 and is_open(line):
                record = line.split(delimiter)
            else:
                source = io.StringIO(line, newline="")
                reader = csv.reader(
                    source, delimiter=delimiter, quotechar=quote, escapechar=escape, skipinitialspace=spaces
                )
                record = next(reader, [])
        except csv.Error:
            record = line.split(delimiter)  # a cell beyond csv's limit
        if start < len(lines) - 1 or line:
            records.append(record)
            starts.append(start)
        start = end
    return records, starts


def _unwrapped(record: list[str], delimiter: str) -> list[str]:
    return next(csv.reader([record[0]], delimiter=delimiter), []) if len(record) == 1 else record


def _padded(head: Head, lines: Sequence[str]) -> bool:
    """Return whether a space is before nearly each cell but the first, or around them in lines of one length."""
    cells = [cell for record in head.table for cell in record[1:] if cell.strip()]
    if not cells:
        return False
    if sum(cell[0] == " " for cell in cells) >= PADDED * len(cells):
        return True
    lengths = Counter(
        len(lines[head.starts[p]].rstrip()) for p in head.filled[head.first :] if head.starts[p] < len(lines)
    )
    around = sum(cell != cell.strip(" ") for cell in cells)
    return around >= 0.5 * len(cells) and max(lengths.values()) >= 0.9 * sum(lengths.values())


def _bordered(head: Head) -> bool:
    return all(not record[0].strip() and not record[-1].strip() for record in head.table)


def _cut(lines: Sequence[str], records: list[list[str]], starts: list[int], delimiter: str) -> Head:
    """Return where among the records the table is: the run of one number of cells that outweighs the others."""
    filled = [
        index
        for index, record in enumerate(records)
        if any(cell.strip() for cell in record)
        and not (starts[index] < len(lines) and is_rule(lines[starts[index]]))
    ]
    if filled and starts[filled[0]] < len(lines) and declared_delimiter(lines[starts[filled[0]]]):
        filled = filled[1:]
    comments = []
    for index in filled:
        if starts[index] >= len(lines) or not _COMMENT.match(lines[starts[index]]):
            break
        comments.append(index)
    if len(comments) < len(filled):
        filled = filled[len(comments) :]
    else:
        comments = []
    widths = [len(records[index]) for index in filled]
    best = (0, 1, 0)
    for cells, _ in Counter(width for width in widths if width > 1).most_common(CANDIDATES):
        weight, first = _heaviest(widths, cells)
        best = max(best, (weight, cells, -first))
    weight, cells, first = best
    share = weight / len(filled) if filled else 0.0
    return Head(delimiter, records, starts, filled, comments, cells, -first, share)


def _heaviest(widths: Sequence[int], cells: int) -> tuple[int, int]:
    """Return (how much those of `cells` cells outnumber the others where they do most, where that run begins)."""
    best, best_first, weight, first = 0, 0, 0, 0
    for index, width in enumerate(widths):
        if weight <= 0:
            weight, first = 0, index
        weight += 1 if width == cells else -1
        if weight > best:
            best, best_first = weight, first
    return best, best_first
