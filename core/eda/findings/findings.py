"""All that is measured on the sample, once the contract is fitted: what predicts the target, and what may harm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.eda.findings.blanks import blank_patterns
from core.eda.findings.correlations import correlations_of
from core.eda.findings.drift import drift_of
from core.eda.findings.over_time import over_time
from core.eda.findings.sample import Sample
from core.eda.findings.signal import scores_of, signals_of
from core.eda.findings.target_by import target_by
from core.encoding.contract import Contract
from core.report.column_schema import Drift, Signal, TargetBin
from core.report.schema import BlankPatterns, Correlations, OverTime


@dataclass(frozen=True, slots=True)
class Findings:
    """Parts of the report: by column `signals`, `target_by` and `drift`, and whole sections."""

    rows: int  # of the sample
    of: int
    rarest: int  # held-out rows of the sample, of the rarest class where there are classes
    signals: dict[str, Signal]
    target_by: dict[str, list[TargetBin]]
    drift: dict[str, Drift | None]
    correlations: Correlations
    missing: BlankPatterns
    over_time: OverTime | None


def measure(sample: Sample, contract: Contract) -> Findings:
    """Measure everything on `sample`; a column of several features is measured by the one that predicts most."""
    scores = scores_of(sample, contract)
    signals = signals_of(sample, contract, scores)
    features = {feature.name: feature for feature in sample.features}
    best = {column: features[signal["feature"]] for column, signal in signals.items()}
    return Findings(
        rows=sample.rows,
        of=sample.of,
        rarest=_rarest(sample, contract),
        signals=signals,
        target_by={column: target_by(feature, sample, contract) for column, feature in best.items()},
        drift={column: drift_of(feature, sample) for column, feature in best.items()},
        correlations=correlations_of(sample, contract, scores),
        missing=blank_patterns(sample),
        over_time=over_time(sample, contract),
    )


def _rarest(sample: Sample, contract: Contract) -> int:
    held = sample.target[~sample.train]
    if not contract.classes:
        return len(held)
    return int(np.bincount(held.astype(int), minlength=len(contract.classes)).min())
