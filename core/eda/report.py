"""report.json: everything the step learned, as plain data; README.md has its schema. Faces only render it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from core.eda.config import EdaConfig
from core.eda.findings.accuracy import accuracy_of
from core.eda.findings.findings import Findings
from core.eda.profile.describe import Described
from core.eda.split.target import class_text
from core.eda.warnings.judge import find_warnings
from core.encoding.contract import Column, Contract

FORMAT = 2
BROKEN_LISTED = 20
_STATS = (
    *("rows", "missing", "distinct", "unparsed", "minimum", "maximum", "mean", "std"),
    *("skew", "kurtosis", "zeros", "negatives", "quantiles", "outliers", "histogram", "timeline"),
    *("minimum_length", "mean_length", "maximum_length"),
)


def build_report(
    config: EdaConfig,
    contract: Contract,
    described: Described,
    split_sizes: dict[str, dict[Any, int]],
    findings: Findings,
    pictures: dict[str, str],
    size: int,
    test_raw_rows: int,
    rare: tuple[tuple[str, int], ...] = (),
    words: dict[str, dict[str, int]] | None = None,
) -> dict[str, Any]:
    """`split_sizes` as splits.sizes, `pictures` {column: path}, `size` in bytes, `rare` the classes left out,
    `words` the cells that spell "missing" as {column: {word: cells}}."""
    used = sum(sum(split.values()) for split in split_sizes.values())
    fitted = {column.name: column for column in contract.columns}
    columns = []
    for column in described.columns:
        is_target = column.name == contract.label.name
        entry = _entry(fitted.get(column.name, column), described.stats[column.name], is_target)
        entry |= {"picture": pictures.get(column.name), "signal": findings.signals.get(column.name)}
        entry |= {"target_by": findings.target_by.get(column.name), "drift": findings.drift.get(column.name)}
        columns.append(entry)
    report = {
        "format": FORMAT,
        "dataset": contract.dataset | {"bytes": size},
        "configuration": asdict(config),
        "reading": {
            "dialect": contract.dialect.as_dict(),
            "formats": {c.name: c.format for c in described.columns if c.format},
            "notes": [note.as_dict() for note in described.notes],
            "blank_words": words or {},
        },
        "overview": {
            "rows": described.rows,
            "columns": sum(not column.expression for column in described.columns),
            "derived_columns": sum(bool(column.expression) for column in described.columns),
            "features": len(contract.features),
            "kinds": dict(Counter(column.kind for column in described.columns if not column.expression)),
            "broken_rows": len(described.broken),
            "broken_listed": [
                {"line": row.line + contract.dialect.skip, "reason": row.reason}
                for row in described.broken[:BROKEN_LISTED]
            ],
            "duplicates": described.duplicates,
            **_cells(described),
            "left_out_rows": described.rows - used,
        },
        "target": _target(contract, split_sizes, used)
        | {"left_out": [{"class": name, "rows": count} for name, count in rare]},
        "splits": {
            "method": config.split,
            "column": config.split_column,
            "seed": config.seed,
            "fractions": list(config.fractions),
            "sizes": {name: _split_size(split) for name, split in split_sizes.items()},
            "test_raw_rows": test_raw_rows,
        },
        "columns": columns,
        "missing": findings.missing,
        "correlations": findings.correlations,
        "over_time": findings.over_time,
        "accuracy": accuracy_of(described.rows, findings),
        "versions": contract.versions,
    }
    return report | {"warnings": find_warnings(report)}


def _cells(described: Described) -> dict[str, Any]:
    read = [described.stats[column.name] for column in described.columns if not column.expression]
    missing = sum(stats["missing"] for stats in read)
    memory = sum(
        (stats["rows"] - stats["missing"]) * (16 + stats["mean_length"] if "mean_length" in stats else 8)
        for stats in read
    )
    share = missing / (described.rows * len(read))
    return {"missing_cells": missing, "missing_share": share, "memory_bytes": round(memory)}


def _split_size(split: dict[Any, int]) -> dict[str, Any]:
    classes = {class_text(value): rows for value, rows in split.items() if value is not None}
    return {"rows": sum(split.values()), "classes": classes}


def _target(contract: Contract, split_sizes: dict[str, dict[Any, int]], used: int) -> dict[str, Any]:
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
        "classes": [
            {"class": name, "code": code, "rows": rows[name], "share": rows[name] / used}
            for code, name in enumerate(label.classes)
        ],
    }


def _entry(column: Column, stats: dict[str, Any], is_target: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "type": column.type,
        "expression": column.expression,
    }
    for key in _STATS:
        if key in stats:
            value = stats[key]
            entry[key] = value.isoformat() if hasattr(value, "isoformat") else value
    if "top" in stats:
        filled = stats["rows"] - stats["missing"]
        entry["top"] = [{"value": v, "rows": n, "share": n / filled} for v, n in stats["top"]]
    entry["features"] = list(column.features)
    entry["dropped"] = "it is the target" if is_target else column.dropped
    return entry
