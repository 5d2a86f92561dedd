"""Whether rows are of the population that a model was trained on: column by column, by the EDA's own measure.

`core/report/drift.py` is that measure. An app and a job hold files against the training's EDA report alike, and keep
what came of it in the same form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np

from core.cells.sql import literal
from core.encoding.contract import TRUE, Column, Contract
from core.encoding.encoded_rows import EncodedRows
from core.errors import HasChanged, StorageDamaged
from core.evaluation_file import Evaluation
from core.judging.file_quality import MEASURED, Quality
from core.language import tr, trn
from core.numbers import count, fixed
from core.reading import csv_table
from core.report import drift
from core.report.column_schema import ColumnEntry
from core.retelling import again, in_english, kept

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


def as_bytes(files: Sequence[FileDrift]) -> bytes:
    """Return how far files are from training as it is kept."""
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


def files_in(key: str, data: bytes) -> Iterator[FileDrift]:
    """Yield what `as_bytes` has made of files, kept at `key`. Raises StorageDamaged."""
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


def check_unchanged(name: str, files: Sequence[FileDrift]) -> str:
    """Return in a sentence that the files which have arrived at `name` are as in training. Raises HasChanged."""
    changed: dict[str, float] = {}
    for file in files:
        for column in file.columns:
            if column.matters:
                changed[column.column] = max(changed.get(column.column, 0.0), column.psi)
    if changed:
        told = ", ".join(
            tr("{column} (PSI {psi})", column=column, psi=fixed(psi, 2)) for column, psi in changed.items()
        )
        raise HasChanged(name=name, columns=told, files=count(len(files), "file", "files"))
    return tr(
        "What arrives is as in training: {files} since the last run.",
        files=count(len(files), "file", "files"),
    )


def drifts(
    columns: Sequence[ColumnEntry], evaluation: Evaluation | None, contract: Contract, encoded: EncodedRows
) -> list[ColumnDrift]:
    """Return how far the columns of encoded rows are from training, those that matter most first.

    `columns` are those of the training's EDA report, `evaluation` is the model's. Raises StorageFailed.
    """
    sample = _sample(encoded, len(contract.features))
    entries = {entry["name"]: entry for entry in columns}
    shares = _importance(evaluation)
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
