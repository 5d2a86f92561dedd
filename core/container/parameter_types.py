"""The kinds of hyperparameter: how a text becomes a value, what its range is, and how the image refuses it.

Every kind raises `UserError` in the container's own words from `check`; `parse` raises what Python raises,
because the image turns only a `ValueError` into a `UserError` and lets the rest through.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from core.container.errors import UserError

# What a hyperparameter is once it has been read.
Value: TypeAlias = int | float | str | list[str] | list[list[int]] | tuple[int, ...]
Given: TypeAlias = Mapping[str, Value]
V = TypeVar("V", bound=Value)


class Range(Protocol):
    """What a value must be in; `str()` is how messages show it."""

    def __contains__(self, value: Any, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers. `str()` is how messages show it: `[0, 1]`, `(0, +inf)`."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        # Written as exclusions, so that nan is inside every interval, as it is in the image.
        below = self.low is not None and (value <= self.low if self.low_open else value < self.low)
        above = self.high is not None and (value >= self.high if self.high_open else value > self.high)
        return not (below or above)

    def __str__(self) -> str:
        low = "(-inf" if self.low is None else f"{'(' if self.low_open else '['}{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}{')' if self.high_open else ']'}"
        return f"{low}, {high}"


@dataclass(frozen=True, slots=True)
class Parameter(Generic[V]):
    """One hyperparameter of the schema.

    Attributes:
        name: as in `hyperparameters.json`.
        range: what the value, or each element of it, must be in.
        depends_on: the hyperparameters that `rule` reads.
        rule: checked when all ranges are; gets the value and those of `depends_on` that were given.
        tunable: the range that SageMaker recommends for tuning; None when it cannot be tuned.
        usual: what XGBoost takes where it is not given; in words where that is no value.
        does, when: a sentence on what it does, and one on when to touch it.
    """

    name: str
    range: Range
    required: bool = False
    depends_on: tuple[str, ...] = ()
    rule: Callable[[V, Given], None] | None = None
    tunable: Interval | None = None
    usual: str = ""
    does: str = ""
    when: str = ""

    kind = "FreeText"

    def parse(self, text: str) -> V:
        """Read the text of `hyperparameters.json`. Raises ValueError, and what else Python raises."""
        raise NotImplementedError

    def check(self, value: V) -> None:
        """Raise UserError for a value that is out of range."""
        if value not in self.range:
            raise UserError(f"Hyperparameter {self.name}: {value} is not in {self.range}")


class IntegerParameter(Parameter[int]):
    """A whole number in an interval."""

    kind = "Integer"

    def parse(self, text: str) -> int:
        return int(text)


class ContinuousParameter(Parameter[float]):
    """A number in an interval."""

    kind = "Continuous"

    def parse(self, text: str) -> float:
        return float(text)


class CategoricalParameter(Parameter[str]):
    """One word of a list."""

    kind = "Categorical"

    def parse(self, text: str) -> str:
        return text


class ListParameter(Parameter[list[str]]):
    """Words separated by commas: `auc,logloss`."""

    kind = "CommaSeparatedList"

    def parse(self, text: str) -> list[str]:
        return text.split(",")

    def check(self, value: list[str]) -> None:
        _check_elements(self, value, value)


class NestedListParameter(Parameter[list[list[int]]]):
    """Lists of integers: `[[1, 2], [3, 4, 5]]`."""

    kind = "NestedList"

    def parse(self, text: str | list[list[int]]) -> list[list[int]]:
        return ast.literal_eval(text) if isinstance(text, str) else text

    def check(self, value: list[list[int]]) -> None:
        _check_elements(self, [element for inner in value for element in inner], value)


class TupleParameter(Parameter[tuple[int, ...]]):
    """A tuple of integers: `(1, 0, -1)`.

    The image evaluates the text as Python code; here it is read as a literal, and only the refusals are the
    image's: a bare name is a NameError there.
    """

    kind = "Tuple"

    def parse(self, text: str | tuple[int, ...]) -> tuple[int, ...]:
        if not isinstance(text, str):
            return text
        expression = ast.parse(text.strip(), filename="<string>", mode="eval")
        for node in ast.walk(expression):
            if isinstance(node, ast.Name):
                raise NameError(f"name {node.id!r} is not defined")
        return ast.literal_eval(expression)

    def check(self, value: tuple[int, ...]) -> None:
        _check_elements(self, value, value)


def _check_elements(parameter: Parameter[V], elements: Iterable[object], value: V) -> None:
    # Every element is looked at before the verdict: an element that cannot be compared is another error.
    if any([element not in parameter.range for element in elements]):
        raise UserError(f"Hyperparameter {parameter.name}: value {value} not in range {parameter.range}")
