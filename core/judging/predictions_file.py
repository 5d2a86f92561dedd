"""predictions.parquet: what a model says of each row of validation and test, beside what is true.

One row a row of a split:
- `split`, and `row`: 0-based, in that split's CSV (of test also of its raw rows, some of which test_raw.csv keeps);
- `label`: class code, or value;
- `score`: the probability of class 1, a regression's prediction, or the code of a class that is only named; of several
  classes with a probability `score_<class>` for each;
- `contributions`: for some evenly spaced rows of test what each feature adds to the margin (XGBoost's TreeSHAP), in the
  contract's order and then the bias; of several classes one after the other;
- `features`: those rows as they were encoded, which say at which value a feature adds so much.

Columns are handed over as buffers, and no table is cast: pyarrow's own ways import pandas, or its compute functions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.language import tr

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

VERSION = 1
KEY = b"sendero"  # of the file's facts, in its metadata
SPLITS = ("validation", "test")
ROW_GROUP = 131_072
WRITING: dict[str, Any] = {"compression": "zstd", "use_dictionary": ["split"]}  # hardly a score occurs twice


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file is of. `features` are the contract's, in order; `rows` are those of each split."""

    problem: str
    classes: tuple[str, ...]
    features: tuple[str, ...]
    objective: str
    rows: dict[str, int] = field(default_factory=dict[str, int])
    notes: tuple[str, ...] = ()  # on what was left out, as whole sentences
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Contributions:
    """What features add to the margin in some rows of a split, by TreeSHAP.

    Attributes:
        rows: their positions, rising; shape (n,).
        values: float32 of shape (n, features + 1), the bias last; of several classes (n, classes, features + 1).
        features: those rows themselves as they were encoded, float32 of shape (n, features), NaN where blank.
    """

    rows: np.ndarray
    values: np.ndarray
    features: np.ndarray


@dataclass(frozen=True, slots=True)
class Split:
    """The predictions of one split.

    Attributes:
        name: validation or test.
        label: class codes or values, shape (n,).
        score: shape (n,), or (n, classes).
        contributions: of some of its rows.
    """

    name: str
    label: np.ndarray
    score: np.ndarray
    contributions: Contributions | None = None


def score_names(facts: Facts, per_class: bool) -> list[str]:
    """Return the names of the columns of scores: one, or one for each class."""
    return [f"score_{name}" for name in facts.classes] if per_class else ["score"]


def write(path: Path, facts: Facts, splits: Sequence[Split]) -> None:
    """Write `path`, whole or not at all; `facts.rows` are counted here. Raises OSError."""
    from pyarrow import parquet

    rows = {split.name: len(split.label) for split in splits}
    written = json.dumps(asdict(facts) | {"rows": rows}, ensure_ascii=False).encode()
    ordered = sorted(splits, key=lambda split: SPLITS.index(split.name))
    tables = [_table(split, score_names(facts, split.score.ndim == 2)) for split in ordered]
    schema = tables[0].schema.with_metadata({KEY: written})
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        # Opened here: pyarrow takes no path that is not UTF-8.
        with temporary.open("wb") as bytes_out, parquet.ParquetWriter(bytes_out, schema, **WRITING) as file:
            for table in tables:
                file.write_table(table, ROW_GROUP)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _table(split: Split, names: list[str]) -> pa.Table:
    import pyarrow as pa

    rows = len(split.label)
    # The scores of a regression are as large as its labels, and float32 holds seven digits.
    kind = np.float64 if split.score.dtype == np.float64 else np.float32
    scores, given = split.score.reshape(rows, -1), split.contributions
    codes = _column(np.zeros(rows, np.int32))
    return pa.table(
        {
            "split": pa.DictionaryArray.from_arrays(codes, _text(split.name)),
            "row": _column(np.arange(rows, dtype=np.int32)),
            "label": _column(split.label.astype(np.float64)),
            **{name: _column(scores[:, index].astype(kind)) for index, name in enumerate(names)},
            "contributions": _lists(rows, given and given.rows, given and given.values),
            "features": _lists(rows, given and given.rows, given and given.features),
        }
    )


def _column(values: np.ndarray) -> pa.Array:
    import pyarrow as pa

    kept = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(kept.dtype), len(kept), [None, pa.py_buffer(kept)])


def _text(value: str) -> pa.Array:
    """Return an array of one text."""
    import pyarrow as pa

    text = value.encode()
    ends = np.array([0, len(text)], np.int32)
    return pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), pa.py_buffer(text)])


def _lists(rows: int, which: np.ndarray | None, values: np.ndarray | None) -> pa.Array:
    """Return one list of numbers a row for the rows `which`, null for the others of `rows`."""
    import pyarrow as pa

    kind = pa.list_(pa.float32())
    if which is None or values is None or not len(which):
        return pa.nulls(rows, kind)
    values = values.reshape(len(which), -1).astype(np.float32)
    there = np.zeros(rows, bool)
    there[which] = True
    ends = np.concatenate([[0], np.cumsum(there) * values.shape[1]]).astype(np.int32)
    bits = np.packbits(there, bitorder="little")
    return pa.ListArray.from_buffers(
        kind, rows, [pa.py_buffer(bits), pa.py_buffer(ends)], children=[_column(values.ravel())]
    )


