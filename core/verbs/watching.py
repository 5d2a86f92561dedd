"""The verb `watch`: what an endpoint is asked, and whether the files that arrive are of the population of training.

Each file that is predicted through an endpoint is held against its model's EDA report, column by column, by the EDA's
own measure (`core/report/drift.py`). What came of it is kept beside the endpoint, of the last files only.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np

from core import keys
from core.backends.base import Backend, Traffic
from core.backends.records import timestamp
from core.cells.sql import literal
from core.encoding.contract import TRUE, Column, Contract
from core.encoding.rows import EncodedRows
from core.errors import NotFound, SenderoError, StorageDamaged
from core.evaluation_file import Evaluation
from core.numbers import count
from core.reading import csv_table
from core.report import drift
from core.report.column_schema import ColumnEntry
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


@dataclass(frozen=True, slots=True)
class Watch:
    """An endpoint now: its traffic, and the last files that were predicted through it, the newest first."""

    traffic: Traffic
    files: tuple[FileDrift, ...]

    @property
    def sentence(self) -> str:
        """Return what is to be said of the newest file."""
        if not self.files:
            return f"No file of {LEAST} rows or more was predicted through it yet: nothing to hold against training."
        newest = self.files[0]
        matter = [each.column for each in newest.columns if each.matters]
        if matter:
            they = "columns that matter" if len(matter) > 1 else "column that matters"
            return f"What arrives has changed in {len(matter)} {they}: {', '.join(matter)}."
        moved = [each.column for each in newest.columns if each.moved]
        if moved:
            return f"What arrives has changed, in columns that the model hardly goes by: {', '.join(moved)}."
        return f"What arrives is as in training, as far as {count(newest.rows, 'row')} tell."


def watch(backend: Backend, endpoint: str) -> Watch:
    """Look at an endpoint that is in service. Raises NotFound, EndpointGone, StorageDamaged."""
    traffic = backend.traffic(endpoint)
    key = keys.endpoint_watch(endpoint)
    if not backend.storage.exists(key):
        return Watch(traffic, ())
    return Watch(traffic, tuple(_files(key, backend.storage.read_bytes(key))))


def note(
    backend: Backend, endpoint: str, training_job: str, contract: Contract, encoded: EncodedRows, file: str
) -> None:
    """Keep how far the rows of a file are from training. Predictions never fail by it: what cannot be kept is not."""
    accepted = encoded.rows - len(encoded.rejected)
    if accepted < LEAST:
        return
    with contextlib.suppress(SenderoError, KeyError, ValueError):
        columns = _drifts(backend, training_job, contract, _sample(encoded, len(contract.features)))
        told = FileDrift(file, timestamp(datetime.now(UTC)), encoded.rows, tuple(columns))

        def change(before: bytes | None) -> bytes:
            files = [told, *([] if before is None else _files("watch.json", before))][:KEPT]
            return json.dumps({"files": [asdict(each) for each in files]}, ensure_ascii=False).encode()

        with contextlib.suppress(NotFound):  # deleted meanwhile
            backend.endpoint(endpoint)
            backend.storage.update(keys.endpoint_watch(endpoint), change)


def _files(key: str, data: bytes) -> Iterator[FileDrift]:
    try:
        for each in json.loads(data)["files"]:
            yield FileDrift(**{**each, "columns": tuple(ColumnDrift(**column) for column in each["columns"])})
    except (ValueError, KeyError, TypeError) as error:
        raise StorageDamaged(key=key, reason=f"It is no watch over an endpoint: {error}.") from error


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


def _drifts(backend: Backend, training_job: str, contract: Contract, sample: np.ndarray) -> list[ColumnDrift]:
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
