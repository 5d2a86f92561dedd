"""The rows that have a label: the target's cells as classes or numbers, and the classes too rare to be any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw

from core.eda.config import EdaConfig
from core.eda.profile.column_stats import ColumnStats
from core.eda.profile.describe import TableProfile
from core.eda.profile.fit import with_numbers
from core.eda.profile.statistics import top_values
from core.eda.split.target import (
    MAX_CLASSES,
    MIN_CLASS_ROWS,
    Counts,
    check_column,
    class_text,
    is_number,
    label_of,
    problem_of,
)
from core.encoding.contract import Column, Label
from core.engines import Frame
from core.engines.table import Scan, Table
from core.reading.column_keys import col, key

MOST = 10_000  # classes that are counted to find the rare ones among them
EDGES = " \t\r\n\N{NO-BREAK SPACE}"  # what may stand around a class and is no part of it


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """`scan` sees the rows with a label alone; `rare` are the classes that were left out, with their rows."""

    scan: Scan
    label: Label
    rare: tuple[tuple[str, int], ...] = ()


def label_rows(
    table: Table, config: EdaConfig, profile: TableProfile, words: Mapping[str, int]
) -> LabelledRows:
    """Return the rows of `table` that have a label; `words` are those of the target that were taken for blank.

    Raises BadTarget, BlankClass, RareClass.
    """
    target = profile.column(config.target)
    stats = profile.stats[target.name]
    check_column(target, stats, words)
    needed = [c for c in profile.columns if c.name in (target.name, config.split_column)]

    def scan(names: Sequence[str]) -> Frame:
        wanted = [*names, *(c.name for c in needed if c.name not in names)]
        return _with_label(with_numbers(table.scan(wanted), needed), target)

    counts: Counts = []
    if _countable(target, stats, config):
        counts = top_values(scan([]), target.name, most=MOST if config.drop_rare else MAX_CLASSES + 1)
    problem = problem_of(target, stats["distinct"], counts, config.problem)
    if problem == "regression" or not config.drop_rare:
        return LabelledRows(scan, label_of(target, problem, counts, config.positive))
    kept = [(value, rows) for value, rows in counts if rows >= MIN_CLASS_ROWS]
    rare = tuple((class_text(value), rows) for value, rows in counts if rows < MIN_CLASS_ROWS)
    label = label_of(target, problem_of(target, len(kept), kept, config.problem), kept, config.positive)
    values = [value for value, _ in kept]
    return LabelledRows(lambda names: scan(names).filter(col(target.name).is_in(values)), label, rare)


def _countable(target: Column, stats: ColumnStats, config: EdaConfig) -> bool:
    """Return whether the target's values may be classes: to count measured numbers takes a pass and much room."""
    if config.problem == "auto":
        return not is_number(target) or stats["distinct"] <= MAX_CLASSES
    return config.problem != "regression"


def _with_label(frame: Frame, target: Column) -> Frame:
    """Return the rows whose target is not blank; around a class stand no spaces: `no ` is `no`."""
    if target.type == "VARCHAR" and not is_number(target):
        text = col(target.name).str.strip_chars(EDGES)
        frame = frame.with_columns(nw.when(text != "").then(text).alias(key(target.name)))
    return frame.filter(~col(target.name).is_null())
