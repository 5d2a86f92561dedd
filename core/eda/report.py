"""report.json: everything the step learned, as plain data (core/report/schema.py). Faces only render it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import NamedTuple, cast

from core.eda.config import EdaConfig
from core.eda.findings.accuracy import accuracy_of
from core.eda.findings.findings import Findings
from core.eda.profile.column_stats import ColumnStats, filled
from core.eda.profile.describe import TableProfile
from core.eda.split.splits import SplitSizes
from core.eda.split.target import class_text
from core.eda.warnings.judge import find_warnings
from core.encoding.contract import Column, Contract
from core.language import tr
from core.reading import dialect as reading
from core.report.column_schema import ColumnEntry
from core.report.report_json import FORMAT
from core.report.schema import Note, Report, SplitSize, Target
from core.retelling import kept

BROKEN_LISTED = 20
_STATS = (
    *("rows", "missing", "distinct", "unparsed", "minimum", "maximum", "mean", "std"),
    *("skew", "kurtosis", "zeros", "negatives", "quantiles", "outliers", "histogram", "timeline"),
    *("minimum_length", "mean_length", "maximum_length"),
)


class KeptRows(NamedTuple):
    """The raw rows that are kept of the test split: how many, and that they are every so many of its rows."""

    rows: int
    every: int


def build_report(
    config: EdaConfig,
    contract: Contract,
    profile: TableProfile,
    split_sizes: SplitSizes,
    findings: Findings,
    pictures: dict[str, str],
    size: int,
    test_raw: KeptRows,
    rare: tuple[tuple[str, int], ...] = (),
    words: dict[str, dict[str, int]] | None = None,
) -> Report:
    """Return the report.

    `split_sizes` as splits.sizes, `pictures` {column: path}, `size` in bytes, `rare` the classes left out with their
    rows, `words` the cells that spell "missing" as {column: {word: cells}}.
    """
    used = sum(sum(split.values()) for split in split_sizes.values())
    read = [profile.stats[column.name] for column in profile.columns if not column.expression]
    missing = sum(stats["missing"] for stats in read)
    fitted = {column.name: column for column in contract.columns}
    columns: list[ColumnEntry] = []
    for column in profile.columns:
        is_target = column.name == contract.label.name
        entry = _entry(fitted.get(column.name, column), profile.stats[column.name], is_target)
        entry["picture"], entry["signal"] = pictures.get(column.name), findings.signals.get(column.name)
        entry["target_by"] = findings.target_by.get(column.name)
        entry["drift"] = findings.drift.get(column.name)
        columns.append(entry)
    report: Report = {
        "format": FORMAT,
        "dataset": {
            "file": contract.dataset.get("file", ""),
            "sha256": contract.dataset.get("sha256", ""),
            "rows": profile.rows,
            "bytes": size,
        },
        "configuration": config.as_json(),
        "reading": {
            "dialect": contract.dialect.as_dict(),
            "formats": {c.name: c.format for c in profile.columns if c.format},
            "notes": [_note(note) for note in profile.notes],
            "blank_words": words or {},
        },
        "overview": {
            "rows": profile.rows,
            "columns": sum(not column.expression for column in profile.columns),
            "derived_columns": sum(bool(column.expression) for column in profile.columns),
            "features": len(contract.features),
            "kinds": dict(Counter(column.kind for column in profile.columns if not column.expression)),
            "broken_rows": len(profile.broken),
            "broken_listed": [
                {"line": row.line + contract.dialect.skip, "reason": row.reason}
                for row in profile.broken[:BROKEN_LISTED]
            ],
            "duplicates": profile.duplicates,
            "missing_cells": missing,
            "missing_share": missing / (profile.rows * len(read)),
            "memory_bytes": round(sum(map(_memory, read))),
            "left_out_rows": profile.rows - used,
        },
        "target": _target(contract, split_sizes, used, rare),
        "splits": {
            "method": config.split,
            "column": config.split_column,
            "seed": config.seed,
            "fractions": list(config.fractions),
            "sizes": {name: _split_size(split) for name, split in split_sizes.items()},
            "test_raw_rows": test_raw.rows,
            "test_raw_every": test_raw.every,
        },
        "columns": columns,
        "missing": findings.missing,
        "correlations": findings.correlations,
        "over_time": findings.over_time,
        "accuracy": accuracy_of(profile.rows, findings),
        "versions": contract.versions,
        "warnings": [],
    }
    report["warnings"] = find_warnings(report)
    return report


def _note(note: reading.Note) -> Note:
    return {
        "code": note.code,
        "message": note.message,
        "columns": list(note.columns),
        "doubt": note.doubt,
    }


def _memory(stats: ColumnStats) -> float:
    """Return an estimate of the bytes that the cells of a column take in memory."""
    return filled(stats) * (16 + stats["mean_length"] if "mean_length" in stats else 8)


def _split_size(split: dict[object, int]) -> SplitSize:
    classes = {class_text(value): rows for value, rows in split.items() if value is not None}
    return {"rows": sum(split.values()), "classes": classes}


def _target(
    contract: Contract, split_sizes: SplitSizes, used: int, rare: tuple[tuple[str, int], ...]
) -> Target:
    label = contract.label
    rows = dict.fromkeys(label.classes, 0)
    for split in split_sizes.values():
        for name, count in _split_size(split)["classes"].items():
            rows[name] += count
    return {
        "name": label.name,
        "problem": label.problem,
        "positive": label.positive,
        "rule": label.rule,
        "written": {"rule": kept(label.rule)},
        "classes": [
            {"class": name, "code": code, "rows": rows[name], "share": rows[name] / used}
            for code, name in enumerate(label.classes)
        ],
        "left_out": [{"class": name, "rows": count} for name, count in rare],
    }


def _entry(column: Column, stats: ColumnStats, is_target: bool) -> ColumnEntry:
    entry: dict[str, object] = {
        "name": column.name,
        "kind": column.kind,
        "type": column.type,
        "expression": column.expression,
    }
    for key in _STATS:
        if key in stats:
            value: object = stats.get(key)
            entry[key] = value.isoformat() if isinstance(value, date) else value
    if "top" in stats:
        entry["top"] = [{"value": v, "rows": n, "share": n / filled(stats)} for v, n in stats["top"]]
    entry["features"] = list(column.features)
    if why := tr("it is the target") if is_target else column.dropped:
        entry["dropped"], entry["written"] = why, {"dropped": kept(why)}
    else:
        entry["dropped"] = None
    # Its keys have an order in the file that a TypedDict's literal could not keep.
    return cast("ColumnEntry", entry)
