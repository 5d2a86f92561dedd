"""What is true of rows that are predicted, where their file has the target's column: read as training read it."""

from __future__ import annotations

import numpy as np

from core.cells import cell_text, number_text
from core.cells.sql import identifier, literal, literals
from core.encoding.contract import Contract
from core.encoding.encoded_rows import EncodedRows
from core.reading import csv_table

EDGES = " \t\r\n\N{NO-BREAK SPACE}"  # what may stand around a class and is no part of it


def labels_of(contract: Contract, encoded: EncodedRows) -> np.ndarray | None:
    """Return what is true of each data row: the code of its class, or its number; NaN where that is not known.

    None where the file has no column of the target's name. Raises duckdb.Error.
    """
    label = contract.label
    if label.name not in encoded.names:
        return None
    connection = csv_table.connect(encoded.folder)
    try:
        query = f"SELECT {label_sql(contract, label.name, encoded.dialect.decimal)} AS label FROM given"
        found = connection.execute(query).fetchnumpy()["label"]
    finally:
        connection.close()
    labels = np.full(encoded.rows, np.nan)
    there = np.ones(encoded.rows, bool)
    there[list(encoded.broken)] = False
    labels[there] = np.ma.filled(found, np.nan)
    return labels


def label_sql(contract: Contract, column: str, decimal: str = ".") -> str:
    """Return the SQL of the label in the text column `column`: a double, blank where it is none.

    `decimal` is the sign before decimals in this file, which may be another one than in the training file.
    """
    label = contract.label
    blanks = tuple(blank for blank in cell_text.BLANKS if blank not in label.classes)
    cell = cell_text.read(identifier(column), blanks)
    if label.problem != "regression" and not label.numeric:
        same = len({text.lower() for text in label.classes}) == len(label.classes)
        classes = literals([text.lower() if same else text for text in label.classes])
        text = f"trim({cell}, {literal(EDGES)})"
        place = f"list_position({classes}, {f'lower({text})' if same else text})"
        return f"CAST(nullif({place}, 0) - 1 AS DOUBLE)"
    if decimal == "," != contract.dialect.decimal:
        cell = f"replace({cell}, ',', '.')"
    value = number_text.sql(f"trim({cell}, {literal(EDGES)})", label.format)
    if label.problem == "regression":
        return value
    numbers = ", ".join(repr(float(text)) for text in label.classes)
    return f"CAST(nullif(list_position([{numbers}], {value}), 0) - 1 AS DOUBLE)"
