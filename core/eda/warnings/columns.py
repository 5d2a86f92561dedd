"""Warnings about single columns, and about columns that say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.eda.profile.fit import OWN_CODES
from core.eda.profile.kinds import named_like_a_key
from core.eda.warnings.target import leaks
from core.eda.warnings.warning import features, named, warning
from core.language import mark, tr
from core.numbers import count, integer, number, score, share
from core.report.column_schema import ColumnEntry
from core.report.schema import Pair, Report, ReportWarning

MISSING = (0.3, 0.6, 0.95)  # shares: (low, medium, drop)
SENTINELS = (-1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999)
SAME = {"pearson": 0.99, "spearman": 0.995, "cramers_v": 0.99}  # coefficients of columns that say the same
COEFFICIENTS = {
    "pearson": mark("correlation"),
    "spearman": mark("rank correlation"),
    "cramers_v": mark("Cramér's V"),
}
DETERMINES, ONE_WAY = 0.95, 0.01  # uncertainty coefficient, and how much less the other way
TOGETHER = 0.98  # phi of being blank
NO_FEATURE = {
    "constant": (
        "constant",
        mark("Left out of training: {names}. Such columns have the same value in every row, or none."),
    ),
    "identifier": (
        "identifier",
        mark("Left out of training: {names}. Such columns name rows, they do not describe them."),
    ),
    "text": (
        "high_cardinality",
        mark("Left out of training: {names}. Such columns hold free text or too many distinct values."),
    ),
}
_CODE_NAME = re.compile(
    r"(^|[_\s-])(code|codes|zip|zipcode|postcode|postal|plz|cp|flight|route|number|no|nr|num|phone)$",
    re.I,
)


def warnings(report: Report) -> Iterator[ReportWarning]:
    """Yield the warnings about columns of a report."""
    target = report["target"]["name"]
    configuration = report["configuration"]
    requested = {*configuration.get("drop", ()), *configuration.get("treat", ())}
    columns = [column for column in report["columns"] if column["name"] not in {target, *requested}]
    for kind, (code, what) in NO_FEATURE.items():
        if names := [column["name"] for column in columns if column["kind"] == kind]:
            yield warning(
                code,
                "low",
                names,
                tr(what, names=named(names)),
                tr("A model can learn nothing from them."),
                tr("There is nothing to do."),
            )
    for column in features(report):
        if column["name"] != target:
            yield from _one(column, column["name"] in requested)
    yield from _redundant(report)
    yield from _blank_together(report)


def _one(column: ColumnEntry, requested: bool) -> Iterator[ReportWarning]:
    name = column["name"]
    if column["kind"] == "categorical" and column["distinct"] > OWN_CODES:
        yield warning(
            "high_cardinality",
            "medium",
            [name],
            tr(
                "'{name}' has {distinct} distinct values; the {most} most frequent are kept.",
                name=name,
                distinct=integer(column["distinct"]),
                most=OWN_CODES,
            ),
            tr("The others count as one value: each has too few rows to learn from, and new ones will come."),
            tr("Group its values in the file, or leave it out."),
            {"drop": [name]},
        )
    blank = column["missing"] / column["rows"] if column["rows"] else 0.0
    if blank > MISSING[0]:
        yield warning(
            "missing",
            "medium" if blank > MISSING[1] else "low",
            [name],
            tr("'{name}' is blank in {blank} of the rows.", name=name, blank=share(blank)),
            tr(
                "XGBoost learns what a blank means, which no longer holds if it is blank more or less "
                "often in use."
            ),
            tr("Check that it will be blank as often when predicting.")
            if blank < MISSING[2]
            else tr("Drop it, unless its few values are why you have it."),
            {"drop": [name]},
        )
    if unparsed := column.get("unparsed"):
        cells = count(unparsed, "cell", "cells")
        yield warning(
            "odd_text",
            "medium",
            [name],
            tr("'{name}' holds a date in most rows, but not in {cells}.", name=name, cells=cells)
            if column["kind"] == "datetime"
            else tr("'{name}' holds a number in most rows, but not in {cells}.", name=name, cells=cells),
            tr("Such cells count as blank, though they say something."),
            tr("Fix them in the file."),
        )
    if not requested:
        yield from _code_number(column)
        yield from _sentinel(column)


def _code_number(column: ColumnEntry) -> Iterator[ReportWarning]:
    name, whole = column["name"], column["type"] == "BIGINT" and column["kind"] == "numeric"
    if whole and column["distinct"] > 2 and _CODE_NAME.search(name) and not named_like_a_key(name):
        yield warning(
            "code_number",
            "low",
            [name],
            tr(
                "'{name}' holds numbers that look like codes ({distinct} different ones).",
                name=name,
                distinct=integer(column["distinct"]),
            ),
            tr("As a number, codes that are close are taken to be alike, which they are not."),
            tr("Treat it as a category."),
            {"treat": {name: "categorical"}},
        )


def _sentinel(column: ColumnEntry) -> Iterator[ReportWarning]:
    """Warn of -999 and the like, beyond the fences: a blank written as a number."""
    fence, histogram = column.get("outliers"), column.get("histogram")
    low, high = column.get("minimum"), column.get("maximum")
    if not fence or not histogram or column["expression"] or len(histogram["edges"]) < 4:
        return
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return
    counts = histogram["counts"]
    ends = (
        (low, fence["below"] and low < fence["low"] and counts[1] == 0),
        (high, fence["above"] and high > fence["high"] and counts[-2] == 0),
    )
    for value, alone in ends:
        if alone and value in SENTINELS:
            name = column["name"]
            written = f'col("{name}")' if not name.isidentifier() else name
            yield warning(
                "sentinel",
                "medium",
                [name],
                tr(
                    "'{name}' has {value} far from its other values: it probably means that nothing is "
                    "known.",
                    name=name,
                    value=number(value),
                ),
                tr("Taken as a number it shifts the mean, and derived columns calculate with it."),
                tr("Replace the column by one that is blank there."),
                {"derive": {f"{name}_known": f"{written} / ({written} != {value:g})"}, "drop": [name]},
            )


def _redundant(report: Report) -> Iterator[ReportWarning]:
    """Warn of pairs that say the same, once a column: of the one that the other determines, or that predicts less.

    MultipleLines (no phone service, yes, no) determines PhoneService (yes, no): without it that one can go.
    """
    value = {
        feature: column["signal"]["value"] if column["signal"] else 0.0
        for column in features(report)
        for feature in column["features"]
    }
    owner = {f: c for c in features(report) for f in c["features"]}
    warned: set[str] = set()
    leaking = leaks(report)  # of such a pair it is not for chance to say which one goes
    for pair in report["correlations"]["strongest"]:
        limit = SAME.get(pair["method"])
        if limit is None or abs(pair["value"]) < limit:
            continue
        keep, less = sorted((pair["a"], pair["b"]), key=lambda name: -value.get(name, 0.0))
        determined = _determined(pair)
        if determined == keep:
            keep, less = less, keep
        names = [owner[less]["name"], owner[keep]["name"]]
        if {less, keep} & warned or owner[less]["kind"] == "datetime" or leaking.keys() & set(names):
            continue
        warned.add(less)
        method = tr(COEFFICIENTS[pair["method"]])
        yield warning(
            "redundant",
            "low",
            names,
            tr(
                "'{less}' follows from '{keep}' and adds nothing ({method} {value}).",
                less=less,
                keep=keep,
                method=method,
                value=score(pair["value"]),
            )
            if determined
            else tr(
                "'{less}' says almost the same as '{keep}' ({method} {value}).",
                less=less,
                keep=keep,
                method=method,
                value=score(pair["value"]),
            ),
            tr(
                "The model is as good with one of them; with both, importance is shared between them at "
                "random."
            ),
            tr(
                "Drop '{name}' so that importance is clear, unless it is known when the other is not.",
                name=names[0],
            ),
            {"drop": names[:1]},
        )


def _determined(pair: Pair) -> str | None:
    """Return the one of a pair that the other determines, and that does not determine the other; else None."""
    a_of_b, b_of_a = pair["a_of_b"] or 0.0, pair["b_of_a"] or 0.0
    if max(a_of_b, b_of_a) < DETERMINES or abs(a_of_b - b_of_a) < ONE_WAY:
        return None
    return pair["b"] if a_of_b > b_of_a else pair["a"]


def _blank_together(report: Report) -> Iterator[ReportWarning]:
    names, phi = report["missing"]["columns"], report["missing"]["phi"]
    warned: set[str] = set()
    for i, name in enumerate(names):
        group = [names[j] for j, value in enumerate(phi[i]) if value is not None and value >= TOGETHER]
        if len(group) > 1 and name not in warned:
            warned |= set(group)
            yield warning(
                "blank_together",
                "low",
                group,
                tr("{names} are blank in the same rows, or nearly.", names=named(group)),
                tr(
                    "They probably come from one source, such as a join without a match: one fact "
                    "counts several times."
                ),
                tr("Find out why, and whether it will be the same when predicting."),
            )
