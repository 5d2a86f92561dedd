"""The bytes of a channel, checked before anything is trained on them.

The container checks only the delimiter: a header line, a column of text or a label out of range trains
silently and gives nonsense (docs/design.md, section 6). DuckDB reads the file as text and counts what is no number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from core.errors import BadChannel
from core.language import tr
from core.numbers import integer
from core.reading.csv_table import AS_IT_IS
from core.scratch import Scratch, plain_path
from core.storage import Storage

Refuse = Callable[[str], BadChannel]
CHECKED_BYTES = 1 << 25  # of a channel in S3; one on this machine is checked whole
LONG_LINE = 1 << 18  # bytes: of each of many parts at least so much is read


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What a channel holds: rows, columns (label included), the label's extremes, and whether one is 0."""

    rows: int
    columns: int
    label_min: float
    label_max: float
    label_zero: bool


def check_channel(
    channel: str,
    files: Sequence[Path],
    problem: str,
    classes: int,
    features: int,
    complete: bool = True,
    weighted: bool = False,
) -> ChannelFacts:
    """Refuse a channel that would train silently on nonsense. Raises BadChannel.

    `features` is the number of features of the contract, so that a file has `features + 1` columns, and one more of
    weights after the label where it is `weighted`. `complete`: the files are all of the channel, and not their
    beginnings, whose labels may well be equal.
    """

    def refuse(reason: str) -> BadChannel:
        return BadChannel(channel=channel, reason=reason)

    # A cluster leaves parts without a row; a channel without one is no channel.
    filled = [file for file in files if not file.is_file() or file.stat().st_size]
    if not filled:
        raise refuse(tr("{file} is empty.", file=files[0].name))
    facts = [_check_file(file, problem, classes, features, refuse, weighted) for file in filled]
    low, high = min(part.label_min for part in facts), max(part.label_max for part in facts)
    if complete and problem != "regression" and channel == "train" and low == high:
        raise refuse(tr("Every label is {label}: there is nothing to learn.", label=f"{low:g}"))
    rows, zero = sum(part.rows for part in facts), any(part.label_zero for part in facts)
    return ChannelFacts(rows, features + 1, low, high, zero)


def check_split(
    storage: Storage,
    channel: str,
    key: str,
    problem: str,
    classes: int,
    features: int,
    weighted: bool = False,
) -> ChannelFacts:
    """Check the same of a channel in storage: the beginning of each of its files. Raises BadChannel, StorageFailed."""
    keys = storage.files(key) or [f"{key}/{channel}.csv"]  # several, where a cluster wrote the split in parts
    first = max(CHECKED_BYTES // len(keys), LONG_LINE)
    with ExitStack() as fetched:
        files = [fetched.enter_context(storage.local(each, first=first)) for each in keys]
        complete = all(
            file.is_file() and file.stat().st_size == storage.size(each)
            for file, each in zip(files, keys, strict=True)
        )
        return check_channel(channel, files, problem, classes, features, complete, weighted)


def _check_file(
    file: Path, problem: str, classes: int, features: int, refuse: Refuse, weighted: bool
) -> ChannelFacts:
    if not file.is_file():
        raise refuse(tr("{file} is not there.", file=file.name))
    first = _first_line(file)
    columns = first.count(",") + 1
    if not _is_number(first.split(",")[0]):
        raise refuse(tr("Its first line is a header, not numbers: {line}", line=first[:80]))
    wanted = features + 1 + weighted
    if columns != wanted:
        text = (
            tr(
                "It has {columns} columns; the contract makes {wanted}: the label, the weight and {features} features.",
                columns=columns,
                wanted=wanted,
                features=features,
            )
            if weighted
            else tr(
                "It has {columns} columns; the contract makes {wanted}: the label and {features} features.",
                columns=columns,
                wanted=wanted,
                features=features,
            )
        )
        raise refuse(text)
    if weighted and (bad := _bad_weights(file, columns, refuse)):
        raise refuse(tr("{bad} rows have no weight, or one below 0.", bad=integer(bad)))
    rows, bad_rows, bad_labels, low, high, zero, whole_numbers = _scan(file, columns, refuse)
    if bad_rows:
        raise refuse(
            tr(
                "{bad} of {rows} rows hold text, or a number beyond float32.",
                bad=integer(bad_rows),
                rows=integer(rows),
            )
        )
    if bad_labels:
        raise refuse(
            tr(
                "{bad} of {rows} rows have no label, or one beyond float32.",
                bad=integer(bad_labels),
                rows=integer(rows),
            )
        )
    allowed = 1 if problem == "binary" else classes - 1
    if problem != "regression" and (not whole_numbers or low < 0 or high > allowed):
        raise refuse(
            tr(
                "Its labels run from {low} to {high}; they must be the codes 0 to {last}.",
                low=f"{low:g}",
                high=f"{high:g}",
                last=allowed,
            )
        )
    return ChannelFacts(rows, columns, low, high, zero)


def _first_line(file: Path) -> str:
    with file.open("rb") as lines:
        return lines.readline(1 << 22).decode("utf-8", "replace").strip()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _bad_weights(file: Path, columns: int, refuse: Refuse) -> int:
    return _counted(
        file, columns, "count(*) filter (not coalesce(try_cast(c1 as float) >= 0, false))", refuse
    )[0]


def _scan(file: Path, columns: int, refuse: Refuse) -> tuple[int, int, int, float, float, bool, bool]:
    names = [f"c{i}" for i in range(columns)]
    # A blank cell is XGBoost's own missing; any other must be a number that its float32 can hold.
    wrong = " or ".join(
        f"({name} is not null and not coalesce(isfinite(try_cast({name} as float)), false))"
        for name in names[1:] or names
    )
    return _counted(
        file,
        columns,
        f"count(*), count(*) filter ({wrong}),"
        " count(*) filter (not coalesce(isfinite(try_cast(y as float)), false)),"
        " min(y), max(y), bool_or(y = 0), bool_and(y = floor(y))",
        refuse,
    )


def _counted(file: Path, columns: int, figures: str, refuse: Refuse) -> tuple[Any, ...]:
    """Return the `figures` over all rows: SQL over the cells as text (c0, c1, ...) and the label as a number (y)."""
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(columns))
    with Scratch("channel") as scratch, duckdb.connect() as connection:
        try:
            row = connection.execute(
                f"select {figures} from (select try_cast(c0 as double) as y, *"
                " from read_csv(?, header = false, delim = ',',"
                f" quote = '', escape = '', nullstr = '', auto_detect = false, {AS_IT_IS}, columns = {{{types}}}))",
                [str(plain_path(file, scratch))],
            ).fetchone()
        except duckdb.Error as error:
            raise refuse(
                tr(
                    "Its rows do not all have {columns} columns: {error}",
                    columns=columns,
                    error=str(error).splitlines()[0],
                )
            ) from None
    if row is None:  # an aggregate always has its one row
        raise AssertionError(f"{file.name} has no counts.")
    return row
