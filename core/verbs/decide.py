"""The verbs over decisions: from which probability on a model's rows are acted on, and what that costs.

A decision stands beside the model, and every way to predict reads it there each time: a form, a file, a transform job
when its predictions are written. An endpoint is not deployed anew for it, and answers probabilities as before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace

import numpy as np

from core import keys, person
from core.backends.base import Backend
from core.backends.requests import JobKind
from core.encoding.encoded_rows import OddRows
from core.encoding.rows import encode_file
from core.errors import BadDecision, BadReferral, NoRawRows, NothingToDecide, NotJudged, SenderoError
from core.judging import calibration, decision_file, predictions_file, referral, score_table
from core.judging import decision as thresholds
from core.judging.calibration import Calibration, Reliability
from core.judging.decision import Amounts, Capacity, Counts, Told
from core.judging.decision_file import Decision
from core.judging.referral import Part, Referral
from core.judging.score_table import ScoreTable
from core.language import tr
from core.numbers import number
from core.verbs import audit
from core.verbs.eda import read_contract
from core.verbs.judged import decision_of
from core.verbs.out_of_fold import JudgingRows, Rows, judging_rows
from core.verbs.row_amounts import amounts_of
from core.verbs.runs import all_rows_of

TURNS = 5  # parts of rows out of fold: of each it is told what the others chose


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of the rows that a decision is chosen on, and of those that it is told on, with the two classes.

    Out of fold both are all rows; then `turns` has each of them once: a table to choose by and one to tell by, so that
    no row tells of a threshold that it has helped to choose. `columns` are those that the tables have amounts of.
    """

    classes: tuple[str, ...]
    validation: ScoreTable
    test: ScoreTable
    turns: tuple[tuple[ScoreTable, ScoreTable], ...] = ()
    columns: tuple[str, str] = ("", "")

    @property
    def positive(self) -> str:
        """Return the class that is acted on."""
        return self.classes[1]

    @property
    def out_of_fold(self) -> int:
        """Return how many rows are judged out of fold, 0 where they are those of splits."""
        return self.test.rows if self.turns else 0


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, what it does on the rows that it was chosen on, and what on those that it is told on."""

    decision: Decision
    validation: Counts
    told: Told
    error_before: float  # of calibration, on the rows that it is told on
    error_after: float | None  # where it was asked for


@dataclass(frozen=True, slots=True)
class Noticed:
    """The rows that a decision is told on as they stand in the file, and what is odd about each of them."""

    rows: _JudgedRows
    odd: OddRows
    columns: tuple[str, str] = ("", "")


def judged(backend: Backend, training_job: str, columns: tuple[str, str] = ("", "")) -> Judged:
    """Return the scores of a model of two classes, with what rows have in the `columns` of a miss and a false alarm.

    Raises NotFound, JobNotReady, NotJudged, NothingToDecide, BadDecision, StorageFailed.
    """
    return scores(backend, judging_rows(backend, training_job), training_job, columns)


def scores(
    backend: Backend, rows: JudgingRows, training_job: str, columns: tuple[str, str] = ("", "")
) -> Judged:
    """Return the scores of `rows`. Raises NothingToDecide, NotJudged, BadDecision, StorageFailed."""
    facts = predictions_file.read_facts(rows.telling.predictions)
    if facts.problem != "binary":
        what = (
            tr("a number")
            if facts.problem == "regression"
            else tr("one of {classes} classes", classes=len(facts.classes))
        )
        raise NothingToDecide(name=training_job, reason=what)
    # A softmax over two classes has a score for each.
    several = predictions_file.columns_of_scores(rows.telling.predictions) != ["score"]
    if not (rows.out_of_fold or any(columns)):
        validation, test = (
            score_table.read(each.predictions, each.split, 1 if several else None)
            for each in (rows.choosing, rows.telling)
        )
        return _checked(Judged(facts.classes, validation, test), training_job)
    found = [
        _judged_rows(backend, each, training_job, columns)
        for each in ([rows.telling] if rows.out_of_fold else [rows.choosing, rows.telling])
    ]
    validation, test = found[0].table(), found[-1].table()
    turns = found[0].turns() if rows.out_of_fold else ()
    return _checked(Judged(facts.classes, validation, test, turns, columns), training_job)


@dataclass(frozen=True, slots=True)
class _JudgedRows:
    """Rows one by one, and what they have in the columns of amounts."""

    positive: np.ndarray
    score: np.ndarray
    missed: np.ndarray | None
    alarmed: np.ndarray | None

    def table(self, which: np.ndarray | slice = slice(None)) -> ScoreTable:
        missed, alarmed = (each if each is None else each[which] for each in (self.missed, self.alarmed))
        return score_table.of(self.positive[which], self.score[which], missed=missed, alarmed=alarmed)

    def turns(self) -> tuple[tuple[ScoreTable, ScoreTable], ...]:
        turn = self.turn
        return tuple((self.table(turn != number), self.table(turn == number)) for number in range(TURNS))

    @property
    def turn(self) -> np.ndarray:
        """Return the part of each row."""
        turn = np.empty(len(self.score), int)
        turn[np.argsort(self.positive, kind="stable")] = np.arange(len(self.score)) % TURNS
        return turn

    def at(self, places: np.ndarray) -> _JudgedRows:
        missed, alarmed = (each if each is None else each[places] for each in (self.missed, self.alarmed))
        return _JudgedRows(self.positive[places], self.score[places], missed, alarmed)


def _judged_rows(backend: Backend, rows: Rows, training_job: str, columns: tuple[str, str]) -> _JudgedRows:
    score = predictions_file.scores(rows.predictions, rows.split)
    label = predictions_file.labels(rows.predictions, rows.split)
    missed, alarmed = (
        amounts_of(backend, training_job, rows, label, column) if column else None for column in columns
    )
    return _JudgedRows(label == 1, score[:, 1] if score.ndim == 2 else score, missed, alarmed)


def noticed(backend: Backend, training_job: str, columns: tuple[str, str] = ("", "")) -> Noticed | None:
    """Return what is odd about the rows that a decision is told on, as they stand in the file; None if not here.

    Of a large test split it is a part of them, evenly spaced. Raises NotFound, JobNotReady, NotJudged, BadDecision,
    DataNotReadable, MissingColumns, StorageFailed.
    """
    from core.verbs import failures  # late: slices

    try:
        found = failures.judged(backend, training_job)
    except NoRawRows:
        return None
    contract = read_contract(backend.storage, keys.model_contract(training_job))
    with closing(encode_file(contract, found.raw)) as encoded:
        odd = encoded.odd
    rows = _judged_rows(backend, found.rows, training_job, columns)
    places = np.arange(len(odd.unseen)) * found.every
    if len(places) and places[-1] >= len(rows.score):  # a reader that finds other rows than were written
        return None
    return Noticed(rows.at(places), odd, columns)


def _checked(judged: Judged, training_job: str) -> Judged:
    if not (judged.validation.rows and judged.test.rows):
        raise NotJudged(name=training_job)
    return judged


def propose(
    scored: Judged,
    amounts: Amounts | None = None,
    capacity: Capacity | None = None,
    threshold: float | None = None,
    calibrate: bool = False,
    ask: Referral | None = None,
    rows: Noticed | None = None,
) -> Decided:
    """Choose a threshold on the validation split, and tell what it does on the test split; nothing is written.

    Out of fold all rows choose, and it is told of each part of them what the others would have chosen.
    With `threshold` it is that one. With `capacity` it acts on as many rows as that allows, or on fewer where
    `amounts` say that fewer cost less. With `amounts` alone it is the cheapest. Without amounts every error costs 1.
    `ask` says when a person is asked instead; where that is by flags, `rows` (`noticed`) tell of how many.
    Raises BadDecision, BadReferral.
    """
    _check(amounts, capacity, threshold, scored.columns)
    costs = amounts or Amounts()

    def choose(table: ScoreTable) -> float:
        if threshold is not None:
            return float(threshold)
        if capacity and not amounts:
            return thresholds.filling(table, capacity)
        return thresholds.cheapest(table, costs, capacity)

    by = "threshold" if threshold is not None else "capacity" if capacity else "cost"
    chosen = choose(scored.validation)
    told = thresholds.tell(
        [(part, choose(rest)) for rest, part in scored.turns] or [(scored.test, chosen)], costs
    )
    table: Calibration | None = calibration.isotonic(scored.validation) if calibrate else None
    if ask:
        _check_referral(ask, chosen)
        parts = _parts(scored, rows if ask.by_flags else None, ask, chosen, choose)
        if parts:
            ask = referral.tell(ask, parts, costs)
    decision = Decision(
        chosen,
        by,
        costs,
        capacity,
        table,
        told.cost,
        told.against,
        out_of_fold=scored.out_of_fold,
        referral=ask,
    )
    return Decided(
        decision,
        thresholds.counts(scored.validation, chosen),
        told,
        reliability(scored, None).error,
        reliability(scored, table).error if table else None,
    )


def _parts(
    scored: Judged,
    rows: Noticed | None,
    ask: Referral,
    chosen: float,
    choose: Callable[[ScoreTable], float],
) -> list[Part]:
    """Return the rows that tell what asking a person does: by `ask`'s flags those of `rows`; none where they lack."""
    if not ask.by_flags:
        return [Part(part, choose(rest)) for rest, part in scored.turns] or [Part(scored.test, chosen)]
    if rows is None:
        return []
    flagged = ask.flagged(rows.odd)
    groups = [(chosen, np.ones(len(flagged), bool))]
    if scored.turns and len(flagged) == scored.test.rows:
        turn = rows.rows.turn
        groups = [(choose(rest), turn == number) for number, (rest, _) in enumerate(scored.turns)]
    return [
        Part(rows.rows.table(group & (flagged == which)), threshold, which)
        for threshold, group in groups
        for which in (False, True)
    ]


