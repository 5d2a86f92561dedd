"""The feature contract: what EDA learned from the training split, and the one encoder that applies it.

EDA fits and stores it as contract.json and writes the splits with it; inference reads it and encodes raw rows with
the same code. Columns are matched by name. A blank cell, an unseen category, a number beyond float32 and text where
a number should be all encode as blank, which is XGBoost's own missing value; at inference, a row with text where
a number or a date should be is rejected before it gets there (`core/encoding/row_checks.py`).
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

import narwhals as nw

from core.encoding.expressions import columns_of, compile_expression
from core.engines import Frame, Parse, engine_of
from core.errors import MissingColumns
from core.language import joined, tr
from core.reading.column_keys import col, key
from core.reading.dialect import Dialect, DialectJson

FORMAT = 1
FLOAT32_MAX = 3.4028234663852886e38  # XGBoost holds float32 and refuses what is beyond
TRUE = ("true", "t", "yes", "y", "1", "1.0")
FALSE = ("false", "f", "no", "n", "0", "0.0")
Kind = Literal["numeric", "categorical", "boolean", "datetime", "text", "identifier", "constant"]
Problem = Literal["binary", "multiclass", "regression"]
PARTS = ("year", "month", "day", "weekday", "hour", "minute")


class DatasetFacts(TypedDict, total=False):
    """The file that the contract was learned from."""

    file: str
    sha256: str
    rows: int


class SplitFacts(TypedDict, total=False):
    """How the rows were split, and how many went to each split."""

    method: str
    column: str | None
    seed: int
    train: int
    validation: int
    test: int


class ColumnJson(TypedDict):
    """One column in contract.json: the fields of `Column`."""

    name: str
    kind: Kind
    type: str
    expression: str | None
    features: dict[str, str]
    dropped: str | None
    missing: int
    minimum: float | str | None
    maximum: float | str | None
    levels: Sequence[Sequence[Any]]  # [text, rows]
    own_codes: int
    keeps_words: bool
    format: str


class LabelJson(TypedDict):
    """The target in contract.json: the fields of `Label`."""

    name: str
    problem: Problem
    classes: Sequence[str]
    numeric: bool
    positive: str | None
    rule: str
    format: str


class ContractJson(TypedDict):
    """contract.json as a whole; `Contract.to_json` writes it, `Contract.from_json` reads it."""

    label: LabelJson
    columns: list[ColumnJson]
    dialect: DialectJson
    dataset: DatasetFacts
    split: SplitFacts
    versions: dict[str, str]
    format: int
    features: list[str]
    weight: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the raw table (or a derived one), as the training split showed it.

    `features` maps what it becomes: {feature name: part}; a part is "value", "code" or one of PARTS.
    Ranges and levels are those of the training split; levels are in order of falling frequency, and
    those from `own_codes` on share one code ("other").
    """

    name: str
    kind: Kind
    type: str = ""  # as DuckDB sniffed it
    expression: str | None = None  # of a derived column
    features: dict[str, str] = field(default_factory=dict[str, str])
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

    @property
    def parse(self) -> Parse | None:
        """Return how its text becomes a value; None of a boolean, whose text is compared as it stands (`truth`)."""
        if self.kind == "numeric":
            return Parse("number", format=self.format)
        if self.kind == "datetime":
            return Parse("datetime", format=self.format)
        if self.kind == "categorical":
            return Parse("code", levels=tuple(text for text, _ in self.levels))
        return None


@dataclass(frozen=True, slots=True)
class Label:
    """The target: its problem, and for classes the text of each in order of its code."""

    name: str
    problem: Problem
    classes: tuple[str, ...] = ()
    numeric: bool = False  # the classes are numbers: "1" and "1.0" are the same class
    positive: str | None = None  # binary: the class with code 1
    rule: str = ""  # how the positive class or the order of the codes was chosen
    format: str = ""  # how its numbers are written, as of a column


