"""The verbs over rows: raw rows in, predictions out, by the contract of the model behind an endpoint."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from core import keys
from core.archive import unpack_model
from core.backends.base import Backend, EndpointStatus
from core.encoding.contract import Contract
from core.encoding.rows import EncodedRows, RejectedRow, encode_file, encode_records
from core.encoding.rows_reading import RowsReading
from core.errors import BadOutput, EndpointGone, OtherModel
from core.evaluation import predict_directly
from core.evaluation_file import Range
from core.judging import predictions_file
from core.judging.decision_file import Decision
from core.judging.file_quality import Quality
from core.judging.predicting import as_probability
from core.predictions import added_names, asked_rows, check_columns, decode, first_texts, write_predictions
from core.predictions_workbook import is_workbook
from core.reading.names import unique_names
from core.reading.suffixes import WORKBOOKS
from core.scratch import Scratch
from core.storage import Storage, storage_errors
from core.verbs import costs, renames, watching
from core.verbs.about import about
from core.verbs.asking import Answers, ask
from core.verbs.eda import read_contract
from core.verbs.file_quality import quality_of
from core.verbs.judged import decision_of, predictions_of, range_of
from core.verbs.kept_rows import Answered

MAX_BODY = 6_291_456  # bytes that a real-time endpoint takes in one request (SageMaker Runtime)
CHUNK = MAX_BODY // 8  # smaller requests: progress moves, and a slow model stays under the 60 s limit
ENCODING, WRITING = "Encoding rows with the contract", "Writing predictions"
READ, WRITE = 0.25, 0.85  # of all the work: when the rows are encoded, and when they are answered
REASONS = 5  # rejected rows whose reasons are listed; the output has all
FIRST_BYTES, FIRST_ROWS = 1 << 22, 10_000  # of the raw test rows, from which an example is drawn
NOTHING_GIVEN = "every value is blank, so the model could only say what it says of any row; give at least one"

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What became of a file of rows: counts, what was odd about them, and where the answer is."""

    rows: int
    rejected: int
    unseen: dict[str, int]
    out_of_range: dict[str, int]
    ignored: tuple[str, ...]
    output: Path
    reasons: tuple[RejectedRow, ...] = ()  # the first rejected rows
    notes: tuple[str, ...] = ()  # which columns are written otherwise than in the training file, and read so
    delimiter: str = ","  # of the output, as of the rows
    encoding: str = "utf-8"  # and this too
    guarded: int = 0  # cells of the output that begin with an apostrophe, so that no spreadsheet runs them
    decision: Decision | None = None  # by which its column `decision` is; None: by what is more probable
    range: Range | None = None  # whose ends are its columns `low` and `high`
    unanswered: int = 0  # rows that the endpoint was not asked for, as somebody stopped it
    asked: int = 0  # rows whose decision is to ask a person
    quality: Quality | None = None  # how good it is, by the truth in the file or as is to be expected
    sheet: str = ""  # of the workbook that they are from
    own: tuple[str, ...] = ()  # the columns of the file
    added: tuple[str, ...] = ()  # those that stand beside them
    per_thousand: float | None = (
        None  # USD for 1,000 predictions, by how long these took; None: nothing, or not known
    )


