"""How a report's facts are called, in every rendering: page, HTML and text. `core/numbers.py` writes its numbers."""

from __future__ import annotations

from core.numbers import bound, count, integer, number, score, share
from core.report.column_schema import ColumnEntry
from core.report.schema import Accuracy, Fix, Overview, Report, ReportWarning, Target

METRICS = {"auc": "AUC", "r2": "R²"}
BY_ITSELF = {
    "auc": "How well the column predicts by itself, on held-out rows (AUC): 0.5 is chance, 1 is perfect",
    "r2": "How well the column predicts by itself, on held-out rows (R²): 0 is chance, 1 is perfect",
}
PROBLEMS = {"binary": "two classes", "multiclass": "several classes", "regression": "a number"}

# DuckDB's sniffed types in a person's words.
TYPES = {
    "BOOLEAN": "yes or no", "BIGINT": "whole number", "HUGEINT": "whole number", "DOUBLE": "number",
    "VARCHAR": "text", "DATE": "date", "TIME": "time", "TIMESTAMP": "date and time",
    "TIMESTAMP WITH TIME ZONE": "date and time with zone",
}  # fmt: skip

HASHED = 6_000_000_000  # rows from which two different ones are expected to share a hash of 64 bits

# The facts of a column, in the order that a person reads them. `rows` is the same for all.
FACTS = {
    "type": "Type in the file",
    "expression": "Derived as",
    "missing": "Blank cells",
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
# What a warning is about; any other code is its own title.
FINDINGS = {
    "blank_tells": "blanks that give the answer away",
    "blank_together": "blank in the same rows",
    "blank_words": "words that mean blank",
    "broken_rows": "rows that could not be read",
    "class_missing": "class missing in a split",
    "code_number": "number that is a code",
    "constant": "one value only",
    "damaged_bytes": "damaged letters",
    "date_order": "day or month first",
    "drift": "test differs from training",
    "few_rows": "few rows to test on",
    "group": "rows that belong together",
    "high_cardinality": "too many values",
    "identifier": "names rows",
    "imbalance": "rare positive class",
    "leakage": "gives the answer away",
    "left_out_rows": "rows left out",
    "long_target": "few very large values to predict",
    "missing": "often blank",
    "nul_bytes": "damaged file",
    "odd_text": "text among numbers",
    "rare_class": "class with too few rows",
    "redundant": "says the same as another",
    "sentinel": "number that means blank",
    "spelling": "one word, several spellings",
    "time": "rows with dates",
    "wide": "few rows for so many features",
}
OF_ROWS = ("missing", "unparsed", "zeros", "negatives")  # counts that say more as a share too


def blank_columns(report: Report) -> list[ColumnEntry]:
    """Return the columns of the file that have blank cells, most first; the overview counts no derived ones either."""
    blank = [column for column in report["columns"] if column["missing"] and not column.get("expression")]
    return sorted(blank, key=lambda column: -column["missing"])


def columns_told(overview: Overview) -> str:
    """Return how many columns the file has, and how many are derived from them."""
    derived = overview.get("derived_columns")
    return integer(overview["columns"]) + (f" and {integer(derived)} derived" if derived else "")


def finding(warning: ReportWarning) -> str:
    """Return what a warning is about, in a few words."""
    return FINDINGS.get(warning["code"], warning["code"].replace("_", " "))


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
    return ", ".join(column["features"]) or f"none: {column['dropped']}"


def used(column: ColumnEntry) -> str:
    """Return as what a column is used: `Feature: tenure`, or why it is not."""
    names = column["features"]
    if not names:
        return f"Not used: {column['dropped']}"
    return f"{'Feature' if len(names) == 1 else 'Features'}: {', '.join(names)}"


def followed(target: Target) -> str:
    """Return what pictures show by bin and over time: the share of the positive or most frequent class, or the mean."""
    if not target["classes"]:
        return f"Mean of {target['name']}"
    frequent = max(target["classes"], key=lambda item: item["rows"])["class"]
    return f"Share of '{target['positive'] or frequent}'"


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
            text = TYPES.get(str(value), str(value))
        else:
            text = (
                bound(value, form=form)
                if key in ("minimum", "maximum")
                else number(value, digits=3 if key == "mean_length" else 5)
            )
        pairs.append((name, text))
    pairs += _outliers(column)
    pairs += _quantiles(column)
    if drift := column.get("drift"):
        pairs.append(("Test against training, PSI", score(drift["psi"])))
    if signal := alone(column):
        pairs.append(("Predicts by itself", signal))
    return pairs


def _quantiles(column: ColumnEntry) -> list[tuple[str, str]]:
    """Return the median, and between what the middle half, 90% and 98% of the values are."""
    known = column.get("quantiles")
    if not known:
        return []
    pairs = [("Median", bound(known["0.5"]))] if "0.5" in known else []
    for low, high, name in (("0.25", "0.75", "50%"), ("0.05", "0.95", "90%"), ("0.01", "0.99", "98%")):
        if low in known and high in known:
            pairs.append((f"The middle {name}", f"{bound(known[low])} to {bound(known[high])}"))
    return pairs


def _outliers(column: ColumnEntry) -> list[tuple[str, str]]:
    outliers = column.get("outliers")
    if not outliers:
        return []
    low, high = number(outliers["low"]), number(outliers["high"])
    return [
        ("Outliers", f"{integer(outliers['below'] + outliers['above'])} ({share(outliers['share'])})"),
        ("Outliers are beyond", f"{low} to {high}"),
    ]


def estimates(report: Report) -> list[str]:
    """Return how figures came about that are not exact, a sentence each; what may be off by less than one row is."""
    return [_estimate(item) for item in report["accuracy"] if item["how"] != "hash" or item["of"] > HASHED]


def _estimate(item: Accuracy) -> str:
    """Return how a figure came about that is not exact over all rows, and how far it may be off."""
    of = f"{integer(item['rows'])} of {count(item['of'], 'row', 'rows')}"
    how = f", from a sample of {of}" if item["how"] == "sample" else ""
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
        column = fix.get("split_column")
        how = "at random" if fix["split"] == "random" else f"by {fix['split']}"
        phrases.append(f"split {how} ({column})" if column else f"split {how}")
    return phrases