@dataclass(frozen=True, slots=True)
class Contract:
    """What EDA learned; `features` are the names of the encoder's columns, in order."""

    label: Label
    columns: tuple[Column, ...]
    dialect: Dialect = field(default_factory=Dialect)  # of the training file
    dataset: DatasetFacts = field(default_factory=DatasetFacts)
    split: SplitFacts = field(default_factory=SplitFacts)
    versions: dict[str, str] = field(default_factory=dict[str, str])
    format: int = FORMAT
    weight: str | None = None  # the column that says how much a row counts in training and validation

    # --- reading and writing --------------------------------------------------------------------------

    @classmethod
    def from_json(cls, value: ContractJson) -> Contract:
        """Return the contract in a parsed contract.json.

        Raises ValueError for one of another format; KeyError or TypeError where a field is missing or unknown.
        """
        if value.get("format") != FORMAT:
            raise ValueError(f"contract.json has format {value.get('format')}; this version reads {FORMAT}.")
        return cls(
            label=_label_in(value["label"]),
            columns=tuple(_column_in(column) for column in value["columns"]),
            dialect=Dialect.from_dict(value["dialect"]),
            dataset=value["dataset"],
            split=value["split"],
            versions=value["versions"],
            format=value["format"],
            weight=value.get("weight"),
        )

    @classmethod
    def read(cls, path: Path) -> Contract:
        """Return the contract in the file at `path`. Raises as `from_json`, and OSError."""
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")))

    def to_json(self) -> ContractJson:
        """Return the content of contract.json."""
        fields = asdict(self) | {"dialect": self.dialect.as_dict(), "features": list(self.features)}
        return cast(ContractJson, fields)  # asdict answers the fields' names, which no checker follows

    def write(self, path: Path) -> None:
        """Write contract.json to `path`."""
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
        """Return {name: expression} of the derived columns."""
        return {column.name: column.expression for column in self.columns if column.expression}

    @property
    def whole_features(self) -> list[str]:
        """Return the features that are whole numbers whatever the row: codes, truths and parts of dates."""
        return [
            feature
            for column in self.columns
            for feature, part in column.features.items()
            if part != "value" or column.kind == "boolean"
        ]

    def column(self, name: str) -> Column:
        """Return the column `name`, raw or derived. Raises StopIteration."""
        return next(column for column in self.columns if column.name == name)

    @property
    def inputs(self) -> tuple[Column, ...]:
        """Return the raw columns that rows must have: those that become features, or that derived columns read."""
        read = {n for c in self.columns if c.expression and c.used for n in columns_of(c.name, c.expression)}
        return tuple(c for c in self.columns if not c.expression and (c.used or c.name in read))

    @property
    def input_names(self) -> tuple[str, ...]:
        """Return the names of the columns that raw rows must have."""
        return tuple(column.name for column in self.inputs)

    def require(self, names: Sequence[str], label: bool = False) -> list[str]:
        """Return those of `names` that the contract does not use. Raises MissingColumns, by name."""
        wanted = [column.name for column in self.inputs] + ([self.label.name] if label else [])
        missing = [name for name in wanted if name not in names]
        if missing:
            raise MissingColumns(
                columns=", ".join(missing),
                found=", ".join(names) or tr("no columns"),
                advice=_renamed(missing, [name for name in names if name not in wanted]),
            )
        return [name for name in names if name not in wanted and name != self.label.name]

    # --- the encoder ----------------------------------------------------------------------------------

    def parses(self, schema: nw.Schema, label: bool) -> dict[str, Parse]:
        """Return how each raw column (by its key) is to be parsed, given the types that the frame already has."""
        parses: dict[str, Parse] = {}
        for column in self.inputs:
            dtype = schema[key(column.name)]
            parsed = {"numeric": dtype.is_numeric(), "datetime": isinstance(dtype, nw.Datetime | nw.Date)}
            if column.parse and not parsed.get(column.kind):
                parses[key(column.name)] = column.parse
        target = key(self.label.name)
        if label and (self.label.numeric or self.label.problem == "regression"):
            if not schema[target].is_numeric():
                parses[target] = Parse("number", format=self.label.format)
        elif label:
            parses[target] = Parse("code", levels=self.label.classes)
        return parses

    def encode(self, frame: Frame, label: bool, keep: tuple[str, ...] = ()) -> Frame:
        """Return the raw rows of `frame` (typed or text) as numbers: with `label` that first, then `features` in order.

        Columns are named by their keys, in and out. All are float64, blank where unknown; rows keep their order.
        Columns named in `keep` follow as they are. Raises MissingColumns.
        """
        schema = frame.collect_schema()
        names = {key(name): name for name in (self.label.name, *(column.name for column in self.columns))}
        self.require([names.get(name, name) for name in schema.names()], label)
        values = engine_of(frame).parse(frame, self.parses(schema, label))
        return self.encode_values(values, label, keep)

    def encode_weighted(self, frame: Frame) -> Frame:
        """Return rows as `encode` does, the label first and the weight second, as the image reads them."""
        name = key(self.weight or "")
        column = self.column(self.weight or "")
        if not frame.collect_schema()[name].is_numeric() and column.parse:
            frame = engine_of(frame).parse(frame, {name: column.parse})
        encoded = self.encode(frame, label=True, keep=(name,))
        return encoded.select(key(self.label.name), name, *map(key, self.features))

    def encode_values(self, values: Frame, label: bool, keep: tuple[str, ...] = ()) -> Frame:
        """Return what `encode` does, of rows whose text was parsed before (`Column.parse`)."""
        features = self._features(values.collect_schema())
        return values.select(*([self._label()] if label else []), *features, *keep)

    def _label(self) -> nw.Expr:
        column = col(self.label.name).cast(nw.Float64)
        if self.label.problem == "regression" or not self.label.numeric:
            return column
        code: nw.Expr | None = None
        for value, text in enumerate(self.label.classes):
            chosen = nw.when(column == float(text)).then(nw.lit(float(value)))
            code = chosen if code is None else chosen.otherwise(code)
        return (nw.lit(None, nw.Float64) if code is None else code).alias(key(self.label.name))

    def _features(self, schema: nw.Schema) -> list[nw.Expr]:
        numeric = [column.name for column in self.inputs if column.kind == "numeric"]
        expressions: list[nw.Expr] = []
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


