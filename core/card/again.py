"""The commands that make a model again from the same file, as the command line takes them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.report.schema import Report

COMMAND = "sendero"
TRAINING_JOB = "TRAINING_JOB"  # the name that `train` answers
# What an EDA job was asked -> its flag on the command line, and the values that need none.
FLAGS = {
    "problem": "--problem", "positive": "--positive", "drop_rare": "--drop-rare", "split": "--split",
    "split_column": "--split-column", "weight": "--weight", "drop": "--drop", "derive": "--derive",
    "treat": "--treat", "keep_text": "--keep-text", "seed": "--seed",
}  # fmt: skip
USUAL: dict[str, object] = {"problem": "auto", "split": "random", "seed": 0}
# What a person said of how the file is read -> its flag, and where the dialect has it.
READING = {
    "delimiter": ("--delimiter", "delimiter"), "encoding": ("--encoding", "encoding"),
    "decimal": ("--decimal", "decimal"), "date_format": ("--date-format", "date_format"),
    "sheet": ("--sheet", "sheet"), "skip": ("--skip-lines", "skip"),
}  # fmt: skip
TAB = "tab"  # a sign that nobody sees in a command


@dataclass(frozen=True, slots=True)
class Training:
    """What `train` is asked for a model: the preset, what differs from it ("" takes a name out), and the machines.

    `then` is the verb that made the model from that one: of all rows, or of a fold.
    """

    preset: str
    given: Mapping[str, str] = field(default_factory=dict)
    instances: int = 1
    then: str = ""


def commands(report: Report, training: Training, decision: Mapping[str, object] | None) -> list[str]:
    """Return the commands, in their order; `decision` is what stands in decision.json."""
    train = ["train", "--eda", "EDA_JOB", *_settings(training)]
    if training.instances > 1:
        train += ["--instance-count", str(training.instances)]
    made = [_eda(report), train]
    if decision:
        if decision.get("out_of_fold"):
            made.append(["cross-validate", TRAINING_JOB])
        made.append(["decide", TRAINING_JOB, *_decision(decision)])
    if training.then and [training.then, TRAINING_JOB] not in made:
        made.append([training.then, TRAINING_JOB])
    return [shlex.join([COMMAND, *command]) for command in made]


def whole_path(report: Report, training: Training, file: str) -> list[str]:
    """Return the words of the one command that goes the whole path with `file`, from EDA to a deleted endpoint."""
    all_rows = ["--all-rows"] if training.then == "all-rows" else []
    return ["run", file, *_data(report), *_settings(training), *all_rows]


def _settings(training: Training) -> list[str]:
    given = [word for name, value in training.given.items() for word in ("--set", f"{name}={value}")]
    return ["--preset", training.preset, *given]


def _eda(report: Report) -> list[str]:
    return ["eda", report["dataset"]["file"], *_data(report)]


def _data(report: Report) -> list[str]:
    """Return what is predicted, by which columns and rows, and how the file is read."""
    asked = report.get("configuration", {})
    words: list[str] = ["--target", report["target"]["name"]]
    for name, flag in FLAGS.items():
        value = asked.get(name)
        if isinstance(value, bool):
            words += [flag] if value else []
        elif isinstance(value, Mapping):
            words += [word for pair in value.items() for word in (flag, "=".join(map(str, pair)))]
        elif isinstance(value, list):
            words += [flag, *map(str, value)] if value else []
        elif value is not None and value != USUAL.get(name):
            words += [flag, str(value)]
    return [*words, *_reading(report)]


def _reading(report: Report) -> list[str]:
    """Return how the file is read, as far as a person said so."""
    dialect = report.get("reading", {}).get("dialect", {})
    said, words = dialect.get("overruled"), list[str]()
    if not isinstance(said, Iterable):
        return words
    for name in map(str, said):
        if name in READING:
            flag, key = READING[name]
            value = str(dialect.get(key, ""))
            words += [flag, TAB if value == "\t" else value]
        elif name == "header":
            words += ["--header", str(int(str(dialect.get("skip", 0))) + 1)]
    return words


def _decision(decision: Mapping[str, object]) -> list[str]:
    """Return what `decide` is asked; by the threshold itself where the rest does not tell how it was found."""
    amounts, words = _part(decision, "amounts"), list[str]()
    equal = amounts == {"miss": 1.0, "false_alarm": 1.0, "miss_column": "", "false_alarm_column": ""}
    by = decision.get("chosen_by")
    if by == "cost" or not equal:
        words += ["--miss", _number(amounts["miss"]), "--false-alarm", _number(amounts["false_alarm"])]
        for name in ("miss_column", "false_alarm_column"):
            if column := amounts.get(name):
                words += [f"--{name.replace('_', '-')}", str(column)]
    if by == "capacity" and not equal:
        limit = _part(decision, "capacity")
        words += ["--capacity", _number(limit["rows"]), "--of", _number(limit["of"])]
    elif by != "cost":  # of a capacity alone it is not kept whether errors counted, too
        words += ["--threshold", _number(decision["threshold"])]
    if decision.get("calibration"):
        words.append("--calibrate")
    ask = _part(decision, "referral")
    if ask.get("low") is not None and ask.get("high") is not None:
        words += ["--ask", f"{_number(ask['low'])}:{_number(ask['high'])}"]
    return [
        *words,
        *(["--ask-unseen"] if ask.get("unseen") else []),
        *(["--ask-out-of-range"] if ask.get("out_of_range") else []),
    ]


def _part(decision: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = decision.get(name)
    return part if isinstance(part, Mapping) else {}


def _number(value: object) -> str:
    """Return a number with all of its digits."""
    return str(value).removesuffix(".0")
