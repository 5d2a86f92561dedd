"""The verbs over rows: raw rows in, predictions out, by the contract of the model behind an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import retelling
from core.backends.base import Backend
from core.encoding.encoded_rows import EncodedRows, RejectedRow
from core.encoding.rows import encode_file, encode_records
from core.encoding.rows_reading import RowsReading
from core.errors import BadOutput, OtherModel
from core.evaluation_file import Range
from core.judging.answers import joined
from core.judging.decision_file import Decision
from core.judging.file_quality import Quality
from core.language import mark, tr
from core.predictions import added_names, asked_rows, check_columns, decode, first_texts, write_predictions
from core.predictions_workbook import is_workbook
from core.reading.names import unique_names
from core.reading.suffixes import WORKBOOKS
from core.storage import Storage, storage_errors
from core.verbs import costs, renames, watching
from core.verbs.about import about
from core.verbs.asking import Answers, ask
from core.verbs.file_quality import quality_of
from core.verbs.kept_rows import Answered
from core.verbs.model_description import ModelDescription, describe_endpoint

MAX_BODY = 6_291_456  # bytes that a real-time endpoint takes in one request (SageMaker Runtime)
CHUNK = MAX_BODY // 8  # smaller requests: progress moves, and a slow model stays under the 60 s limit
ENCODING, WRITING = mark("Encoding rows with the contract"), mark("Writing predictions")
READ, WRITE = 0.25, 0.85  # of all the work: when the rows are encoded, and when they are answered
REASONS = 5  # rejected rows whose reasons are listed; the output has all
NOTHING_GIVEN = mark(
    "every value is blank, so the model could only say what it says of any row; give at least one"
)

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
    `reading` is what a person says of how the rows are read, whose renamed columns are remembered for its source.
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
        _ask(backend, endpoint, encoded.chunks(CHUNK), answers, asked, stopped, training_job)
        writing = part(tell, WRITE, 1.0, WRITING)
        writing(0.0)
        done = write_answers(backend, model, encoded, answers, output, guard, columns, rows, writing)
        raw = joined(answers.numbers(), model.objective)
        said = Answered(training_job, model.contract, raw, answers.answered, done.quality)
        watching.note(backend, endpoint, encoded, file or rows.name, said)
        if reading:
            renames.remember(backend, encoded.names, reading.renames)
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
    progress: Callable[[float], None] = lambda share: None,
) -> Prediction:
    """Write what an endpoint has answered beside the rows, which are from the file `rows`, to `output`.

    Raises BadAnswer, NoSuchColumn, BadOutput, StorageFailed.
    """
    raw = joined(answers.numbers(), model.objective)
    guarded = write_predictions(
        model.contract, encoded, raw, output, guard, model.decision, model.half_width, answers.answered,
        columns=columns, about=about_of(backend, model, output), progress=progress,
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
        raise BadOutput(file=output.name, reason=tr("It is a folder."))
    if output.exists() and rows.exists() and output.samefile(rows):
        raise BadOutput(file=output.name, reason=tr("It is the file of the rows, which would be lost."))
    if output.suffix.lower() in WORKBOOKS and not is_workbook(output):
        raise BadOutput(file=output.name, reason=tr("Of workbooks only .xlsx is written."))


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


def kept_summary(done: Prediction) -> dict[str, Any]:
    """Return a Prediction as a job keeps it: its notes in English, with what they were written from."""
    notes = {
        "notes": [retelling.in_english(note) for note in done.notes],
        "written": {"notes": retelling.kept(done.notes)},
    }
    return asdict(done) | {"output": None} | notes


def read_summary(storage: Storage, key: str) -> Prediction:
    """Return what a job has kept of the Prediction of its rows, without its output. Raises StorageFailed."""
    summary = storage.read_json(key, "rows", "rejected", "reasons", "ignored")
    reasons = tuple(RejectedRow(*row) for row in summary["reasons"])
    known = {"output": Path("predictions.csv"), "reasons": reasons, "ignored": tuple(summary["ignored"])}
    known |= {name: tuple(summary.get(name, ())) for name in ("notes", "own", "added")}
    if written := summary.pop("written", None):
        known["notes"] = tuple(str(retelling.again(note)) for note in written["notes"])
    return Prediction(**summary | known)


def predict_records(
    backend: Backend, endpoint: str, records: list[dict[str, Any]]
) -> list[dict[str, object]]:
    """Return the same of a few rows in hand (the form): one dict a row. One without any value gets no prediction."""
    model = describe_endpoint(backend, endpoint)
    with closing(encode_records(model.contract, records)) as encoded:
        return ask_encoded(backend, endpoint, model, encoded, records, encoded.chunks(CHUNK))


def ask_encoded(
    backend: Backend,
    endpoint: str,
    model: ModelDescription,
    encoded: EncodedRows,
    records: Sequence[Mapping[str, object]],
    bodies: Iterable[bytes],
) -> list[dict[str, object]]:
    """Return what the endpoint answers to `records`, the first of the rows that are encoded, one dict a row.

    `bodies` have the accepted ones of them, as the endpoint takes them. Raises EndpointGone, EndpointRefused, TooBusy.
    """
    given = encoded.accepted[: len(records)]
    raw = _answers_to(backend, endpoint, model.objective, bodies, int(given.sum()))
    odd = encoded.odd.at(np.flatnonzero(given))
    answers = iter(decode(model.contract, raw, model.decision, model.half_width, odd))
    notes = encoded.flags | {row.row - 1: row.reason for row in encoded.rejected}
    rows: list[dict[str, object]] = [
        {**(next(answers) if accepted else {"prediction": None}), "flags": notes.get(index, "")}
        for index, accepted in enumerate(given)
    ]
    inputs = [column.name for column in model.contract.inputs]
    for index, record in enumerate(records):
        if not any(_given(record.get(name)) for name in inputs):
            rows[index] = {"prediction": None, "flags": tr(NOTHING_GIVEN)}
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


def silent(share: float, message: str) -> None:
    """Show progress to nobody."""


def part(tell: Progress, start: float, end: float, message: str) -> Callable[[float], None]:
    """Return how one part of the work, from `start` to `end` of all, tells how far it is."""
    return lambda share: tell(start + (end - start) * share, tr(message))


def answers_of(backend: Backend, endpoint: str, objective: str, encoded: EncodedRows) -> np.ndarray:
    """Return one number a row, shape (n,), or (n, k) for class probabilities, of the accepted rows in order."""
    return _answers_to(backend, endpoint, objective, encoded.chunks(CHUNK), int(encoded.accepted.sum()))


def _answers_to(
    backend: Backend, endpoint: str, objective: str, bodies: Iterable[bytes], rows: int
) -> np.ndarray:
    answers = Answers(rows)
    _ask(backend, endpoint, bodies, answers)
    return joined(answers.numbers(), objective)


def _ask(
    backend: Backend,
    endpoint: str,
    bodies: Iterable[bytes],
    answers: Answers,
    tell: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
    training_job: str = "",
) -> None:
    """Ask an endpoint for the rows in `bodies`, as many requests at a time as it answers.

    Raises OtherModel where it comes to serve another one's than that of `training_job`.
    """

    def send(body: bytes) -> bytes:
        answer = backend.invoke(endpoint, body)
        if training_job:  # after the answer: its model may be replaced at any moment
            _check_serves(backend, endpoint, training_job)
        return answer

    at_a_time = backend.endpoint(endpoint).at_a_time
    ask(send, bodies, answers, at_a_time, tell, stopped)


def _check_serves(backend: Backend, endpoint: str, training_job: str) -> None:
    serves = backend.endpoint(endpoint).training_job
    if serves != training_job:
        raise OtherModel(name=endpoint, before=training_job, now=serves)
