"""Warnings about the rows: what was lost, what repeats, and whether the splits test what they should."""

from __future__ import annotations

import math
from collections.abc import Iterator

from core.eda.profile.kinds import named_like_a_key
from core.eda.warnings.warning import features, named, warning
from core.language import listed, tr
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
                tr("The {name} split has no row of class {lacking}.", name=name, lacking=named(lacking)),
                tr("What is not there can be neither learned nor measured."),
                tr("Split at random, or gather more rows of it."),
                {"split": "random", "split_column": None} if report["splits"]["method"] != "random" else None,
            )


def _lost(report: Report) -> Iterator[ReportWarning]:
    overview, rows = report["overview"], report["overview"]["rows"]
    if overview["broken_rows"]:
        yield warning(
            "broken_rows",
            "high" if overview["broken_rows"] > BROKEN * rows else "medium",
            [],
            tr(
                "Left out: {rows} with more or fewer cells than the header.",
                rows=count(overview["broken_rows"], "row", "rows"),
            ),
            tr(
                "Rows are seldom broken by chance: those with long texts, or from one source, are then "
                "missing."
            ),
            tr("Look at the lines that the report names and fix the file."),
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
            _without_target(left_out, words),
            tr(
                "If there is a reason that it is missing, the model will meet rows of a kind that it "
                "never saw."
            ),
            tr(
                "If such a word is a class, keep it: --keep-text with '{name}', or on the Configuration "
                "page.",
                name=target["name"],
            )
            if words
            else tr("Check that they are missing by chance."),
            {"keep_text": [target["name"]]} if words else None,
        )


def _without_target(left_out: int, words: dict[str, int]) -> str:
    rows = count(left_out, "row", "rows")
    if not words:
        return tr("Left out: {rows} without a target, or without a value to split by.", rows=rows)
    cells = [
        tr("'{word}' stands in {cells} of them", word=word, cells=integer(cells))
        for word, cells in words.items()
    ]
    return tr(
        "Left out: {rows} without a target, or without a value to split by; {cells}.",
        rows=rows,
        cells=listed(cells),
    )


def _duplicates(report: Report) -> Iterator[ReportWarning]:
    duplicates, rows = report["overview"]["duplicates"], report["overview"]["rows"]
    if duplicates > DUPLICATES * rows:
        yield warning(
            "duplicates",
            "medium",
            [],
            tr(
                "{duplicates} of {rows} rows repeat an earlier one ({share}).",
                duplicates=integer(duplicates),
                rows=integer(rows),
                share=share(duplicates / rows),
            ),
            tr(
                "A row that is both in training and in the test makes the test look better than the model is."
            ),
            tr("Remove the repeats from the file, or split by what they have in common."),
        )


def _time(report: Report) -> Iterator[ReportWarning]:
    dates = [column for column in report["columns"] if column["kind"] == "datetime"]
    if report["splits"]["method"] != "random" or not dates:
        return
    over = report["over_time"]
    name = over["column"] if over else dates[0]["name"]
    yield warning(
        "time",
        "medium" if over and _far_apart(over) else "low",
        [name],
        _dates(name, over, report["target"]),
        tr(
            "A model that predicts the future looks too good when it has seen the days around each "
            "tested row."
        ),
        tr("If the model will predict the future, split by time: the test is harder, and honest."),
        {"split": "time", "split_column": name},
    )


def _dates(name: str, over: OverTime | None, target: Target) -> str:
    """Return the sentence about dates; where the target moves with them, with the periods that show it."""
    periods = over and _far_apart(over)
    if not periods:
        return tr(
            "The rows have dates ('{name}'), and a random split trains on the same days that it tests on.",
            name=name,
        )
    return tr(
        "The rows have dates ('{name}'), and a random split trains on the same days that it tests on."
        " {followed} is {least} from {early} on, but {most} from {late} on.",
        name=name,
        followed=wording.followed(target),
        least=_value(periods[0], target),
        early=str(periods[0]["from"])[:10],
        most=_value(periods[1], target),
        late=str(periods[1]["from"])[:10],
    )


def _far_apart(over: OverTime) -> tuple[Period, Period] | None:
    """Return the lowest and the highest of the periods, where their intervals do not meet."""
    periods = [
        (period, period["low"], period["high"])
        for period in over["periods"]
        if period["low"] is not None and period["high"] is not None
    ]
    if not periods:
        return None
    least, _, top = min(periods, key=lambda item: item[2])
    most, bottom, _ = max(periods, key=lambda item: item[1])
    return None if bottom <= top else (least, most)


def _value(period: Period, target: Target) -> str:
    return share(period["value"]) if target["classes"] else number(period["value"], 3)


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
                tr(
                    "'{name}' looks like a key that {shared} rows share on average.",
                    name=column["name"],
                    shared=shared,
                ),
                tr(
                    "A customer, patient or device that is both in training and in the test is "
                    "recognised, not predicted."
                ),
                tr("If new ones will be predicted, split by group."),
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
            tr(
                "The values of {names} differ between training and test by more than chance explains "
                "(PSI up to {psi}).",
                names=named(names),
                psi=score(max(moved)[0]),
            ),
            tr("The model is asked about values that it hardly learned from."),
            tr(
                "Expect the error to grow with time; train on recent rows, or drop what only changes "
                "with time."
            )
            if by_time
            else tr("Look at how the rows were gathered; drop what differs for no reason."),
            {"drop": names},
        )


def _few(report: Report) -> Iterator[ReportWarning]:
    sizes = report["splits"]["sizes"]
    tested = sizes["test"]["rows"]
    fewest, name = min(((n, c) for c, n in sizes["test"]["classes"].items()), default=(0, ""))
    scarce = 0 < fewest < FEW_TESTED / 10
    if tested < FEW_TESTED or scarce:
        reach = 100 * 0.98 / math.sqrt(fewest if scarce else tested)  # of a share of a half, the widest
        rows, points = count(tested, "row", "rows"), count(round(reach), "point", "points")
        yield warning(
            "few_rows",
            "medium",
            [],
            tr(
                "The test split has {rows}, {fewest} of them '{name}'.",
                rows=rows,
                fewest=integer(fewest),
                name=name,
            )
            if scarce
            else tr("The test split has {rows}.", rows=rows),
            tr("Its recall may then be off by about {points}.", points=points)
            if scarce
            else tr("Accuracy may then be off by about {points}.", points=points),
            tr("Gather more rows, or run again with other seeds and look at how much the result changes."),
        )
    wide = report["overview"]["features"]
    if sizes["train"]["rows"] < WIDE * wide:
        yield warning(
            "wide",
            "medium",
            [],
            tr(
                "Training has {rows} for {features}.",
                rows=count(sizes["train"]["rows"], "row", "rows"),
                features=count(wide, "feature", "features"),
            ),
            tr("With so few rows for each feature, some features fit the target by chance."),
            tr("Drop what cannot matter, and prefer few shallow trees."),
        )
