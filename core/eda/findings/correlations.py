"""Which columns say the same: coefficients between the most telling features and the target.

Pairs grow with the square of the columns, so there are limits: ROWS of the sample, and NUMBERS and CATEGORIES
features, those first that tell most of the target alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from core.eda.findings.coefficients import correlation_ratio, cramers_v, pearson_matrix, spearman, uncertainty
from core.eda.findings.sample import Feature, Sample
from core.encoding.contract import Column, Contract
from core.report.schema import Coefficients, CorrelationMethod, Correlations, Pair

ROWS = 25_000  # leave a coefficient near 0 uncertain by 0.012
NUMBERS, CATEGORIES = 50, 30
STRONGEST = 20
PairCoefficient = tuple[str, str, CorrelationMethod, float]  # two features, and the coefficient between them
SIDES: dict[CorrelationMethod, Literal["numbers", "categories"]] = {
    "pearson": "numbers",
    "spearman": "numbers",
    "cramers_v": "categories",
    "ratio": "categories",
}


def correlations_of(sample: Sample, contract: Contract, scores: dict[str, float]) -> Correlations:
    """Return the report's `correlations`; `scores` as signal.scores_of orders what is shown."""
    ordered = sorted(sample.features, key=lambda feature: -scores.get(feature.name, 0.0))
    numbers = [feature for feature in ordered if not feature.is_category]
    categories = [feature for feature in ordered if feature.is_category]
    left_out = [*numbers[NUMBERS:], *categories[CATEGORIES:]]
    numbers, categories = numbers[:NUMBERS], categories[:CATEGORIES]
    label, problem = contract.label.name, contract.label.problem
    target = Feature(label, Column(name=label, kind="numeric"), sample.target)
    if problem != "multiclass":
        numbers.insert(0, target)
    if problem != "regression":
        categories.insert(0, target)
    rows = np.arange(sample.rows)
    if sample.rows > ROWS:  # drawn, for the sample is in the order of the file
        rows = np.sort(np.random.default_rng(0).choice(sample.rows, ROWS, replace=False))
        numbers, categories = ([_thinned(f, rows) for f in side] for side in (numbers, categories))
    correlations: Correlations = {
        "numbers": [feature.name for feature in numbers],
        "categories": [feature.name for feature in categories],
        "pearson": _pearson(numbers),
        "spearman": _symmetric(numbers, spearman),
        "cramers_v": _symmetric(categories, cramers_v),
        "ratio": [[_rounded(correlation_ratio(c.codes, n.values)) for n in numbers] for c in categories],
        "rows": len(rows),
        "error": 0.0 if len(rows) == sample.of else round(1.96 / math.sqrt(len(rows)), 6),
        "left_out": [feature.name for feature in left_out],
        "strongest": [],
    }
    features = {feature.name: feature for feature in (*numbers, *categories)}
    correlations["strongest"] = [
        _pair(a, b, method, value, features) for a, b, method, value in _strongest(correlations, contract)
    ]
    return correlations


def _thinned(feature: Feature, rows: np.ndarray) -> Feature:
    return Feature(feature.name, feature.column, feature.values[rows])


def _pearson(numbers: list[Feature]) -> Coefficients:
    if not numbers:
        return []
    matrix = pearson_matrix(np.column_stack([feature.values for feature in numbers]))
    return [[_rounded(value) for value in row] for row in matrix]


def _symmetric(
    features: list[Feature], coefficient: Callable[[np.ndarray, np.ndarray], float | None]
) -> Coefficients:
    matrix: Coefficients = [[None] * len(features) for _ in features]
    for i, first in enumerate(features):
        for j, second in enumerate(features[: i + 1]):
            matrix[i][j] = matrix[j][i] = _rounded(coefficient(first.codes, second.codes))
    return matrix


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 6)


def _strongest(correlations: Correlations, contract: Contract) -> list[PairCoefficient]:
    """Return pairs of different columns without the target, by size; a pair of numbers has its larger coefficient."""
    owner = {feature: column.name for column in contract.columns for feature in column.features}
    pairs: dict[tuple[str, str], PairCoefficient] = {}
    for method, side in SIDES.items():
        for i, a in enumerate(correlations[side]):
            others = correlations["numbers"] if method == "ratio" else correlations[side][:i]
            for b, value in zip(others, correlations[method][i], strict=False):
                if value is None or a not in owner or b not in owner or owner[a] == owner[b]:
                    continue
                if abs(value) > (abs(pairs[b, a][3]) if (b, a) in pairs else 0.0):
                    pairs[b, a] = b, a, method, value
    return sorted(pairs.values(), key=lambda pair: -abs(pair[3]))[:STRONGEST]


def _pair(a: str, b: str, method: CorrelationMethod, value: float, features: dict[str, Feature]) -> Pair:
    """Return a pair with how much each of the two tells of the other."""
    codes, others = features[a].codes, features[b].codes
    return {
        "a": a,
        "b": b,
        "method": method,
        "value": value,
        "a_of_b": _rounded(uncertainty(others, codes)),
        "b_of_a": _rounded(uncertainty(codes, others)),
    }
