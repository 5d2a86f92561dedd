"""The feature contract: what EDA learned from the training split, and the one encoder that applies it.

EDA fits and stores it as contract.json and writes the splits with it; inference reads it and encodes raw rows with
the same code. Columns are matched by name. A blank cell, an unseen category, a number beyond float32 and text where
a number should be all encode as blank, which is XGBoost's own missing value; at inference, a row with text where
a number or a date should be is rejected before it gets there (`core/encoding/row_checks.py`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import narwhals as nw

from core.encoding.expressions import columns_of, compile_expression
from core.engines import Frame, Parse, engine_of
from core.errors import MissingColumns
from core.reading.column_keys import col, key

FORMAT = 1
FLOAT32_MAX = 3.4028234663852886e38  # XGBoost holds float32 and refuses what is beyond
TRUE = ("true", "t", "yes", "y", "1", "1.0")
FALSE = ("false", "f", "no", "n", "0", "0.0")
KINDS = ("numeric", "boolean", "categorical", "datetime", "text", "identifier", "constant")
PARTS = ("year", "month", "day", "weekday", "hour", "minute")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the raw table (or a derived one), as the training split showed it.

    `features` maps what it becomes: {feature name: part}; a part is "value", "code" or one of PARTS.
    Ranges and levels are those of the training split; levels are in order of falling frequency, and
    those from `own_codes` on share one code ("other").
    """

    name: str
    kind: str
    type: str = ""  # as DuckDB sniffed it
    expression: str | None = None  # of a derived column
    features: dict[str, str] = field(default_factory=dict)
    dropped: str | None = None  # why, when it becomes nothing
    missing: int = 0
    minimum: float | str | None = None  # a number, or an ISO 8601 text for datetimes
    maximum: float | str | None = None
    levels: tuple[tuple[str, int], ...] = ()  # (text, rows)
    own_codes: int = 0
    keeps_words: bool = False  # NA, None and other words that spell "missing" are values of it
    format: str = (
        ""  # how numbers and dates are written (number_text.py, date_text.py), where it is not plain
    )

    @property
    def used(self) -> bool:
        return bool(self.features)


@dataclass(frozen=True, slots=True)
class Label:
    """The target: its problem, and for classes the text of each in order of its code."""

    name: str
    problem: str  # binary, multiclass, regression
    classes: tuple[str, ...] = ()
    numeric: bool = False  # the classes are numbers: "1" and "1.0" are the same class
    positive: str | None = None  # binary: the class with code 1
    rule: str = ""  # how the positive class or the order of the codes was chosen
    format: str = ""  # how its numbers are written, as of a column


