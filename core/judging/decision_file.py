"""decision.json: the threshold that a model's rows are acted on by, beside the model, for every way to predict.

People write it, and write it again: each decision has a number, and is written over the one that its writer saw only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import DecisionChanged, StorageDamaged
from core.judging.calibration import Calibration
from core.judging.decision import Amounts, Capacity
from core.judging.intervals import Interval
from core.judging.referral import Referral
from core.language import tr
from core.numbers import number
from core.storage import Storage

if TYPE_CHECKING:
    from core.encoding.encoded_rows import OddRows

VERSION = 1  # of the file


@dataclass(frozen=True, slots=True)
class Decision:
    """When a row is acted on, and how that was decided.

    `threshold` is held against the model's own score, whatever `calibration` makes of that for people to read.
    """

    threshold: float
    chosen_by: str  # cost, capacity or threshold: what was given
    amounts: Amounts
    capacity: Capacity | None
    calibration: Calibration | None
    cost_per_1000: Interval  # on the test split, or on so many rows `out_of_fold`
    against: Mapping[str, Interval]  # of acting on all, on none, and at one half
    by: str = ""
    at: datetime | None = None
    number: int = 1  # counts the decisions on this model
    out_of_fold: int = 0
    referral: Referral | None = None  # when a person is asked instead; None: never

    def positive(self, score: np.ndarray) -> np.ndarray:
        """Return which rows are acted on, by the probabilities that the model answers."""
        return np.asarray(score) >= self.threshold

    def asked(self, score: np.ndarray, odd: OddRows | None = None) -> np.ndarray:
        """Return which rows are left to a person, by the same probabilities and what is odd about the rows."""
        if self.referral is None:
            return np.zeros(len(score), bool)
        near = self.referral.near(np.asarray(score))
        return near if odd is None else near | self.referral.flagged(odd)

    def probability(self, score: np.ndarray) -> np.ndarray:
        """Return the probabilities to show: those of the model, calibrated if that was decided."""
        return score if self.calibration is None else self.calibration(score)

    @property
    def shown_threshold(self) -> float:
        """Return the threshold among the probabilities that are shown."""
        return self.shown(self.threshold)

    def shown(self, score: float) -> float:
        """Return a score of the model among the probabilities that are shown."""
        return float(self.probability(np.array([score]))[0])


def read(storage: Storage, key: str) -> Decision | None:
    """Return the decision in `key`, None where there is none. Raises StorageFailed, StorageDamaged."""
    return _decision(key, storage.read_bytes(key)) if storage.exists(key) else None


def write(storage: Storage, key: str, decision: Decision, seen: int) -> Decision:
    """Write `decision` over the one of the number `seen` (0: none), and return it with its own.

    Raises DecisionChanged where somebody has decided meanwhile, StorageFailed, StorageDamaged.
    """
    decision = replace(decision, number=seen + 1, at=datetime.now(UTC).replace(microsecond=0))
    if not _put(storage, key, decision, seen):
        raise _changed(read(storage, key))
    return decision


def carry(source: Storage, key: str, target: Storage, to: str) -> bool:
    """Put the decision in `key` of `source` into `to` of `target` if it is the newer one; return whether it was put.

    Who decided and when stay; its number follows the one that was there, so that whoever saw that one is told.
    Raises StorageFailed, StorageDamaged.
    """
    decision, there = read(source, key), read(target, to)
    if decision is None or (there and _age(decision) <= _age(there)):
        return False
    seen = there.number if there else 0
    number = max(decision.number, seen + 1)
    return _put(target, to, replace(decision, number=number), seen)


def as_json(decision: Decision) -> dict[str, Any]:
    """Return it as the file holds it."""
    at = decision.at and decision.at.isoformat(timespec="seconds")
    return {"version": VERSION, **asdict(decision), "at": at}


def _age(decision: Decision) -> tuple[str, int]:
    """Return what orders decisions: when they were made, and in one second their numbers."""
    return (decision.at.isoformat() if decision.at else ""), decision.number


def _put(storage: Storage, key: str, decision: Decision, seen: int) -> bool:
    """Write `decision` over the one of the number `seen`; return False where somebody writes there meanwhile.

    Raises DecisionChanged where another one stands there already.
    """

    def change(before: bytes | None) -> bytes:
        there = None if before is None else _decision(key, before)
        if (there.number if there else 0) != seen:
            raise _changed(there)
        return json.dumps(as_json(decision), indent=1, ensure_ascii=False).encode()

    return storage.update(key, change)


def _changed(there: Decision | None) -> DecisionChanged:
    if there is None:
        return DecisionChanged(reason=tr("The decision was deleted."))
    threshold = number(there.threshold)
    if not there.by:
        return DecisionChanged(
            reason=tr("Somebody has decided for the threshold {threshold}.", threshold=threshold)
        )
    return DecisionChanged(
        reason=tr("{by} has decided for the threshold {threshold}.", by=there.by, threshold=threshold)
    )


def _decision(key: str, data: bytes) -> Decision:
    try:
        value: dict[str, Any] = json.loads(data)
        capacity, table = value["capacity"], value["calibration"]
        calibration = table and Calibration(tuple(table["score"]), tuple(table["probability"]))
        return Decision(
            threshold=float(value["threshold"]),
            chosen_by=str(value["chosen_by"]),
            amounts=Amounts(**value["amounts"]),
            capacity=capacity and Capacity(**capacity),
            calibration=calibration or None,
            cost_per_1000=Interval(**value["cost_per_1000"]),
            against={name: Interval(**each) for name, each in value["against"].items()},
            by=str(value["by"]),
            at=value["at"] and datetime.fromisoformat(value["at"]),
            number=int(value["number"]),
            out_of_fold=int(value.get("out_of_fold", 0)),
            referral=_referral(value.get("referral")),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StorageDamaged(key=key, reason=tr("It is no decision: {error}.", error=error)) from error


def _referral(value: dict[str, Any] | None) -> Referral | None:
    if value is None:
        return None
    asked, cost = value["asked"], value["cost"]
    return Referral(
        **{
            **value,
            "asked": asked and Interval(**asked),
            "cost": cost and Interval(**cost),
        }
    )
