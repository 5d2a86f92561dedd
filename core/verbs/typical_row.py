"""The verb of the typical row, with which a form begins: of each column the value in the middle, or the most frequent.

Numbers and words are those of the EDA, whose report has the medians and whose contract the levels in order of their
rows. It keeps no median of a date, which is that of the test split's rows at hand.
"""

from __future__ import annotations

from contextlib import suppress

from core.backends.base import Backend
from core.cells import date_text, number_text
from core.encoding.contract import Column
from core.errors import SenderoError
from core.verbs.eda import report_of
from core.verbs.model_description import describe_model, recorded_request
from core.verbs.raw_test_rows import first_raw_rows

DIGITS = 6  # of a median, which is read and changed by a person


def typical_row(backend: Backend, training_job: str) -> dict[str, str]:
    """Return the typical row of a model's data: column -> text as in the file; blanks, and what is not known, left out.

    Raises StorageFailed, StorageDamaged.
    """
    contract = describe_model(backend, training_job).contract
    medians: dict[str, float] = {}
    rows: list[dict[str, str]] = []
    with suppress(SenderoError):  # deleted since
        report = report_of(backend, recorded_request(backend, training_job)["processing_job"])
        known = {column["name"]: column.get("quantiles", {}) for column in report["columns"]}
        medians = {name: quantiles["0.5"] for name, quantiles in known.items() if "0.5" in quantiles}
    with suppress(SenderoError):
        rows = first_raw_rows(backend, training_job)
    trained = contract.split.get("train", 0)
    cells = {
        column.name: _cell(column, medians.get(column.name), rows)
        for column in contract.inputs
        if 2 * column.missing <= trained  # most cells are blank: so is the typical one
    }
    return {name: cell for name, cell in cells.items() if cell}


def _cell(column: Column, median: float | None, rows: list[dict[str, str]]) -> str:
    """Return the typical cell of a column, "" where it is not known."""
    if column.kind == "datetime":
        return _middle_date(column, [row.get(column.name) or "" for row in rows])
    if column.kind != "numeric":
        return column.levels[0][0] if column.levels else ""
    if median is None:
        return ""
    whole = "INT" in column.type
    return number_text.written(round(median) if whole else float(f"{median:.{DIGITS}g}"), column.format)


def _middle_date(column: Column, cells: list[str]) -> str:
    found = [(moment, cell) for cell in cells if (moment := date_text.moment(cell, column.format))]
    return sorted(found)[(len(found) - 1) // 2][1] if found else ""
