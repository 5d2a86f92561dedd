"""Warnings about the rows: what was lost, what repeats, and whether the splits test what they should."""

from __future__ import annotations

import math
from collections.abc import Iterator

from core.eda.profile.kinds import named_like_a_key
from core.eda.warnings.warning import features, named, warning
from core.numbers import count, integer, number, score, share
from core.report import wording
from core.report.drift import moved as is_moved
from core.report.schema import OverTime, Period, Report, ReportWarning, Target

BROKEN, LEFT_OUT, DUPLICATES = 0.01, 0.05, 0.01  # shares of rows
FEW_TESTED = 100  # rows of the test split, or of its rarest class a tenth of that
WIDE = 10  # rows of training that each feature should have


def warnings(report: Report) -> Iterator[ReportWarning]:
    """Yield the warnings about rows and splits of a report."""
    yield from _lost(report)
    yield from _duplicates(report)
    yield from _time(report)
    yield from _groups(report)
    yield from _drift(report)
    yield from _few(report)
    for name, split in report["splits"]["sizes"].items():
        lacking = [c["class"] for c in report["target"]["classes"] if not split["classes"].get(c["class"])]
        if lacking:
            yield warning(
                "class_missing",
                "high",
                [report["target"]["name"]],
                f"The {name} split has no row of class {named(lacking)}.",
                "What is not there can be neither learned nor measured.",
                "Split at random, or gather more rows of it.",
                {"split": "random", "split_column": None} if report["splits"]["method"] != "random" else None,
            )


def _lost(report: Report) -> Iterator[ReportWarning]:
    overview, rows = report["overview"], report["overview"]["rows"]
    if overview["broken_rows"]:
        yield warning(
            "broken_rows",
            "high" if overview["broken_rows"] > BROKEN * rows else "medium",
            [],
            f"Left out: {count(overview['broken_rows'], 'row', 'rows')} with more or fewer cells than the header.",
            "Rows are seldom broken by chance: those with long texts, or from one source, are then missing.",
            "Look at the lines that the report names and fix the file.",
        )
    target, classes = report["target"], [item["class"] for item in report["target"]["classes"]]
    words = report["reading"]["blank_words"].get(target["name"], {})
    words = {word: cells for word, cells in words.items() if word not in classes}
    rare = sum(item["rows"] for item in report["target"]["left_out"])
    if left_out := overview["left_out_rows"] - rare:
        yield warning(
            "left_out_rows",
            "medium" if left_out > LEFT_OUT * rows else "low",
            [report["target"]["name"]],
            (
                f"Left out: {count(left_out, 'row', 'rows')} without a target, or without a value to "
                f"split by{_worded(words)}."
            ),
            "If there is a reason that it is missing, the model will meet rows of a kind that it never saw.",
            f"If such a word is a class, keep it: --keep-text with '{target['name']}', or on the Configuration page."
            if words
            else "Check that they are missing by chance.",
            {"keep_text": [target["name"]]} if words else None,
        )


def _worded(words: dict[str, int]) -> str:
    sentence = " and ".join(f"'{word}' stands in {integer(cells)} of them" for word, cells in words.items())
    return f"; {sentence}" if sentence else ""


def _duplicates(report: Report) -> Iterator[ReportWarning]:
    duplicates, rows = report["overview"]["duplicates"], report["overview"]["rows"]
    if duplicates > DUPLICATES * rows:
        yield warning(
            "duplicates",
            "medium",
            [],
            f"{integer(duplicates)} of {integer(rows)} rows repeat an earlier one ({share(duplicates / rows)}).",
            "A row that is both in training and in the test makes the test look better than the model is.",
            "Remove the repeats from the file, or split by what they have in common.",
        )


def _time(report: Report) -> Iterator[ReportWarning]:
    dates = [column for column in report["columns"] if column["kind"] == "datetime"]
    if report["splits"]["method"] != "random" or not dates:
        return
    over = report["over_time"]
    name = over["column"] if over else dates[0]["name"]
    sentence = _moves(over, report["target"]) if over else ""
    yield warning(
        "time",
        "medium" if sentence else "low",
        [name],
        f"The rows have dates ('{name}'), and a random split trains on the same days that it tests on.{sentence}",
        "A model that predicts the future looks too good when it has seen the days around each tested row.",
        "If the model will predict the future, split by time: the test is harder, and honest.",
        {"split": "time", "split_column": name},
    )


