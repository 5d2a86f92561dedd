"""Titles and tables of the text report."""

from __future__ import annotations


def title(text: str) -> str:
    """Return `text` underlined."""
    return f"{text}\n{'=' * len(text)}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return columns of one width each, the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [header, *rows]
    ]
    return "\n".join(lines)
