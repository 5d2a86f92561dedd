"""report.html: the report as one file that needs nothing else."""

from __future__ import annotations

import html
from typing import Any

from core.eda.report_text import text_report


def html_report(report: dict[str, Any]) -> str:
    return (
        f"<!doctype html><meta charset=utf-8><title>EDA</title><pre>{html.escape(text_report(report))}</pre>"
    )
