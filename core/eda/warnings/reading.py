"""Warnings about what reading made of an odd file: where it could be read otherwise, or where something is lost."""

from __future__ import annotations

from collections.abc import Iterator

from core.eda.warnings.warning import warning
from core.language import joined, mark, tr
from core.report.schema import Report, ReportWarning, Severity
from core.retelling import told

CODES = {  # of the columns that are kept as text
    "leading_zeros": mark("Codes are not amounts: 08001 is not less than 28001."),
    "telephone": mark("Codes are not amounts."),
    "big_integers": mark("Read as numbers, different ones would become the same."),
}
LOST = {
    "damaged_bytes": mark("A letter is lost there, and other places may be wrong too."),
    "nul_bytes": mark("Something damaged the file on its way, and other places may be wrong too."),
    "mixed_units": mark("Amounts in different units cannot be compared as numbers."),
    "mixed_types": mark("The column is read as words, which have no order: what its numbers say is lost."),
}
DOUBTS: dict[str, tuple[Severity, str, str]] = {  # severity, reason, action
    "date_order": (
        "medium",
        mark("Read the other way, most dates would be other days."),
        mark("If it is wrong, say the date format on the Configuration page, and run again."),
    ),
    "two_digit_years": (
        "medium",
        mark("Read the other way, dates would be a century later."),
        mark("If it is wrong, say the date format on the Configuration page, and run again."),
    ),
    "number_format": (
        "medium",
        mark("Read the other way, numbers would be a thousand times as large."),
        mark("If it is wrong, say the decimal sign on the Configuration page, and run again."),
    ),
    "delimiter": (
        "medium",
        mark("With another delimiter the columns would be others."),
        mark("If it is wrong, say the delimiter on the Configuration page, and run again."),
    ),
    "encoding": (
        "low",
        mark("In another encoding some letters would be others."),
        mark("If it is wrong, say the encoding on the Configuration page, and run again."),
    ),
    "title_lines": (
        "low",
        mark("The header names the columns, here and at inference."),
        mark("If it is wrong, say the lines above the header on the Configuration page, and run again."),
    ),
}


def warnings(report: Report) -> Iterator[ReportWarning]:
    """Yield those of the report's `reading`; what was merely noticed stays a note there."""
    there = {column["name"] for column in report["columns"]}
    for note in report["reading"]["notes"]:
        code, columns = note["code"], [name for name in note["columns"] if name in there]
        message = joined([told(note, "message"), told(note, "doubt")])
        if code in CODES:
            yield warning(
                code,
                "low",
                columns,
                message,
                tr(CODES[code]),
                tr("There is nothing to do if they are codes."),
            )
        elif code in LOST:
            yield warning(
                code,
                "medium",
                columns,
                message,
                tr(LOST[code]),
                tr("Fix it in the file, then add the file again."),
            )
        elif note["doubt"] and code in DOUBTS:
            severity, reason, action = DOUBTS[code]
            yield warning(code, severity, columns, message, tr(reason), tr(action))
