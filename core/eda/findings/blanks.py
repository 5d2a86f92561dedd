"""Which columns are blank in the same rows: a join that found nothing, a sensor that was off, a form not filled in."""

from __future__ import annotations

import numpy as np

from core.eda.findings.coefficients import pearson_matrix
from core.eda.findings.sample import Sample
from core.report.schema import BlankPattern, BlankPatterns

PATTERNS = 20


def blank_patterns(sample: Sample) -> BlankPatterns:
    """Return the report's `missing`."""
    names = list(sample.blanks)
    if not names or not sample.rows:
        return {"columns": names, "together": [], "phi": []}
    flags = np.column_stack([sample.blanks[name] for name in names])
    packed, counts = np.unique(np.packbits(flags, axis=1), axis=0, return_counts=True)
    patterns = np.unpackbits(packed, axis=1, count=len(names)).astype(bool)
    together: list[BlankPattern] = [
        {"columns": [names[i] for i in np.flatnonzero(pattern)], "share": float(count / sample.rows)}
        for pattern, count in sorted(zip(patterns, counts, strict=True), key=lambda counted: -counted[1])
        if pattern.any()
    ]
    phi = pearson_matrix(flags.astype(float))
    return {
        "columns": names,
        "together": together[:PATTERNS],
        "phi": [[round(float(v), 6) if np.isfinite(v) else None for v in row] for row in phi],
    }
