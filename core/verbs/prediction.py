"""Prediction Jobs: a file of any size through an endpoint, in a process that outlives the page that began it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from core import keys
from core.backends.base import Backend, Job, JobStatus
from core.backends.requests import JobKind, PredictionRequest
from core.encoding.rows import encode_file
from core.encoding.rows_reading import RowsReading
from core.errors import JobNotReady
from core.judging import decision_file
from core.language import tr
from core.names import new_name
from core.predictions import check_columns, is_csv
from core.predictions_workbook import is_workbook
from core.storage import Storage, storage_errors
from core.verbs import audit, launching, model_description, predict
from core.verbs.asking import Answers
from core.verbs.jobs import existing_job, of_kind, stem
from core.verbs.predict import ENCODING, READ, WRITE, WRITING, Prediction, Progress, part
from core.verbs.renames import reading_in
from core.verbs.resources import estimate_transform

# Bytes of a file that is answered while one waits: some seconds' work, and nothing that is left in memory.
AT_ONCE = 8 << 20
# From here on two requests of 0.75 MB at a time, of about a second each, take longer than an instance takes to start.
BATCH_FROM = 400 << 20


def is_small(rows: Path) -> bool:
    """Return whether a file is answered at once rather than by a job."""
    with storage_errors("read", rows.name):
        return rows.stat().st_size <= AT_ONCE


def batch_proposal(backend: Backend, endpoint: str, size: int) -> str:
    """Return why a file of `size` bytes is better predicted by Batch Transform, and for how much; else nothing."""
    if not backend.capabilities.costs_money or size < BATCH_FROM:
        return ""
    at_a_time = backend.endpoint(endpoint).at_a_time
    price = estimate_transform(backend, size).amount
    return tr(
        "Batch Transform is likely to be sooner: this endpoint answers {at_a_time} requests at a time, which takes"
        " longer from {size} MB on than the 5 minutes in which an instance of its own starts. It needs no"
        " endpoint, and costs {price}.",
        at_a_time=at_a_time,
        size=BATCH_FROM >> 20,
        price=price,
    )


def launch_prediction(
    backend: Backend,
    endpoint: str,
    rows: Path,
    token: str = "",
    guard: bool = True,
    file: str = "",
    *,
    output: str = ".csv",
    columns: Sequence[str] = (),
    reading: RowsReading | None = None,
) -> Job:
    """Start the job that predicts a file, whose name is `file` where `rows` is a copy of it, and writes an `output`.

    The same `token` is the same job, whoever asks again. Raises EndpointGone, StorageFailed.
    """
    name = new_name(f"predict-{stem(endpoint)}", token)
    if known := existing_job(backend, name):
        return known
    model_description.describe_endpoint(backend, endpoint)
    storage = backend.desk
    called = file or rows.name
    key = keys.prediction_rows(name, f"rows{Path(called).suffix.lower()}")
    training_job = backend.endpoint(endpoint).training_job
    storage.sweep("prediction", keys.JOB_RECORD)
    with storage.making(keys.job("prediction", name), keys.JOB_RECORD):
        with storage.writing(key) as copy:
            shutil.copyfile(rows, copy)
        said = reading.as_dict() if reading else {}
        request = PredictionRequest(
            name, endpoint, training_job, key, called, guard, output, tuple(columns), said
        )
        return launching.launch(backend, request)


def can_resume(job: Job) -> bool:
    """Return whether a Prediction Job can go on: it has ended, and not with all of its rows."""
    return job.kind == JobKind.prediction and job.status in (JobStatus.stopped, JobStatus.failed)


def resume(backend: Backend, name: str) -> Job:
    """Let a Prediction Job that was stopped or failed go on; what was answered is not asked again.

    One that runs, or is Completed, is returned as it is. Raises NotFound, EndpointGone.
    """
    job = of_kind(backend, name, JobKind.prediction)
    if not can_resume(job) or "endpoint" not in job.request:
        return job
    fields = {**job.request, "kind": JobKind.prediction}
    model_description.describe_endpoint(backend, job.request["endpoint"])
    resumed = backend.launch(PredictionRequest(**fields))
    audit.record(backend, "resumed", f"{resumed.kind} job", name)
    return resumed


def summary(backend: Backend, name: str) -> Prediction | None:
    """Return what became of the rows of a Prediction Job that has ended; None where it has written nothing."""
    storage = backend.desk
    if not storage.exists(keys.prediction_summary(name)):
        return None
    decision = decision_file.read(storage, keys.prediction_decision(name))
    return replace(predict.read_summary(storage, keys.prediction_summary(name)), decision=decision)


def rows_of(backend: Backend, name: str) -> tuple[Path, str]:
    """Return the file that a Prediction Job predicts, and what it is called for a person. Raises NotFound."""
    job = of_kind(backend, name, JobKind.prediction)
    return backend.desk.path(job.request.get("rows", "")), job.request.get("file", "") or name


def collect(
    backend: Backend,
    name: str,
    output: Path,
    progress: Progress | None = None,
    guard: bool = True,
    *,
    columns: Sequence[str] = (),
) -> Prediction:
    """Write to `output` what a Prediction Job has written, or what it has so far where it was stopped or has failed.

    Raises NotFound, JobNotReady, BadOutput, NoSuchColumn, StorageFailed.
    """
    tell = progress or predict.silent
    job, storage = of_kind(backend, name, JobKind.prediction), backend.desk
    if job.status.active or "endpoint" not in job.request:
        raise JobNotReady(name=name, status=job.status)
    with storage.local(job.request["rows"]) as rows:
        predict.check_output(rows, output)
        done = summary(backend, name)
        suffix = job.request.get("output", ".csv")
        as_it_is = tuple(columns) == tuple(job.request.get("columns", ())) and kind_of(output) == suffix
        if done and as_it_is and (suffix != ".csv" or job.request.get("guard", True) == guard):
            _copy(storage, keys.predicted_rows(name, suffix), output)
            return replace(done, output=output)
        model = model_description.describe_model(backend, job.request["training_job"])
        reading = reading_in(job.request.get("reading", {}))
        share = READ if is_workbook(output) else WRITE  # of the time, until all is encoded
        with closing(encode_file(model.contract, rows, part(tell, 0.0, share, ENCODING), reading)) as encoded:
            check_columns(model.contract, encoded, output, columns)
            answers = Answers(int(encoded.accepted.sum()), storage.path(keys.prediction_answers(name)))
            answers.take(encoded.chunks(predict.CHUNK))
            writing = part(tell, share, 1.0, WRITING)
            writing(0.0)
            return predict.write_answers(
                backend, model, encoded, answers, output, guard, columns, rows, writing
            )


def kind_of(output: Path) -> str:
    """Return what is written to `output`, by its name: .csv, .xlsx or .parquet."""
    return ".csv" if is_csv(output) else output.suffix.lower()


def _copy(storage: Storage, key: str, output: Path) -> None:
    """Copy a file out of storage, whole or not at all."""
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    with storage.local(key) as file, storage_errors("write", output.name):
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, temporary)
            os.replace(temporary, output)
        finally:
            temporary.unlink(missing_ok=True)