def _moves(over: OverTime, target: Target) -> str:
    """Return the sentence that tells two periods whose intervals do not meet, or ""."""
    periods = [
        (period, period["low"], period["high"])
        for period in over["periods"]
        if period["low"] is not None and period["high"] is not None
    ]
    if not periods:
        return ""
    least, _, top = min(periods, key=lambda item: item[2])
    most, bottom, _ = max(periods, key=lambda item: item[1])
    if bottom <= top:
        return ""
    return f" {wording.followed(target)} is {_short(least, target)}, but {_short(most, target)}."


def _short(period: Period, target: Target) -> str:
    value = share(period["value"]) if target["classes"] else number(period["value"], 3)
    return f"{value} from {str(period['from'])[:10]} on"


def _groups(report: Report) -> Iterator[ReportWarning]:
    """Warn of a key that several rows share: customers, devices. One in two splits is known, not predicted."""
    if report["splits"]["method"] != "random":
        return
    for column in report["columns"]:
        filled, repeated = column["rows"] - column["missing"], column["distinct"] > 2
        if column["name"] == report["target"]["name"] or not named_like_a_key(column["name"]):
            continue
        if repeated and 1.5 * column["distinct"] < filled and column["distinct"] >= 10:
            shared = number(filled / column["distinct"], 2)
            yield warning(
                "group",
                "medium",
                [column["name"]],
                f"'{column['name']}' looks like a key that {shared} rows share on average.",
                "A customer, patient or device that is both in training and in the test is recognised, not predicted.",
                "If new ones will be predicted, split by group.",
                {"split": "group", "split_column": column["name"]},
            )


def _drift(report: Report) -> Iterator[ReportWarning]:
    moved: list[tuple[float, str]] = []
    for column in features(report):
        drift = column["drift"]
        if column["name"] != report["splits"]["column"] and drift and is_moved(drift["psi"], drift["noise"]):
            moved.append((drift["psi"], column["name"]))
    if moved:
        names = [name for _, name in sorted(moved, reverse=True)]
        by_time = report["splits"]["method"] == "time"
        yield warning(
            "drift",
            "medium",
            names,
            f"The values of {named(names)} differ between training and test by more than chance explains (PSI up to "
            f"{score(max(moved)[0])}).",
            "The model is asked about values that it hardly learned from.",
            "Expect the error to grow with time; train on recent rows, or drop what only changes with time."
            if by_time
            else "Look at how the rows were gathered; drop what differs for no reason.",
            {"drop": names},
        )


def _few(report: Report) -> Iterator[ReportWarning]:
    sizes = report["splits"]["sizes"]
    tested = sizes["test"]["rows"]
    fewest, name = min(((n, c) for c, n in sizes["test"]["classes"].items()), default=(0, ""))
    scarce = 0 < fewest < FEW_TESTED / 10
    if tested < FEW_TESTED or scarce:
        reach = 100 * 0.98 / math.sqrt(fewest if scarce else tested)  # of a share of a half, the widest
        of_class = f", {integer(fewest)} of them '{name}'" if scarce else ""
        yield warning(
            "few_rows",
            "medium",
            [],
            f"The test split has {count(tested, 'row', 'rows')}{of_class}.",
            (
                f"{'Its recall' if scarce else 'Accuracy'} may then be off by about "
                f"{count(round(reach), 'point', 'points')}."
            ),
            "Gather more rows, or run again with other seeds and look at how much the result changes.",
        )
    wide = report["overview"]["features"]
    if sizes["train"]["rows"] < WIDE * wide:
        yield warning(
            "wide",
            "medium",
            [],
            f"Training has {count(sizes['train']['rows'], 'row', 'rows')} for {count(wide, 'feature', 'features')}.",
            "With so few rows for each feature, some features fit the target by chance.",
            "Drop what cannot matter, and prefer few shallow trees.",
        )
