"""The verb `watch`: what an endpoint is asked, and whether the files that arrive are of the population of training.

Each file that is predicted through an endpoint is held against its model's EDA report, column by column, by the EDA's
own measure (`core/report/drift.py`). What came of it is kept beside the endpoint, of the last files only, with what
outcomes that come later need to find its rows (`core/verbs/outcomes.py`). The file of a transform job is held against
it too, and what its rows were told is kept once its predictions are written. Both go with the job, which counts for
each endpoint of the same model.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import duckdb
import numpy as np

from core import keys
from core.backends.base import Backend, Traffic
from core.backends.records import timestamp
from core.backends.requests import JobKind
from core.cells.sql import literal
from core.encoding.contract import TRUE, Column, Contract
from core.encoding.encoded_rows import EncodedRows
from core.errors import SenderoError, StorageDamaged
from core.evaluation_file import Evaluation
from core.judging.file_quality import MEASURED, Quality
from core.language import tr, trn
from core.names import new_token
from core.numbers import count
from core.reading import csv_table
from core.report import drift
from core.report.column_schema import ColumnEntry
from core.retelling import again, in_english, kept
from core.verbs import costs, kept_rows
from core.verbs.kept_rows import Answered
from core.verbs.training import evaluation_of

KEPT = 50  # files
SAMPLED = 50_000  # rows of a file that are looked at
LEAST = 30  # rows below which nothing can be told
BINS = 10
MATTERS = 0.05  # share of the model that a column has to have


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One column of a file against training: PSI, what chance makes of it, and the column's share of the model."""

    column: str
    psi: float
    noise: float
    importance: float
    moved: bool
    matters: bool  # it has moved, and the model goes by it


@dataclass(frozen=True, slots=True)
class FileDrift:
    """One file that was predicted, its columns in order of how much their change matters."""

    file: str
    at: str
    rows: int
    columns: tuple[ColumnDrift, ...]
    id: str = ""  # of what is kept of its rows; "" where nothing is
    keys: tuple[str, ...] = ()  # columns that tell its rows apart
    training_job: str = ""  # whose model predicted it
    quality: Quality | None = None  # measured, or as is to be expected
    transform_job: str = ""  # that answered it, once its predictions were written

    @property
    def sentence(self) -> str:
        """Return what is to be said of it."""
        matter = [each.column for each in self.columns if each.matters]
        if matter:
            return trn(
                "What arrives has changed in {number} column that matters: {names}.",
                "What arrives has changed in {number} columns that matter: {names}.",
                len(matter),
                number=len(matter),
                names=", ".join(matter),
            )
        moved = [each.column for each in self.columns if each.moved]
        if moved:
            return tr(
                "What arrives has changed, in columns that the model hardly goes by: {names}.",
                names=", ".join(moved),
            )
        return tr(
            "What arrives is as in training, as far as {rows} tell.", rows=count(self.rows, "row", "rows")
        )

    @property
    def measured(self) -> Quality | None:
        """Return how good its predictions were, None where their truth is not known."""
        return self.quality if self.quality and self.quality["basis"] == MEASURED else None


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
        files += _files(key, backend.storage.read_bytes(key))
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
    [file] = _files(key, backend.storage.read_bytes(key))
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
        return _bytes([FileDrift(file, moment, encoded.rows, columns, training_job=training_job)])
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
        return _bytes([change(file) for file in _files(key, before)])

    backend.storage.merge(key, written)


def change_files(
    backend: Backend, endpoint: str, change: Callable[[list[FileDrift]], list[FileDrift]]
) -> None:
    """Write what is kept of the files of an endpoint anew; what is dropped goes with its rows. Raises StorageFailed."""
    dropped: list[FileDrift] = []

    def written(before: bytes | None) -> bytes:
        files = change([] if before is None else list(_files("watch.json", before)))
        dropped[:] = files[KEPT:]
        return _bytes(files[:KEPT])

    backend.storage.merge(keys.endpoint_watch(endpoint), written)
    for file in dropped:
        if file.id:
            backend.storage.delete(keys.watched_rows(endpoint, file.id))


def _bytes(files: Sequence[FileDrift]) -> bytes:
    return json.dumps({"files": [_kept(each) for each in files]}, ensure_ascii=False).encode()


def _kept(file: FileDrift) -> dict[str, Any]:
    """Return what is kept of a file: its notes as everybody reads them, and what they were written from."""
    held = asdict(file)
    if file.quality:
        notes = file.quality["notes"]
        held["quality"] |= {"notes": [in_english(each) for each in notes], "written": {"notes": kept(notes)}}
    return held


