"""Numbers as Python writes them, quickly: half of a large answer's time went into `repr`."""

from __future__ import annotations

import numpy as np

try:
    import pyarrow
    from pyarrow import compute
except ImportError:  # Comes with Streamlit; without it Python writes every number.
    pyarrow = compute = None

_WORTH_ARROW = 64


def texts(values: np.ndarray) -> list[str]:
    """Return `repr` of every number of a float array of any shape, as one flat list."""
    values = values.reshape(-1).astype(np.float64)
    if pyarrow and compute and values.size >= _WORTH_ARROW and _written_alike(values):
        return compute.cast(pyarrow.array(values), pyarrow.string()).to_pylist()
    return list(map(repr, values.tolist()))


def _written_alike(values: np.ndarray) -> bool:
    """Return whether arrow writes all of them as Python does.

    Both write the shortest text that reads back as the same number, but they disagree on `1.0`, on where exponents
    begin and on how these look.
    """
    size = np.abs(values)
    return bool(np.all((size >= 1e-4) & (size < 1e15) & (values != np.floor(values))))
