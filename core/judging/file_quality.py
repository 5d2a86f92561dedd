"""How good a model is on a file that it predicts: measured where the file has the truth, else estimated.

Beside it stands what the model reached on the test split. Both are other rows, so a difference is not taken row by row:
the two intervals are put together (`comparison.apart`).
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

import numpy as np

from core.encoding.contract import Label
from core.evaluation_file import Evaluation, Figure, ends
from core.judging import comparison, decision, expected, expected_error, intervals, score_table, scores
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.score_table import ScoreTable
from core.language import mark, tr
from core.numbers import integer

LEAST = 10  # rows with their truth, below which nothing is said
MOST = 200_000  # rows that are measured: more of them move no digit that is told
MOST_NUMBERS = 2_000_000  # probabilities of them
MEASURED, ESTIMATED = "measured", "estimated"
APART = mark(
    "Other rows than those of the test split: the two intervals are put together (MOVER, Zou and Donner 2008)."
)
SAME_ROWS = mark("These are the rows of the test split themselves: there is nothing to compare.")


class Change(TypedDict):
    """A metric on the file less the same on the test split, with its 95% interval, and what that says."""

    value: float
    low: float
    high: float
    verdict: str


class Quality(TypedDict):
    """What is known of a file's predictions.

    `basis` is measured or estimated. `rows` are those that tell; `without` those whose truth the file does not say.
    `metrics` are the file's, `test` the same on the test split, `changes` one less the other where both are measured.
    """

    basis: str
    label: str  # the target's column
    problem: str
    rows: int
    without: int
    metrics: dict[str, Figure]
    test: dict[str, Figure]
    changes: dict[str, Change]
    statistic: str
    notes: list[str]
    positive: NotRequired[str]  # of two classes
    positives: NotRequired[Figure]  # their share
    cost_per_1000: NotRequired[Figure]  # of the decision, where an error costs the same in each row
    cost_on_test: NotRequired[Figure]


def measured(
    label: np.ndarray,
    raw: np.ndarray,
    target: Label,
    evaluation: Evaluation | None,
    decided: Decision | None = None,
    same_rows: bool = False,
) -> Quality:
    """Return how good the predictions `raw` are: of class 1, (n,), of each class, (n, k), or numbers or codes, (n,).

    `label` holds codes or values, NaN where a row has none. `same_rows`: they are those of the test split.
    """
    problem, classes = target.problem, target.classes
    known = np.flatnonzero(np.isfinite(label))
    most = min(MOST, MOST_NUMBERS // (raw.shape[1] if raw.ndim == 2 else 1))
    picked = known[:: max(1, -(-len(known) // most))]
    label, raw, without = label[picked], np.asarray(raw[picked]), len(label) - len(known)
    found = scores.of(label, raw, problem, list(classes))["metrics"]
    quality = _beside(MEASURED, target.name, problem, len(picked), without, found, evaluation)
    if len(picked) < len(known):
        quality["notes"].append(
            tr(
                "Measured on {rows} evenly spaced rows of {all}.",
                rows=integer(len(picked)),
                all=integer(len(known)),
            )
        )
    quality["statistic"] = SAME_ROWS if same_rows else APART
    if not same_rows:
        quality["changes"] = _changes(quality)
    if problem == "binary":
        positive = label == 1
        table = score_table.of(positive, raw)
        share = intervals.share(int(positive.sum()), len(positive))
        quality["positive"], quality["positives"] = classes[1], scores.figure(share)
        if decided and not any(decided.amounts.columns):
            told = decision.tell([(table, decided.threshold)], decided.amounts)
            _costs(quality, told.cost, decided)
    return quality


def estimated(
    raw: np.ndarray,
    target: Label,
    validation: ScoreTable,
    evaluation: Evaluation | None,
    decided: Decision | None = None,
) -> Quality:
    """Return what quality is to be expected of predictions of classes, by what their probabilities say.

    `raw` and `validation` are the probability of class 1, or of several classes that of the most probable one, where
    `validation` counts as positive the rows that were of that class.
    """
    problem, classes = target.problem, target.classes
    cuts = (expected.HALF, *([decided.threshold] if decided else []))
    bins = expected.bins_of(validation, raw, cuts)
    if problem != "binary":
        told = expected.expected(bins, {"accuracy": expected.share_of_positives})
        found = {name: scores.figure(interval) for name, interval in told.items()}
        return _beside(ESTIMATED, target.name, problem, len(raw), 0, found, evaluation)
    figures = expected.of_two_classes(bins.edges) | {"positives": expected.share_of_positives}
    priced = decided is not None and not any(decided.amounts.columns)
    if decided and priced:
        amounts = decided.amounts
        figures["cost"] = expected.cost_by(
            bins.edges, decided.threshold, amounts.miss, amounts.false_alarm, decision.PER
        )
    told = expected.expected(bins, figures)
    share, cost = told.pop("positives", None), told.pop("cost", None)
    found = {name: scores.figure(interval) for name, interval in told.items()}
    quality = _beside(ESTIMATED, target.name, problem, len(raw), 0, found, evaluation)
    quality["positive"], quality["positives"] = classes[1], scores.figure(share)
    if cost and decided:
        _costs(quality, cost, decided)
    return quality


def estimated_numbers(
    raw: np.ndarray, target: Label, label: np.ndarray, predicted: np.ndarray, evaluation: Evaluation | None
) -> Quality:
    """Return what errors are to be expected of predicted numbers; of the validation rows `label` and `predicted`."""
    told = expected_error.expected(label, predicted, raw)
    found = {name: scores.figure(interval) for name, interval in told.items()}
    return _beside(ESTIMATED, target.name, target.problem, len(raw), 0, found, evaluation)


def _beside(
    basis: str,
    label: str,
    problem: str,
    rows: int,
    without: int,
    found: dict[str, Figure],
    evaluation: Evaluation | None,
) -> Quality:
    """Return the quality in the metrics that were found, and what these were on the test split."""
    known = evaluation["metrics"] if evaluation else {}
    return Quality(
        basis=basis,
        label=label,
        problem=problem,
        rows=rows,
        without=without,
        metrics=dict(found),
        test={name: known[name] for name in found if name in known},
        changes={},
        statistic="",
        notes=[],
    )


def _changes(quality: Quality) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    for name, here in quality["metrics"].items():
        test, own = ends(quality["test"].get(name)), ends(here)
        if test and own:
            each = comparison.apart(name, test, own)
            changes[name] = Change(value=each.value, low=each.low, high=each.high, verdict=each.verdict.value)
    return changes


def _costs(quality: Quality, cost: Interval, decided: Decision) -> None:
    quality["cost_per_1000"] = scores.figure(cost)
    quality["cost_on_test"] = scores.figure(decided.cost_per_1000)
