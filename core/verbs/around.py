"""The verb around one row: why it is answered so, what other cells would do, and the nearest decided otherwise.

The model is one that the caller keeps loaded (`explaining.load`); nothing needs an endpoint or costs money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.backends.base import Backend, Job
from core.backends.requests import JobKind
from core.encoding.encoded_rows import OddRows
from core.errors import SenderoError
from core.judging import nearest, predicting
from core.judging.reasons import feature_places
from core.judging.referral import ASK
from core.judging.split_reasons import SplitReasons
from core.judging.what_if import Cell, TriedCell, own_cell, tried_cells
from core.verbs.asked_row import EncodedRow, encode_row
from core.verbs.eda import report_of
from core.verbs.explaining import RowReasons, explain_first
from core.verbs.leaderboard import eda_job_of, target_of
from core.verbs.model_description import ModelDescription, describe_model

if TYPE_CHECKING:
    from core.judging.predicting import Model

ASKED = 2  # what two classes leave to a person


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a model answers of a row with other cells in one column: `answers` by `cells`.

    An answer is the probability of the class `of` (calibrated if that was decided), or the prediction where that is
    empty. `known` tells where the data had rows; `own` is the row's cell and `own_answer` the answer to it, as it
    stands. `threshold` is what a row is acted on from, None where there is none.
    """

    column: str
    of: str
    cells: tuple[Cell, ...]
    answers: tuple[float, ...]
    known: tuple[bool, ...]
    own: Cell
    own_answer: float
    threshold: float | None

    @property
    def is_words(self) -> bool:
        """Return whether the cells have no order."""
        return all(isinstance(cell, str) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class NearestRow:
    """The row of the test split nearest to one that was asked, of those decided otherwise."""

    row: int  # counts the test split's rows from 1
    decided: str
    answer: float  # the probability of the class `of`
    of: str
    cells: Mapping[str, str]
    differs: tuple[str, ...]  # columns, the one that is farthest away first


@dataclass(frozen=True, slots=True)
class Around:
    """What there is to say around a row.

    `what_if` is None where the column has no range or the row no prediction; `nearest` of a number, and where no row
    was decided otherwise.
    """

    why: RowReasons
    what_if: WhatIf | None
    nearest: NearestRow | None


def others(backend: Backend, training_job: str, models: Sequence[Job]) -> list[Job]:
    """Return those of `models` that predict what the model of `training_job` among them does, without that one."""
    own = next((job for job in models if job.name == training_job), None)
    if own is None or len(models) == 1:
        return []
    jobs, eda_job = {job.name: job for job in backend.jobs(JobKind.processing)}, eda_job_of(own)
    target = target_of(eda_job, jobs) if eda_job in jobs else None

    def is_alike(other: str) -> bool:
        return other == eda_job or (other in jobs and target_of(other, jobs) == target)

    return [job for job in models if job.name != training_job and is_alike(eda_job_of(job))]


def around(
    backend: Backend,
    training_job: str,
    model: Model,
    record: Mapping[str, object],
    name: str,
    test: SplitReasons | None = None,
    test_cells: Mapping[int, Mapping[str, str]] | None = None,
    row: EncodedRow | None = None,
) -> Around:
    """Return why `record` is answered as it is, what other cells in the column `name` would do, and its neighbour.

    `test` and `test_cells` are the rows of the test split that are known (`why.reasons_of`, `why.explained_cells`).
    `row` is the record as it was encoded when it was asked (`asked_row`), which holds for its column and its model.
    Of a column that the model does not read there is no `what_if`. Raises MissingColumns, StorageFailed,
    StorageDamaged.
    """
    described = describe_model(backend, training_job)
    contract = described.contract
    column = contract.column(name) if name in contract.input_names else None
    tried = tried_cells(column, _filled_bins(backend, training_job, name)) if column else ()
    if row is None or (row.training_job, row.name) != (training_job, name):
        row = encode_row(described, record, name)
    accepted, features, odd = row.accepted, row.features, row.noticed.odd.at(slice(0, 1))
    why = explain_first(described, model, row.noticed, features)
    if not accepted[0]:
        return Around(why, None, None)
    varied, known = None, [each for each, is_row in zip(tried, accepted[1:], strict=True) if is_row]
    if column and known:
        encoded = features[0, feature_places(contract)[name]].tolist() if column.used else ()
        own, scores = own_cell(column, record.get(name), encoded), predicting.predict(model, features)
        varied = _what_if(described, scores, own, name, known)
    return Around(why, varied, _nearest(described, model, features[0], test, test_cells or {}, odd))


def _what_if(
    described: ModelDescription, scores: np.ndarray, own: Cell, name: str, tried: Sequence[TriedCell]
) -> WhatIf | None:
    """Return the answers to a row and to it with the cells that are tried, of all of which `scores` are."""
    contract, of, threshold = described.contract, "", None
    if contract.label.problem == "binary":
        of, threshold = contract.classes[1], 0.5
        if described.decision:
            scores, threshold = described.decision.probability(scores), described.decision.shown_threshold
    elif contract.classes:
        if scores.ndim == 1:  # multi:softmax answers a class and no probability
            return None
        chosen = int(scores[0].argmax())
        of, scores = contract.classes[chosen], scores[:, chosen]
    answer, *answers = scores.tolist()
    return WhatIf(
        name,
        of,
        tuple(each.cell for each in tried),
        tuple(answers),
        tuple(each.known for each in tried),
        own,
        answer,
        threshold,
    )


def _filled_bins(backend: Backend, training_job: str, name: str) -> list[tuple[float, float]] | None:
    """Return the bins of a column's histogram that have rows; None where nobody counted."""
    try:
        report = report_of(backend, str(backend.job(training_job).request.get("processing_job")))
    except SenderoError:  # deleted, or left where the model was trained
        return None
    entry = next((each for each in report["columns"] if each["name"] == name), None)
    drawn = entry.get("histogram") if entry else None
    if not drawn or not drawn["counts"]:
        return None
    ends = zip(drawn["edges"][:-1], drawn["edges"][1:], drawn["counts"], strict=True)
    return [(low, high) for low, high, rows in ends if rows]


def _nearest(
    described: ModelDescription,
    model: Model,
    own: np.ndarray,
    test: SplitReasons | None,
    test_cells: Mapping[int, Mapping[str, str]],
    odd: OddRows,
) -> NearestRow | None:
    contract = described.contract
    if not contract.classes or test is None or not test_cells:
        return None
    at_hand = np.array(sorted(test_cells))
    others = test.features[at_hand].astype(np.float32)
    rows = np.concatenate([own[np.newaxis], others])
    decided, shown = _decided(described, predicting.predict(model, rows), odd)
    found = nearest.nearest(contract, own, others, decided[1:] != decided[0])
    if found is None:
        return None
    place, differs = found
    index, code = int(at_hand[place]), int(decided[1 + place])
    of = 1 if contract.label.problem == "binary" else code
    return NearestRow(
        int(test.rows[index]) + 1,
        (*contract.classes, ASK)[code],
        float(shown[1 + place, of]) if shown.ndim == 2 else 1.0,
        contract.classes[of],
        test_cells[index],
        differs,
    )


def _decided(described: ModelDescription, scores: np.ndarray, odd: OddRows) -> tuple[np.ndarray, np.ndarray]:
    """Return (what each row is decided to be, (n,); the probabilities that are shown, (n, classes)).

    It is the code of a class, and the one after the last where a person is asked. Of the rows but the first, of which
    `odd` is, only the probabilities are known.
    """
    if described.contract.label.problem == "binary":
        decision = described.decision
        positive = (decision.positive(scores) if decision else scores >= 0.5).astype(int)
        if decision:
            positive[decision.asked(scores)] = ASKED
            positive[:1][decision.asked(scores[:1], odd)] = ASKED
        shown = decision.probability(scores) if decision else scores
        return positive, np.column_stack([1 - shown, shown])
    return (scores if scores.ndim == 1 else scores.argmax(axis=1)).astype(int), scores
