"""Which of the report's figures are no exact count over every row, and how far off they may be."""

from __future__ import annotations

import math

from core.eda.findings.findings import Findings
from core.report.schema import Accuracy


def accuracy_of(rows: int, findings: Findings) -> list[Accuracy]:
    """Return the report's `accuracy`; `rows` of the table."""
    # Two different rows share a 64-bit hash with probability 2^-64: the expected number of such pairs.
    pairs = rows * (rows - 1) / 2 / 2**64
    notes: list[Accuracy] = [
        {
            "figure": "duplicates",
            "how": "hash",
            "rows": rows,
            "of": rows,
            "error": f"By a 64-bit hash of each row: {pairs:.1g} rows are expected to be taken for repeats wrongly.",
        }
    ]
    pairs, error = findings.correlations["rows"], findings.correlations["error"]
    if pairs < findings.of:
        notes.append(
            {
                "figure": "correlations",
                "how": "sample",
                "rows": pairs,
                "of": findings.of,
                "error": f"A coefficient near 0 may be off by {error:.3f}, others by less, in 95 of 100 samples.",
            }
        )
    if findings.rows >= findings.of:
        return notes
    near_half = 1.96 * 0.5 / math.sqrt(findings.rows)
    errors = {
        "signal": _of_signal(findings),
        "target_by": "Each rate and mean has its own 95% interval, low to high.",
        "drift": "Each index has the value that chance alone stays below in 95 of 100 samples.",
        "missing": f"Shares of rows blank together may be off by {near_half:.3f} at most, in 95 of 100 samples.",
        "over_time": "Each period has its own 95% interval, low to high.",
    }
    for figure, error in errors.items():
        notes.append(
            {"figure": figure, "how": "sample", "rows": findings.rows, "of": findings.of, "error": error}
        )
    return notes


def _of_signal(findings: Findings) -> str:
    """Say how exact a signal is: an AUC by Birnbaum and Klose's bound (1957), a variance of at most A (1 - A) / the
    rows of the rarer class; an R² by Olkin and Finn's (1995), 4 R² (1 - R²)² / n, which is largest at a third.
    """
    metric = next((signal["metric"] for signal in findings.signals.values()), "auc")
    root = math.sqrt(max(1, findings.rarest))
    if metric == "auc":
        return f"An AUC may be off by {1.96 * 0.5 / root:.3f} at most, in 95 of 100 samples."
    return f"An R² may be off by about {1.96 * math.sqrt(4 / 3) * 2 / 3 / root:.3f}, in 95 of 100 samples."
