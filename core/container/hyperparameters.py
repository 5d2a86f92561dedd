"""The check of hyperparameters, in the container's own words, and their table (`parameter_table.py`) as plain data.

Imports neither numpy nor XGBoost: pages use it to check a form before a job is launched.

    validate({"num_round": "10", "eta": "1.5"})      # UserError: Hyperparameter eta: 1.5 is not in [0, 1]
    describe()                                       # the schema as plain data, for forms and documentation
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.container.errors import AlgorithmError, UserError
from core.container.parameter_rules import MetricRange
from core.container.parameter_table import ALIASES, PARAMETERS
from core.container.parameter_types import Interval, Parameter, Value

_BY_NAME: dict[str, Parameter[Any]] = {parameter.name: parameter for parameter in PARAMETERS}


@dataclass(frozen=True, slots=True)
class Description:
    """One hyperparameter as plain data.

    Attributes:
        kind: Integer, Continuous, Categorical, CommaSeparatedList, NestedList or Tuple.
        range_text: as the container's messages show it, e.g. `(0, 1]`.
        choices: the words that it, or each part of a list, can be; none of a number.
        low, high: bounds of a number's range, None where open-ended; `low_open`/`high_open` leave the bound out.
        does, when: a sentence on what it does, and one on when to touch it.
        usual: what XGBoost takes where it is not given; in words where that is no value.
        default: always None: the image leaves defaults to XGBoost.
        tunable: recommended (lowest, highest) for tuning; None when it cannot be tuned.
        aliases: other names that the container accepts.
    """

    name: str
    kind: str
    range_text: str
    required: bool
    does: str
    when: str
    usual: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    default: str | None = None
    depends_on: tuple[str, ...] = ()
    tunable: tuple[float, float] | None = None
    aliases: tuple[str, ...] = ()


def describe() -> tuple[Description, ...]:
    """Return the whole schema, in the container's order."""
    return tuple(_description(parameter) for parameter in PARAMETERS)


def validate(raw: Mapping[str, str]) -> dict[str, Value]:
    """Check hyperparameters as the container does when a training job starts.

    Args:
        raw: name -> text, as in `hyperparameters.json`. Not changed.

    Returns:
        name -> value (int, float, str, list or tuple), aliases replaced.

    Raises:
        UserError: a required one is missing, one is unknown, cannot be read, is out of range, or contradicts
            another. The first in the container's order of checks.
        AlgorithmError: the value's type fits no comparison with the range.
        KeyError: `eval_metric` without `objective`: so it is in the image.
    """
    given = {ALIASES.get(name, name): text for name, text in raw.items()}
    for parameter in PARAMETERS:
        if parameter.required and parameter.name not in given:
            raise UserError(f"Missing required hyperparameter: {parameter.name}")

    values: dict[str, Value] = {}
    for name, text in given.items():
        if name not in _BY_NAME:
            raise UserError(f"Extraneous hyperparameter found: {name}")
        try:
            values[name] = _BY_NAME[name].parse(text)
        except ValueError as error:
            raise UserError(f"Hyperparameter {name}: could not parse value", caused_by=error) from error

    for name, value in values.items():
        try:
            _BY_NAME[name].check(value)
        except UserError:
            raise
        except Exception as error:
            message = f"Hyperparameter {name}: unexpected failure when validating {value}"
            raise AlgorithmError(message, caused_by=error) from error

    checked: dict[str, Value] = {}
    for name in _dependencies_first(values):
        parameter = _BY_NAME[name]
        if parameter.rule:
            parameter.rule(
                values[name], {other: checked[other] for other in parameter.depends_on if other in checked}
            )
        checked[name] = values[name]
    return checked


def _dependencies_first(names: Iterable[str]) -> list[str]:
    """Return the given names, each after those it depends on."""
    names = list(names)
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for other in _BY_NAME[name].depends_on:
            if other in names and other not in ordered:
                visit(other)
        ordered.setdefault(name)

    for name in names:
        visit(name)
    return list(ordered)


def _description(parameter: Parameter[Any]) -> Description:
    bounds = parameter.range if isinstance(parameter.range, Interval) else Interval()
    recommended, tunable = parameter.tunable, None
    if recommended and recommended.low is not None and recommended.high is not None:
        tunable = (recommended.low, recommended.high)
    words = parameter.range if isinstance(parameter.range, list | MetricRange) else []
    return Description(
        name=parameter.name,
        kind=parameter.kind,
        range_text=str(parameter.range),
        required=parameter.required,
        does=parameter.does,
        when=parameter.when,
        usual=parameter.usual,
        choices=tuple(dict.fromkeys(map(str, words))),
        depends_on=parameter.depends_on,
        tunable=tunable,
        aliases=tuple(alias for alias, name in ALIASES.items() if name == parameter.name),
        low=bounds.low,
        high=bounds.high,
        low_open=bounds.low_open,
        high_open=bounds.high_open,
    )
