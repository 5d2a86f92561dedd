"""report.json as types; report_json.py is its one reader and its one writer. README.md says what each key holds.

Types are TypedDicts, for a report is JSON that travels. Those with a key that is a word of Python (`class`, `from`)
have to be made by a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

from core.report.column_schema import ColumnEntry

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")

CorrelationMethod = Literal["pearson", "spearman", "cramers_v", "ratio"]
Coefficients = list[list[float | None]]


# --- the table ----------------------------------------------------------------------------------------------


class Dataset(TypedDict):
    """The file that was read."""

    file: str
    sha256: str
    rows: int
    bytes: int


class Configuration(TypedDict, total=False):
    """The EDA step's `--config`; reports of format 1 do not have it."""

    target: str
    problem: str
    split: str
    split_column: str | None
    drop: list[str]
    derive: dict[str, str]
    seed: int
    fractions: list[float]
    treat: dict[str, str]
    engine: str
    positive: str | None
    drop_rare: bool
    keep_text: list[str]
    weight: str | None


class Note(TypedDict):
    """Something that reading met; `doubt` says what else it could be, or is empty."""

    code: str
    message: str
    columns: list[str]
    doubt: str
    written: NotRequired[dict[str, object]]  # what message and doubt were written from (`core/retelling.py`)


class Reading(TypedDict):
    """How the file was read."""

    dialect: Mapping[str, object]  # as in dataset.json: core/reading/dialect.py has its type
    formats: dict[str, str]
    notes: list[Note]
    blank_words: dict[str, dict[str, int]]


class ListedRow(TypedDict):
    """A broken row: its line, counting records, and what is wrong with it."""

    line: int
    reason: str


class Overview(TypedDict):
    """The numbers of the whole table; `memory_bytes` is an estimate, shares are of 1."""

    rows: int
    columns: int
    derived_columns: int
    features: int
    kinds: dict[str, int]
    broken_rows: int
    broken_listed: list[ListedRow]
    duplicates: int
    missing_cells: int
    missing_share: float
    memory_bytes: int
    left_out_rows: int


# A class of the target with its code in the splits' files, and one too rare to be learned.
TargetClass = TypedDict("TargetClass", {"class": str, "code": int, "rows": int, "share": float})
RareClass = TypedDict("RareClass", {"class": str, "rows": int})


class Target(TypedDict):
    """What is predicted; `classes` is empty for a regression."""

    name: str
    problem: str
    positive: str | None
    rule: str
    written: NotRequired[dict[str, object]]  # what `rule` was written from (`core/retelling.py`)
    classes: list[TargetClass]
    left_out: list[RareClass]


class SplitSize(TypedDict):
    """The rows of one split, and of each class in it."""

    rows: int
    classes: dict[str, int]


class Splits(TypedDict):
    """How the rows were split, and `sizes` by name of the split."""

    method: str
    column: str | None
    seed: int
    fractions: list[float]
    sizes: dict[str, SplitSize]
    test_raw_rows: int
    test_raw_every: NotRequired[int]  # of the test split's rows; older reports have its first ones


# --- what was measured on the sample ------------------------------------------------------------------------


class BlankPattern(TypedDict):
    """Columns that are blank in the same rows, and the share of such rows."""

    columns: list[str]
    share: float


class BlankPatterns(TypedDict):
    """Which columns are blank, and which of them together."""

    columns: list[str]
    together: list[BlankPattern]
    phi: Coefficients


class Pair(TypedDict):
    """Two features that go together, and how much each tells of the other."""

    a: str
    b: str
    method: CorrelationMethod
    value: float
    a_of_b: float | None
    b_of_a: float | None


class Correlations(TypedDict):
    """The coefficients between the features that tell most."""

    numbers: list[str]
    categories: list[str]
    pearson: Coefficients
    spearman: Coefficients
    cramers_v: Coefficients
    ratio: Coefficients
    rows: int
    error: float
    left_out: list[str]
    strongest: list[Pair]


Period = TypedDict(
    "Period",
    {
        "from": str | float,
        "to": str | float,
        "rows": int,
        "value": float,
        "low": float | None,
        "high": float | None,
    },
)


class OverTime(TypedDict):
    """The target by period of equal rows, and what changed from the earlier half to the later."""

    column: str
    unit: Literal["time", "number"]
    periods: list[Period]
    psi: dict[str, float]


class Accuracy(TypedDict):
    """A figure that is no exact one, and how far it may be off."""

    figure: str
    how: Literal["sample", "hash"]
    rows: int
    of: int
    error: str
    written: NotRequired[dict[str, object]]  # what `error` was written from (`core/retelling.py`)


# --- warnings -----------------------------------------------------------------------------------------------


class Fix(TypedDict, total=False):
    """Changes to the configuration: lists and mappings add to those that there are."""

    drop: list[str]
    treat: dict[str, str]
    keep_text: list[str]
    derive: dict[str, str]
    split: str
    split_column: str | None


class ReportWarning(TypedDict):
    """The problem of `columns`, why it harms, what to do, and the changes that do it."""

    code: str
    column: str | None  # the first of `columns`
    columns: list[str]
    severity: Severity
    message: str
    reason: str
    action: str
    fix: Fix | None
    written: dict[str, object]  # what message, reason and action were written from (`core/retelling.py`)


# --- the whole ----------------------------------------------------------------------------------------------


class Report(TypedDict):
    """A report as `read_report` returns it: `format` is that of its file, all else is of format 2."""

    format: int
    dataset: Dataset
    configuration: Configuration
    reading: Reading
    overview: Overview
    target: Target
    splits: Splits
    columns: list[ColumnEntry]
    missing: BlankPatterns
    correlations: Correlations
    over_time: OverTime | None
    accuracy: list[Accuracy]
    versions: dict[str, str]
    warnings: list[ReportWarning]
