"""One column of encoded rows: CSV files without a header, the label first and then the contract's features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.encoding.contract import Contract


def amount_columns(contract: Contract) -> tuple[str, ...]:
    """Return the columns of numbers that the encoded rows have as they are, derived ones among them."""
    return tuple(
        column.name
        for column in contract.columns
        if column.kind == "numeric" and _place(contract, column.name)
    )


def label_and_column(files: Sequence[Path], contract: Contract, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of rows, and what they have in the column `name`, NaN where blank.

    Raises OSError, and KeyError for a column that the encoded rows do not have as it is.
    """
    place = _place(contract, name)
    if not place:
        raise KeyError(name)
    parts = [_read(file, place, 1 + len(contract.features)) for file in files]
    return np.concatenate([label for label, _ in parts]), np.concatenate([value for _, value in parts])


def _place(contract: Contract, name: str) -> int:
    """Return the number of a column among the encoded ones, 0 where it is none of them as it is."""
    for column in contract.columns:
        for feature, part in column.features.items():
            if column.name == name and part == "value":
                return 1 + contract.features.index(feature)
    return 0


def _read(file: Path, place: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    import pyarrow as pa
    from pyarrow import csv

    names = [str(column) for column in range(columns)]
    wanted = [names[0], names[place]]
    with file.open("rb") as lines:  # opened here: pyarrow takes no path that is not UTF-8
        table = csv.read_csv(
            lines,
            read_options=csv.ReadOptions(column_names=names),
            convert_options=csv.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, pa.float64())
            ),
        )
    [batch] = table.combine_chunks().to_batches()
    # As a tensor: `to_numpy` of a column imports pandas.
    both = batch.to_tensor(null_to_nan=True, row_major=True).to_numpy()
    return both[:, 0], both[:, 1]
