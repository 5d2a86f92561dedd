"""The encoding of rows as SQL, kept for the last contracts: to write it takes longer than to encode a form's row."""

from __future__ import annotations

from collections.abc import Collection

from core.encoding.contract import Contract
from core.encoding.row_checks import encode_rows
from core.engines import Frame

KEPT = 4  # of a few MB each where the columns are thousands
_queries: dict[tuple[object, ...], str] = {}


def query_of(contract: Contract, raw: Frame, doubtful: Collection[str]) -> str:
    """Return `encode_rows` of `raw`, a table of DuckDB with the contract's columns, all text, as SQL."""
    asked = (contract.label, contract.weight, frozenset(doubtful), *map(repr, contract.columns))
    query = _queries.get(asked)
    if query is None:
        query = str(encode_rows(contract, raw, doubtful).to_native().sql_query())
        for oldest in list(_queries)[: 1 - KEPT]:
            _queries.pop(oldest, None)
        _queries[asked] = query
    return query