@dataclass(frozen=True, slots=True)
class Contract:
    """See DESIGN section 4. `features` are the names of the encoder's columns, in order."""

    label: Label
    columns: tuple[Column, ...]
    dialect: dict[str, Any] = field(default_factory=dict)
    dataset: dict[str, Any] = field(default_factory=dict)  # file, sha256, rows
    split: dict[str, Any] = field(default_factory=dict)  # how the rows were split, and sizes
    versions: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    # --- reading and writing --------------------------------------------------------------------------

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Contract:
        """The contract in a parsed contract.json. Raises ValueError for one of another format."""
        if value.get("format") != FORMAT:
            raise ValueError(f"contract.json has format {value.get('format')}; this version reads {FORMAT}.")
        columns = tuple(
            Column(**column | {"levels": tuple((text, rows) for text, rows in column["levels"])})
            for column in value["columns"]
        )
        label = Label(**value["label"] | {"classes": tuple(value["label"]["classes"])})
        rest = {key: value[key] for key in ("dialect", "dataset", "split", "versions", "format")}
        return cls(label=label, columns=columns, **rest)

    @classmethod
    def read(cls, path: Any) -> Contract:
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")))

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"features": list(self.features)}

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")

    # --- names ----------------------------------------------------------------------------------------

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(feature for column in self.columns for feature in column.features)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.label.classes

    @property
    def derived(self) -> dict[str, str]:
        """{name: expression} of the derived columns."""
        return {column.name: column.expression for column in self.columns if column.expression}

    @property
    def whole_features(self) -> list[str]:
        """Features that are whole numbers whatever the row: codes, truths and parts of dates."""
        return [
            feature
            for column in self.columns
            for feature, part in column.features.items()
            if part != "value" or column.kind == "boolean"
        ]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The raw columns that rows must have: those that become features, or that derived columns read."""
        read = {n for c in self.columns if c.expression and c.used for n in columns_of(c.name, c.expression)}
        return tuple(c for c in self.columns if not c.expression and (c.used or c.name in read))

    @property
    def input_names(self) -> tuple[str, ...]:
        """All that `require` asks of raw rows."""
        return tuple(column.name for column in self.inputs)

    def require(self, names: list[str], label: bool = False) -> list[str]:
        """Columns among `names` that the contract does not use. Raises MissingColumns, by name."""
        wanted = [column.name for column in self.inputs] + ([self.label.name] if label else [])
        missing = [name for name in wanted if name not in names]
        if missing:
            raise MissingColumns(columns=", ".join(missing), found=", ".join(names) or "no columns")
        return [name for name in names if name not in wanted and name != self.label.name]

    # --- the encoder ----------------------------------------------------------------------------------

    def parses(self, schema: nw.Schema, label: bool) -> dict[str, Parse]:
        """What each raw column (by its key) needs before arithmetic, given the types that the frame already has."""
        parses = {}
        for column in self.inputs:
            kind, dtype, place = column.kind, schema[key(column.name)], key(column.name)
            if kind == "numeric" and not dtype.is_numeric():
                parses[place] = Parse("number", format=column.format)
            elif kind == "datetime" and dtype not in (nw.Datetime, nw.Date):
                parses[place] = Parse("datetime", format=column.format)
            elif kind == "categorical":
                parses[place] = Parse("code", levels=tuple(text for text, _ in column.levels))
        target = key(self.label.name)
        if label and (self.label.numeric or self.label.problem == "regression"):
            if not schema[target].is_numeric():
                parses[target] = Parse("number", format=self.label.format)
        elif label:
            parses[target] = Parse("code", levels=self.label.classes)
        return parses

    def encode(self, frame: Frame, label: bool, keep: tuple[str, ...] = ()) -> Frame:
        """`frame` of raw rows (typed or text) as numbers: the label first if asked, then `features` in order.

        The columns of both are named by their keys. All are float64, blank where unknown; rows keep their order.
        Columns named in `keep` follow as they are. Raises MissingColumns.
        """
        schema = frame.collect_schema()
        names = {key(name): name for name in (self.label.name, *(column.name for column in self.columns))}
        self.require([names.get(place, place) for place in schema.names()], label)
        typed = engine_of(frame).parse(frame, self.parses(schema, label))
        encoded = self._features(typed.collect_schema())
        return typed.select(*([self._label()] if label else []), *encoded, *keep)

    def _label(self) -> nw.Expr:
        column = col(self.label.name).cast(nw.Float64)
        if self.label.problem == "regression" or not self.label.numeric:
            return column
        code: Any = None
        for value, text in enumerate(self.label.classes):
            chosen = nw.when(column == float(text)).then(nw.lit(float(value)))
            code = chosen if code is None else chosen.otherwise(code)
        return code.alias(key(self.label.name))

    def _features(self, schema: nw.Schema) -> list[nw.Expr]:
        numeric = [column.name for column in self.inputs if column.kind == "numeric"]
        expressions = []
        for column in self.columns:
            for feature, part in column.features.items():
                if column.expression:
                    expression = compile_expression(column.name, column.expression, numeric)
                else:
                    expression = _feature(column, part, schema[key(column.name)])
                if part == "value" and column.kind == "numeric":
                    expression = nw.when(expression.abs() <= FLOAT32_MAX).then(expression)
                expressions.append(expression.alias(key(feature)))
        return expressions


def _feature(column: Column, part: str, dtype: nw.dtypes.DType) -> nw.Expr:
    value = col(column.name)
    if column.kind == "boolean" and dtype != nw.Boolean:
        text = value.cast(nw.String).str.to_lowercase()
        false = nw.when(text.is_in(FALSE)).then(nw.lit(0.0))
        return nw.when(text.is_in(TRUE)).then(nw.lit(1.0)).otherwise(false)
    if column.kind == "categorical":
        other = nw.lit(float(column.own_codes))
        return nw.when(value < column.own_codes).then(value).otherwise(nw.when(~value.is_null()).then(other))
    if column.kind == "datetime":
        found = getattr(value.cast(nw.Datetime("us")).dt, part)()
        if part == "weekday":  # Sunday is 7, and 0 in narwhals over PySpark (2.29)
            found = (found + 6) % 7 + 1
        return found.cast(nw.Float64)
    return value.cast(nw.Float64)
