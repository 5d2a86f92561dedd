"""A range for every prediction of a number, by split conformal: as wide as the errors on validation say.

Of rows like these the stated share falls into it, whatever the model and however its errors are distributed.
V. Vovk and others, Algorithmic Learning in a Random World (2005); J. Lei and others, JASA 113 (2018), algorithm 2.
"""

from __future__ import annotations

import math

import numpy as np

from core.evaluation_file import Range
from core.judging import intervals
from core.judging.scores import figure

LEVEL = 0.9


def half_width(label: np.ndarray, predicted: np.ndarray, level: float = LEVEL) -> float | None:
    """Return how far the range reaches to either side of a prediction; None where validation has too few rows."""
    errors = np.sort(np.abs(label - predicted))
    rank = math.ceil((len(errors) + 1) * level)
    return float(errors[rank - 1]) if 0 < rank <= len(errors) else None


def range_of(
    validation: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], level: float = LEVEL
) -> Range | None:
    """Return the range learned on validation, with the share of test that is in it: (labels, predictions) each."""
    width = half_width(*validation, level)
    if width is None:
        return None
    inside = np.abs(test[0] - test[1]) <= width
    covered = intervals.share(int(np.count_nonzero(inside)), len(inside))
    return {"level": level, "half_width": width, "rows": len(validation[0]), "covered": figure(covered)}
