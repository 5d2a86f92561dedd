"""What AWS says, turned into what to do."""

from __future__ import annotations

from typing import Any

from core.errors import SenderoError


class AwsRefused(SenderoError):
    what = "AWS refused {operation}."
    why = "{reason}"
    remedy = "Read the reason, mend it, and try again: nothing was changed."


def explain(
    error: Exception, service: str = "", operation: str = "", params: dict[str, Any] | None = None
) -> SenderoError:
    """The error for the reader that stands for `error`, which botocore raised."""
    return AwsRefused(operation=f"{service} {operation}".strip(), reason=str(error))
