"""Why a model answers what it does: how much each column of the file adds to its answers.

XGBoost says for each row what each feature adds to the margin (`pred_contribs`): Shapley values of its trees (Lundberg
and others, Nature Machine Intelligence 2, 2020), weight times value in a linear model. With the base, which is the
same for all rows, they add up to the margin. What belongs to one column of the file (the parts of a date) is added
together; a derived column stands for itself.

A margin is nobody's unit, so it is carried over to the prediction f(margin): on the straight way from the base to the
row all contributions grow in step, and each column is credited with the change that its own part makes on the way.
That is integrated gradients of f (Sundararajan, Taly and Yan, ICML 2017), the price of Aumann and Shapley (Values of
Non-Atomic Games, 1974): the points add up to prediction less base. Of one margin m it is a proportion: each
contribution times (f(m) - f(base)) / (m - base).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.encoding.contract import Column, Contract

Link = Literal["identity", "exp", "logistic", "step", "softmax"]

_LINKS: dict[str, Link] = {
    "binary:logistic": "logistic",
    "binary:logitraw": "logistic",  # it answers margins, which are shown as probabilities everywhere
    "reg:logistic": "logistic",
    "binary:hinge": "step",
    "multi:softprob": "softmax",
    "multi:softmax": "softmax",
    "count:poisson": "exp",
    "reg:gamma": "exp",
    "reg:tweedie": "exp",
}
NODES = 64  # points on the way at which a softmax is looked at
SAME = 1e-6  # margins nearer than this are one: their quotient would be rounding


def link_of(objective: str) -> Link:
    """Return how a model of `objective` makes its prediction of a margin."""
    return _LINKS.get(objective, "identity")


def used_columns(contract: Contract) -> tuple[Column, ...]:
    """Return the columns that features come from, in the contract's order."""
    return tuple(column for column in contract.columns if column.used)


def feature_places(contract: Contract) -> dict[str, slice]:
    """Return {column: where its features stand among the contract's}."""
    places: dict[str, slice] = {}
    start = 0
    for column in used_columns(contract):
        places[column.name] = slice(start, start + len(column.features))
        start += len(column.features)
    return places


@dataclass(frozen=True, slots=True)
class Margins:
    """What each column adds to the margins of some rows.

    `added` is (rows, margins a row, columns), `base` (rows, margins a row): there is one margin, or one for each class.
    """

    columns: tuple[str, ...]
    added: np.ndarray
    base: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Return the margins, (rows, margins a row)."""
        return self.base + self.added.sum(axis=2)


@dataclass(frozen=True, slots=True)
class Points:
    """The same in units of the prediction: `base` + the sum of `added` is `prediction`, for each row.

    `added` is (rows, columns), the others are (rows,). Of a class it is all about its probability, 0 to 1.
    """

    columns: tuple[str, ...]
    added: np.ndarray
    base: np.ndarray
    prediction: np.ndarray


def by_column(contract: Contract, contributions: np.ndarray) -> Margins:
    """Add up `contributions`, whose last axis is the contract's features and then the base, by column of the file.

    `contributions` is (rows, features + 1), or (rows, classes, features + 1). Raises ValueError for another width.
    """
    places = feature_places(contract)
    if contributions.shape[-1] != len(contract.features) + 1:
        raise ValueError(
            f"{contributions.shape[-1]} contributions a row, where {len(contract.features)} features and a base belong."
        )
    values = contributions.astype(np.float64)
    if values.ndim == 2:
        values = values[:, np.newaxis, :]
    starts = [place.start for place in places.values()]
    return Margins(tuple(places), np.add.reduceat(values[..., :-1], starts, axis=2), values[..., -1])


def points(margins: Margins, link: Link, classes: np.ndarray | None = None) -> Points:
    """Return the contributions in units of the prediction, by the rule above.

    Of several classes, those to the probability of the class `classes` of each row; None takes the most probable.
    """
    if link == "softmax":
        chosen = margins.total.argmax(axis=1) if classes is None else classes
        return _of_classes(margins, chosen)
    base, total = margins.base[:, 0], margins.total[:, 0]
    start, end, slope = _values(link, base), _values(link, total), _slopes(link, base)
    way = total - base
    factor = np.divide(end - start, way, out=slope, where=np.abs(way) > SAME)
    return Points(margins.columns, margins.added[:, 0] * factor[:, np.newaxis], start, end)


def _values(link: Link, margin: np.ndarray) -> np.ndarray:
    return _FUNCTIONS[link](margin)


def _slopes(link: Link, margin: np.ndarray) -> np.ndarray:
    """Return the derivative, which the quotient of a way of no length goes to."""
    if link == "logistic":
        value = _logistic(margin)
        return value * (1 - value)
    return {"identity": np.ones_like, "exp": np.exp, "step": np.zeros_like}[link](margin)


def _logistic(margin: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(margin / 2))  # which no margin overflows


_FUNCTIONS: dict[Link, Callable[[np.ndarray], np.ndarray]] = {
    "identity": np.array,
    "exp": np.exp,
    "logistic": _logistic,
    "step": lambda margin: (margin > 0).astype(np.float64),
}


def _of_classes(margins: Margins, chosen: np.ndarray) -> Points:
    way = margins.added.sum(axis=2)
    picked = np.arange(len(way)), chosen
    places, weights = np.polynomial.legendre.leggauss(NODES)
    mean = np.zeros_like(way)  # gradient of the chosen probability by each margin, over the way
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        shares = _softmax(margins.base + place * way)
        gradient = -shares * shares[picked][:, np.newaxis]
        gradient[picked] += shares[picked]
        mean += weight * gradient
    added = np.einsum("nk,nkc->nc", mean, margins.added)
    start, end = _softmax(margins.base)[picked], _softmax(margins.total)[picked]
    # What summing over NODES misses, 1e-12 but on very steep ways, goes where most was credited.
    size = np.abs(added)
    size /= np.maximum(size.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    added += (end - start - added.sum(axis=1))[:, np.newaxis] * size
    return Points(margins.columns, added, start, end)


def _softmax(margins: np.ndarray) -> np.ndarray:
    power = np.exp(margins - margins.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)