def _label_in(value: Mapping[str, Any]) -> Label:
    fields: dict[str, Any] = {**value, "classes": tuple(value["classes"])}
    return Label(**fields)


def _column_in(value: Mapping[str, Any]) -> Column:
    # A contract of an earlier version lacks the fields that have come since: they have their defaults.
    fields: dict[str, Any] = {**value, "levels": tuple((text, rows) for text, rows in value["levels"])}
    return Column(**fields)


def truth(value: nw.Expr) -> nw.Expr:
    """Return a text as 1 or 0, blank where it is neither of TRUE nor of FALSE."""
    text = value.cast(nw.String).str.to_lowercase()
    false = nw.when(text.is_in(FALSE)).then(nw.lit(0.0))
    return nw.when(text.is_in(TRUE)).then(nw.lit(1.0)).otherwise(false)


def _part_of(moment: nw.Expr, part: str) -> nw.Expr:
    read = getattr(moment.dt, part)  # one of PARTS, which are narwhals' own names
    return read()


def _feature(column: Column, part: str, dtype: nw.dtypes.DType) -> nw.Expr:
    value = col(column.name)
    if column.kind == "boolean" and dtype != nw.Boolean:
        return truth(value)
    if column.kind == "categorical":
        other = nw.lit(float(column.own_codes))
        return nw.when(value < column.own_codes).then(value).otherwise(nw.when(~value.is_null()).then(other))
    if column.kind == "datetime":
        number = _part_of(value.cast(nw.Datetime("us")), part)
        if part == "weekday":  # Sunday is 7, and 0 in narwhals over PySpark (2.29)
            number = (number + 6) % 7 + 1
        return number.cast(nw.Float64)
    return value.cast(nw.Float64)


def nearest_names(name: str, others: Sequence[str], most: int = 1, alike: float = 0.75) -> list[str]:
    """Return which of the `others` may be meant by `name`, the nearest first; marks and cases count for nothing."""
    plain = {_letters(other): other for other in others}
    return [plain[match] for match in difflib.get_close_matches(_letters(name), plain, most, alike)]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _renamed(missing: Sequence[str], others: Sequence[str]) -> str:
    """Return what to do where some of the `others` may be missing columns under another name; "" where none may."""
    near: dict[str, str] = {}
    for name in missing:
        for match in nearest_names(name, [other for other in others if other not in near.values()]):
            near[name] = match
    if not near:
        return ""
    pairs = [tr("'{old}' is '{new}'", old=other, new=name) for name, other in near.items()]
    return tr(
        "Say so (--rename OLD=NEW, or on the page) or rename in the header if it is so: perhaps {pairs}. Or add the"
        " missing columns to the header (cells may stay blank), then try again.",
        pairs=joined(pairs, ", "),
    )
