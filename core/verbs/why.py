"""The verbs over why a model answers what it does: read from what was kept when it was judged."""

from __future__ import annotations

from core import keys
from core.backends.base import Backend
from core.errors import StorageDamaged
from core.judging import split_reasons
from core.judging.split_reasons import SplitReasons
from core.verbs.judged import predictions_of
from core.verbs.model_description import describe_model
from core.verbs.raw_test_rows import first_raw_rows


def kept_bytes(backend: Backend, training_job: str) -> int:
    """Return the size of what is kept of a model's predictions, by which a cache knows it; 0 where there is nothing.

    Raises StorageFailed.
    """
    key = keys.predictions(training_job)
    return backend.storage.size(key) if backend.storage.exists(key) else 0


def reasons_of(backend: Backend, training_job: str) -> SplitReasons | None:
    """Return the reasons of rows of the test split; None where the model was judged without them.

    Raises StorageFailed, StorageDamaged.
    """
    path = predictions_of(backend, training_job)
    if path is None:
        return None
    contract = describe_model(backend, training_job).contract
    try:
        return split_reasons.read(path, contract)
    except (OSError, ValueError) as error:
        raise StorageDamaged(key=keys.predictions(training_job), reason=str(error)) from error


def explained_cells(backend: Backend, training_job: str, reasons: SplitReasons) -> dict[int, dict[str, str]]:
    """Return what stands in the explained rows that are at hand: {which of `reasons.rows`: {column: cell}}.

    Raises StorageFailed, where the split is not here.
    """
    eda_job = str(backend.job(training_job).request.get("processing_job"))
    splits = backend.storage.read_json(keys.report(eda_job), "splits")["splits"]
    every = splits.get("test_raw_every", 1)
    places = {row: index for index, row in enumerate(reasons.rows.tolist())}
    raw = enumerate(first_raw_rows(backend, training_job))
    return {places[every * number]: cells for number, cells in raw if every * number in places}
