"""How a report's facts are called and its numbers written, in every rendering: page, HTML and text."""

from __future__ import annotations

import math
from collections.abc import Callable

from core.report.column_schema import ColumnEntry
from core.report.schema import Accuracy, Fix, Overview, Report, Target

METRICS = {"auc": "AUC", "r2": "R²"}

# DuckDB's sniffed types in a person's words.
TYPES = {
    "BOOLEAN": "yes or no", "BIGINT": "whole number", "HUGEINT": "whole number", "DOUBLE": "number",
    "VARCHAR": "text", "DATE": "date", "TIME": "time", "TIMESTAMP": "date and time",
    "TIMESTAMP WITH TIME ZONE": "date and time with zone",
}  # fmt: skip

# The facts of a column, in the order that a person reads them. `rows` is the same for all.
FACTS = {
    "type": "Type in the file",
    "expression": "Derived as",
    "missing": "Missing",
    "distinct": "Distinct values",
    "unparsed": "Cells of another kind",
    "minimum": "Minimum",
    "maximum": "Maximum",
    "mean": "Mean",
    "std": "Standard deviation",
    "skew": "Skew",
    "kurtosis": "Excess kurtosis",
    "zeros": "Zeros",
    "negatives": "Negative values",
    "minimum_length": "Shortest, characters",
    "mean_length": "Mean length, characters",
    "maximum_length": "Longest, characters",
}
COUNTS = ("missing", "distinct", "unparsed", "zeros", "negatives")
OF_ROWS = ("missing", "unparsed", "zeros", "negatives")  # counts that say more as a share too


def blank_columns(report: Report) -> list[ColumnEntry]:
    """Return the columns of the file that have blank cells, most first; the overview counts no derived ones either."""
    blank = [column for column in report["columns"] if column["missing"] and not column.get("expression")]
    return sorted(blank, key=lambda column: -column["missing"])


def columns_told(overview: Overview) -> str:
    """Return how many columns the file has, and how many are derived from them."""
    derived = overview.get("derived_columns")
    return f"{overview['columns']:,}" + (f" and {derived:,} derived" if derived else "")


def number(value: object, digits: int = 6) -> str:
    """Return a measured number for reading: significant digits, thousands marked from 10,000; `-` for None."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    size = abs(value)
    if isinstance(value, float) and (not math.isfinite(value) or (size and not 1e-4 <= size < 1e15)):
        return f"{value:.{digits}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(size))) if size else 0
    if isinstance(value, int):
        decimals = 0
    text = f"{value:,.{decimals}f}" if size >= 10_000 else f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: float) -> str:
    """Return a share as percent; what is not quite nothing or all never reads as if it were."""
    if 0 < part < 0.0005:
        return "<0.1%"
    if 0.9995 < part < 1:
        return ">99.9%"
    return f"{part:.1%}" if 0 < part < 1 else f"{part:.0%}"


def apart(write: Callable[[int], list[str]]) -> tuple[str, ...]:
    """Return what `write` makes with as few significant digits as tell all labels of an axis apart."""
    for digits in (6, 9, 12, 17):
        labels = tuple(write(digits))
        if len(set(labels)) == len(labels):
            break
    return labels


def bound(value: object, digits: int = 6) -> str:
    """Return a minimum or a maximum: a number, or a moment as `2013-01-01 05:15`."""
    if isinstance(value, str):
        return value.replace("T", " ").removesuffix(" 00:00:00").removesuffix(":00")
    return "" if value is None else number(value, digits)


def period(low: object, high: object, digits: int = 6) -> str:
    """Return a stretch of numbers or of time, moments cut to their days where those differ."""
    if isinstance(low, str) and isinstance(high, str) and low[:10] != high[:10]:
        low, high = low[:10], high[:10]
    low, high = bound(low, digits), bound(high, digits)
    return low if low == high else f"{low} to {high}"


def size(count: int) -> str:
    """Return an amount of bytes as a person says it: 640 bytes, 12.5 kB, 1,391.7 MB."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:,.1f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"


