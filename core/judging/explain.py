"""The reasons of encoded rows, by the model itself: a program, so that XGBoost is loaded in no other process.

`python -m core.judging.explain --model FILE --contract FILE --rows FILE --count N --output FILE`: the rows are CSV of
the contract's features without a header, the output is `ROW` records in numpy's own format, one a row, in order.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.archive import unpack_model
from core.encoding.contract import Contract
from core.judging import predicting
from core.judging.reasons import by_column, link_of, points
from core.leaving import leave
from core.numbers import integer
from core.scratch import Scratch

if TYPE_CHECKING:
    from core.container.model import Model

BATCH_BYTES = 16 << 20  # of the contributions of rows that are explained at once; copies come on top


def record_type(columns: int, scores: int) -> np.dtype:
    """Return the type of one explained row.

    `score` is the prediction (of classes their probabilities), `chosen` the class that the others are about, 0 where
    there is none. `base` and `contributions` are a number's own units, or the margin of the class; `start` and `points`
    its probability.
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
    scores = predicting.predict(model, rows).reshape(len(rows), -1)
    margins = by_column(contract, predicting.explain(model, rows))
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


def explain_file(model: Path, contract: Path, rows: Path, count: int, output: Path) -> None:
    """Explain the `count` encoded rows of a file by the model in the archive `model`.

    Raises ValueError where the model does not fit the contract or the file has other than `count` rows.
    """
    learned = Contract.read(contract)
    with Scratch("model") as folder:
        unpack_model(model, folder)
        served = predicting.load_model(folder)
    classes = len(learned.classes) if link_of(served.objective) == "softmax" else 1
    size = max(1, BATCH_BYTES // (8 * classes * (len(learned.features) + 1)))
    done = 0
    records: np.ndarray | None = None
    for block in predicting.blocks_of(rows):
        for start in range(0, len(block), size):
            found = explain(served, learned, block[start : start + size].astype(np.float32))
            if records is None:
                records = np.lib.format.open_memmap(output, "w+", found.dtype, (count,))
            records[done : done + len(found)] = found
            done += len(found)
    if records is None or done != count:
        raise ValueError(f"{integer(done)} rows were explained of {integer(count)}.")


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
    leave(main())