def read_facts(path: Path) -> Facts:
    """Return what the file is of. Raises OSError, ValueError for a file that is no such one."""
    from pyarrow import parquet

    with path.open("rb") as file:
        return _facts(parquet.read_metadata(file).metadata or {})


def _facts(metadata: dict[bytes, bytes]) -> Facts:
    value: dict[str, Any] = json.loads(metadata.get(KEY, b"{}"))
    if value.get("version") != VERSION:
        raise ValueError(
            tr(
                "Its version is {version}; this Sendero reads {known}. Judge the model again.",
                version=value.get("version"),
                known=VERSION,
            )
        )
    lists: dict[str, Any] = {name: tuple(value[name]) for name in ("classes", "features", "notes")}
    return Facts(**value | lists)


def read(path: Path, split: str, *columns: str) -> dict[str, np.ndarray]:
    """Return the numbers of `columns` of all rows of a split. Raises OSError, ValueError."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in columns}
    for batch in batches(path, split, *columns):
        for name, values in batch.items():
            parts[name].append(values)
    return {name: np.concatenate(values) if values else np.empty(0) for name, values in parts.items()}


def batches(path: Path, split: str, *columns: str) -> Iterator[dict[str, np.ndarray]]:
    """Yield the same by parts of at most ROW_GROUP rows."""
    from pyarrow import parquet

    with path.open("rb") as bytes_in, parquet.ParquetFile(bytes_in) as file:
        for group in _groups(file, split):
            table = file.read_row_group(group, list(columns))
            yield {name: _numbers(table.column(name)) for name in columns}


def labels(path: Path, split: str) -> np.ndarray:
    """Return the labels of all rows of a split. Raises OSError, ValueError."""
    return read(path, split, "label")["label"]


def scores(path: Path, split: str) -> np.ndarray:
    """Return the scores of all rows of a split: shape (n,), or (n, classes). Raises OSError, ValueError."""
    names = columns_of_scores(path)
    found = read(path, split, *names)
    return found["score"] if names == ["score"] else np.stack([found[name] for name in names], axis=1)


def columns_of_scores(path: Path) -> list[str]:
    """Return the names of the columns of scores that the file has. Raises OSError."""
    from pyarrow import parquet

    with path.open("rb") as file:
        names = parquet.read_schema(file).names
    return [name for name in names if name == "score" or name.startswith("score_")]


def contributions(path: Path) -> Contributions | None:
    """Return what features add to the margin in some rows of test; None where there are none.

    Raises OSError, ValueError.
    """
    from pyarrow import parquet

    width, names = len(read_facts(path).features), ("contributions", "features")
    rows: list[np.ndarray] = []
    values: dict[str, list[np.ndarray]] = {name: [] for name in names}
    with path.open("rb") as bytes_in, parquet.ParquetFile(bytes_in) as file:
        for group in _groups(file, "test"):
            table = file.read_row_group(group, ["row", *names])
            lists = {name: table.column(name).combine_chunks() for name in names}
            rows.append(_numbers(table.column("row"))[_bits(lists["contributions"])])
            for name in names:
                values[name].append(_numbers(lists[name].flatten()))
    which = np.concatenate(rows) if rows else np.empty(0, np.int32)
    if not len(which):
        return None
    added = np.concatenate(values["contributions"]).reshape(len(which), -1, width + 1)
    features = np.concatenate(values["features"]).reshape(len(which), width)
    return Contributions(which, added[:, 0] if added.shape[1] == 1 else added, features)


def _groups(file: parquet.ParquetFile, split: str) -> range:
    """Return the row groups of a split: those of validation stand before those of test."""
    rows = _facts(file.metadata.metadata or {}).rows
    sizes = {name: -(-rows.get(name, 0) // ROW_GROUP) for name in SPLITS}
    start = sum(sizes[name] for name in SPLITS[: SPLITS.index(split)])
    return range(start, start + sizes[split])


def _numbers(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    import pyarrow as pa

    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    kind = {"float": np.float32, "double": np.float64, "int32": np.int32}[str(column.type)]
    parts = [
        np.frombuffer(memoryview(chunk.buffers()[1]), kind)[chunk.offset :][: len(chunk)]
        for chunk in chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, kind)


def _bits(lists: pa.Array) -> np.ndarray:
    """Return which of the lists are no nulls."""
    buffer = lists.buffers()[0]
    if buffer is None:
        return np.full(len(lists), lists.null_count == 0)
    bits = np.unpackbits(np.frombuffer(memoryview(buffer), np.uint8), bitorder="little")
    return bits[lists.offset :][: len(lists)].astype(bool)