def short(text: object, most: int = 40) -> str:
    """Return `text` cut to `most` characters, in its middle: names that begin alike often end in what differs."""
    text = " ".join(str(text).split())
    if len(text) <= most:
        return text
    head = 2 * most // 3
    return f"{text[:head]}…{text[head + 1 - most :]}"


def cut(labels: tuple[str, ...], most: int) -> list[str]:
    """Return `labels` cut to `most` characters, or to as many more as tell apart those that differ."""
    longest = max(map(len, labels), default=0)
    while True:
        found = [short(label, most) for label in labels]
        if most >= longest or len(set(found)) == len(set(labels)):
            return found
        most *= 2


def alone(column: ColumnEntry) -> str:
    """Return what the column alone tells of the target on held-out rows: `AUC 0.713`, or nothing."""
    signal = column.get("signal")
    return f"{METRICS.get(signal['metric'], signal['metric'])} {signal['value']:.3f}" if signal else ""


def becomes(column: ColumnEntry) -> str:
    """Return the features that a column becomes, or why it becomes none."""
    return ", ".join(column["features"]) or f"none: {column['dropped']}"


def followed(target: Target) -> str:
    """Return what pictures show by bin and over time: the share of the positive or most frequent class, or the mean."""
    if not target["classes"]:
        return f"Mean of {target['name']}"
    frequent = max(target["classes"], key=lambda item: item["rows"])["class"]
    return f"Share of '{target['positive'] or frequent}'"


def facts(column: ColumnEntry) -> list[tuple[str, str]]:
    """Return (name, value) of all that is known about a column, in words, quantiles at the end."""
    found: list[tuple[str, str]] = []
    for key, name in FACTS.items():
        value: object = column.get(key)
        if value is None:
            continue
        if key in COUNTS and isinstance(value, int):
            text = f"{value:,}"
            if key in OF_ROWS and value and column["rows"]:
                text += f" ({share(value / column['rows'])})"
        else:
            text = TYPES.get(str(value), str(value)) if key == "type" else bound(value)
        found.append((name, text))
    found += _outliers(column)
    for level, value in (column.get("quantiles") or {}).items():
        name = "Median" if float(level) == 0.5 else f"{float(level):.0%} are at most"
        found.append((name, bound(value)))
    if drift := column.get("drift"):
        found.append(("Drift of the test split, PSI", f"{drift['psi']:.3f}"))
    if signal := alone(column):
        found.append(("Alone, on held-out rows", signal))
    return found


def _outliers(column: ColumnEntry) -> list[tuple[str, str]]:
    outliers = column.get("outliers")
    if not outliers:
        return []
    low, high = number(outliers["low"]), number(outliers["high"])
    return [
        ("Outliers", f"{outliers['below'] + outliers['above']:,} ({share(outliers['share'])})"),
        ("Outliers are outside", f"{low} to {high}"),
    ]


def accuracy(item: Accuracy) -> str:
    """Return how a figure came about that is not exact over all rows, and how far it may be off."""
    how = f", from a sample of {item['rows']:,} of {item['of']:,} rows" if item["how"] == "sample" else ""
    return f"{item['figure'].replace('_', ' ').capitalize()}{how}: {item['error']}"


def changes(fix: Fix) -> list[str]:
    """Return what a warning's fix changes in the configuration, a phrase each."""
    phrases: list[str] = []
    if drop := fix.get("drop"):
        phrases.append(f"drop {', '.join(drop)}")
    phrases += [f"treat {column} as {kind}" for column, kind in fix.get("treat", {}).items()]
    phrases += [f"derive {name} = {expression}" for name, expression in fix.get("derive", {}).items()]
    if words := fix.get("keep_text"):
        phrases.append(f"keep NA and the like as words in {', '.join(words)}")
    if "split" in fix:
        how = "at random" if fix["split"] == "random" else f"by {fix['split']}"
        phrases.append(", ".join(filter(None, (f"split {how}", fix.get("split_column")))))
    return phrases
