"""Training-serving skew, looked for: the raw test rows through the endpoint, against the model itself on the split."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import keys
from core.backends.base import Backend
from core.encoding.encoded_rows import EncodedRows, RejectedRow
from core.encoding.rows import encode_file
from core.evaluation import predict_directly
from core.judging import predictions_file
from core.language import tr
from core.numbers import integer
from core.predictions import write_predictions
from core.verbs.judged import predictions_of
from core.verbs.model_description import describe_endpoint, recorded_request, unpacked_model
from core.verbs.predict import answers_of


@dataclass(frozen=True, slots=True)
class TestSplitCheck:
    """Raw rows of the test split through the endpoint, against the model called directly on the split."""

    rows: int  # raw rows of the test split
    compared: int  # of those, all but the ones in `unsendable`
    agreement: float  # share of the compared rows with the same numbers within 1e-6, relative
    largest_difference: float
    rejected: int  # compared rows that never reached the endpoint: they agree with nothing
    unsendable: int  # rows that are an empty line to any endpoint: the only feature, and it is blank
    first: RejectedRow | None  # the first compared row that does not agree, and why


def predict_test_split(backend: Backend, endpoint: str, output: Path) -> TestSplitCheck:
    """Encode the raw test rows again and compare with the split's own: there is no skew from training to serving.

    Every row of the split counts, by its position: one that is rejected, or that the reader loses, does
    not agree. Left out are only the rows that no request can carry (`unsendable`).
    """
    training = backend.endpoint(endpoint).training_job
    request = recorded_request(backend, training)
    eda_job = request["processing_job"]
    splits = backend.storage.read_json(keys.report(eda_job), "splits")["splits"]
    described = describe_endpoint(backend, endpoint)
    with (
        backend.storage.local(keys.raw_test_rows(eda_job)) as rows,
        closing(encode_file(described.contract, rows)) as encoded,
    ):
        served = answers_of(backend, endpoint, described.objective, encoded)
        write_predictions(
            described.contract,
            encoded,
            served,
            output,
            decision=described.decision,
            half_width=described.half_width,
        )
        direct = direct_answers(backend, training, eda_job)
        return compare_predictions(
            encoded, served, direct[:: splits.get("test_raw_every", 1)][: splits["test_raw_rows"]]
        )


def direct_answers(backend: Backend, training_job: str, eda_job: str) -> np.ndarray:
    """Return what a model says of each row of the test split without an endpoint: shape (n,), or (n, classes).

    Where it was judged, as that has kept it: the model is not loaded once more. Raises StorageFailed.
    """
    if file := predictions_of(backend, training_job):
        return predictions_file.scores(file, "test")
    with (
        unpacked_model(backend, training_job) as model,
        backend.storage.local(keys.eda_output(eda_job, "test")) as test,
    ):
        return predict_directly(model, test)[1]


def compare_predictions(encoded: EncodedRows, served: np.ndarray, direct: np.ndarray) -> TestSplitCheck:
    """Compare `served`, of the accepted rows of `encoded`, with `direct`, of all of the split; (n,) or (n, k) both."""
    total = len(direct)
    answered = np.full((total, *direct.shape[1:]), np.nan)
    positions = np.flatnonzero(encoded.accepted)
    inside = positions < total  # a reader that finds more rows than were written is told of below
    if len(served):
        answered[positions[inside]] = served[inside]
    close = np.asarray(np.isclose(answered, direct, rtol=1e-6, atol=1e-9)).reshape(total, -1)
    equal = np.logical_and.reduce(close, axis=1)
    reasons = {row.row - 1: row.told for row in encoded.rejected if row.row <= total}
    unsendable = sorted(position for position in encoded.empty_lines if position < total)
    counted = np.ones(total, dtype=bool)
    counted[unsendable] = False
    share = float(np.mean(equal[counted])) if counted.any() else 0.0
    first = None
    if encoded.rows != total:
        share = min(share, total / (encoded.rows + total))
        first = RejectedRow(
            min(encoded.rows, total) + 1,
            tr("{total} rows written, {rows} read", total=integer(total), rows=integer(encoded.rows)),
        )
    elif not counted.any():
        first = RejectedRow(1, tr("no row of the test split could be compared"))
    if len(odd := np.flatnonzero(counted & ~equal)) and (first is None or odd[0] + 1 < first.row):
        position = int(odd[0])
        answers = tr(
            "the endpoint answers {answer}, the model itself {direct}",
            answer=answered[position],
            direct=direct[position],
        )
        first = RejectedRow(
            position + 1,
            tr("rejected: {reason}", reason=reasons[position]) if position in reasons else answers,
        )
    gaps = np.abs(answered - direct)[counted]
    largest = float(np.max(gaps, initial=0.0, where=~np.isnan(gaps)))
    lost = len(reasons) - len(unsendable)
    return TestSplitCheck(total, int(counted.sum()), share, largest, lost, len(unsendable), first)
