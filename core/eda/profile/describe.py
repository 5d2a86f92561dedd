"""From a table to its profile columns: kinds, derived columns, statistics, duplicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from core.eda.config import EdaConfig
from core.eda.profile.column_stats import ColumnStats, Stats
from core.eda.profile.distributions import distributions
from core.eda.profile.fit import check_derived, typed
from core.eda.profile.kinds import kind_of
from core.eda.profile.statistics import NUMBERS, basic, top_values
from core.eda.profile.timeline import timeline
from core.encoding.contract import Column
from core.engines import engine_of
from core.engines.table import Scan, Table
from core.errors import BadExpression, BadSetting, BadWeight, NoSuchColumn
from core.language import mark, tr
from core.reading.broken_rows import BrokenRow
from core.reading.column_keys import key
from core.reading.dialect import Note, Sniffed
from core.reading.kept_words import keeping

FEW = 4  # distinct texts, of which true and false could be two


@dataclass(frozen=True, slots=True)
class TableProfile:
    """`columns` in the order of the file, then derived ones; `stats` by column, as profile.py makes them."""

    columns: tuple[Column, ...]
    stats: Stats
    rows: int
    duplicates: int
    broken: tuple[BrokenRow, ...]
    notes: tuple[Note, ...] = ()  # what reading met

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def check_names(config: EdaConfig, names: list[str], file: str) -> None:
    """Refuse names that the file lacks or has. Raises NoSuchColumn, and BadExpression for a taken name."""
    wanted = [
        config.target,
        *config.drop,
        *([config.weight] if config.weight else []),
        *config.treat,
        *config.keep_text,
        *([config.split_column] if config.split_column else []),
    ]
    for name in wanted:
        if name not in names:
            raise NoSuchColumn(column=name, file=file, columns=", ".join(names[:50]))
    taken = {name.casefold() for name in names}
    for name in config.derive:
        if name.casefold() in taken:
            raise BadExpression(name=name, reason=tr("There is already a column of that name."))
        taken.add(name.casefold())


def as_treated(sniffed: Sniffed, config: EdaConfig) -> Sniffed:
    """Return `sniffed` with columns to be treated as categories or text read as text, as inference reads them too."""
    numbers = [name for name, kind in config.kinds.items() if kind == "numeric"]
    texts = {name: "VARCHAR" for name in config.kinds if name not in numbers}
    kept = {name: words for name, words in sniffed.kept.items() if name not in numbers}
    return keeping(replace(sniffed.retyped(texts), kept=kept, numbers=tuple(numbers)), config.keep_text)


def describe(table: Table, config: EdaConfig, tell: Callable[[float, str], None]) -> TableProfile:
    """Profile every column of `table`, derived ones too; `tell(share, text)`. Raises BadExpression."""
    tell(0.0, mark("Describing the columns"))
    raw, sniffed, rows = table.scan, table.sniffed, table.rows
    stats = basic(raw, dict(sniffed.columns), rows, config.kinds, sniffed.formats)
    tell(0.2, mark("Measuring the numbers"))
    distributions(
        raw, stats, _numbers(stats), lambda share: tell(0.2 + 0.5 * share, mark("Measuring the numbers"))
    )
    columns = [_column(raw, config, sniffed, name, kind, stats[name]) for name, kind in sniffed.columns]
    usable = [column for column in columns if column.name != config.target]
    for name, expression in config.derive.items():
        derived = Column(name=name, kind="numeric", type="DOUBLE", expression=expression)
        check_derived(derived, usable)  # the target is no column to derive from
        columns.append(derived)
    scan = typed(raw, columns)
    stats |= _measured(scan, dict.fromkeys(config.derive, "DOUBLE"), rows)
    _join_parsed(scan, columns, stats, rows)
    tell(0.75, mark("Counting categories and dates"))
    for column in columns:
        own = stats[column.name]
        first, last = own.get("minimum"), own.get("maximum")
        if isinstance(first, date) and isinstance(last, date):
            own["timeline"] = timeline(scan([column.name]), column.name, first, last)
        elif column.type == "VARCHAR" and column.kind in ("categorical", "boolean", "constant", "text"):
            own["top"] = top_values(scan([column.name]), column.name)
        own["type"] = column.type
    tell(0.9, mark("Counting duplicates"))
    whole = raw(table.names)
    duplicates = engine_of(whole).duplicates(whole, list(map(key, table.names)))
    return TableProfile(tuple(columns), stats, rows, duplicates, tuple(table.broken), sniffed.notes)


def _column(
    raw: Scan, config: EdaConfig, sniffed: Sniffed, name: str, kind: str, stats: ColumnStats
) -> Column:
    if kind == "VARCHAR" and 0 < stats["distinct"] <= FEW:
        stats["lower_values"] = [str(value).lower() for value, _ in top_values(raw([name]), name, most=FEW)]
    try:
        what, why = kind_of(name, stats, config.treatment(name))
    except BadSetting:
        if name != config.weight:
            raise
        raise BadWeight(column=name, reason=tr("It holds no numbers.")) from None
    if name in config.drop:
        why = tr("it was left out on request")
    elif name == config.weight:
        why = tr("it is the weight of a row in training and validation")
    elif config.split == "group" and name == config.split_column:
        why = tr("it names the groups of the split")
    form = sniffed.format(name) if what in ("numeric", "datetime") else ""
    keeps = name in sniffed.kept and what not in ("numeric", "datetime")
    return Column(name=name, kind=what, type=kind, dropped=why, format=form, keeps_words=keeps)


def _join_parsed(scan: Scan, columns: list[Column], stats: Stats, rows: int) -> None:
    """Add to `stats` what text columns hold once they are parsed as numbers or dates, their type too."""
    types = {"numeric": "DOUBLE", "datetime": "TIMESTAMP"}
    texts = {c.name: types[c.kind] for c in columns if c.type == "VARCHAR" and c.kind in types}
    for name, parsed in _measured(scan, texts, rows).items():
        unparsed = parsed["missing"] - stats[name]["missing"]
        stats[name] |= parsed
        stats[name]["unparsed"] = unparsed


def _measured(scan: Scan, types: dict[str, str], rows: int) -> Stats:
    stats = basic(scan, types, rows)
    distributions(scan, stats, _numbers(stats), lambda share: None)
    return stats


def _numbers(stats: Stats) -> list[str]:
    return [name for name, column in stats.items() if _holds(column, *NUMBERS)]


def _holds(stats: ColumnStats, *types: str) -> bool:
    return stats["type"] in types and stats.get("minimum") is not None
