"""The target and the features as time goes by: periods of equal rows, and the later half against the earlier."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from core.eda.findings.drift import psi_of
from core.eda.findings.sample import Sample
from core.eda.findings.target_by import mean, rate
from core.encoding.contract import Contract
from core.report.schema import OverTime, Period

PERIODS = 12
LEAST = 30  # rows a period: fewer say nothing


def over_time(sample: Sample, contract: Contract) -> OverTime | None:
    """Return the report's `over_time`, or None where nothing orders the rows."""
    moments = sample.moments
    if moments is None or sample.moment is None:
        return None
    blank = np.isnat(moments) if moments.dtype.kind == "M" else np.isnan(moments)
    known = np.flatnonzero(~blank)
    if len(known) < 2 * LEAST:
        return None
    order = known[np.argsort(moments[known], kind="stable")]
    ordered = moments[order]
    # Rows of one moment belong to one period: a cut moves on to the next moment.
    parts = min(PERIODS, len(order) // LEAST)
    wanted = [len(order) * part // parts for part in range(1, parts)]
    cuts = np.unique([0, *np.searchsorted(ordered, ordered[wanted], side="left"), len(order)])
    periods: list[Period] = []
    for start, end in pairwise(cuts):
        value, low, high = _value(sample.target[order[start:end]], contract, sample)
        periods.append(
            {
                "from": _text(ordered, start),
                "to": _text(ordered, end - 1),
                "rows": int(end - start),
                "value": value,
                "low": low,
                "high": high,
            }
        )
    if len(periods) < 2:
        return None
    half = ordered[len(order) // 2]
    earlier, later = (~blank) & (moments < half), (~blank) & (moments >= half)
    psi: dict[str, float] = {}
    for feature in sample.features:
        if feature.column.name != sample.moment and earlier.any():
            index, noise = psi_of(feature, earlier, later)
            column = feature.column.name
            psi[column] = max(psi.get(column, 0.0), index if index > noise else 0.0)
    return {
        "column": sample.moment,
        "unit": "time" if moments.dtype.kind == "M" else "number",
        "periods": periods,
        "psi": psi,
    }


def _value(
    target: np.ndarray, contract: Contract, sample: Sample
) -> tuple[float, float | None, float | None]:
    problem = contract.label.problem
    if problem == "regression":
        return mean(target)
    followed = 1 if problem == "binary" else np.bincount(sample.target.astype(int)).argmax()
    return rate((target == followed).astype(float))


def _text(moments: np.ndarray, position: int) -> str | float:
    if moments.dtype.kind == "M":
        return str(moments[position].astype("datetime64[s]"))
    return float(moments.item(position))
