"""What a careful colleague would say about the data, the most harmful first.

A warning is high where it makes the model or its test worthless, medium where it makes the model worse or its test too
good, low where it is worth knowing.
"""

from __future__ import annotations

from core.eda.warnings import columns, reading, splits, target, words
from core.report.schema import SEVERITIES, Report, ReportWarning

# Of the same severity: what deceives comes before what only costs.
HARM = (
    *(
        "leakage",
        "class_missing",
        "rare_class",
        "broken_rows",
        "blank_tells",
        "time",
        "group",
        "duplicates",
        "drift",
    ),
    *("few_rows", "wide", "imbalance", "long_target", "sentinel", "odd_text", "left_out_rows"),
    *(
        "date_order",
        "two_digit_years",
        "number_format",
        "delimiter",
        "nul_bytes",
        "mixed_units",
        "mixed_types",
    ),
    *("high_cardinality", "code_number", "blank_words", "missing", "spelling", "redundant", "blank_together"),
)


def find_warnings(report: Report) -> list[ReportWarning]:
    """Return all warnings of a report that has none as yet, most harm first, then in the order of the columns."""
    parts = (target, splits, reading, columns, words)
    warnings = [warning for part in parts for warning in part.warnings(report)]

    def rank(warning: ReportWarning) -> tuple[int, int]:
        harm = HARM.index(warning["code"]) if warning["code"] in HARM else len(HARM)
        return SEVERITIES.index(warning["severity"]), harm

    return sorted(warnings, key=rank)
