"""Rows pasted from a spreadsheet: a grid of texts, which are asked for like those of a form, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.backends.base import Backend
from core.errors import TooManyPasted
from core.numbers import integer
from core.reading.names import plain_name
from core.verbs.predict import predict_records

MOST = 50  # rows

Row = Mapping[str, str | None]


def rows_of(names: Sequence[str], known: Sequence[str], cells: Sequence[Sequence[str | None]]) -> list[Row]:
    """Return the rows in a grid with the columns `names`, blank ones left out.

    Where the first one holds names of columns that are `known`, it was pasted as well, and says which column is which.
    """
    filled = [row for row in cells if any(cell and cell.strip() for cell in row)]
    if filled and _is_header(filled[0], known):
        names, filled = [plain_name(cell or "") for cell in filled[0]], filled[1:]
    return [{name: cell for name, cell in zip(names, row, strict=True) if name} for row in filled]


def _is_header(row: Sequence[str | None], known: Sequence[str]) -> bool:
    given = [plain_name(cell) for cell in row if cell and cell.strip()]
    return bool(given) and 2 * sum(name in known for name in given) > len(given)


def predict_rows(backend: Backend, endpoint: str, rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return what the endpoint answers to each row.

    Raises TooManyPasted, MissingColumns, EndpointGone, EndpointRefused.
    """
    if len(rows) > MOST:
        raise TooManyPasted(rows=integer(len(rows)), most=integer(MOST))
    return predict_records(backend, endpoint, [dict(row) for row in rows]) if rows else []
