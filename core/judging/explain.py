"""The reasons of encoded rows, by the model itself: a program, so that XGBoost is loaded in no other process.

`python -m core.judging.explain --model FILE --contract FILE --rows FILE --count N --output FILE`: the rows are CSV of
the contract's features without a header, the output is `ROW` records in numpy's own format, one a row, in order.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.archive import unpack_model
from core.encoding.contract import Contract
from core.judging.reasons import by_column, link_of, points
from core.scratch import Scratch

if TYPE_CHECKING:
    from core.container.model import Model

BATCH_BYTES = (
    16 << 20
)  # of the contributions of the rows that are explained at once; copies of them come on top


def record_type(columns: int, scores: int) -> np.dtype:
    """Return the type of one explained row.

    `score` is what the model answers, `chosen` the class that the others are about (0 where there is none). `base` and
    `contributions` are a number's own units, or the margin of the class; `start` and `points` its probability.
    """
    return np.dtype(
        [
            ("score", "f8", (scores,)),
            ("chosen", "i4"),
            ("base", "f8"),
            ("start", "f8"),
            ("contributions", "f8", (columns,)),
            ("points", "f8", (columns,)),
        ]
    )


def explain(model: Model, contract: Contract, rows: np.ndarray) -> np.ndarray:
    """Return the records of some encoded rows, (rows, features)."""
    from core.container.lean_xgboost import xgb

    matrix = xgb.DMatrix(rows)
    scores = model.predict(matrix).reshape(len(rows), -1)
    contributions = np.mean(
        [booster.predict(matrix, pred_contribs=True) for booster in model.boosters], axis=0
    )
    margins = by_column(contract, contributions)
    credited = points(margins, link_of(model.objective))
    records = np.zeros(len(rows), record_type(len(margins.columns), scores.shape[1]))
    records["score"] = scores
    records["start"], records["points"] = credited.base, credited.added
    if contract.label.problem == "regression":
        records["base"], records["contributions"] = credited.base, credited.added
        return records
    margin = margins.total.argmax(axis=1) if margins.base.shape[1] > 1 else np.zeros(len(rows), int)
    records["chosen"] = margin if margins.base.shape[1] > 1 else 1
    picked = np.arange(len(rows)), margin
    records["base"], records["contributions"] = margins.base[picked], margins.added[picked]
    return records


def _batches(path: Path, columns: int, size: int) -> Iterator[np.ndarray]:
    """Yield the rows of a CSV file without a header by parts of at most `size`, NaN where blank."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(column) for column in range(columns)]
    with (
        path.open("rb") as lines,
        csv.open_csv(
            lines,
            read_options=csv.ReadOptions(column_names=names),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64())),
        ) as reader,
    ):
        for batch in reader:
            # As a tensor: `to_numpy` of a column imports pandas.
            rows = batch.to_tensor(null_to_nan=True, row_major=True).to_numpy()
            for start in range(0, len(rows), size):
                yield rows[start : start + size]


def explain_file(model: Path, contract: Path, rows: Path, count: int, output: Path) -> None:
    """Explain the `count` encoded rows of a file by the model in the archive `model`.

    Raises ValueError where the model does not fit the contract or the file has other than `count` rows.
    """
    from core.container.model import load

    learned = Contract.read(contract)
    with Scratch("model") as folder:
        unpack_model(model, folder)
        served = load(folder)
    for booster in served.boosters:
        booster.set_param({"nthread": os.cpu_count() or 1})
    classes = len(learned.classes) if link_of(served.objective) == "softmax" else 1
    size = max(1, BATCH_BYTES // (8 * classes * (len(learned.features) + 1)))
    done = 0
    records: np.ndarray | None = None
    for part in _batches(rows, len(learned.features), size):
        found = explain(served, learned, part)
        if records is None:
            records = np.lib.format.open_memmap(output, "w+", found.dtype, (count,))
        records[done : done + len(part)] = found
        done += len(part)
    if records is None or done != count:
        raise ValueError(f"{done:,} rows were explained of {count:,}.")


def main() -> int:
    """Explain the rows that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "contract", "rows", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    args = parser.parse_args()
    try:
        explain_file(args.model, args.contract, args.rows, args.count, args.output)
    except Exception as error:
        print(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
