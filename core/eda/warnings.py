"""What a careful colleague would say about the data, worst first.

Each warning is {code, column (or None), severity (high, medium, low), message, action}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.eda.fit import OWN_CODES

SEVERITIES = ("high", "medium", "low")
FIRST = ("leakage", "class_missing", "imbalance", "broken_rows")  # of the same severity
LEAKAGE = {"auc": (0.85, 0.97), "r2": (0.90, 0.99)}  # (suspicious, almost certain)
MISSING = (0.3, 0.6)  # shares: (low, medium)
IMBALANCE = (0.10, 0.02)  # share of the rarest class: (low, medium)
DUPLICATES = 0.01

Warning = dict[str, Any]


def find_warnings(report: dict[str, Any]) -> list[Warning]:
    """All warnings of a report (without its "warnings"), worst first, then in the order of the columns."""
    found = [*_table(report), *_target(report)]
    for column in report["columns"]:
        if column["name"] != report["target"]["name"]:
            found += _column(column, report)

    def rank(warning: Warning) -> tuple[int, int]:
        first = FIRST.index(warning["code"]) if warning["code"] in FIRST else len(FIRST)
        return SEVERITIES.index(warning["severity"]), first

    return sorted(found, key=rank)


def _warning(code: str, column: str | None, severity: str, message: str, action: str) -> Warning:
    return {"code": code, "column": column, "severity": severity, "message": message, "action": action}


def _table(report: dict[str, Any]) -> Iterator[Warning]:
    overview, splits = report["overview"], report["splits"]
    rows = overview["rows"]
    if overview["broken_rows"]:
        yield _warning(
            "broken_rows",
            None,
            "high" if overview["broken_rows"] > 0.01 * rows else "medium",
            f"{overview['broken_rows']:,} rows of the file do not have as many cells as its header and were left out.",
            "Look at the lines that the report names and mend the file.",
        )
    if overview["left_out_rows"]:
        yield _warning(
            "left_out_rows",
            report["target"]["name"],
            "medium" if overview["left_out_rows"] > 0.05 * rows else "low",
            f"{overview['left_out_rows']:,} rows have no target (or no value to split by) and were left out.",
            "Check that they are missing by chance.",
        )
    if overview["duplicates"] > DUPLICATES * rows:
        yield _warning(
            "duplicates",
            None,
            "medium",
            f"{overview['duplicates']:,} of {rows:,} rows repeat an earlier one ({overview['duplicates'] / rows:.1%}).",
            "A row that is in training and in test too makes the test look better than it is: remove repeats, "
            "or split by group.",
        )
    dates = [column["name"] for column in report["columns"] if column["kind"] == "datetime"]
    if dates and splits["method"] == "random":
        yield _warning(
            "time",
            dates[0],
            "low",
            f"The rows have dates ('{dates[0]}'), and a random split trains on days that it is tested on.",
            "If the model will predict the future, split by time: the test is harder, and true.",
        )
    for name, split in splits["sizes"].items():
        lacking = [c["class"] for c in report["target"]["classes"] if not split["classes"].get(c["class"])]
        if lacking:
            yield _warning(
                "class_missing",
                report["target"]["name"],
                "high",
                f"The {name} split has no row of class {', '.join(lacking[:5])}.",
                "Split at random, or gather more rows of it.",
            )


def _target(report: dict[str, Any]) -> Iterator[Warning]:
    classes = report["target"]["classes"]
    if not classes:
        return
    rarest = min(classes, key=lambda c: c["rows"])
    even = 1 / len(classes)
    low, medium = (limit * 2 * even for limit in IMBALANCE)
    if rarest["share"] < low:
        yield _warning(
            "imbalance",
            report["target"]["name"],
            "medium" if rarest["share"] < medium else "low",
            f"Only {rarest['share']:.1%} of the rows ({rarest['rows']:,}) are '{rarest['class']}'.",
            "Judge by AUC or by recall, not by accuracy; scale_pos_weight can help.",
        )


def _column(column: dict[str, Any], report: dict[str, Any]) -> Iterator[Warning]:
    name = column["name"]
    yield from _leakage(column, report["target"]["name"])
    if column["kind"] in ("constant", "identifier", "text"):
        code = "high_cardinality" if column["kind"] == "text" else column["kind"]
        yield _warning(
            code, name, "low", f"'{name}' is no feature: {column['dropped']}.", "There is nothing to do."
        )
        return
    if column["kind"] == "categorical" and column["distinct"] > OWN_CODES:
        yield _warning(
            "high_cardinality",
            name,
            "medium",
            f"'{name}' has {column['distinct']:,} distinct values; the {OWN_CODES} most frequent ones are told apart.",
            "Group its values, or leave it out.",
        )
    share = column["missing"] / column["rows"] if column["rows"] else 0.0
    if share > MISSING[0]:
        yield _warning(
            "missing",
            name,
            "medium" if share > MISSING[1] else "low",
            f"'{name}' is blank in {share:.0%} of the rows.",
            "XGBoost takes blanks as they are; check that it will be blank as often when predicting.",
        )
    if column.get("unparsed"):
        yield _warning(
            "odd_text",
            name,
            "medium",
            f"{column['unparsed']:,} cells of '{name}' are no {'date' if column['kind'] == 'datetime' else 'number'} "
            "as its others are; they count as blank.",
            "Mend them in the file.",
        )


def _leakage(column: dict[str, Any], target: str) -> Iterator[Warning]:
    signal = column.get("signal")
    if not signal or column["dropped"]:
        return
    suspicious, certain = LEAKAGE[signal["metric"]]
    if signal["value"] >= suspicious:
        metric = "AUC" if signal["metric"] == "auc" else "R²"
        sure = signal["value"] >= certain
        yield _warning(
            "leakage",
            column["name"],
            "high" if sure else "medium",
            f"'{column['name']}' alone predicts '{target}' with {metric} {signal['value']:.3f} on held-out rows: "
            + (
                "almost certainly it says what came after."
                if sure
                else "perhaps it is known only afterwards."
            ),
            f"Ask whether '{column['name']}' is known when a prediction is made; if not, drop it.",
        )