def _check_referral(ask: Referral, threshold: float) -> None:
    """Refuse a band that does not hold the threshold. Raises BadReferral."""
    if ask.low is None or ask.high is None:
        return
    if not 0 <= ask.low < ask.high <= 1:
        raise BadReferral(
            reason=tr(
                "{low} to {high} is no range of probabilities, from 0 to 1.",
                low=number(ask.low),
                high=number(ask.high),
            )
        )
    if not ask.low <= threshold <= ask.high:
        reason = tr(
            "The threshold is {threshold}, which is not from {low} to {high}: rows far from it would "
            "be asked about, and those near it decided.",
            threshold=number(threshold),
            low=number(ask.low),
            high=number(ask.high),
        )
        raise BadReferral(reason=reason)


def reliability(scored: Judged, table: Calibration | None) -> Reliability:
    """Return what a model's scores say of the rows that a decision is told on, `table` in between, and what came true.

    Out of fold each part of the rows is calibrated as the others would have it.
    """
    if table is None or not scored.turns:
        return calibration.reliability([(scored.test, table)])
    return calibration.reliability([(part, calibration.isotonic(rest)) for rest, part in scored.turns])


def decide(backend: Backend, training_job: str, decided: Decided, seen: int | None = None) -> Decision:
    """Write a decision beside its model, over the one of the number `seen` (None: whichever stands there now).

    Return it as it is written; it goes to the same model of all rows, too. Raises DecisionChanged where somebody
    decided meanwhile, StorageFailed, StorageDamaged.
    """
    if seen is None:
        there = decision_of(backend, training_job)
        seen = there.number if there else 0
    signed = replace(decided.decision, by=person.name())
    written = decision_file.write(backend.storage, keys.decision(training_job), signed, seen)
    said = {"threshold": f"{written.threshold:.6g}", "chosen_by": written.chosen_by}
    audit.record(backend, "decided on", "model", training_job, **said)
    refresh_card(backend, training_job)
    for job in backend.jobs(JobKind.training):
        if all_rows_of(job) == training_job and not job.busy:  # one in progress takes it at its end
            hand_on(backend, training_job, job.name)
    return written