def _quality(held: dict[str, Any] | None) -> Quality | None:
    """Return the quality that is kept of a file, its notes in the reader's language."""
    if held is None:
        return None
    written = cast("Mapping[str, Any]", held.pop("written", {}))
    return cast(Quality, held | {"notes": again(written.get("notes", held["notes"]))})


def _files(key: str, data: bytes) -> Iterator[FileDrift]:
    try:
        for each in json.loads(data)["files"]:
            columns = tuple(ColumnDrift(**column) for column in each["columns"])
            quality = _quality(each.get("quality"))
            joined_by = tuple(each.get("keys", ()))
            yield FileDrift(**{**each, "columns": columns, "keys": joined_by, "quality": quality})
    except (ValueError, KeyError, TypeError) as error:
        raise StorageDamaged(
            key=key, reason=tr("It is no watch over an endpoint: {error}.", error=error)
        ) from error


def _sample(encoded: EncodedRows, features: int) -> np.ndarray:
    """Return encoded rows by chance, the same ones each time: (rows, features)."""
    names = ", ".join(f"'f{place}': 'DOUBLE'" for place in range(features))
    file = literal(str(encoded.folder / "rows.csv"))
    connection = csv_table.connect(encoded.folder)
    try:
        rows = connection.execute(
            f"SELECT * FROM read_csv({file}, header=false, auto_detect=false, columns={{{names}}})"
            f" USING SAMPLE reservoir({SAMPLED} ROWS) REPEATABLE (1)"
        ).fetchnumpy()
    finally:
        connection.close()
    return np.column_stack([np.ma.filled(rows[f"f{place}"], np.nan) for place in range(features)])


def drifts(
    backend: Backend, training_job: str, contract: Contract, encoded: EncodedRows
) -> list[ColumnDrift]:
    """Return how far the columns of encoded rows are from training, those that matter most first.

    Raises StorageFailed, StorageDamaged.
    """
    sample = _sample(encoded, len(contract.features))
    request = backend.storage.read_json(keys.job_record("training", training_job), "request")["request"]
    report = backend.storage.read_json(keys.report(request["processing_job"]), "columns")
    entries: dict[str, ColumnEntry] = {entry["name"]: entry for entry in report["columns"]}
    shares = _importance(evaluation_of(backend, training_job))
    places = {feature: place for place, feature in enumerate(contract.features)}
    found: list[ColumnDrift] = []
    for column in contract.columns:
        entry = entries.get(column.name)
        bins = entry and _bins(column, entry, sample[:, [places[name] for name in column.features]])
        if not bins or not all(side.sum() for side in bins):
            continue
        psi, noise = drift.psi_of(*bins)
        share = sum(shares.get(name, 0.0) for name in column.features)
        moved = drift.moved(psi, noise)
        found.append(ColumnDrift(column.name, psi, noise, round(share, 6), moved, moved and share >= MATTERS))
    return sorted(found, key=lambda each: (-each.matters, -each.moved, -each.importance * each.psi))


def _importance(evaluation: Evaluation | None) -> dict[str, float]:
    return {each["feature"]: each["share"] for each in evaluation["importance"]} if evaluation else {}


def _bins(column: Column, entry: ColumnEntry, values: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the counts of training and of the file in the same bins, blanks the last; None of dates, which move on."""
    if not column.features or column.kind not in ("numeric", "categorical", "boolean"):
        return None
    seen = values[:, 0]
    blank = np.isnan(seen)
    if column.kind == "numeric":
        histogram = entry.get("histogram")
        if not histogram or not histogram["counts"]:
            return None
        counts, edges = np.array(histogram["counts"]), np.array(histogram["edges"])
        reached = np.cumsum(counts) / max(counts.sum(), 1)
        last = np.unique(
            np.searchsorted(reached, np.arange(1, BINS) / BINS)
        )  # bins of about as many rows each
        inner = edges[1:-1][last[last < len(edges) - 2]]
        first = np.bincount(np.searchsorted(inner, edges[1:], side="left"), counts, len(inner) + 1)
        second = np.bincount(np.searchsorted(inner, seen[~blank], side="left"), minlength=len(inner) + 1)
    else:
        codes = column.own_codes + 1 if column.kind == "categorical" else 2
        first = np.zeros(codes)
        for place, (text, rows) in enumerate(column.levels):
            first[_code(column, place, str(text))] += rows
        second = np.bincount(seen[~blank].astype(int), minlength=codes)[:codes]
    return np.append(first, entry["missing"]), np.append(second, blank.sum())


def _code(column: Column, place: int, text: str) -> int:
    if column.kind == "categorical":
        return min(place, column.own_codes)
    return int(text.lower() in TRUE)
