"""One warning, and the words that several share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Warning = dict[str, Any]
NAMED = 5  # columns in a sentence


def warning(
    code: str,
    severity: str,
    columns: Sequence[str],
    message: str,
    reason: str,
    action: str,
    fix: dict[str, Any] | None = None,
) -> Warning:
    """What was found about `columns`, why it harms, what to do, and the changes to the configuration that do it."""
    return {
        "code": code,
        "column": columns[0] if columns else None,
        "columns": list(columns),
        "severity": severity,
        "message": message,
        "reason": reason,
        "action": action,
        "fix": fix,
    }


def named(columns: Sequence[str]) -> str:
    """'a', 'b' and 3 more."""
    shown = [f"'{name}'" for name in columns[:NAMED]]
    if len(columns) > NAMED:
        return f"{', '.join(shown)} and {len(columns) - NAMED:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def features(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns that become features."""
    return [column for column in report["columns"] if column["features"] and not column["dropped"]]
