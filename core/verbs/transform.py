"""Batch Transform: predictions for a file that is too large to send to an endpoint, without any endpoint.

`launch_transform` encodes the raw rows and keeps them beside what it sends, so that `collect` can put predictions to
rows later, in any process: below `transform/<job>/input/` are `raw.csv`, `rows.csv` (encoded), `told.json`, and in
`drift.json` how far the rows are from training. `collect` keeps what outcomes that come later need to find the rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from core import keys
from core.backends.base import Backend, Job, JobStatus
from core.backends.requests import JobKind, TransformRequest
from core.encoding.rows import encode_file
from core.encoding.rows_reading import RowsReading
from core.errors import BRING_BACK, JobNotReady, NotFound, NothingToPredict, StorageFailed
from core.judging.answers import joined, numbers
from core.language import mark, tr
from core.names import new_name
from core.predictions import asked_rows, check_columns, write_predictions
from core.predictions_workbook import is_workbook
from core.provenance import check_model
from core.storage import Storage
from core.verbs import beside, launching, model_description, predict, renames, watching
from core.verbs.file_quality import quality_of
from core.verbs.jobs import existing_job, stem
from core.verbs.kept_rows import Answered
from core.verbs.predict import CHUNK, ENCODING, READ, WRITE, WRITING, Prediction, Progress, part
from core.verbs.resources import checked_resources
from core.verbs.training import model_of

BLOCK = 1 << 22  # bytes of answers that are read at a time
SENDING = mark("Sending rows")


class Prepared(TypedDict):
    """What `prepare` is asked, as JSON holds it."""

    training_job: str
    name: str
    rows: str
    reading: Mapping[str, Any]


def launch_transform(
    backend: Backend,
    training_job: str,
    rows: Path,
    token: str = "",
    resources: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    reading: RowsReading | None = None,
    *,
    apart: bool = False,
) -> Job:
    """Encode a file of raw rows by the model's contract, in bounded memory, and start the transform job.

    `reading` is what a person says of how the rows are read, whose renamed columns are remembered for its source. The
    same `token` is the same job, whoever asks again. `apart`: the rows are encoded by a program of its own. Raises
    JobNotReady, StorageDamaged, MissingColumns, DataNotReadable, NoSuchColumn, NothingToPredict, RowTooLarge,
    BadSetting, StorageFailed, and what is raised apart.
    """
    tell = progress or predict.silent
    check_model(backend.storage, model_of(backend, training_job).name)
    name = new_name(f"transform-{stem(training_job)}", token)
    if known := existing_job(backend, name):
        return known
    checked = checked_resources(backend, "transform", resources)
    storage, said = backend.storage, reading.as_dict() if reading else {}
    storage.sweep("transform", keys.JOB_RECORD)
    with storage.making(keys.job("transform", name), keys.JOB_RECORD):  # a lost answer may stand for a job
        asked: Prepared = {"training_job": training_job, "name": name, "rows": str(rows), "reading": said}
        names = (
            beside.run("prepare_transform", asked, tell) if apart else prepare(backend, **asked, tell=tell)
        )
        key = keys.transform_rows(name)
        request = TransformRequest(name, training_job, key, rows.name, resources=checked, reading=said)
        job = launching.launch(backend, request)
    if reading:
        renames.remember(backend, names, reading.renames)
    return job


def prepare(
    backend: Backend, training_job: str, name: str, rows: str, reading: Mapping[str, Any], tell: Progress
) -> list[str]:
    """Encode a file of raw rows, and keep what the transform job `name` needs; return the names of its columns.

    Raises as `launch_transform`.
    """
    storage, path = backend.storage, Path(rows)
    contract = model_description.describe_model(backend, training_job).contract
    said = renames.reading_in(reading)
    with closing(encode_file(contract, path, part(tell, 0.0, 0.6, ENCODING), said)) as encoded:
        summary = predict.kept_summary(predict.summarize(encoded, Path("predictions.csv")))
        if not encoded.accepted.any():
            raise NothingToPredict(file=path.name, reason=encoded.first_rejected(1)[0].told)
        sending = part(tell, 0.6, 0.8, SENDING)
        with storage.writing(keys.transform_rows(name), sending) as file, file.open("wb") as target:
            target.writelines(encoded.chunks(CHUNK))
        with storage.writing(keys.transform_raw_rows(name), part(tell, 0.8, 1.0, SENDING)) as file:
            shutil.copyfile(path, file)
        storage.write_json(keys.transform_summary(name), summary)
        if drift := watching.drift_of_rows(backend, training_job, contract, encoded, path.name):
            storage.write_bytes(keys.transform_drift(name), drift)
        return list(encoded.names)


def launch_summary(backend: Backend, job: str) -> Prediction:
    """Return what was noticed about the rows of a transform job when it was launched. Raises StorageFailed."""
    return predict.read_summary(backend.storage, keys.transform_summary(job))


def collect(
    backend: Backend,
    job: str,
    output: Path,
    progress: Progress | None = None,
    guard: bool = True,
    *,
    columns: Sequence[str] = (),
) -> Prediction:
    """Write the predictions of a Completed transform job to `output`, exactly as `predict_file` would.

    Raises NotFound, JobNotReady, BadOutput, BadAnswer, StorageFailed.
    """
    tell = progress or predict.silent
    now = backend.job(job)
    if now.kind != JobKind.transform:
        raise NotFound(
            thing=tr("transform job"),
            name=job,
            listing=tr("jobs ({name} is a {kind} job)", name=job, kind=now.kind),
        )
    if now.status != JobStatus.completed:
        raise JobNotReady(name=job, status=now.status)
    model = model_description.describe_model(backend, now.request.get("training_job", ""))
    with backend.storage.local(keys.transform_raw_rows(job)) as rows:
        predict.check_output(rows, output)
        reading = renames.reading_in(now.request.get("reading", {}))
        share = READ if is_workbook(output) else WRITE  # of the time, until all is encoded
        with closing(encode_file(model.contract, rows, part(tell, 0.0, share, ENCODING), reading)) as encoded:
            check_columns(model.contract, encoded, output, columns)
            tell(share, tr("Reading answers"))
            raw = joined(np.concatenate(_answers(backend.storage, job)), model.objective)
            writing = part(tell, share, 1.0, WRITING)
            writing(0.0)
            guarded = write_predictions(
                model.contract, encoded, raw, output, guard, model.decision, model.half_width,
                columns=columns, about=predict.about_of(backend, model, output), progress=writing,
            )  # fmt: skip
            asked = asked_rows(model.contract, encoded, raw, model.decision)
            quality = quality_of(backend, model, encoded, raw, file=rows)
            every = np.ones(len(raw), bool)
            said = Answered(model.training_job, model.contract, raw, every, quality)
            watching.note_transformed(backend, job, encoded, said)
            return replace(predict.summarize(encoded, output, guarded, model), asked=asked, quality=quality)


def _answers(storage: Storage, job: str) -> list[np.ndarray]:
    """Return the job's answers in the rows' order; SageMaker calls the file as it called the rows', with `.out`."""
    folder, parts = keys.transform_output(job), []
    with storage.local(folder) as outputs:
        files = sorted(outputs.rglob("*.out")) if outputs.is_dir() else []
        if not files:
            raise StorageFailed(
                action="read", key=f"{folder}/rows.csv.out", reason=tr("It is not there."), advice=BRING_BACK
            )
        with files[0].open("rb") as file:
            while lines := file.readlines(BLOCK):
                if (block := b"".join(lines)).strip():
                    parts.append(numbers(block))
    return parts or [np.empty((0, 1))]
