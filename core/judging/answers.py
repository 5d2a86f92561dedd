"""What a served model answers, as numbers: of an endpoint, of a transform job, and of the container's code in a job."""

from __future__ import annotations

import io

import numpy as np

from core.errors import BadAnswer
from core.judging.predicting import as_probability
from core.language import tr


def numbers(answer: bytes) -> np.ndarray:
    """Read the container's answer to some rows as (rows, numbers a row). Raises BadAnswer.

    For Batch Transform the image writes several numbers as Python's list, and lines may be empty in between.
    """
    try:
        return np.loadtxt(io.BytesIO(answer.translate(None, b"[] ")), delimiter=",", ndmin=2)
    except ValueError as error:
        raise BadAnswer(reason=tr("It is no table of numbers: {error}.", error=error)) from error


def joined(raw: np.ndarray, objective: str) -> np.ndarray:
    """Return answers of (rows, numbers a row) as predictions: shape (n,), or (n, k) for class probabilities."""
    return as_probability(raw[:, 0] if raw.shape[1] == 1 else raw, objective)
