"""The verb `watch`: what an endpoint is asked, and whether the files that arrive are of the population of training.

Each file that is predicted through an endpoint is held against its model's EDA report, column by column, by the EDA's
own measure (`core/report/drift.py`). What came of it is kept beside the endpoint, of the last files only, with what
outcomes that come later need to find its rows (`core/verbs/outcomes.py`). The file of a transform job is held against
it too, and what its rows were told is kept once its predictions are written. Both go with the job, which counts for
each endpoint of the same model. A schedule that predicts by a job of its own (`core/scheduled_job.py`) holds its files
against it there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb

from core import keys, population
from core.backends.base import Backend, Traffic
from core.backends.records import timestamp
from core.backends.requests import JobKind
from core.encoding.contract import Contract
from core.encoding.encoded_rows import EncodedRows
from core.errors import SenderoError, StorageDamaged
from core.judging.file_quality import Quality
from core.language import tr
from core.names import new_token
from core.population import LEAST, ColumnDrift, FileDrift, as_bytes, files_in
from core.report.column_schema import ColumnEntry
from core.verbs import costs, kept_rows
from core.verbs.kept_rows import Answered
from core.verbs.training import evaluation_of

KEPT = 50  # files


@dataclass(frozen=True, slots=True)
class Watch:
    """An endpoint now: its traffic, and the last files that were predicted through it or by transform jobs of its
    model, the newest first."""

    traffic: Traffic
    files: tuple[FileDrift, ...]
    per_thousand: float | None = None  # USD for 1,000 requests; None: nothing, or not known

    @property
    def sentence(self) -> str:
        """Return what is to be said of the newest file."""
        if not self.files:
            return tr(
                "No file of {least} rows or more was predicted yet: nothing to hold against training.",
                least=LEAST,
            )
        return self.files[0].sentence


def watch(backend: Backend, endpoint: str) -> Watch:
    """Look at an endpoint that is in service. Raises NotFound, EndpointGone, StorageDamaged."""
    traffic = backend.traffic(endpoint)
    now, key = backend.endpoint(endpoint), keys.endpoint_watch(endpoint)
    price = costs.per_thousand_requests(now, traffic)
    files = _transformed(backend, now.training_job)
    if backend.storage.exists(key):
        files += files_in(key, backend.storage.read_bytes(key))
    for arrived in backend.storage.files(keys.endpoint_arrived(endpoint))[-KEPT:]:
        files += files_in(arrived, backend.storage.read_bytes(arrived))
    newest = sorted(files, key=lambda file: file.at, reverse=True)
    return Watch(traffic, tuple(newest[:KEPT]), price)


def _transformed(backend: Backend, training_job: str) -> list[FileDrift]:
    """Return the files of the last transform jobs of a model. Raises StorageDamaged."""
    jobs = [job for job in backend.jobs(JobKind.transform) if job.request.get("training_job") == training_job]
    found = (drift_of_job(backend, job.name) for job in jobs[:KEPT])
    return [file for file in found if file]


def drift_of_job(backend: Backend, job: str) -> FileDrift | None:
    """Return how far the rows of a transform job are from training, None where nobody could tell.

    Raises StorageDamaged.
    """
    key = keys.transform_drift(job)
    if not backend.storage.exists(key):
        return None
    [file] = files_in(key, backend.storage.read_bytes(key))
    return file


def drift_of_rows(
    backend: Backend, training_job: str, contract: Contract, encoded: EncodedRows, file: str
) -> bytes | None:
    """Return what `drift_of_job` reads of encoded rows of `file`; None where they are too few, or nobody can tell."""
    if int(encoded.accepted.sum()) < LEAST:
        return None
    with contextlib.suppress(SenderoError, KeyError, ValueError, OSError, duckdb.Error):
        columns = tuple(drifts(backend, training_job, contract, encoded))
        moment = timestamp(datetime.now(UTC))
        return as_bytes([FileDrift(file, moment, encoded.rows, columns, training_job=training_job)])
    return None


def note(backend: Backend, endpoint: str, encoded: EncodedRows, file: str, said: Answered) -> None:
    """Keep how far the rows of a file are from training, and how good its predictions are, as far as that is known.

    Predictions never fail by it: what cannot be kept is not.
    """
    accepted = int(encoded.accepted.sum())
    if accepted < LEAST:
        return
    with contextlib.suppress(SenderoError, KeyError, ValueError, OSError, duckdb.Error):
        contract, job = said.contract, said.training_job
        columns = drifts(backend, job, contract, encoded)
        backend.endpoint(endpoint)  # it may be deleted meanwhile
        name = new_token()
        names = kept_rows.keep(backend.storage, keys.watched_rows(endpoint, name), encoded, said)
        told = FileDrift(
            file,
            timestamp(datetime.now(UTC)),
            encoded.rows,
            tuple(columns),
            name if names else "",
            names,
            job,
            said.quality,
        )
        change_files(backend, endpoint, lambda files: [told, *files])


def note_transformed(backend: Backend, job: str, encoded: EncodedRows, said: Answered) -> None:
    """Keep of the rows of a transform job what `note` keeps of a file's, once, however often its predictions are
    written: what outcomes have told since then stays.

    The predictions never fail by it: what cannot be kept is not.
    """
    with contextlib.suppress(SenderoError, KeyError, ValueError, OSError, duckdb.Error):
        storage, file = backend.storage, drift_of_job(backend, job)
        if not file or file.transform_job:
            return
        name = new_token()
        names = kept_rows.keep(storage, keys.transformed_rows(job, name), encoded, said)

        def told(now: FileDrift) -> FileDrift:
            if now.transform_job:  # another one was faster
                return now
            kept = name if names else ""
            return replace(now, id=kept, keys=names, quality=said.quality, transform_job=job)

        _change_file_of_job(backend, job, told)
        now = drift_of_job(backend, job)
        if names and now and now.id != name:
            storage.delete(keys.transformed_rows(job, name))


def rows_kept(endpoint: str, file: FileDrift) -> str:
    """Return the key of what is kept of the rows of a file that `watch` tells of an endpoint."""
    if file.transform_job:
        return keys.transformed_rows(file.transform_job, file.id)
    return keys.watched_rows(endpoint, file.id)


def change_qualities(
    backend: Backend, endpoint: str, files: Sequence[FileDrift], qualities: Mapping[str, Quality]
) -> None:
    """Write how good the predictions of some of the `files` were, by their ids. Raises StorageFailed."""

    def told(file: FileDrift) -> FileDrift:
        return replace(file, quality=qualities[file.id]) if file.id in qualities else file

    measured = [file for file in files if file.id in qualities]
    if any(not file.transform_job for file in measured):
        change_files(backend, endpoint, lambda now: [told(file) for file in now])
    for file in measured:
        if file.transform_job:
            _change_file_of_job(backend, file.transform_job, told)


def _change_file_of_job(backend: Backend, job: str, change: Callable[[FileDrift], FileDrift]) -> None:
    """Write what is kept of the file of a transform job anew. Raises StorageFailed, StorageDamaged."""
    key = keys.transform_drift(job)

    def written(before: bytes | None) -> bytes:
        if before is None:  # the job was deleted meanwhile
            raise StorageDamaged(key=key, reason=tr("It is not there."))
        return as_bytes([change(file) for file in files_in(key, before)])

    backend.storage.merge(key, written)


def change_files(
    backend: Backend, endpoint: str, change: Callable[[list[FileDrift]], list[FileDrift]]
) -> None:
    """Write what is kept of the files of an endpoint anew; what is dropped goes with its rows. Raises StorageFailed."""
    dropped: list[FileDrift] = []

    def written(before: bytes | None) -> bytes:
        files = change([] if before is None else list(files_in("watch.json", before)))
        dropped[:] = files[KEPT:]
        return as_bytes(files[:KEPT])

    backend.storage.merge(keys.endpoint_watch(endpoint), written)
    for file in dropped:
        if file.id:
            backend.storage.delete(keys.watched_rows(endpoint, file.id))


def drifts(
    backend: Backend, training_job: str, contract: Contract, encoded: EncodedRows
) -> list[ColumnDrift]:
    """Return how far the columns of encoded rows are from training, those that matter most first.

    Raises StorageFailed, StorageDamaged.
    """
    request = backend.storage.read_json(keys.job_record("training", training_job), "request")["request"]
    report = backend.storage.read_json(keys.report(request["processing_job"]), "columns")
    columns: list[ColumnEntry] = report["columns"]
    return population.drifts(columns, evaluation_of(backend, training_job), contract, encoded)
