"""Collected columns as numpy arrays, without pandas."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np


def as_array(column: nw.Series[Any]) -> np.ndarray:
    """Return a column of numbers without blanks, collected as pyarrow, as an array (read only, without a copy).

    By DLPack: pyarrow's own `to_numpy` imports pandas, which a job that needs it for nothing else pays at its start.
    """
    return np.from_dlpack(column.to_native().combine_chunks())
