"""Selectable inference: `SAGEMAKER_INFERENCE_OUTPUT` names what to answer for each row instead of the bare score.

Source: "Selectable inference" of the container's serving code; keys that do not fit the objective become NaN.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from core.container import recordio

_CLASSES = ("predicted_label", "labels", "raw_score", "raw_scores")
_PROBABILITIES = ("predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores")

VALID_KEYS = {
    "reg:squarederror": ("predicted_score",),
    "reg:logistic": ("predicted_score",),
    "reg:gamma": ("predicted_score",),
    "reg:absoluteerror": ("predicted_score",),
    "reg:tweedie": ("predicted_score",),
    "binary:logistic": _PROBABILITIES,
    "binary:logitraw": _CLASSES,
    "binary:hinge": _CLASSES,
    "multi:softmax": _CLASSES,
    "multi:softprob": _PROBABILITIES,
}


Content: TypeAlias = float | Sequence[float]
Selected: TypeAlias = dict[str, Content]  # of one row


class UnsupportedSelection(Exception):
    """Nothing can be selected: the objective or the accept type is not one of those above."""


def selected_keys(text: str) -> list[str]:
    """Read `predicted_label, Probability` as `["predicted_label", "probability"]`."""
    return text.replace(" ", "").lower().split(",")


def select(predictions: np.ndarray, keys: list[str], objective: str, num_class: str) -> list[Selected]:
    """Return one dictionary a row, with the keys that fit the objective first and NaN for the others.

    Args:
        predictions: shape (rows,) or (rows, classes).
        num_class: the number of classes as the model states it.

    Raises:
        UnsupportedSelection: the objective has no selectable content.
    """
    if objective not in VALID_KEYS:
        raise UnsupportedSelection(
            f"Objective `{objective}` unsupported for selectable inference predictions."
        )
    # `predicted_score` and the classification keys never meet, so the image's order is that of the table.
    fitting = [key for key in VALID_KEYS[objective] if key in keys]
    other: Selected = {key: math.nan for key in keys if key not in VALID_KEYS[objective]}
    describe = _describer(objective, num_class)
    rows: list[Selected] = []
    for prediction in predictions:
        content = describe(prediction)
        rows.append({key: content[key] for key in fitting} | other)
    return rows


def _describer(objective: str, num_class: str) -> Callable[[Any], Selected]:
    if objective == "multi:softprob":
        labels = list(range(int(num_class)))

        def of_classes(row: np.ndarray) -> Selected:
            best, scores = row.max().item(), row.tolist()
            label = int(np.argmax(row))
            contents: tuple[Content, ...] = (label, labels, best, scores, best, scores)
            return dict(zip(_PROBABILITIES, contents, strict=True))

        return of_classes
    if objective.startswith("reg:"):
        return lambda value: {"predicted_score": value.item()}

    labels = list(range(int(num_class))) if objective.startswith("multi:") else [0, 1]

    def of_one(value: np.floating) -> Selected:
        score = value.item()
        pair = [1.0 - score, score]
        if objective == "binary:logistic":
            label: float = int(score > 0.5)
        else:
            label = int(score > 0) if objective == "binary:logitraw" else score
        contents: tuple[Content, ...] = (label, labels, score, pair, score, pair)
        return dict(zip(_PROBABILITIES, contents, strict=True))

    return of_one


def encode(rows: list[Selected], keys: list[str], accept: str, batch: bool) -> bytes:
    """Encode selected content.

    Args:
        batch: end CSV with a newline, for batch transform.

    Raises:
        UnsupportedSelection: an accept type that cannot be written.
    """
    if accept == "application/json":
        return json.dumps({"predictions": rows}).encode()
    if accept == "application/jsonlines":
        return "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    if accept == "application/x-recordio-protobuf":
        return _encode_recordio(rows)
    if accept == "text/csv":
        lines = (",".join(_csv_cell(row[key]) for key in keys) for row in rows)
        return ("\n".join(lines) + ("\n" if batch else "")).encode()
    raise UnsupportedSelection(f"Cannot encode selected predictions into accept type '{accept}'.")


def _csv_cell(value: Content) -> str:
    return f'"{value}"' if isinstance(value, list) else str(value)


def _encode_recordio(rows: list[Selected]) -> bytes:
    """Return one record a row. As in the image, each holds all rows before it too: a reader sees the last one win."""
    stream, message = b"", b""
    for row in rows:
        message += recordio.record(
            {key: value if isinstance(value, Sequence) else [value] for key, value in row.items()}
        )
        stream += recordio.frame(message)
    return stream
