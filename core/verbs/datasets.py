"""The verbs over data sets and the configuration of the next EDA job, and over files that are not uploaded yet.

`core.datasets` and `core.configuration` know how both are kept in any storage. A face has a backend and takes no
storage from it, so that all it can do to a data set is listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import configuration, datasets, keys
from core.backends.base import Backend
from core.configuration import Configuration, Saved
from core.datasets import Dataset
from core.errors import DataNotReadable, SenderoError
from core.language import tr
from core.numbers import fixed, integer
from core.reading.dialect import Overrides
from core.storage import Entry
from core.verbs import audit

if TYPE_CHECKING:
    import pandas as pd


def fetched(backend: Backend, address: str) -> AbstractContextManager[Path]:
    """Return a file, by its path or an address that this backend reads, on this machine. Raises StorageFailed."""
    return backend.storage.fetched(address)


def schemes(backend: Backend) -> tuple[str, ...]:
    """Return the schemes of addresses that `fetched` takes beside paths of this machine, such as s3."""
    return backend.storage.schemes


def check_upload(file: str, size: int, most_mb: int) -> None:
    """Refuse an upload of more than `most_mb` MB: what a browser was told of the limit is no guard.

    Raises DataNotReadable.
    """
    if size > most_mb * 1_000_000:
        reason = tr(
            "It has {size} MB; the limit is {most_mb} MB (SENDERO_MAX_UPLOAD_MB).",
            size=fixed(size / 1e6, 0),
            most_mb=integer(most_mb),
        )
        raise DataNotReadable(file=file, reason=reason)


def browse(backend: Backend, address: str) -> list[Entry]:
    """Return what is below an address of `schemes`, folders first. Raises StorageFailed."""
    return backend.storage.browse(address)


def add(
    backend: Backend,
    file: Path,
    overrides: Overrides | None = None,
    progress: Callable[[float], None] | None = None,
    name: str | None = None,
) -> Dataset:
    """Keep a file as a data set, and return it as it was sniffed. `progress` is told the share done, 0 to 1.

    It is called by its file, where it gets no `name`.

    Raises DataNotReadable, StorageFailed.
    """
    given = overrides or Overrides()
    return _added(
        backend, lambda: datasets.add(backend.storage, file, name=name, overrides=given, progress=progress)
    )


def reread(backend: Backend, dataset: Dataset, overrides: Overrides) -> Dataset:
    """Read the file of a data set another way; return what is another data set. Raises DataNotReadable."""
    with backend.storage.local(dataset.given) as file:
        return _added(
            backend, lambda: datasets.add(backend.storage, file, name=dataset.name, overrides=overrides)
        )


def _added(backend: Backend, add: Callable[[], Dataset]) -> Dataset:
    """Return the data set that `add` keeps; it is no event where these bytes were kept already, read the same way."""
    before = backend.storage.folders(keys.DATASETS)
    dataset = add()
    if dataset.name not in before:
        said = {"file": dataset.file, "bytes": dataset.bytes, "dataset_sha256": dataset.sha256}
        audit.record(backend, "added", "data set", dataset.name, **said)
    return dataset


def preview(backend: Backend, name: str, rows: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the first rows of a data set, or these columns of them, as they stand in the file.

    Raises StorageFailed.
    """
    return datasets.preview(backend.storage, name, rows, columns)


def derived_preview(backend: Backend, dataset: Dataset, expression: str) -> pd.DataFrame:
    """Return what `expression` reads in the first rows and its values, as the column "=". Raises BadExpression."""
    return datasets.derived_preview(backend.storage, dataset, expression)


def list_datasets(backend: Backend) -> list[Dataset]:
    """Return the data sets that can be read, by name. `damaged` tells of the others."""
    return datasets.list_datasets(backend.storage)


def damaged(backend: Backend) -> list[SenderoError]:
    """Return why each data set that cannot be read cannot."""
    return datasets.damaged(backend.storage)


def find_dataset(backend: Backend, name: str) -> Dataset:
    """Return a data set. Raises NotFound, StorageDamaged."""
    return datasets.load(backend.storage, name)


def saved_configuration(backend: Backend, dataset: str = "") -> Configuration | None:
    """Return what the next EDA job starts from, of all or of a data set; None where nothing is saved.

    Raises StorageDamaged.
    """
    return configuration.load(backend.storage, dataset)


def saved_plan(backend: Backend, dataset: str = "") -> Saved | None:
    """Return the same with who has saved it. Raises StorageDamaged."""
    return configuration.saved(backend.storage, dataset)


def checked_configuration(backend: Backend, plan: Configuration, dataset: Dataset) -> Configuration:
    """Return `plan` if `dataset` has what it names. Raises NoSuchColumn, BadTarget, BadSplit, BadExpression."""
    return plan.checked(dataset, backend.storage)


def change_configuration(
    backend: Backend, dataset: Dataset, changes: Mapping[str, Any], seen: Configuration | None = None
) -> Configuration:
    """Change fields of what the next EDA job of a data set starts from, beside what others change; return the whole.

    Raises PlanChanged where others have changed the same since it was `seen`, NoSuchColumn, BadTarget, BadSplit,
    BadExpression, StorageFailed.
    """
    check = partial(checked_configuration, backend, dataset=dataset)
    return configuration.change(backend.storage, dataset.name, changes, check, seen)
