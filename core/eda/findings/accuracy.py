"""Which of the report's figures are no exact count over every row, and how far off they may be."""

from __future__ import annotations

import math
from typing import Literal

from core.eda.findings.findings import Findings
from core.language import tr
from core.numbers import fixed
from core.report.schema import Accuracy
from core.retelling import kept


def accuracy_of(rows: int, findings: Findings) -> list[Accuracy]:
    """Return the report's `accuracy`; `rows` of the table."""
    # Two different rows share a 64-bit hash with probability 2^-64: the expected number of such pairs.
    pairs = rows * (rows - 1) / 2 / 2**64
    hashed = tr(
        "By a 64-bit hash of each row: {pairs} rows are expected to be taken for repeats wrongly.",
        pairs=f"{pairs:.1g}",
    )
    notes = [_note("duplicates", "hash", rows, rows, hashed)]
    pairs, error = findings.correlations["rows"], findings.correlations["error"]
    if pairs < findings.of:
        near_0 = tr(
            "A coefficient near 0 may be off by {error}, others by less, in 95 of 100 samples.",
            error=fixed(error, 3),
        )
        notes.append(_note("correlations", "sample", pairs, findings.of, near_0))
    if findings.rows >= findings.of:
        return notes
    near_half = 1.96 * 0.5 / math.sqrt(findings.rows)
    errors = {
        "signal": _of_signal(findings),
        "target_by": tr("Each rate and mean has its own 95% interval, low to high."),
        "drift": tr("Each index has the value that chance alone stays below in 95 of 100 samples."),
        "missing": tr(
            "Shares of rows blank together may be off by {error} at most, in 95 of 100 samples.",
            error=fixed(near_half, 3),
        ),
        "over_time": tr("Each period has its own 95% interval, low to high."),
    }
    for figure, error in errors.items():
        notes.append(_note(figure, "sample", findings.rows, findings.of, error))
    return notes


def _note(figure: str, how: Literal["hash", "sample"], rows: int, of: int, error: str) -> Accuracy:
    written = {"error": kept(error)}
    return {"figure": figure, "how": how, "rows": rows, "of": of, "error": error, "written": written}


def _of_signal(findings: Findings) -> str:
    """Say how exact a signal is: an AUC by Birnbaum and Klose's bound (1957), a variance of at most A (1 - A) / the
    rows of the rarer class; an R² by Olkin and Finn's (1995), 4 R² (1 - R²)² / n, which is largest at a third.
    """
    metric = next((signal["metric"] for signal in findings.signals.values()), "auc")
    root = math.sqrt(max(1, findings.rarest))
    if metric == "auc":
        error = fixed(1.96 * 0.5 / root, 3)
        return tr("An AUC may be off by {error} at most, in 95 of 100 samples.", error=error)
    error = fixed(1.96 * math.sqrt(4 / 3) * 2 / 3 / root, 3)
    return tr("An R² may be off by about {error}, in 95 of 100 samples.", error=error)