def predict_file(
    backend: Backend,
    endpoint: str,
    rows: Path,
    output: Path,
    progress: Progress | None = None,
    guard: bool = True,
    *,
    training_job: str = "",
    kept: Path | None = None,
    stopped: Callable[[], bool] = lambda: False,
    columns: Sequence[str] = (),
    file: str = "",
    reading: RowsReading | None = None,
) -> Prediction:
    """Write the predictions of a file of raw rows to `output`: same rows, same order, their own columns first.

    `guard` keeps a spreadsheet from running cells of the output as formulas; `columns` are those to write, if not all;
    `reading` is what a person says of how the rows are read, whose renamed columns are remembered with the model.
    `file` is what it is called where `rows` is a copy of it. What the endpoint answers is kept in the folder `kept`,
    and not asked for again. Once `stopped`, the rest of the rows is written without predictions. All answers are those
    of one model, the one of `training_job` where that is given. Raises MissingColumns, DataNotReadable, EndpointGone,
    EndpointRefused, OtherModel, BadOutput, NoSuchColumn, BadSetting, StorageFailed.
    """
    tell = progress or silent
    check_output(rows, output)
    served = backend.endpoint(endpoint)
    training_job = training_job or served.training_job
    _check_serves(backend, endpoint, training_job)
    model = describe_endpoint(backend, endpoint)
    with closing(encode_file(model.contract, rows, part(tell, 0.0, READ, ENCODING), reading)) as encoded:
        check_columns(model.contract, encoded, output, columns)
        answers = Answers(int(encoded.accepted.sum()), kept)
        asked = lambda share, message: tell(READ + (WRITE - READ) * share, message)  # noqa: E731
        _ask(backend, endpoint, encoded, answers, asked, stopped, training_job)
        tell(WRITE, WRITING)
        done = write_answers(backend, model, encoded, answers, output, guard, columns, rows)
        raw = joined(answers.numbers(), model.objective)
        said = Answered(training_job, model.contract, raw, answers.answered, done.quality)
        watching.note(backend, endpoint, encoded, file or rows.name, said)
        if reading:
            renames.remember(backend, training_job, reading.renames)
        price = costs.per_thousand(served, answers.asked, answers.took, answers.worked)
        return replace(done, per_thousand=price)


def write_answers(
    backend: Backend,
    model: ModelDescription,
    encoded: EncodedRows,
    answers: Answers,
    output: Path,
    guard: bool = True,
    columns: Sequence[str] = (),
    rows: Path | None = None,
) -> Prediction:
    """Write what an endpoint has answered beside the rows, which are from the file `rows`, to `output`.

    Raises BadAnswer, NoSuchColumn, BadOutput, StorageFailed.
    """
    raw = joined(answers.numbers(), model.objective)
    guarded = write_predictions(
        model.contract, encoded, raw, output, guard, model.decision, model.half_width, answers.answered,
        columns=columns, about=about_of(backend, model, output),
    )  # fmt: skip
    done = summarize(encoded, output, guarded, model)
    asked = asked_rows(model.contract, encoded, raw, model.decision, answers.answered)
    quality = quality_of(backend, model, encoded, raw, answers.answered, rows)
    return replace(done, unanswered=answers.rows - answers.count, asked=asked, quality=quality)


def about_of(backend: Backend, model: ModelDescription, output: Path) -> list[tuple[str, str]]:
    """Return what the sheet *About* of `output` says, nothing where it is no workbook. Raises StorageFailed."""
    if not is_workbook(output):
        return []
    return about(backend, model.training_job, model.contract, model.decision, model.range)


def first_rows(done: Prediction, most: int) -> tuple[list[str], list[list[str]]]:
    """Return the header and the first rows of what was written, as texts. Raises StorageFailed."""
    with storage_errors("read", done.output.name):
        return first_texts(done.output, done.delimiter, done.encoding, most)


def check_output(rows: Path, output: Path) -> None:
    """Refuse an output that is a folder or the file of the rows, before anything is done. Raises BadOutput."""
    if output.is_dir():
        raise BadOutput(file=output.name, reason="It is a folder.")
    if output.exists() and rows.exists() and output.samefile(rows):
        raise BadOutput(file=output.name, reason="It is the file of the rows, which would be lost.")
    if output.suffix.lower() in WORKBOOKS and not is_workbook(output):
        raise BadOutput(file=output.name, reason="Of workbooks only .xlsx is written.")


def summarize(
    encoded: EncodedRows, output: Path, guarded: int = 0, model: ModelDescription | None = None
) -> Prediction:
    """Return the Prediction summary of an encoded file that was written to `output`."""
    return Prediction(
        encoded.rows,
        encoded.rejected_count,
        dict(encoded.unseen),
        dict(encoded.out_of_range),
        tuple(encoded.ignored),
        output,
        tuple(encoded.first_rejected(REASONS)),
        encoded.notes,
        encoded.dialect.delimiter,
        encoded.dialect.encoding,
        guarded,
        model.decision if model else None,
        model.range if model else None,
        sheet=encoded.dialect.sheet,
        own=encoded.names,
        added=written_names(encoded.names, model)[len(encoded.names) :] if model else (),
    )


def written_names(names: Sequence[str], model: ModelDescription) -> tuple[str, ...]:
    """Return the columns of what is written of a file with the columns `names`: those, and then what is added."""
    added = added_names(model.contract, model.objective, model.range is not None)
    return tuple(unique_names([*names, *added]))


