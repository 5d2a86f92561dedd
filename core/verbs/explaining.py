"""The verb over reasons: raw rows in, for each what every column of the file adds to its prediction.

A file is explained by a process of its own (`core/judging/explain.py`), a few rows by a model that the caller keeps
loaded; nothing needs an endpoint or costs money.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import keys
from core.backends.base import Backend
from core.encoding.contract import Contract
from core.encoding.encoded_rows import EncodedRows, OddRows
from core.encoding.row_checks import in_words
from core.encoding.rows import encode_file
from core.encoding.rows_reading import RowsReading
from core.errors import CannotExplain, ServesAnotherFile, TooManyRows
from core.judging import predicting
from core.judging.explain import explain
from core.judging.reason_words import Reason, sentence
from core.judging.reasons import used_columns
from core.language import tr
from core.numbers import integer
from core.predictions import decode
from core.project import PROJECT
from core.provenance import check_model
from core.scratch import Scratch
from core.verbs import renames
from core.verbs.model_description import ModelDescription, describe_model, unpacked_model
from core.verbs.training import model_of

if TYPE_CHECKING:
    from core.judging.predicting import Model

DECODED = 10_000  # rows whose answers are put into words at once


@dataclass(frozen=True, slots=True)
class RowReasons:
    """Why a model answers what it does of one row; `row` counts the data rows from 1.

    Of a number `base` + the sum of `contributions` is the prediction, and `points` is empty. Of classes both are on
    the margin of the class `of` (of two: the positive one; of several: the predicted one), and `base_probability` + the
    sum of `points` is its probability. A rejected row has its reason and nothing else.
    `probability` is the model's own: what was decided on calibration changes `decision` and `prediction` alone.
    """

    row: int
    rejected: str = ""
    flags: str = ""
    decision: str | float | None = None
    prediction: str | float | None = None
    of: str = ""
    probability: float | None = None
    base: float = 0.0
    contributions: Mapping[str, float] | None = None
    base_probability: float | None = None
    points: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """The reasons of some rows, which `rows` yields in order once, and how the rows were read."""

    label: str
    count: int
    rejected: int
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    rows: Iterator[RowReasons]


@contextmanager
def explain_file(
    backend: Backend,
    training_job: str,
    rows: Path,
    most: int | None = None,
    reading: RowsReading | None = None,
) -> Iterator[Explained]:
    """Yield the reasons of a file of raw rows, for the block; more than `most` rows are refused.

    `reading` is what a person says of how the rows are read, whose renamed columns are remembered for its source.
    Raises NotFound, JobNotReady, StorageDamaged, MissingColumns, DataNotReadable, NoSuchColumn, BadSetting,
    TooManyRows, CannotExplain.
    """
    model = _checked(backend, training_job)
    with closing(encode_file(model.contract, rows, reading=reading)) as encoded:
        if reading:
            renames.remember(backend, encoded.names, reading.renames)
        if most is not None and encoded.rows > most:
            raise TooManyRows(rows=integer(encoded.rows), most=integer(most))
        with _explained(backend, training_job, model, encoded) as found:
            yield found


def load(backend: Backend, training_job: str, served: str = "") -> Model:
    """Return a model that is as its job wrote it, to ask in this process.

    `served` is the SHA-256 of the model.tar.gz that an endpoint answers by, where that is known. Raises as
    `explain_file`, ServesAnotherFile.
    """
    job = model_of(backend, training_job)
    check_model(backend.storage, job.name)
    if served and backend.storage.sha256(keys.model(job.name)) != served:
        raise ServesAnotherFile(training_job=training_job)
    with unpacked_model(backend, job.name) as folder:
        return predicting.load_model(folder)


def explain_first(
    described: ModelDescription, model: Model, encoded: EncodedRows, features: np.ndarray
) -> RowReasons:
    """Return the reasons of the first of some encoded rows, of which `features` are the accepted ones."""
    return next(_in_words(described, encoded, explain(model, described.contract, features[:1])))


def _checked(backend: Backend, training_job: str) -> ModelDescription:
    job = model_of(backend, training_job)
    check_model(backend.storage, job.name)
    return describe_model(backend, job.name)


@contextmanager
def _explained(
    backend: Backend, training_job: str, model: ModelDescription, encoded: EncodedRows
) -> Iterator[Explained]:
    accepted = int(encoded.accepted.sum())
    with Scratch("reasons") as folder:
        records = _asked(backend, training_job, encoded, accepted, folder) if accepted else np.empty(0)
        yield Explained(
            model.contract.label.name,
            encoded.rows,
            encoded.rejected_count,
            tuple(encoded.ignored),
            encoded.notes,
            _in_words(model, encoded, records),
        )


def _asked(
    backend: Backend, training_job: str, encoded: EncodedRows, accepted: int, folder: Path
) -> np.ndarray:
    """Return the records of the accepted rows, which stay on disk. Raises CannotExplain."""
    output = folder / "reasons.npy"
    with (
        backend.storage.local(keys.model(training_job)) as model,
        backend.storage.local(keys.model_contract(training_job)) as contract,
    ):
        command = [
            sys.executable,
            "-m",
            "core.judging.explain",
            "--model",
            str(model),
            "--contract",
            str(contract),
        ]
        command += [
            "--rows",
            str(encoded.folder / "rows.csv"),
            "--count",
            str(accepted),
            "--output",
            str(output),
        ]
        done = subprocess.run(command, cwd=PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip() or tr("exit code {code}", code=done.returncode)).splitlines()[-1]
        raise CannotExplain(name=training_job, reason=reason)
    return np.load(output, mmap_mode="r", allow_pickle=False)


def _in_words(model: ModelDescription, encoded: EncodedRows, records: np.ndarray) -> Iterator[RowReasons]:
    """Yield all rows in their places, the rejected ones too."""
    reasons, flags = {row.row - 1: row.reason for row in encoded.rejected}, encoded.flags
    answered = _answered(model, records, encoded.odd.at(encoded.accepted))
    for place, accepted in enumerate(encoded.accepted):
        if accepted:
            yield _row(model.contract, place, flags.get(place, ""), *next(answered))
        else:
            yield RowReasons(place + 1, rejected=reasons[place])


def _answered(
    model: ModelDescription, records: np.ndarray, odd: OddRows
) -> Iterator[tuple[np.void, Mapping[str, str | float]]]:
    """Yield each record with its prediction, as `predict` has it."""
    for start in range(0, len(records), DECODED):
        part = records[start : start + DECODED]
        scores = part["score"][:, 0] if part["score"].shape[1] == 1 else part["score"]
        given = odd.at(slice(start, start + len(part)))
        answers = decode(model.contract, scores, model.decision, odd=given)
        yield from zip(part, answers, strict=True)


def _row(
    contract: Contract, place: int, flags: str, record: np.void, answer: Mapping[str, str | float]
) -> RowReasons:
    names = [column.name for column in used_columns(contract)]
    contributions = dict(zip(names, record["contributions"].tolist(), strict=True))
    decision, prediction, base = answer.get("decision"), answer["prediction"], float(record["base"])
    if contract.label.problem == "regression":
        return RowReasons(place + 1, "", flags, None, prediction, base=base, contributions=contributions)
    start, points = float(record["start"]), record["points"].tolist()
    return RowReasons(
        place + 1,
        "",
        flags,
        decision,
        prediction,
        contract.classes[int(record["chosen"])],
        start + sum(points),
        base,
        contributions,
        start,
        dict(zip(names, points, strict=True)),
    )


def reason_of(
    label: str,
    row: RowReasons,
    cells: Mapping[str, str] | None = None,
    usual: Mapping[str, float] | None = None,
) -> Reason:
    """Return the reasons of a row that is not rejected; `cells` and `usual` as a `Reason` has them."""
    base, added = row.base, row.contributions or {}
    if row.points is not None and row.base_probability is not None:
        base, added = row.base_probability, row.points
    end = base + sum(added.values())
    return Reason(label, row.of, base, end, added, cells or {}, usual or {})


def sentence_of(
    label: str,
    row: RowReasons,
    cells: Mapping[str, str] | None = None,
    usual: Mapping[str, float] | None = None,
) -> str:
    """Return why a row has its prediction, or why it has none."""
    if row.rejected or row.contributions is None:
        return tr("rejected: {rejected}", rejected=in_words(row.rejected))
    return sentence(reason_of(label, row, cells, usual))
