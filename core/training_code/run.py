"""What doing a training run again needs to know: the run itself, the place on AWS, and what it should measure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

WIDE = 100  # characters of a line of code

# Metrics of the image that XGBoost has not: nothing but the image can stop early by them.
ONLY_THE_IMAGE = ("accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "mse", "precision", "precision_macro",
                  "precision_micro", "r2", "recall", "recall_macro", "recall_micro")  # fmt: skip
# What evaluation.json calls a metric -> XGBoost's name, by the problem; what has none is not asserted.
NAMES = {
    "binary": {"auc": "auc", "logloss": "logloss"},
    "multiclass": {"logloss": "mlogloss", "accuracy": "merror"},
    "regression": {"rmse": "rmse", "mae": "mae"},
}
OPPOSITE = ("merror",)  # 1 less what the evaluation says


@dataclass(frozen=True, slots=True)
class Run:
    """A Training Job, as far as doing it again needs it. Folders are storage keys below `root`."""

    training_job: str
    title: str
    target: str
    problem: str
    root: str  # a folder, or s3://bucket/prefix
    hyperparameters: Mapping[str, str]
    channels: Mapping[str, Sequence[str]]  # channel -> its folders
    test: str
    contract: str  # storage key
    weighted: bool
    rounds: int  # of the model that was kept; 0 where that is not known
    expected: Mapping[str, float]  # split and XGBoost's name of a metric, as validation-auc -> its value
    xgboost: str  # version

    @property
    def in_s3(self) -> bool:
        """Return whether its files are in S3 rather than on a disk."""
        return self.root.startswith("s3://")


@dataclass(frozen=True, slots=True)
class Place:
    """Where on Amazon SageMaker a Training Job runs."""

    region: str
    image: str
    role: str
    bucket: str
    prefix: str
    instance_type: str
    volume_gb: int
    seconds: int  # it may take
    spot: bool
    isolated: bool
    kms_key: str = ""
    subnets: Sequence[str] = ()
    security_groups: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Part:
    """What is said, and the code that does it."""

    text: str
    code: str


def expected_of(
    problem: str, on_test: Mapping[str, float | None], kept_round: Mapping[str, float]
) -> dict[str, float]:
    """Return what XGBoost measures of the same model again, as {"validation-auc": value}: the metrics of the round
    that is kept, and those of the test split that XGBoost has too.
    """
    found = {
        name: value
        for name, value in kept_round.items()
        if name.startswith("validation-") and name.partition("-")[2] not in ONLY_THE_IMAGE
    }
    for ours, theirs in NAMES.get(problem, {}).items():
        value = on_test.get(ours)
        if value is not None:
            found[f"test-{theirs}"] = 1 - value if theirs in OPPOSITE else value
    return found


def assignment(name: str, value: object, note: str = "") -> str:
    """Return the line of code, or the lines, that give a value its name; the note beside it, or above."""
    line = f"{name} = {literal(value, len(name) + 3)}"
    if not note:
        return f"{line}\n"
    beside = "\n" not in line and len(line) + len(note) < WIDE
    return f"{line}  # {note}\n" if beside else f"# {note}\n{line}\n"


def literal(value: object, before: int = 0, indent: int = 0) -> str:
    """Return a value as code, on one line if it fits beside the `before` characters that stand there."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        keys = [f"{literal(key)}: " for key in pairs]
        parts = [(key, each) for key, each in zip(keys, pairs.values(), strict=True)]
        return _listed("{}", parts, before, indent)
    if isinstance(value, list | tuple):
        return _listed("[]", [("", each) for each in cast("Sequence[object]", value)], before, indent)
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _listed(brackets: str, parts: Sequence[tuple[str, object]], before: int, indent: int) -> str:
    whole = ", ".join(f"{key}{literal(each)}" for key, each in parts)
    if before + indent + len(whole) + 2 <= WIDE and "\n" not in whole:
        return f"{brackets[0]}{whole}{brackets[1]}"
    deeper = indent + 4
    lines = [f"{' ' * deeper}{key}{literal(each, len(key) + 1, deeper)}," for key, each in parts]
    return "\n".join([brackets[0], *lines, " " * indent + brackets[1]])
