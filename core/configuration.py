"""What to predict from what: the choices that an EDA job starts from, kept in storage.

The Configuration page saves it and the EDA page launches it; the command line builds one from its flags.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core import keys, person, plan_changes
from core.eda.config import EdaConfig
from core.errors import (
    BadExpression,
    BadSplit,
    BadTarget,
    NoSuchColumn,
    PlanChanged,
    SenderoError,
    StorageDamaged,
)
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


@dataclass(frozen=True, slots=True)
class Saved:
    """A configuration as it is kept, and who has saved it when: "" and None where nobody was written down."""

    plan: Configuration
    who: str = ""
    at: datetime | None = None

    @property
    def of_another(self) -> bool:
        """Return whether somebody else has saved it."""
        return self.who not in ("", person.name())


def save(storage: Storage, configuration: Configuration, seen: Configuration | None = None) -> bool:
    """Write the configuration of its data set; return False where it stays as somebody else has saved it.

    That one is overwritten only where it is what was `seen`. The data set is the last one then, either way. Raises
    StorageFailed.
    """
    kept: list[tuple[bytes, bool]] = []

    def written(before: bytes | None) -> bytes:
        there = None
        with suppress(StorageDamaged):  # a damaged one is replaced
            there = None if before is None else _read(keys.plan(configuration.dataset), _json(before))
        is_same = there is not None and there.plan == configuration
        stays = there is not None and there.of_another and not is_same and there.plan != seen
        kept.append((before if before and (is_same or stays) else _bytes(configuration), not stays))
        return kept[-1][0]

    storage.merge(keys.plan(configuration.dataset), written)
    storage.write_bytes(keys.CONFIGURATION, kept[-1][0])
    return kept[-1][1]


def change(
    storage: Storage,
    dataset: str,
    changes: Mapping[str, Any],
    check: Callable[[Configuration], Configuration],
    seen: Configuration | None = None,
) -> Configuration:
    """Change fields of the configuration of a data set, over what others have changed by then; return the whole.

    It is what `check` makes of it. With `seen`, the configuration that is to be changed as somebody saw it, others are
    not overruled unknown. Raises PlanChanged where they have changed the same fields since, what `check` raises,
    StorageFailed, StorageDamaged.
    """
    last = saved(storage, dataset)
    made: list[bytes] = []
    whole: list[Configuration] = []

    def changed(before: bytes | None) -> bytes:
        there = last if before is None else _read(keys.plan(dataset), _json(before))
        if there and seen and (fields := plan_changes.overruled(seen, there.plan, changes)):
            told = "\n".join(plan_changes.differences(seen, there.plan, fields))
            raise PlanChanged(dataset=dataset, who=there.who or "?", changes=told)
        whole.append(check(replace(there.plan if there else Configuration("", dataset=dataset), **changes)))
        made.append(_bytes(whole[-1]))
        return made[-1]

    storage.merge(keys.plan(dataset), changed)
    storage.write_bytes(keys.CONFIGURATION, made[-1])
    return whole[-1]


def load(storage: Storage, dataset: str = "") -> Configuration | None:
    """Return the configuration that was saved last, of all or of a data set; None where there is none yet.

    Raises StorageDamaged.
    """
    found = saved(storage, dataset)
    return found.plan if found else None


def saved(storage: Storage, dataset: str = "") -> Saved | None:
    """Return what `load` does, with who has saved it. Raises StorageDamaged."""
    if dataset and storage.exists(keys.plan(dataset)):
        return _stored(storage, keys.plan(dataset))
    if not storage.exists(keys.CONFIGURATION):
        return None
    last = _stored(storage, keys.CONFIGURATION)
    if dataset:
        return last if last.plan.dataset == dataset else None
    # It says which data set was the last: of two who save at once that file may be the one's, and the plan the other's.
    key = keys.plan(last.plan.dataset)
    return _stored(storage, key) if storage.exists(key) else last


def forget(storage: Storage, dataset: str) -> None:
    """Delete the configuration of a data set. Raises StorageFailed."""
    with suppress(StorageDamaged):  # a damaged one is of no data set
        last = load(storage)
        if last and last.dataset == dataset:
            storage.delete(keys.CONFIGURATION)
    storage.delete(keys.plan(dataset))


def _bytes(plan: Configuration) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    value = asdict(plan) | {"saved": {"who": person.name(), "at": now}}
    return json.dumps(value, indent=1, ensure_ascii=False).encode()


def _json(data: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(data)
    return None


def _stored(storage: Storage, key: str) -> Saved:
    return _read(key, storage.read_json(key, "dataset", "target"))


def _read(key: str, values: Any) -> Saved:
    """Return what a file holds. Raises StorageDamaged."""
    try:
        by = values.pop("saved", None) or {}
        at = datetime.fromisoformat(by["at"]) if by else None
        return Saved(Configuration.from_json(values), str(by.get("who", "")), at)
    except (TypeError, KeyError, ValueError, AttributeError, SenderoError) as error:
        raise StorageDamaged(key=key, reason=tr("It is no configuration: {error}.", error=error)) from error
