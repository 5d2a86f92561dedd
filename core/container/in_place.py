"""Predicting an array by XGBoost's C interface.

`Booster.inplace_predict` looks first for each kind of table that it might have been given, and makes a class for what
comes back: for one row that takes as long as the trees do.
"""

from __future__ import annotations

import ctypes
import json
import math

import numpy as np

from core.container.lean_xgboost import find_lib_path, xgb

_library = ctypes.CDLL(find_lib_path()[0])  # the one that XGBoost has loaded
_library.XGBGetLastError.restype = ctypes.c_char_p
_number = ctypes.c_uint64
_HOW = json.dumps(
    {
        "type": 0,  # what the objective makes of the margin
        "training": False,
        "iteration_begin": 0,
        "iteration_end": 0,  # all of them
        "missing": float("nan"),
        "strict_shape": False,
        "cache_id": 0,
    }
).encode()
_ARRAY = b'{"data": [%d, true], "shape": [%d, %d], "typestr": "<f4", "version": 3}'


def predict(booster: xgb.Booster, rows: np.ndarray) -> np.ndarray:
    """Return predictions of a float32 array of (rows, columns), float32, of shape (rows,) or (rows, classes).

    Raises:
        xgboost.core.XGBoostError: the booster does not predict in place, or has other columns.
    """
    rows = np.ascontiguousarray(rows, np.float32)
    shape, dimensions = ctypes.POINTER(_number)(), _number()
    found = ctypes.POINTER(ctypes.c_float)()
    failed = _library.XGBoosterPredictFromDense(
        booster.handle,
        _ARRAY % (rows.__array_interface__["data"][0], *rows.shape),
        _HOW,
        None,
        ctypes.byref(shape),
        ctypes.byref(dimensions),
        ctypes.byref(found),
    )
    if failed:
        raise xgb.core.XGBoostError(_library.XGBGetLastError().decode())
    sizes = shape[: dimensions.value]
    # Copied: what XGBoost hands out is this thread's only until it asks again.
    copy = bytearray(ctypes.string_at(found, 4 * math.prod(sizes)))
    return np.frombuffer(copy, np.float32).reshape(sizes)
