"""The verb that asks for one row, which is encoded once: for its answer, and for what is told around it.

Encoding takes most of the time of a click, for one row as long as for forty: so the row that is asked is encoded beside
the rows that it would be with other cells in one column, which `around` then tells of without encoding again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from core.backends.base import Backend
from core.encoding.encoded_rows import EncodedRows
from core.encoding.rows import encode_records
from core.judging.predicting import blocks_of
from core.judging.what_if import tried_cells
from core.verbs.model_description import ModelDescription, describe_endpoint
from core.verbs.predict import CHUNK, ask_encoded


@dataclass(frozen=True, slots=True, eq=False)
class EncodedRow:
    """A row as numbers, and the same row with each of the `tried_cells` of the column `name`.

    `accepted` tells of the row and then of the others whether a model can be asked for them, `features` are those that
    it can be; `body` is the row as an endpoint is sent it, empty where it cannot be asked. `noticed` has what was
    noticed of the row, the first one there.
    """

    training_job: str
    name: str
    noticed: EncodedRows
    accepted: np.ndarray  # bool, (1 + tried cells,)
    features: np.ndarray  # float32, (accepted ones, features)
    body: bytes


def encode_row(model: ModelDescription, record: Mapping[str, object], name: str) -> EncodedRow:
    """Encode a row beside those with other cells in the column `name`, itself exactly as it would be alone.

    Raises MissingColumns, RowTooLarge.
    """
    contract = model.contract
    # Not of a column that a model lacks, which has taken over an endpoint since somebody chose it.
    tried = tried_cells(contract.column(name)) if name in contract.input_names else ()
    others = [{**record, name: each.cell} for each in tried]
    width = len(contract.features)
    with closing(encode_records(contract, [record, *others])) as together:
        accepted, features = together.accepted, _features(together, width)
        if together.as_trained:
            body = _first_body(together)
            return EncodedRow(model.training_job, name, together, accepted, features, body)
    # How cells are written that do not fit the model's own writing is judged by all rows: so the row is read alone.
    with closing(encode_records(contract, [record])) as alone:
        rest = features[int(accepted[0]) :]
        return EncodedRow(
            model.training_job,
            name,
            alone,
            np.concatenate([alone.accepted, accepted[1:]]),
            np.concatenate([_features(alone, width), rest]),
            _first_body(alone),
        )


def ask_row(
    backend: Backend, endpoint: str, record: Mapping[str, object], name: str
) -> tuple[dict[str, object], EncodedRow]:
    """Return what an endpoint answers to a row, as `predict_records` does, and the row as `around` takes it.

    `name` is the column that is tried with other cells. Raises MissingColumns, EndpointGone, EndpointRefused, TooBusy,
    RowTooLarge.
    """
    model = describe_endpoint(backend, endpoint)
    row = encode_row(model, record, name)
    bodies = [row.body] if row.body else []
    [answer] = ask_encoded(backend, endpoint, model, row.noticed, [record], bodies)
    return answer, row


def _features(encoded: EncodedRows, width: int) -> np.ndarray:
    """Return the accepted rows of a few as numbers, (rows, features)."""
    blocks = [block.astype(np.float32) for block in blocks_of(encoded.folder / "rows.csv")]
    return np.concatenate(blocks) if blocks else np.empty((0, width), np.float32)


def _first_body(encoded: EncodedRows) -> bytes:
    """Return the first row as an endpoint takes it, empty where it is rejected."""
    if not encoded.accepted[0]:
        return b""
    return b"".join(next(encoded.chunks(CHUNK)).splitlines(keepends=True)[:1])
