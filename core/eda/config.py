"""The configuration of the EDA step, checked before any data is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from core.engines.choice import choose
from core.errors import BadExpression, BadSetting, BadSplit, BadTarget, BadWeight
from core.language import mark, tr
from core.reading.names import reserved
from core.report.schema import Configuration, Fix

PROBLEMS = ("auto", "binary", "multiclass", "regression")
SPLITS = ("random", "time", "group")
Treatment = Literal["categorical", "numeric", "text", "identifier"]
TREATMENTS: tuple[Treatment, ...] = ("categorical", "numeric", "text", "identifier")


@dataclass(frozen=True, slots=True)
class EdaConfig:
    """`derive` maps name to expression, `treat` column to the kind it is to be taken for, whatever it looks like;
    `fractions` are those of train, validation and test. `positive` is the positive class of two; `drop_rare` leaves
    out the rows of classes that are too rare to be in each split; in the columns `keep_text`, words that spell
    "missing" (NA, None, -) are values. `weight` is the column that says how much a row counts in training and
    validation; it is no feature."""

    target: str
    problem: str = "auto"
    split: str = "random"
    split_column: str | None = None
    drop: tuple[str, ...] = ()
    derive: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    fractions: tuple[float, float, float] = (0.7, 0.2, 0.1)
    treat: dict[str, str] = field(default_factory=dict)
    engine: str = "auto"
    positive: str | None = None
    drop_rare: bool = False
    keep_text: tuple[str, ...] = ()
    weight: str | None = None

    def __post_init__(self) -> None:  # noqa: C901, PLR0912  one check after the other
        choose(self.engine, 0, several=False)
        if self.problem not in PROBLEMS:
            raise BadTarget(
                column=self.target,
                reason=tr(
                    "There is no problem '{problem}'; there are {problems}.",
                    problem=self.problem,
                    problems=", ".join(PROBLEMS),
                ),
            )
        if self.split not in SPLITS:
            raise BadSplit(
                reason=tr(
                    "There is no split '{split}'; there are {splits}.",
                    split=self.split,
                    splits=", ".join(SPLITS),
                )
            )
        if self.split != "random" and not self.split_column:
            raise BadSplit(reason=tr("A split by {split} needs the column to split by.", split=self.split))
        if self.split_column == self.target:
            raise BadSplit(reason=tr("The split column cannot be the target itself."))
        self._check_weight()
        for name in self.derive:
            if reserved(name):
                reason = tr("The table has columns of that name of its own while it is read.")
                raise BadExpression(name=name, reason=reason)
        for column, kind in self.treat.items():
            if kind not in TREATMENTS:
                kinds = ", ".join(TREATMENTS)
                raise _bad_treatment(
                    tr(
                        "'{column}' cannot be treated as '{kind}'; there are {kinds}.",
                        column=column,
                        kind=kind,
                        kinds=kinds,
                    )
                )
        if self.target in self.treat:
            raise _bad_treatment(tr("The target is not treated as a kind; say which problem it is instead."))
        if self.positive is not None and self.problem in ("multiclass", "regression"):
            reason = tr(
                "A positive class ('{positive}') belongs to a binary problem, not to {problem}.",
                positive=self.positive,
                problem=self.problem,
            )
            raise BadTarget(column=self.target, reason=reason)
        for column in self.keep_text:
            if self.treat.get(column) == "numeric":
                raise _bad_treatment(tr("'{column}' cannot keep its words and be numeric.", column=column))
        fractions = self.fractions
        if len(fractions) != 3 or min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-6:
            raise BadSplit(reason=tr("The fractions must be three positive numbers that add up to 1."))

    def _check_weight(self) -> None:
        if not self.weight:
            return
        others = {
            self.target: tr("It is the column to predict."),
            self.split_column: tr("It is the column to split by."),
        }
        others |= dict.fromkeys(self.drop, tr("It is among the columns to drop."))
        others |= dict.fromkeys(self.keep_text, tr("Its words are to be kept, and a weight is a number."))
        others |= {
            name: tr("It is treated as {kind}.", kind=kind)
            for name, kind in self.treat.items()
            if kind != "numeric"
        }
        if self.weight in others:
            raise BadWeight(column=self.weight, reason=others[self.weight])

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it from JSON. Raises BadTarget, BadSplit, BadSetting for a key that is unknown."""
        unknown = sorted(set(value) - set(cls.__dataclass_fields__))
        if unknown:
            raise _bad_setting(tr("It has unknown keys: {keys}.", keys=", ".join(unknown)))
        if not value.get("target"):
            raise BadTarget(column="", reason=tr("No target column was named."))
        known = dict(value)
        for name in ("drop", "keep_text"):
            if not isinstance(known.get(name) or [], (list, tuple)):
                raise _bad_setting(
                    tr("Its '{name}' is {value}, not a list of columns.", name=name, value=repr(known[name]))
                )
        for name, what in (
            ("derive", mark("Its 'derive' is {value}, not a name and an expression for each.")),
            ("treat", mark("Its 'treat' is {value}, not a column and a kind for each.")),
        ):
            if not isinstance(known.get(name, {}), dict):
                raise _bad_setting(tr(what, value=repr(known[name])))
        for name in ("drop", "keep_text", "fractions"):
            if name in known:
                known[name] = tuple(known[name] or ())
        return cls(**known)

    @property
    def split_by(self) -> str:
        """Return the column to split by. Raises BadSplit where none is named."""
        if not self.split_column:
            raise BadSplit(reason=tr("A split by {split} needs the column to split by.", split=self.split))
        return self.split_column

    @property
    def kinds(self) -> dict[str, str]:
        """Return {column: the kind that it is to be taken for}; of the weight that it is a number."""
        return self.treat | ({self.weight: "numeric"} if self.weight else {})

    def treatment(self, column: str) -> Treatment | None:
        """Return the kind that a column is to be taken for; None where the data decide."""
        return next((kind for kind in TREATMENTS if kind == self.kinds.get(column)), None)

    def as_json(self) -> Configuration:
        """Return it as the report holds it."""
        return {
            "target": self.target,
            "problem": self.problem,
            "split": self.split,
            "split_column": self.split_column,
            "drop": list(self.drop),
            "derive": self.derive,
            "seed": self.seed,
            "fractions": list(self.fractions),
            "treat": self.treat,
            "engine": self.engine,
            "positive": self.positive,
            "drop_rare": self.drop_rare,
            "keep_text": list(self.keep_text),
            "weight": self.weight,
        }

    def with_fix(self, fix: Fix) -> Self:
        """Return it with a warning's fix merged in. Raises BadTarget, BadSplit, BadSetting."""
        changes: dict[str, Any] = dict(fix)
        for name in ("drop", "keep_text"):
            if name in fix:
                changes[name] = tuple(dict.fromkeys((*getattr(self, name), *changes[name])))
        for name in ("derive", "treat"):
            if name in fix:
                changes[name] = getattr(self, name) | changes[name]
        return replace(self, **changes)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it from JSON, or from the file that `text` names. Raises BadSetting, BadTarget, BadSplit."""
        try:
            if not text.lstrip().startswith("{"):
                text = Path(text).read_text(encoding="utf-8")
            return cls.from_json(json.loads(text))
        except (OSError, json.JSONDecodeError) as error:
            raise _bad_setting(
                tr("It is no JSON and no file that holds JSON: {error}.", error=error)
            ) from error


def _bad_setting(reason: str) -> BadSetting:
    return BadSetting(name=tr("EDA configuration"), reason=reason, source="--config")


def _bad_treatment(reason: str) -> BadSetting:
    return BadSetting(name="treat", reason=reason, source="--treat, or the Configuration page")
