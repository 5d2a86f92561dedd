"""What to predict from what: the choices that an EDA job starts from, kept in storage.

The Configuration page saves it and the EDA page launches it; the command line builds one from its flags.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core import keys
from core.eda.config import EdaConfig
from core.errors import BadExpression, BadSplit, BadTarget, NoSuchColumn, SenderoError, StorageDamaged
from core.language import tr
from core.report import wording
from core.storage import Storage

if TYPE_CHECKING:
    from core.backends.record_types import RequestJson
    from core.datasets import Dataset

NUMBERS = ("BIGINT", "DOUBLE")  # as sniffed
NO_NUMBERS = ("BOOLEAN", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")


@dataclass(frozen=True, slots=True)
class Configuration(EdaConfig):
    """A data set, and what its EDA step is asked. Raises BadTarget, BadSplit for choices that never fit."""

    dataset: str = field(kw_only=True)

    def checked(self, dataset: Dataset, storage: Storage) -> Configuration:
        """Return itself, if `dataset` has what it names. Raises NoSuchColumn, BadTarget, BadSplit, BadExpression."""
        names = [column["name"] for column in dataset.columns]
        for column in (
            self.target,
            *self.drop,
            *self.treat,
            *self.keep_text,
            *([self.split_column] if self.split_column else []),
            *([self.weight] if self.weight else []),
        ):
            if column not in names:
                raise NoSuchColumn(column=column, file=dataset.file, columns=", ".join(names[:50]))
        if self.split == "random" and self.split_column:
            raise BadSplit(
                reason=tr(
                    "A random split does not go by a column, but '{column}' is given.",
                    column=self.split_column,
                )
            )
        if self.target in self.drop:
            raise BadTarget(column=self.target, reason=tr("It is among the columns to drop."))
        self._check_derived(dataset, storage)
        return self

    def _check_derived(self, dataset: Dataset, storage: Storage) -> None:
        from core.encoding.expressions import (  # late: narwhals, a tenth of a second
            columns_of,
            compile_expression,
        )

        types = {column["name"]: column["type"] for column in dataset.columns}
        numbers = [name for name, kind in types.items() if kind in NUMBERS and name != self.target]
        taken = {name.casefold() for name in types}
        for name, expression in self.derive.items():
            if name.casefold() in taken:  # case alike for the EDA step too
                raise BadExpression(name=name, reason=tr("There is already a column of that name."))
            known = [column for column in columns_of(name, expression) if column in types]
            for column in known:
                if why := self._no_number(column, types[column], dataset, storage):
                    raise BadExpression(name=name, reason=why)
            compile_expression(name, expression, [*numbers, *known])

    def _no_number(self, column: str, kind: str, dataset: Dataset, storage: Storage) -> str:
        """Say why a derived column cannot be computed from `column`, as far as that shows without reading all rows."""
        from core import datasets

        if column == self.target:
            return tr(
                "It reads '{column}', the column to predict, which is not known when a prediction is needed.",
                column=column,
            )
        treated = self.treat.get(column, "")
        if treated and treated != "numeric":
            return tr(
                "It reads '{column}', which is taken for another kind ({kind}).", column=column, kind=treated
            )
        if kind in NO_NUMBERS:
            return tr(
                "It reads '{column}', which holds no numbers ({kind}).",
                column=column,
                kind=tr(wording.TYPES[kind]),
            )
        # Text that looks like numbers may yet turn out to be some: that is for the job to see.
        if kind == "VARCHAR" and not treated and not datasets.looks_numeric(storage, dataset, column):
            return tr(
                "It reads '{column}', a column of text. If it should hold numbers, treat it as such too: "
                "{column} = numeric.",
                column=column,
            )
        return ""

    def job_config(self) -> dict[str, Any]:
        """Return the config of `scripts/eda_script.py`."""
        config = asdict(self)
        del config["dataset"]
        return config


def from_job(request: RequestJson) -> Configuration:
    """Return the configuration that a Processing Job's request came from."""
    assert "inputs" in request, "the request of a Processing Job"
    dataset = keys.dataset_name(request["inputs"]["input"])
    return Configuration.from_json(request["config"] | {"dataset": dataset})


def save(storage: Storage, configuration: Configuration) -> None:
    """Write the configuration of its data set, over the one before; it is the last one then. Raises StorageFailed."""
    storage.write_json(keys.plan(configuration.dataset), asdict(configuration))
    storage.write_json(keys.CONFIGURATION, asdict(configuration))


def change(
    storage: Storage,
    dataset: str,
    changes: Mapping[str, Any],
    check: Callable[[Configuration], Configuration],
) -> Configuration:
    """Change fields of the configuration of a data set, over what others have changed by then; return the whole.

    It is what `check` makes of it. Raises what that raises, StorageFailed, StorageDamaged.
    """
    last = load(storage, dataset)
    made: list[Configuration] = []

    def changed(before: bytes | None) -> bytes:
        there = last if before is None else _read(keys.plan(dataset), json.loads(before))
        made.append(check(replace(there or Configuration("", dataset=dataset), **changes)))
        return json.dumps(asdict(made[-1]), indent=1, ensure_ascii=False).encode()

    storage.merge(keys.plan(dataset), changed)
    storage.write_json(keys.CONFIGURATION, asdict(made[-1]))
    return made[-1]


def load(storage: Storage, dataset: str = "") -> Configuration | None:
    """Return the configuration that was saved last, of all or of a data set; None where there is none yet.

    Raises StorageDamaged.
    """
    key = keys.plan(dataset) if dataset and storage.exists(keys.plan(dataset)) else keys.CONFIGURATION
    if not storage.exists(key):
        return None
    found = _read(key, storage.read_json(key, "dataset", "target"))
    return found if dataset in ("", found.dataset) else None


def forget(storage: Storage, dataset: str) -> None:
    """Delete the configuration of a data set. Raises StorageFailed."""
    with suppress(StorageDamaged):  # a damaged one is of no data set
        last = load(storage)
        if last and last.dataset == dataset:
            storage.delete(keys.CONFIGURATION)
    storage.delete(keys.plan(dataset))


def _read(key: str, values: Any) -> Configuration:
    try:
        return Configuration.from_json(values)
    except (TypeError, SenderoError) as error:
        raise StorageDamaged(key=key, reason=tr("It is no configuration: {error}.", error=error)) from error
