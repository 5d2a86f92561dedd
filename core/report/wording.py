"""How a report's facts are called, in every rendering: page, HTML and text. `core/numbers.py` writes its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from core.language import mark, tr, trn
from core.numbers import bound, count, integer, number, score, share
from core.report.column_schema import ColumnEntry
from core.report.schema import Accuracy, Fix, Overview, Report, ReportWarning, Target
from core.retelling import told

METRICS = {"auc": "AUC", "r2": "R²"}
BY_ITSELF = {
    "auc": mark(
        "How well the column predicts by itself, on held-out rows (AUC): 0.5 is chance, 1 is perfect"
    ),
    "r2": mark("How well the column predicts by itself, on held-out rows (R²): 0 is chance, 1 is perfect"),
}
PROBLEMS = {
    "binary": mark("two classes"),
    "multiclass": mark("several classes"),
    "regression": mark("a number"),
}

# What a column is, as the EDA names it.
KINDS = {
    "numeric": mark("numeric"),
    "boolean": mark("boolean"),
    "categorical": mark("categorical"),
    "datetime": mark("datetime"),
    "text": mark("text"),
    "identifier": mark("identifier"),
    "constant": mark("constant"),
}
SEVERITIES = {"high": mark("high"), "medium": mark("medium"), "low": mark("low")}
SPLITS = {"train": mark("train"), "validation": mark("validation"), "test": mark("test")}
METHODS = {"random": mark("random"), "time": mark("by time"), "group": mark("by group")}
UNITS = {"day": mark("day"), "month": mark("month"), "year": mark("year")}

# DuckDB's sniffed types in a person's words.
TYPES = {
    "BOOLEAN": mark("yes or no"),
    "BIGINT": mark("whole number"),
    "HUGEINT": mark("whole number"),
    "DOUBLE": mark("number"),
    "VARCHAR": mark("text"),
    "DATE": mark("date"),
    "TIME": mark("time"),
    "TIMESTAMP": mark("date and time"),
    "TIMESTAMP WITH TIME ZONE": mark("date and time with zone"),
}

HASHED = 6_000_000_000  # rows from which two different ones are expected to share a hash of 64 bits

# The facts of a column, in the order that a person reads them. `rows` is the same for all.
FACTS = {
    "type": mark("Type in the file"),
    "expression": mark("Derived as"),
    "missing": mark("Blank cells"),
    "distinct": mark("Distinct values"),
    "unparsed": mark("Cells of another kind"),
    "minimum": mark("Minimum"),
    "maximum": mark("Maximum"),
    "mean": mark("Mean"),
    "std": mark("Standard deviation"),
    "skew": mark("Skew"),
    "kurtosis": mark("Excess kurtosis"),
    "zeros": mark("Zeros"),
    "negatives": mark("Negative values"),
    "minimum_length": mark("Shortest, characters"),
    "mean_length": mark("Mean length, characters"),
    "maximum_length": mark("Longest, characters"),
}
COUNTS = ("missing", "distinct", "unparsed", "zeros", "negatives")
# What a warning is about; any other code is its own title.
FINDINGS = {
    "blank_tells": mark("blanks that give the answer away"),
    "blank_together": mark("blank in the same rows"),
    "blank_words": mark("words that mean blank"),
    "broken_rows": mark("rows that could not be read"),
    "class_missing": mark("class missing in a split"),
    "code_number": mark("number that is a code"),
    "constant": mark("one value only"),
    "damaged_bytes": mark("damaged letters"),
    "date_order": mark("day or month first"),
    "drift": mark("test differs from training"),
    "few_rows": mark("few rows to test on"),
    "group": mark("rows that belong together"),
    "high_cardinality": mark("too many values"),
    "identifier": mark("names rows"),
    "imbalance": mark("rare positive class"),
    "leakage": mark("gives the answer away"),
    "left_out_rows": mark("rows left out"),
    "long_target": mark("few very large values to predict"),
    "missing": mark("often blank"),
    "nul_bytes": mark("damaged file"),
    "odd_text": mark("text among numbers"),
    "rare_class": mark("class with too few rows"),
    "redundant": mark("says the same as another"),
    "sentinel": mark("number that means blank"),
    "spelling": mark("one word, several spellings"),
    "time": mark("rows with dates"),
    "wide": mark("few rows for so many features"),
}
# Figures that are no exact ones over all rows.
FIGURES = {
    "duplicates": mark("Duplicates"),
    "correlations": mark("Correlations"),
    "signal": mark("Signal"),
    "target_by": mark("Target by"),
    "drift": mark("Drift"),
    "missing": mark("Missing"),
    "over_time": mark("Over time"),
}
OF_ROWS = ("missing", "unparsed", "zeros", "negatives")  # counts that say more as a share too


def blank_columns(report: Report) -> list[ColumnEntry]:
    """Return the columns of the file that have blank cells, most first; the overview counts no derived ones either."""
    blank = [column for column in report["columns"] if column["missing"] and not column.get("expression")]
    return sorted(blank, key=lambda column: -column["missing"])


def columns_told(overview: Overview) -> str:
    """Return how many columns the file has, and how many are derived from them."""
    derived = overview.get("derived_columns")
    columns = integer(overview["columns"])
    if not derived:
        return columns
    return tr("{columns} and {derived} derived", columns=columns, derived=integer(derived))


def finding(warning: ReportWarning) -> str:
    """Return what a warning is about, in a few words."""
    return (
        said(FINDINGS, warning["code"]) if warning["code"] in FINDINGS else warning["code"].replace("_", " ")
    )


def said(words: Mapping[str, str], code: str) -> str:
    """Return what `code` is called in one of the tables above; itself where it is not in there."""
    return tr(words[code]) if code in words else code


def dropped(column: ColumnEntry) -> str:
    """Return why a column becomes nothing; empty where it becomes something."""
    return told(column, "dropped") if column["dropped"] else ""


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
        shortened = [short(label, most) for label in labels]
        if most >= longest or len(set(shortened)) == len(set(labels)):
            return shortened
        most *= 2


def alone(column: ColumnEntry) -> str:
    """Return how well the column predicts the target by itself, on held-out rows: `AUC 0.713`, or nothing."""
    signal = column.get("signal")
    return f"{METRICS.get(signal['metric'], signal['metric'])} {score(signal['value'])}" if signal else ""


def features(column: ColumnEntry) -> str:
    """Return the features that a column becomes, or why it becomes none."""
    return ", ".join(column["features"]) or tr("none: {why}", why=dropped(column))


def used(column: ColumnEntry) -> str:
    """Return as what a column is used: `Feature: tenure`, or why it is not."""
    names = column["features"]
    if not names:
        return tr("Not used: {why}", why=dropped(column))
    return trn("Feature: {names}", "Features: {names}", len(names), names=", ".join(names))


def followed(target: Target) -> str:
    """Return what pictures show by bin and over time: the share of the positive or most frequent class, or the mean."""
    if not target["classes"]:
        return tr("Mean of {target}", target=target["name"])
    frequent = max(target["classes"], key=lambda item: item["rows"])["class"]
    return tr("Share of '{name}'", name=target["positive"] or frequent)


def facts(column: ColumnEntry, form: str = "") -> list[tuple[str, str]]:
    """Return (name, value) of all that is known about a column, whose dates have a `form`; quantiles at the end."""
    pairs: list[tuple[str, str]] = []
    for key, name in FACTS.items():
        value: object = column.get(key)
        if value is None:
            continue
        if key in COUNTS and isinstance(value, int):
            text = integer(value)
            if key in OF_ROWS and value and column["rows"]:
                text += f" ({share(value / column['rows'])})"
        elif key == "type":
            text = said(TYPES, str(value))
        else:
            text = (
                bound(value, form=form)
                if key in ("minimum", "maximum")
                else number(value, digits=3 if key == "mean_length" else 5)
            )
        pairs.append((tr(name), text))
    pairs += _outliers(column)
    pairs += _quantiles(column)
    if drift := column.get("drift"):
        pairs.append((tr("Test against training, PSI"), score(drift["psi"])))
    if signal := alone(column):
        pairs.append((tr("Predicts by itself"), signal))
    return pairs


def _quantiles(column: ColumnEntry) -> list[tuple[str, str]]:
    """Return the median, and between what the middle half, 90% and 98% of the values are."""
    known = column.get("quantiles")
    if not known:
        return []
    pairs = [(tr("Median"), bound(known["0.5"]))] if "0.5" in known else []
    for low, high, name in (("0.25", "0.75", "50%"), ("0.05", "0.95", "90%"), ("0.01", "0.99", "98%")):
        if low in known and high in known:
            ends = tr("{low} to {high}", low=bound(known[low]), high=bound(known[high]))
            pairs.append((tr("The middle {part}", part=name), ends))
    return pairs


def _outliers(column: ColumnEntry) -> list[tuple[str, str]]:
    outliers = column.get("outliers")
    if not outliers:
        return []
    low, high = number(outliers["low"]), number(outliers["high"])
    return [
        (tr("Outliers"), f"{integer(outliers['below'] + outliers['above'])} ({share(outliers['share'])})"),
        (tr("Outliers are beyond"), tr("{low} to {high}", low=low, high=high)),
    ]


def estimates(report: Report) -> list[str]:
    """Return how figures came about that are not exact, a sentence each; what may be off by less than one row is."""
    return [_estimate(item) for item in report["accuracy"] if item["how"] != "hash" or item["of"] > HASHED]


def _estimate(item: Accuracy) -> str:
    """Return how a figure came about that is not exact over all rows, and how far it may be off."""
    figure, error = said(FIGURES, item["figure"]), told(item, "error")
    if item["how"] != "sample":
        return tr("{figure}: {error}", figure=figure, error=error)
    return tr(
        "{figure}, from a sample of {rows} of {of}: {error}",
        figure=figure,
        rows=integer(item["rows"]),
        of=count(item["of"], "row", "rows"),
        error=error,
    )


def changes(fix: Fix) -> list[str]:
    """Return what a warning's fix changes in the configuration, a phrase each."""
    phrases: list[str] = []
    if drop := fix.get("drop"):
        phrases.append(tr("drop {names}", names=", ".join(drop)))
    phrases += [
        tr("treat {column} as {kind}", column=column, kind=said(KINDS, kind))
        for column, kind in fix.get("treat", {}).items()
    ]
    phrases += [
        tr("derive {name} = {expression}", name=name, expression=expression)
        for name, expression in fix.get("derive", {}).items()
    ]
    if words := fix.get("keep_text"):
        phrases.append(tr("keep NA and the like as words in {names}", names=", ".join(words)))
    if "split" in fix:
        column, method = fix.get("split_column"), fix["split"]
        if method == "random":
            phrases.append(tr("split at random"))
        elif method == "time":
            phrases.append(tr("split by time ({column})", column=column))
        else:
            phrases.append(tr("split by {method} ({column})", method=method, column=column))
    return phrases
