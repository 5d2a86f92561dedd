"""One warning, and the words that several share."""

from __future__ import annotations

from collections.abc import Sequence

from core.language import listed, tr
from core.numbers import integer
from core.report.column_schema import ColumnEntry
from core.report.schema import Fix, Report, ReportWarning, Severity
from core.retelling import kept

NAMED = 5  # columns in a sentence


def warning(
    code: str,
    severity: Severity,
    columns: Sequence[str],
    message: str,
    reason: str,
    action: str,
    fix: Fix | None = None,
) -> ReportWarning:
    """Return the warning about `columns`: `message`, why it harms, what to do, and the changes that do it."""
    written = {"message": kept(message), "reason": kept(reason), "action": kept(action)}
    return {
        "code": code,
        "column": columns[0] if columns else None,
        "columns": list(columns),
        "severity": severity,
        "message": message,
        "reason": reason,
        "action": action,
        "fix": fix,
        "written": written,
    }


def named(columns: Sequence[str]) -> str:
    """Return a text such as: 'a', 'b' and 3 more."""
    shown = [f"'{name}'" for name in columns[:NAMED]]
    if len(columns) > NAMED:
        return tr("{names} and {number} more", names=", ".join(shown), number=integer(len(columns) - NAMED))
    return listed(shown)


def features(report: Report) -> list[ColumnEntry]:
    """Return the columns that become features."""
    return [column for column in report["columns"] if column["features"] and not column["dropped"]]
