"""A model asked for every row of a split, block by block: what is held of a split is its labels and its scores."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.judging.best_column import Rows
from core.judging.predictions_file import Contributions, Split

if TYPE_CHECKING:
    from core.container.lean_xgboost import xgb
    from core.container.model import Model

BLOCK = 2**24  # bytes of CSV at a time
SAMPLED = 50_000  # rows at most that single columns are looked at in, and numbers
SAMPLED_VALUES = 8_000_000
EXPLAINED = 5_000  # rows at most whose contributions are kept
LEAST_EXPLAINED = 50
KEPT_VALUES = 4_000_000  # numbers of contributions at most: 16 MB
# TreeSHAP's steps at most: rows x leaves x depth squared, of which a core does some 250 million a second.
STEPS = 150_000_000


def load_model(folder: Path) -> Model:
    """Return the model in `folder`, asked by all cores. Raises container.model.ModelError."""
    from core.container.model import load

    served = load(folder)
    for booster in served.boosters:
        booster.set_param({"nthread": 0})
    return served


def as_probability(raw: np.ndarray, objective: str) -> np.ndarray:
    """Return the answers of a model of `objective` as probabilities: binary:logitraw answers margins."""
    return 1.0 / (1.0 + np.exp(-raw)) if objective == "binary:logitraw" else raw


def predict(served: Model, rows: np.ndarray) -> np.ndarray:
    """Return what a model says of encoded rows, shape (n,) or (n, classes); class 1's probability of two classes."""
    from core.container.lean_xgboost import xgb

    answers = served.predict_array(rows)
    if answers is None:
        answers = served.predict(xgb.DMatrix(rows))
    return as_probability(answers, served.objective)


def as_served(folder: Path, bodies: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what an endpoint of the model in `folder` answers to each body of encoded rows, in the container's code.

    Raises container.model.ModelError, ValueError with the container's words where it refuses a body.
    """
    from core.container.invocation import Settings, invoke
    from core.container.model import load

    served = load(folder)
    for body in bodies:
        answer = invoke(served, Settings(), body, "text/csv", "text/csv")
        if answer.status != 200:
            raise ValueError(answer.body.decode(errors="replace"))
        yield answer.body + b"".join(answer.more or ())


def as_ubjson(folder: Path) -> bytes:
    """Return the model in `folder` as UBJSON. Raises ValueError of one in several parts, container.model.ModelError."""
    from core.container.model import load

    booster, *others = load(folder).boosters
    if others:
        raise ValueError(f"It is made of {1 + len(others)} models, whose answers are averaged.")
    return bytes(booster.save_raw("ubj"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model says of a split, and some of its rows, evenly spaced, as they were encoded."""

    split: Split
    sample: Rows


def ask_split(served: Model, name: str, folder: Path, features: int = 0) -> Asked:
    """Return what a model says of the split `name`, a folder of CSV files with the label first.

    With `features`, the number of the contract's, also some of its rows; and of test their contributions.
    """
    rows = rows_of(folder)
    sampled = evenly(rows, min(SAMPLED, SAMPLED_VALUES // features)) if features else np.empty(0, int)
    explained = name == "test" and features
    wanted = explained_rows(served, rows, features) if explained else np.empty(0, int)
    labels: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    picked: list[np.ndarray] = []
    sample: list[np.ndarray] = []
    start = 0
    for block in blocks(folder):
        rows = block[:, 1:].astype(np.float32)
        labels.append(block[:, 0].copy())
        scores.append(predict(served, rows))
        for positions, found in ((wanted, picked), (sampled, sample)):
            found.append(rows[positions[(positions >= start) & (positions < start + len(block))] - start])
        start += len(block)
    contributions = None
    if len(wanted):
        given = np.concatenate(picked)
        contributions = Contributions(wanted, explain(served, given), given)
    label = np.concatenate(labels)
    split = Split(name, label, np.concatenate(scores), contributions)
    return Asked(split, Rows(np.concatenate(sample), label[sampled]))


def explain(served: Model, rows: np.ndarray) -> np.ndarray:
    """Return what each feature, and at last the bias, adds to the margin of rows: the mean over a model's parts."""
    from core.container.lean_xgboost import xgb

    matrix = xgb.DMatrix(rows)
    parts = [
        booster.predict(matrix, pred_contribs=True, validate_features=False) for booster in served.boosters
    ]
    return parts[0] if len(parts) == 1 else np.mean(parts, axis=0)


def explained_rows(served: Model, rows: int, features: int) -> np.ndarray:
    """Return the positions, evenly spaced among `rows`, of those whose contributions are computed.

    What is kept of them and what they cost have a bound each.
    """
    if rows <= LEAST_EXPLAINED:
        return np.arange(rows)
    width = (features + 1) * max(int(served.num_class or 0), 1)
    steps = sum(_steps(booster) for booster in served.boosters)
    return evenly(rows, max(LEAST_EXPLAINED, min(EXPLAINED, KEPT_VALUES // width, STEPS // max(steps, 1))))


def _steps(booster: xgb.Booster) -> int:
    """Return TreeSHAP's steps for one row: by tree its leaves times its depth squared; none of a linear model."""
    steps = 0
    for tree in booster.get_dump() if booster.num_boosted_rounds() else ():
        deepest = max(map(len, re.findall(r"^\t*", tree, re.M)))
        steps += tree.count("leaf=") * deepest**2
    return steps


def evenly(rows: int, wanted: int) -> np.ndarray:
    """Return `wanted` positions among `rows`, evenly spaced; all where there are no more."""
    if rows <= wanted:
        return np.arange(rows)
    return np.arange(wanted) * rows // wanted


def rows_of(folder: Path) -> int:
    """Return how many lines the CSV files of a folder have."""
    lines = 0
    for file in sorted(folder.glob("*.csv")):
        last = b"\n"
        with file.open("rb") as content:
            while data := content.read(BLOCK):
                lines += data.count(b"\n")
                last = data[-1:]
        lines += last != b"\n"
    return lines


def blocks(folder: Path) -> Iterator[np.ndarray]:
    """Yield the numbers of the CSV files of a folder, which have no header, by blocks of rows: NaN where blank."""
    for file in sorted(folder.glob("*.csv")):
        yield from blocks_of(file)


def blocks_of(file: Path) -> Iterator[np.ndarray]:
    """Yield the same of one file."""
    with file.open("rb") as lines:  # opened here: pyarrow takes no path that is not UTF-8
        columns = lines.readline().count(b",") + 1
        lines.seek(0)
        while data := lines.read(BLOCK):
            yield _numbers(data + lines.readline(), columns)


def _numbers(lines: bytes, columns: int) -> np.ndarray:
    import pyarrow as pa
    from pyarrow import csv

    names = [str(column) for column in range(columns)]
    table = csv.read_csv(
        pa.BufferReader(lines),
        read_options=csv.ReadOptions(column_names=names),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64())),
    )
    [batch] = table.combine_chunks().to_batches()
    # As a tensor: `to_numpy` of a column imports pandas.
    return batch.to_tensor(null_to_nan=True, row_major=True).to_numpy()
