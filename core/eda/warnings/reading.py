"""Warnings about what reading made of an odd file: where it could be read otherwise, or where something is lost."""

from __future__ import annotations

from collections.abc import Iterator

from core.eda.warnings.warning import warning
from core.report.schema import Report, ReportWarning, Severity

CODES = {  # of the columns that are kept as text
    "leading_zeros": "Codes are not amounts: 08001 is not less than 28001.",
    "telephone": "Codes are not amounts.",
    "big_integers": "Read as numbers, different ones would become the same.",
}
LOST = {
    "damaged_bytes": "A letter is lost there, and other places may be wrong too.",
    "nul_bytes": "Something damaged the file on its way, and other places may be wrong too.",
    "mixed_units": "Amounts in different units cannot be compared as numbers.",
    "mixed_types": "The column is read as words, which have no order: what its numbers say is lost.",
}
DOUBTS: dict[str, tuple[Severity, str, str]] = {  # severity, reason, and what overrules it
    "date_order": ("medium", "Read the other way, most dates would be other days.", "the date format"),
    "two_digit_years": ("medium", "Read the other way, dates would be a century later.", "the date format"),
    "number_format": (
        "medium",
        "Read the other way, numbers would be a thousand times as large.",
        "the decimal sign",
    ),
    "delimiter": ("medium", "With another delimiter the columns would be others.", "the delimiter"),
    "encoding": ("low", "In another encoding some letters would be others.", "the encoding"),
    "title_lines": (
        "low",
        "The header names the columns, here and at inference.",
        "the lines above the header",
    ),
}


def warnings(report: Report) -> Iterator[ReportWarning]:
    """Yield those of the report's `reading`; what was merely noticed stays a note there."""
    there = {column["name"] for column in report["columns"]}
    for note in report["reading"]["notes"]:
        code, columns = note["code"], [name for name in note["columns"] if name in there]
        message = f"{note['message']} {note['doubt']}".strip()
        if code in CODES:
            yield warning(
                code, "low", columns, message, CODES[code], "There is nothing to do if they are codes."
            )
        elif code in LOST:
            yield warning(
                code, "medium", columns, message, LOST[code], "Fix it in the file, then add the file again."
            )
        elif note["doubt"] and code in DOUBTS:
            severity, reason, what = DOUBTS[code]
            action = f"If it is wrong, say {what} on the Configuration page, and run again."
            yield warning(code, severity, columns, message, reason, action)
