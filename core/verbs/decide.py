"""The verbs over decisions: from which probability on a model's rows are acted on, and what that costs.

A decision stands beside the model, and every way to predict reads it there each time: a form, a file, a transform job
when its predictions are written. An endpoint is not deployed anew for it, and answers probabilities as before.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core import keys, person
from core.backends.base import Backend
from core.errors import BadDecision, NothingToDecide, NotJudged, SenderoError
from core.judging import calibration, decision_file, predictions_file, score_table
from core.judging import decision as thresholds
from core.judging.calibration import Calibration
from core.judging.decision import Amounts, Capacity, Counts, Told
from core.judging.decision_file import Decision
from core.judging.score_table import ScoreTable
from core.verbs.judged import decision_of, predictions_of
from core.verbs.training import model_of


@dataclass(frozen=True, slots=True)
class Files:
    """predictions.parquet as files of this machine: the one to choose by, and the one to tell by; often the same."""

    validation: Path
    test: Path


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of the rows that a decision is chosen on, and of those that it is told on, with the two classes."""

    classes: tuple[str, ...]
    validation: ScoreTable
    test: ScoreTable

    @property
    def positive(self) -> str:
        """Return the class that is acted on."""
        return self.classes[1]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, what it does on the validation split that it was chosen on, and what on the test split."""

    decision: Decision
    validation: Counts
    told: Told
    error_before: float  # of calibration, on the test split
    error_after: float | None  # where it was asked for


def judged(backend: Backend, training_job: str) -> Judged:
    """Return the scores of a model of two classes.

    Raises NotFound, JobNotReady, NotJudged, NothingToDecide, StorageFailed.
    """
    return scores(files(backend, training_job), training_job)


def files(backend: Backend, training_job: str) -> Files:
    """Return where the predictions of a model are. Raises NotFound, JobNotReady, NotJudged, StorageFailed.

    A model that was trained on all rows has seen those of the validation split: one chooses by the model that had not.
    """
    job = model_of(backend, training_job)
    first = job.request.get("all_rows_of") if "hyperparameters" in job.request else None
    found = {name: predictions_of(backend, name) for name in (first or job.name, job.name)}
    for name, path in found.items():
        if path is None:
            raise NotJudged(name=name)
    validation, test = found[first or job.name], found[job.name]
    assert validation and test
    return Files(validation, test)


def scores(found: Files, training_job: str) -> Judged:
    """Return the scores in predictions.parquet. Raises NothingToDecide."""
    facts = predictions_file.read_facts(found.test)
    if facts.problem != "binary":
        what = "a number" if facts.problem == "regression" else f"one of {len(facts.classes)} classes"
        raise NothingToDecide(name=training_job, reason=what)
    # A softmax over two classes has a score for each.
    positive = None if predictions_file.columns_of_scores(found.test) == ["score"] else 1
    validation, test = (
        score_table.read(path, split, positive)
        for path, split in ((found.validation, "validation"), (found.test, "test"))
    )
    if not (validation.rows and test.rows):
        raise NotJudged(name=training_job)
    return Judged(facts.classes, validation, test)


def propose(
    scored: Judged,
    amounts: Amounts | None = None,
    capacity: Capacity | None = None,
    threshold: float | None = None,
    calibrate: bool = False,
) -> Decided:
    """Choose a threshold on the validation split, and tell what it does on the test split; nothing is written.

    With `threshold` it is that one. With `capacity` it acts on as many rows as that allows, or on fewer where
    `amounts` say that fewer cost less. With `amounts` alone it is the cheapest. Without amounts every error costs 1.
    Raises BadDecision.
    """
    _check(amounts, capacity, threshold)
    costs = amounts or Amounts()
    if threshold is not None:
        chosen, by = float(threshold), "threshold"
    elif capacity:
        chosen = (
            thresholds.cheapest(scored.validation, costs, capacity)
            if amounts
            else thresholds.filling(scored.validation, capacity)
        )
        by = "capacity"
    else:
        chosen, by = thresholds.cheapest(scored.validation, costs), "cost"
    told = thresholds.tell(scored.test, chosen, costs)
    table: Calibration | None = calibration.isotonic(scored.validation) if calibrate else None
    decision = Decision(chosen, by, costs, capacity, table, told.cost, told.against)
    return Decided(
        decision,
        thresholds.counts(scored.validation, chosen),
        told,
        calibration.reliability(scored.test).error,
        calibration.reliability(scored.test, table).error if table else None,
    )


def decide(backend: Backend, training_job: str, decided: Decided, seen: int | None = None) -> Decision:
    """Write a decision beside its model, over the one of the number `seen` (None: whichever stands there now).

    Return it as it is written. Raises DecisionChanged where somebody decided meanwhile, StorageFailed, StorageDamaged.
    """
    if seen is None:
        there = decision_of(backend, training_job)
        seen = there.number if there else 0
    signed = replace(decided.decision, by=person.name())
    written = decision_file.write(backend.storage, keys.decision(training_job), signed, seen)
    if backend.storage.exists(keys.card_html(training_job)):  # it says what is decided
        from core.verbs.card import keep_card  # late: the template

        with suppress(SenderoError):  # the decision stands; the card is made anew wherever it is looked at
            keep_card(backend, training_job)
    return written


def _check(amounts: Amounts | None, capacity: Capacity | None, threshold: float | None) -> None:
    """Refuse what no threshold can be chosen by. Raises BadDecision."""
    if amounts is None and capacity is None and threshold is None:
        raise BadDecision(reason="Neither amounts nor a capacity nor a threshold were given.")
    if capacity and threshold is not None:
        raise BadDecision(reason="A capacity chooses the threshold; both were given.")
    if amounts:
        both = (amounts.miss, amounts.false_alarm)
        if not all(math.isfinite(each) and each >= 0 for each in both) or not any(both):
            raise BadDecision(reason="An amount is a number from 0 up, and not both are 0.")
    if capacity and not (0 < capacity.rows < math.inf and 0 < capacity.of < math.inf):
        raise BadDecision(reason="A capacity is a number of rows above 0, of a number of rows above 0.")
    if threshold is not None and not 0 <= threshold <= 1:
        raise BadDecision(reason=f"A threshold is a probability, from 0 to 1; {threshold:g} is none.")
