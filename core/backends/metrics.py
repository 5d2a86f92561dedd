"""The metric lines of the XGBoost container: `[0]\\ttrain-logloss:0.1\\tvalidation-logloss:0.2`."""

from __future__ import annotations

import re

METRIC_LINE = re.compile(r".*?\[(\d+)\]((?:\t[^\t:]+:[^\t]+)+)")


def metric_row(line: str) -> dict[str, float] | None:
    """{"round": 0, "train-logloss": 0.1, ...} of a metric line; None for any other line."""
    found = METRIC_LINE.fullmatch(line)
    if not found:
        return None
    row: dict[str, float] = {"round": int(found[1])}
    for part in found[2].strip("\t").split("\t"):
        name, _, value = part.rpartition(":")
        try:
            row[name] = float(value)
        except ValueError:
            return None
    return row
