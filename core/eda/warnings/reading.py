"""Warnings about what reading made of an odd file: where it could be read otherwise, or where something is lost."""

from __future__ import annotations

from collections.abc import Iterator

from core.eda.warnings.warning import warning
from core.report.schema import Report, ReportWarning, Severity

CODES = {  # of the columns that are kept as text
    "leading_zeros": "A code has no size: 08001 is no less than 28001.",
    "telephone": "A code has no size.",
    "big_integers": "As numbers, neighbours among them would be the same.",
}
LOST = {
    "damaged_bytes": "A letter of theirs is lost, and more than these places may be wrong.",
    "nul_bytes": "Something damaged the file on its way, and more than these bytes may be wrong.",
    "mixed_units": "Amounts in different units are no one number.",
    "mixed_types": "A column of words has no order: what its numbers tell is lost.",
}
DOUBTS: dict[str, tuple[Severity, str, str]] = {  # severity, reason, and what overrules it
    "date_order": ("medium", "Read the other way, most dates are other days.", "the date format"),
    "two_digit_years": ("medium", "Read otherwise, dates are a century later.", "the date format"),
    "number_format": (
        "medium",
        "Read the other way, numbers are a thousand times as large.",
        "the decimal sign",
    ),
    "delimiter": ("medium", "Cut at another sign, the columns are others.", "the delimiter"),
    "encoding": ("low", "In another encoding some letters are others.", "the encoding"),
    "title_lines": (
        "low",
        "The header names the columns, here and at inference.",
        "the lines above the header",
    ),
}


def warnings(report: Report) -> Iterator[ReportWarning]:
    """Return those of the report's `reading`; what was merely noticed stays a note there."""
    there = {column["name"] for column in report["columns"]}
    for note in report["reading"]["notes"]:
        code, columns = note["code"], [name for name in note["columns"] if name in there]
        message = f"{note['message']} {note['doubt']}".strip()
        if code in CODES:
            yield warning(
                code, "low", columns, message, CODES[code], "There is nothing to do if they are codes."
            )
        elif code in LOST:
            yield warning(code, "medium", columns, message, LOST[code], "Fix it in the file, and add that.")
        elif note["doubt"] and code in DOUBTS:
            severity, reason, what = DOUBTS[code]
            action = f"If it is wrong, say {what} on the Configuration page, and run again."
            yield warning(code, severity, columns, message, reason, action)
