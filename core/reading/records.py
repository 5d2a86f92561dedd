"""The records of a text whose lines are no plain CSV, one by one: what each line's cells are, whatever its quotes.

RFC 4180 comes first. Where it does not give the header's cells, a quote is read as what it must be to give them: a
character, one escaped by a backslash, or the sign that a program forgot to close. A cell may span lines; lines that
are rows of their own are none of its.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from core.language import mark

QUOTE_OPEN, TOO_FEW, TOO_MANY = (
    mark("a quote that does not end"),
    mark("too few cells"),
    mark("too many cells"),
)
LOOK_LINES, LOOK_CHARACTERS = 2_000, 1 << 20  # of one cell
SURE = 20  # lines within a quote that are all rows: they are no cell
_NUMBER = re.compile(
    r"[^a-z]*\d[^a-z]*(e[+-]?\d+)?[^a-z]*|[\W_]*|n/?a|nan|null|none|[^a-z\d]*[a-z%]{0,3}\d[\d.,' ]*", re.I
)


@dataclass(frozen=True, slots=True)
class Writing:
    """How records are written: `cells` in each, of which the last `short` may be lacking.

    `spaces` stand around cells, `whole` lines in quotes, `borders` at their ends. `numbers` and `quoted` are the
    places of columns that hold numbers, or whose cells are in quotes.
    """

    delimiter: str
    cells: int
    quote: str = '"'
    short: int = 0
    spaces: bool = False
    whole: bool = False
    borders: bool = False
    numbers: frozenset[int] = frozenset()
    quoted: frozenset[int] = frozenset()

    @classmethod
    def of(cls, delimiter: str, cells: int, quote: str, untidy: Collection[str], short: int = 0) -> Writing:
        """Return the writing of records in a text that is `untidy` as a Dialect may be."""
        return cls(
            delimiter,
            cells,
            quote,
            short,
            spaces="spaces" in untidy,
            whole="whole" in untidy,
            borders="borders" in untidy,
        )

    def fits(self, cells: list[str], odd: int = -1) -> bool:
        """Return whether these are a row's cells, numbers where the others have some, but for the `odd` one."""
        if not self.cells - self.short <= len(cells) <= self.cells:
            return False
        columns = [column for column in self.numbers if column < len(cells) and column != odd]
        return all(_NUMBER.fullmatch(cells[column].strip()) for column in columns)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file, its text unchanged, with its cells, or the reason why it is no row."""

    text: str
    cells: list[str]
    reason: str = ""
    plain: bool = False  # the text is what CSV makes of the cells


def records_of(lines: Iterator[str], writing: Writing, first: int = 1) -> Iterator[tuple[int, Record]]:
    """Yield the records of `lines` (without line ends), each with the number of the line on which it begins.

    Empty lines are none; `first` is the number of the first one.
    """
    ahead: deque[str] = deque()
    number = first

    def line_at(index: int) -> str | None:
        while len(ahead) <= index:
            following = next(lines, None)
            if following is None:
                return None
            ahead.append(following)
        return ahead[index]

    while (line := line_at(0)) is not None:
        if not line.strip() and writing.delimiter not in line:
            ahead.popleft()
            number += 1
            continue
        record, spanned = _record(line, writing, line_at)
        for _ in range(spanned):
            ahead.popleft()
        yield number, record
        number += spanned


def _record(line: str, writing: Writing, line_at: Callable[[int], str | None]) -> tuple[Record, int]:
    """Return (the record that begins with `line`, its lines)."""
    single = one_line(line, writing)
    if single is not None:
        return single, 1
    bare = _bare(line, writing)
    cells, opened = split(bare, writing)
    if opened < 0:
        return Record(line, cells, TOO_FEW if len(cells) < writing.cells else TOO_MANY), 1
    alone = _alone(bare, cells, opened, writing)
    joined = _spanning(cells, writing, line_at, writing.fits(alone, odd=len(cells) - 1))
    if joined is not None:
        cells, spanned = joined
        return Record("\n".join(str(line_at(i)) for i in range(spanned)), cells), spanned
    if writing.cells - writing.short <= len(alone) <= writing.cells:
        return Record(line, alone), 1
    return Record(line, alone, QUOTE_OPEN), 1


def number_columns(table: list[list[str]], cells: int) -> frozenset[int]:
    """Return the places of the columns that hold numbers, dates or codes and little else."""
    columns = []
    for column in range(cells):
        filled = [row[column] for row in table if column < len(row) and row[column].strip()]
        good = [cell for cell in filled if any(map(str.isdigit, cell)) and _NUMBER.fullmatch(cell.strip())]
        if len(filled) > 2 and len(good) >= 0.95 * len(filled):
            columns.append(column)
    return frozenset(columns)


def one_line(line: str, writing: Writing) -> Record | None:
    """Return the record that is `line` and nothing more, or None where its cells are not as many as there must be."""
    least, most = writing.cells - writing.short, writing.cells
    bare = _bare(line, writing)
    tidy = bare == line and not writing.spaces
    if writing.quote not in bare:
        cells = bare.split(writing.delimiter)
        if writing.spaces:
            cells = [cell.strip(" ") for cell in cells]
        return Record(line, cells, plain=tidy and len(cells) == most) if least <= len(cells) <= most else None
    if not writing.spaces:
        try:
            cells = next(
                csv.reader([bare], delimiter=writing.delimiter, quotechar=writing.quote, strict=True)
            )
        except csv.Error:
            cells = []
        if least <= len(cells) <= most:
            return Record(line, cells, plain=tidy and len(cells) == most and writing.quote == '"')
    for backslash, tight in ((True, False), (False, False), (False, True)):
        if backslash and "\\" + writing.quote not in bare:
            continue
        cells, opened = split(bare, writing, backslash=backslash, tight=tight)
        if opened < 0 and least <= len(cells) <= most:
            return Record(line, cells)
    return None


def _bare(line: str, writing: Writing) -> str:
    """Return `line` without its borders, or the quotes around all of it."""
    if writing.borders:
        line = line.strip()
        line = line.removeprefix(writing.delimiter).removesuffix(writing.delimiter)
    if writing.whole and line.startswith(writing.quote):
        cells, opened = split(line, writing)
        if opened < 0 and len(cells) == 1:
            return cells[0]
    return line


def split(
    line: str, writing: Writing, inside: bool = False, backslash: bool = False, tight: bool = False
) -> tuple[list[str], int]:
    """Return (the cells of `line`, where the last one begins if its quote does not end, else -1).

    `inside`: the line begins within a quote. `backslash` escapes quotes. `tight`: only what stands before another
    quote, or at the end, closes one.
    """
    cells: list[str] = []
    position, end = 0, len(line)
    while True:
        start = position
        while writing.spaces and line.startswith(" ", start):
            start += 1
        if inside or line.startswith(writing.quote, start):
            text, after = _quoted(line, 0 if inside else start + 1, writing, backslash, tight)
            cells.append(text)
            if after < 0:
                return cells, start
            inside, position = False, after
        else:
            stop = line.find(writing.delimiter, position)
            cell = line[position : end if stop < 0 else stop]
            cells.append(cell.strip(" ") if writing.spaces else cell)
            position = end if stop < 0 else stop
        if position >= end:
            return cells, -1
        position += len(writing.delimiter)


def _quoted(line: str, at: int, writing: Writing, backslash: bool, tight: bool) -> tuple[str, int]:
    """Return (the text of the quoted cell that begins `at`, where it ends or -1)."""
    quote, parts = writing.quote, []
    while (quote_at := line.find(quote, at)) >= 0:
        if backslash and quote_at > at and line[quote_at - 1] == "\\":
            parts.append(line[at : quote_at - 1] + quote)
            at = quote_at + 1
            continue
        if line.startswith(quote, quote_at + 1):
            parts.append(line[at : quote_at + 1])
            at = quote_at + 2
            continue
        after = quote_at + 1
        while line.startswith(" ", after):
            after += 1
        following = line[after + 1 : after + 1 + len(quote)]
        if after == len(line) or (
            line.startswith(writing.delimiter, after) and (not tight or following == quote)
        ):
            return "".join([*parts, line[at:quote_at]]), after
        parts.append(line[at : quote_at + 1])
        at = quote_at + 1
    return "".join([*parts, line[at:]]), -1


def _alone(line: str, cells: list[str], opened: int, writing: Writing) -> list[str]:
    """Return the cells of a line whose last quote is a character, or, where its column is quoted, one left open."""
    rest = line[opened:].split(writing.delimiter)
    if len(cells) - 1 in writing.quoted | writing.numbers:
        rest[0] = rest[0].removeprefix(writing.quote)
    if writing.spaces:
        rest = [cell.strip(" ") for cell in rest]
    return [*cells[:-1], *rest]


def _spanning(
    cells: list[str], writing: Writing, line_at: Callable[[int], str | None], could_be_alone: bool
) -> tuple[list[str], int] | None:
    """Return (cells, lines) of the record whose last cell goes on in the next lines; None where it does not."""
    joined, rows, size, spanned = list(cells), 0, 0, 1
    while spanned < LOOK_LINES and size < LOOK_CHARACTERS and (line := line_at(spanned)) is not None:
        more, opened = split(line, writing, inside=True)
        joined = [*joined[:-1], f"{joined[-1]}\n{more[0]}", *more[1:]]
        alone = one_line(line, writing)
        rows += alone is not None and writing.fits(alone.cells)
        spanned, size = spanned + 1, size + len(line)
        if could_be_alone and rows == spanned - 1 >= SURE:
            return None
        if opened >= 0 and len(joined) <= writing.cells:
            continue
        if not writing.cells - writing.short <= len(joined) <= writing.cells:
            return None
        last = writing.fits(line.split(writing.delimiter))
        inner = spanned - 2  # lines of the cell but its first and last
        if could_be_alone and last and rows >= 0.8 * inner:
            enough = bool(writing.numbers) or inner >= (3 if writing.cells > 2 else 10)
            if enough or not writing.fits(joined):
                return None
        return joined, spanned
    return None
