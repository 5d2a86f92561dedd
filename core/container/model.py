"""Loading the model folder, and predicting with one model or the mean of several."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.container import in_place
from core.container.lean_xgboost import xgb

log = logging.getLogger(__name__)

# Votes and class numbers have no mean.
_VOTED = ("multi:softmax", "binary:hinge")


class ModelError(Exception):
    """The model folder cannot be served; the text says which file and why."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is served.

    Attributes:
        boosters: one, or the members of an ensemble.
        objective: of the first, e.g. `binary:logistic`.
        num_class: as the model states it, `"0"` for other than multi-class.
        features: the number of columns that it was trained with.
    """

    boosters: tuple[xgb.Booster, ...]
    objective: str
    num_class: str
    features: int
    _in_place: bool

    def predict(self, matrix: xgb.DMatrix) -> np.ndarray:
        """Return predictions, float32, of shape (rows,) or (rows, classes).

        Raises:
            xgboost.core.XGBoostError: the matrix has more columns than the model.
        """
        return self._combine([booster.predict(matrix, validate_features=False) for booster in self.boosters])

    def predict_array(self, rows: np.ndarray) -> np.ndarray | None:
        """Return the same of a float32 array of (rows, columns) without a DMatrix; None when that would not do.

        Building a DMatrix costs more than predicting a thousand rows. But only a DMatrix may have fewer columns
        than the model: the rest is then missing.
        """
        if not self._in_place or rows.shape[1] != self.features:
            return None
        return self._combine([in_place.predict(booster, rows) for booster in self.boosters])

    def _combine(self, predictions: list[np.ndarray]) -> np.ndarray:
        if len(predictions) == 1:
            return predictions[0]
        if self.objective in _VOTED:
            return _most_frequent(np.stack(predictions))
        return np.mean(predictions, axis=0)


def load(folder: Path, ensemble: bool = True) -> Model:
    """Load the models of a folder: UBJSON or JSON, as XGBoost 3.2 reads them.

    Every file counts as a model, but for those whose name starts with a dot; folders are ignored.

    Args:
        ensemble: serve the mean of all files; otherwise only the first by name.

    Raises:
        ModelError: there is none, or one of them cannot be loaded.
    """
    files = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if file.is_file() and file.name.startswith("."):
            log.warning("Ignoring dotfile '%s' found in model directory", file.name)
        elif file.is_file():
            files.append(file)
    if not files:
        raise ModelError("There is no model in the model folder.")
    boosters = tuple(_load_one(file) for file in (files if ensemble else files[:1]))
    learner = json.loads(boosters[0].save_config())["learner"]
    return Model(
        boosters=boosters,
        objective=learner["objective"]["name"],
        num_class=learner["learner_model_param"].get("num_class", ""),
        features=min(booster.num_features() for booster in boosters),
        # A linear model has no in-place prediction, and a row of a DART model with drops would be another's.
        _in_place=learner["gradient_booster"]["name"] == "gbtree",
    )


def _load_one(file: Path) -> xgb.Booster:
    content = file.read_bytes()
    # Every pickle since protocol 2 starts so. Reading one runs whatever code it holds.
    if content.startswith(b"\x80"):
        raise ModelError(
            f"{file.name} is a pickle. Pickles run code when they are read, so they are refused here: save the "
            "model with Booster.save_model instead."
        )
    booster = xgb.Booster()
    try:
        # From memory XGBoost tells UBJSON from JSON by the content; from a file it would go by the suffix, and warn.
        booster.load_model(bytearray(content))
    except Exception as error:
        reason = str(error).split("\n", 1)[0]
        raise ModelError(f"{file.name} is no XGBoost model: {reason}") from error
    # One thread a request: requests run beside each other, and small ones are slower with a thread pool.
    booster.set_param({"nthread": 1})
    return booster


def _most_frequent(votes: np.ndarray) -> np.ndarray:
    """Return the mode over the first axis, the smallest of those that tie."""
    candidates = np.unique(votes)
    counts = np.stack([(votes == candidate).sum(axis=0) for candidate in candidates])
    return candidates[counts.argmax(axis=0)]
