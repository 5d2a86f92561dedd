"""card.json: what a model card says, as types, made from what the jobs of a model left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from core import numbers
from core.card import again
from core.encoding.contract import Column, Contract
from core.evaluation_file import Evaluation
from core.language import tr
from core.report import wording
from core.report.schema import Report
from core.retelling import told

VERSION = 1  # of the file
LEVELS = 8  # of a column that are named


class Model(TypedDict):
    """Which model it is. Times are ISO 8601 in UTC; `sha256` is of model.tar.gz."""

    training_job: str
    title: str
    eda_job: str
    trained: str | None
    sha256: str | None
    note: str


class Task(TypedDict):
    """What it predicts."""

    target: str
    problem: str
    classes: list[str]
    positive: str | None
    rule: str


class SplitRows(TypedDict):
    """How the rows were parted, and the rows of each split by its name."""

    method: str
    column: str | None
    seed: int
    rows: dict[str, int]


class Data(TypedDict):
    """The file that it learned from."""

    file: str
    sha256: str
    rows: int
    bytes: int
    split: SplitRows


class Input(TypedDict):
    """A column that it needs, and what of it training saw: a range, or the levels that occur most."""

    column: str
    kind: str
    seen: str
    expression: str | None


class LeftOut(TypedDict):
    """A column that it does not use, and why."""

    column: str
    why: str


class Caution(TypedDict):
    """A warning of the EDA that was not heeded."""

    severity: str
    message: str
    action: str


class Failing(TypedDict):
    """A slice of the test rows in which it is worse than chance would give."""

    rows_where: str
    rows: int
    value: str


class DecisionFacts(TypedDict):
    """From which probability on rows are acted on: in sentences, and as decision.json has it."""

    words: list[str]
    file: dict[str, object]


class Card(TypedDict):
    """The whole of card.json. `data` is None where the EDA job is not there any more."""

    version: int
    model: Model
    task: Task
    data: Data | None
    inputs: list[Input]
    left_out: list[LeftOut]
    trained_on: str  # in a sentence, where it is not the train split alone; else ""
    settings: dict[str, str]
    versions: dict[str, str]
    evaluation: Evaluation | None
    cross_validated: str  # in a sentence, once folds are judged; else ""
    decision: DecisionFacts | None
    failing: list[Failing]
    cautions: list[Caution]
    commands: list[str]


def make(
    model: Model,
    contract: Contract,
    report: Report | None,
    settings: Mapping[str, str],
    versions: Mapping[str, str],
    evaluation: Evaluation | None,
    decision: DecisionFacts | None = None,
    failing: Sequence[Failing] = (),
    training: again.Training | None = None,
    trained_on: str = "",
    cross_validated: str = "",
) -> Card:
    """Return the card of a model, from what its jobs left; without `training` it does not say how to make it again."""
    label = contract.label
    why = {column["name"]: wording.dropped(column) for column in report["columns"]} if report else {}
    return Card(
        version=VERSION,
        model=model,
        task=Task(
            target=label.name,
            problem=label.problem,
            classes=list(label.classes),
            positive=label.positive,
            rule=label.rule,
        ),
        data=_data(report) if report else None,
        inputs=[
            Input(column=column.name, kind=column.kind, seen=_seen(column), expression=column.expression)
            for column in contract.columns
            if column.used
        ],
        left_out=[
            LeftOut(column=column.name, why=why.get(column.name) or column.dropped)
            for column in contract.columns
            if column.dropped
        ],
        trained_on=trained_on,
        settings=dict(settings),
        versions=dict(versions),
        evaluation=evaluation,
        cross_validated=cross_validated,
        decision=decision,
        failing=list(failing),
        cautions=[
            Caution(severity=each["severity"], message=told(each, "message"), action=told(each, "action"))
            for each in (report["warnings"] if report else [])
        ],
        commands=again.commands(report, training, decision and decision["file"])
        if report and training
        else [],
    )


def _data(report: Report) -> Data:
    dataset, splits = report["dataset"], report["splits"]
    return Data(
        file=dataset["file"],
        sha256=dataset["sha256"],
        rows=dataset["rows"],
        bytes=dataset["bytes"],
        split=SplitRows(
            method=splits["method"],
            column=splits["column"],
            seed=splits["seed"],
            rows={name: size["rows"] for name, size in splits["sizes"].items()},
        ),
    )


def _seen(column: Column) -> str:
    if column.levels:
        shown = [text for text, _ in column.levels[:LEVELS]]
        more = len(column.levels) - len(shown)
        if not more:
            return ", ".join(shown)
        return tr("{levels} and {more} more", levels=", ".join(shown), more=numbers.integer(more))
    if column.minimum is None:
        return ""
    return numbers.period(column.minimum, column.maximum)