def hand_on(backend: Backend, training_job: str, all_rows_job: str) -> None:
    """Put the decision on a model beside the same model of all rows, unless a newer one stands there.

    Raises StorageFailed, StorageDamaged, DecisionChanged.
    """
    storage = backend.storage
    if decision_file.carry(storage, keys.decision(training_job), storage, keys.decision(all_rows_job)):
        refresh_card(backend, all_rows_job)


def refresh_card(backend: Backend, training_job: str) -> None:
    """Make the kept card of a model anew, if there is one: it says what is decided."""
    if backend.storage.exists(keys.card_html(training_job)):
        from core.verbs.card import keep_card  # late: the template

        with suppress(SenderoError):  # the decision stands; the card is made anew wherever it is looked at
            keep_card(backend, training_job)


def _check(
    amounts: Amounts | None, capacity: Capacity | None, threshold: float | None, columns: tuple[str, str]
) -> None:
    """Refuse what no threshold can be chosen by. Raises BadDecision."""
    if amounts is None and capacity is None and threshold is None:
        raise BadDecision(reason=tr("Neither amounts nor a capacity nor a threshold were given."))
    if capacity and threshold is not None:
        raise BadDecision(reason=tr("A capacity chooses the threshold; both were given."))
    if (amounts or Amounts()).columns != columns:  # no person gets here: the tables were made for others
        raise ValueError(f"The scores have the amounts of {columns}.")
    if amounts:
        both = (amounts.miss, amounts.false_alarm)
        if not all(math.isfinite(each) and each >= 0 for each in both) or not any(both):
            raise BadDecision(reason=tr("An amount is a number from 0 up, and not both are 0."))
    if capacity and not (0 < capacity.rows < math.inf and 0 < capacity.of < math.inf):
        raise BadDecision(reason=tr("A capacity is a number of rows above 0, of a number of rows above 0."))
    if threshold is not None and not 0 <= threshold <= 1:
        raise BadDecision(
            reason=tr(
                "A threshold is a probability, from 0 to 1; {threshold} is none.", threshold=number(threshold)
            )
        )
