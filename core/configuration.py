"""What to predict from what: the choices that an EDA job starts from, kept in storage.

The Configuration page saves it and the EDA page launches it; the command line builds one from its flags.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.errors import BadSplit, NoSuchColumn, StorageDamaged
from core.storage import Storage

if TYPE_CHECKING:
    from core.datasets import Dataset

KEY = "configuration.json"
PROBLEMS = ("auto", "binary", "multiclass", "regression")
SPLITS = ("random", "time", "group")


@dataclass(frozen=True, slots=True)
class Configuration:
    """A data set, its target, and how to treat the rest. `problem` "auto" lets the EDA job decide."""

    dataset: str
    target: str
    problem: str = "auto"
    split: str = "random"
    split_column: str | None = None
    drop: tuple[str, ...] = ()
    derive: dict[str, str] = field(default_factory=dict)
    seed: int = 0

    def checked(self, dataset: Dataset) -> Configuration:
        """Itself, if `dataset` has what it names. Raises NoSuchColumn, BadSplit, BadExpression."""
        from core.expressions import compile_expression  # late: the parser needs only the names above

        names = [column["name"] for column in dataset.columns]
        for column in (self.target, *self.drop, *([self.split_column] if self.split_column else [])):
            if column not in names:
                raise NoSuchColumn(column=column, file=dataset.file, columns=", ".join(names[:50]))
        if self.split != "random" and not self.split_column:
            raise BadSplit(reason=f"A split by {self.split} needs the column to split by.")
        if self.target in self.drop:
            raise BadSplit(reason=f"The target '{self.target}' is among the columns to drop.")
        if self.split_column == self.target:
            raise BadSplit(reason="The target cannot be the split column.")
        for name, expression in self.derive.items():
            compile_expression(name, expression, names)
        return self

    def without(self, *columns: str) -> Configuration:
        """The same with more columns dropped: what a leakage warning's button asks for."""
        return replace(self, drop=tuple(dict.fromkeys((*self.drop, *columns))))

    def job_config(self) -> dict[str, Any]:
        """The config of `scripts/eda_script.py`."""
        config = asdict(self)
        del config["dataset"]
        return config | {"drop": list(self.drop)}


def from_job(request: dict[str, Any]) -> Configuration:
    """The configuration that a Processing Job's request came from."""
    values = {**request["config"], "drop": tuple(request["config"]["drop"])}
    return Configuration(dataset=request["inputs"]["input"].removeprefix("datasets/"), **values)


def save(storage: Storage, configuration: Configuration) -> None:
    storage.write_json(KEY, asdict(configuration))


def load(storage: Storage) -> Configuration | None:
    """The saved configuration, or None where there is none yet. Raises StorageDamaged."""
    if not storage.exists(KEY):
        return None
    values = storage.read_json(KEY, "dataset", "target")
    try:
        return Configuration(**values | {"drop": tuple(values.get("drop", ()))})
    except TypeError as error:
        raise StorageDamaged(key=KEY, reason=f"It is no configuration: {error}.") from error