def read_summary(storage: Storage, key: str) -> Prediction:
    """Return what a job has kept of the Prediction of its rows, without its output. Raises StorageFailed."""
    summary = storage.read_json(key, "rows", "rejected", "reasons", "ignored")
    reasons = tuple(RejectedRow(*row) for row in summary["reasons"])
    known = {"output": Path("predictions.csv"), "reasons": reasons, "ignored": tuple(summary["ignored"])}
    known |= {name: tuple(summary.get(name, ())) for name in ("notes", "own", "added")}
    return Prediction(**summary | known)


def predict_records(
    backend: Backend, endpoint: str, records: list[dict[str, Any]]
) -> list[dict[str, object]]:
    """Return the same of a few rows in hand (the form): one dict a row. One without any value gets no prediction."""
    model = describe_endpoint(backend, endpoint)
    with closing(encode_records(model.contract, records)) as encoded:
        raw = _answers(backend, endpoint, model.objective, encoded)
        odd = encoded.odd.at(encoded.accepted)
        answers = iter(decode(model.contract, raw, model.decision, model.half_width, odd))
        notes = encoded.flags | {row.row - 1: row.reason for row in encoded.rejected}
        rows: list[dict[str, object]] = [
            {**(next(answers) if accepted else {"prediction": None}), "flags": notes.get(index, "")}
            for index, accepted in enumerate(encoded.accepted)
        ]
    inputs = [column.name for column in model.contract.inputs]
    for index, record in enumerate(records):
        if not any(_given(record.get(name)) for name in inputs):
            rows[index] = {"prediction": None, "flags": NOTHING_GIVEN}
    return rows


def wake(backend: Backend, endpoint: str) -> float:
    """Send an endpoint one row of zeros, whose answer nobody reads; return the seconds until it was answered.

    Raises EndpointGone, EndpointRefused, TooBusy.
    """
    row = ",".join("0" for _ in describe_endpoint(backend, endpoint).contract.features)
    answers = Answers(1)
    ask(lambda body: backend.invoke(endpoint, body), [f"{row}\n".encode()], answers)
    return answers.took


def _given(cell: object) -> bool:
    return cell is not None and cell == cell and str(cell).strip() != ""


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
    request = _request(backend, training)
    eda_job = request["processing_job"]
    splits = backend.storage.read_json(keys.report(eda_job), "splits")["splits"]
    described = describe_endpoint(backend, endpoint)
    with (
        backend.storage.local(keys.raw_test_rows(eda_job)) as rows,
        closing(encode_file(described.contract, rows)) as encoded,
    ):
        served = _answers(backend, endpoint, described.objective, encoded)
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
    reasons = {row.row - 1: row.reason for row in encoded.rejected if row.row <= total}
    unsendable = sorted(position for position in encoded.empty_lines if position < total)
    counted = np.ones(total, dtype=bool)
    counted[unsendable] = False
    share = float(np.mean(equal[counted])) if counted.any() else 0.0
    first = None
    if encoded.rows != total:
        share = min(share, total / (encoded.rows + total))
        first = RejectedRow(min(encoded.rows, total) + 1, f"{total:,} rows written, {encoded.rows:,} read")
    elif not counted.any():
        first = RejectedRow(1, "no row of the test split could be compared")
    if len(odd := np.flatnonzero(counted & ~equal)) and (first is None or odd[0] + 1 < first.row):
        position = int(odd[0])
        answers = f"the endpoint answers {answered[position]}, the model itself {direct[position]}"
        first = RejectedRow(
            position + 1, f"rejected: {reasons[position]}" if position in reasons else answers
        )
    gaps = np.abs(answered - direct)[counted]
    largest = float(np.max(gaps, initial=0.0, where=~np.isnan(gaps)))
    lost = len(reasons) - len(unsendable)
    return TestSplitCheck(total, int(counted.sum()), share, largest, lost, len(unsendable), first)


@contextmanager
def unpacked_model(backend: Backend, training_job: str) -> Iterator[Path]:
    """Yield a folder with the model of `training_job`, unpacked for the while."""
    key = keys.model(training_job)
    with Scratch("model") as folder, backend.storage.local(key) as archive:
        unpack_model(archive, folder)
        yield folder


