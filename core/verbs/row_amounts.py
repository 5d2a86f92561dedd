"""What an error costs in each row, where a column of the row says so."""

from __future__ import annotations

import numpy as np

from core import keys
from core.backends.base import Backend
from core.errors import BadDecision
from core.judging import encoded_columns
from core.language import tr
from core.numbers import count
from core.verbs.eda import read_contract
from core.verbs.out_of_fold import Rows


def amounts_of(backend: Backend, training_job: str, rows: Rows, label: np.ndarray, column: str) -> np.ndarray:
    """Return what `rows`, whose labels are `label`, have in a column, 0 where it is blank.

    It is read from the encoded splits, which have numbers as they are. Raises BadDecision, StorageFailed.
    """
    contract = read_contract(backend.storage, keys.model_contract(training_job))
    known = encoded_columns.amount_columns(contract)
    if column not in known:
        listed = ", ".join(known) or "none"
        raise BadDecision(
            reason=tr(
                "'{column}' is no column of numbers that the model knows. Those are: {listed}.",
                column=column,
                listed=listed,
            )
        )
    files = [key for folder in rows.encoded for key in backend.storage.files(folder)]
    found = [backend.storage.at_hand(key) for key in files]
    labels, amount = encoded_columns.label_and_column(found, contract, column) if found else (label[:0],) * 2
    if not np.array_equal(labels, label):
        raise BadDecision(
            reason=tr(
                "What '{column}' is in each row is not here: the splits of its EDA job are needed for it.",
                column=column,
            )
        )
    if (amount < 0).any():
        below = count(int((amount < 0).sum()), "row", "rows")
        raise BadDecision(
            reason=tr(
                "'{column}' is below 0 in {below}, and an error cannot cost less than nothing.",
                column=column,
                below=below,
            )
        )
    return np.nan_to_num(amount)
