"""report.json read and written: the one reader, which takes either format, and the one writer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast, get_args

from core.report.schema import CorrelationMethod, Report

FORMAT = 2


def read_report(data: bytes) -> Report:
    """Return the report that `data`, a report.json of either format, holds.

    What format 1 lacks is there and empty. Raises ValueError, which says in a sentence why `data` is no report.
    """
    try:
        value: object = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"It is not text: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"It is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ValueError("It is JSON, but no object.")
    # What is in the file is taken to be what the writer of either format wrote.
    stored = cast("dict[str, Any]", value)
    if lacks := [name for name in ("overview", "warnings") if name not in stored]:
        raise ValueError(f"It lacks {', '.join(lacks)}.")
    try:
        _migrate(stored)
    except (AttributeError, TypeError) as error:
        raise ValueError(f"It is no report: {error!r}.") from error
    return cast("Report", stored)


def write_report(report: Report, path: Path) -> None:
    """Write report.json. Raises OSError, ValueError for a number that is not finite."""
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def is_earlier(report: Report) -> bool:
    """Return whether an earlier version wrote the report, so that some of its parts are empty."""
    return report["format"] < FORMAT


_CORRELATION_LISTS = ("numbers", "categories", *get_args(CorrelationMethod), "left_out", "strongest")


def _migrate(stored: dict[str, Any]) -> None:
    """Add what came with format 2, empty, wherever `stored` lacks it."""
    correlations: dict[str, object] = {"rows": 0, "error": 0.0}
    correlations |= {name: list[object]() for name in _CORRELATION_LISTS}
    _fill(
        stored,
        format=1,
        configuration={},
        reading={},
        missing={"columns": [], "together": [], "phi": []},
        correlations=correlations,
        over_time=None,
        accuracy=[],
    )
    _fill(stored["reading"], dialect={}, formats={}, notes=[], blank_words={})
    _fill(stored["overview"], derived_columns=0, kinds={}, missing_share=0.0, memory_bytes=0)
    _fill(stored.get("target", {}), left_out=[])
    columns: list[dict[str, Any]] = stored.get("columns", [])
    for column in columns:
        _fill(column, expression=None, picture=None, signal=None, target_by=None, drift=None)
    for warning in stored["warnings"]:
        column = warning.get("column")
        # Format 1 knew how to fix a leak only, and did not say so.
        fix = {"drop": [column]} if warning.get("code") == "leakage" else None
        _fill(warning, columns=[column] if column else [], reason="", fix=fix)


def _fill(stored: dict[str, Any], **empty: object) -> None:
    for name, value in empty.items():
        stored.setdefault(name, value)