def example(backend: Backend, training_job: str) -> dict[str, str]:
    """Return a raw row of a model's test split, drawn by chance: column -> text as in the file, blanks left out.

    Raises StorageFailed, where the split is not here.
    """
    row = random.choice(first_raw_rows(backend, training_job))
    return {name: cell for name, cell in row.items() if cell}


def first_raw_rows(backend: Backend, training_job: str) -> list[dict[str, str]]:
    """Return the first rows of test_raw.csv, the model's test split as it stands in the file. Raises StorageFailed."""
    request = _request(backend, training_job)
    key = keys.raw_test_rows(request["processing_job"])
    dialect = describe_model(backend, training_job).contract.dialect
    with backend.storage.local(key, FIRST_BYTES) as file, file.open(encoding="utf-8", newline="") as text:
        return list(islice(csv.DictReader(text, delimiter=dialect.delimiter), FIRST_ROWS))


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """How rows for a model are encoded, what its answers are, and what each answer is read by."""

    training_job: str
    contract: Contract
    objective: str
    decision: Decision | None
    range: Range | None  # of a regression

    @property
    def half_width(self) -> float | None:
        """Return how far the range reaches to either side of a prediction, None where that is not known."""
        return self.range["half_width"] if self.range else None


def describe_endpoint(backend: Backend, endpoint: str) -> ModelDescription:
    """Describe the model behind an endpoint that is in service. Raises EndpointGone."""
    now = backend.endpoint(endpoint)
    if now.status != EndpointStatus.in_service:
        why = now.failure.why if now.failure else f"Its status is {now.status}."
        if now.status == EndpointStatus.expired:
            why = f"It ended itself at its expiry, {now.expires:%Y-%m-%d %H:%M:%S} UTC."
        raise EndpointGone(name=endpoint, reason=why)
    return describe_model(backend, now.training_job)


def describe_model(backend: Backend, training_job: str) -> ModelDescription:
    """Describe the model that a Training Job made. Raises StorageFailed, StorageDamaged."""
    contract = read_contract(backend.storage, keys.model_contract(training_job))
    objective = _request(backend, training_job)["hyperparameters"].get("objective", "")
    around = range_of(backend, training_job) if contract.label.problem == "regression" else None
    return ModelDescription(training_job, contract, objective, decision_of(backend, training_job), around)


def _request(backend: Backend, training_job: str) -> dict[str, Any]:
    return backend.storage.read_json(keys.job_record("training", training_job), "request")["request"]


def silent(share: float, message: str) -> None:
    """Show progress to nobody."""


def part(tell: Progress, start: float, end: float, message: str) -> Callable[[float], None]:
    """Return how one part of the work, from `start` to `end` of all, tells how far it is."""
    return lambda share: tell(start + (end - start) * share, message)


def _answers(backend: Backend, endpoint: str, objective: str, encoded: EncodedRows) -> np.ndarray:
    """Return one number a row, shape (n,), or (n, k) for class probabilities, of the accepted rows in order."""
    answers = Answers(int(encoded.accepted.sum()))
    _ask(backend, endpoint, encoded, answers)
    return joined(answers.numbers(), objective)


def _ask(
    backend: Backend,
    endpoint: str,
    encoded: EncodedRows,
    answers: Answers,
    tell: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
    training_job: str = "",
) -> None:
    """Ask an endpoint for the accepted rows, as many requests at a time as it answers.

    Raises OtherModel where it comes to serve another one's than that of `training_job`.
    """

    def send(body: bytes) -> bytes:
        answer = backend.invoke(endpoint, body)
        if training_job:  # after the answer: its model may be replaced at any moment
            _check_serves(backend, endpoint, training_job)
        return answer

    at_a_time = backend.endpoint(endpoint).at_a_time
    ask(send, encoded.chunks(CHUNK), answers, at_a_time, tell, stopped)


def _check_serves(backend: Backend, endpoint: str, training_job: str) -> None:
    serves = backend.endpoint(endpoint).training_job
    if serves != training_job:
        raise OtherModel(name=endpoint, before=training_job, now=serves)


def joined(raw: np.ndarray, objective: str) -> np.ndarray:
    """Return answers of (rows, numbers a row) as predictions: shape (n,), or (n, k) for class probabilities."""
    return as_probability(raw[:, 0] if raw.shape[1] == 1 else raw, objective)
