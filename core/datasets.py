"""Data sets: an uploaded file, byte for byte, described in dataset.json.

Of a workbook the data set is the CSV of one sheet, which is what jobs read and digests speak of; the workbook stands
beside it as it was given, so that another sheet can be read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from core import keys
from core.cells.sql import identifier
from core.errors import DataNotReadable, NotFound, SenderoError, StorageDamaged, StorageFailed
from core.language import tr
from core.locales import for_everybody
from core.names import slug
from core.reading import csv_table
from core.reading.broken_rows import BrokenRow, refuse_too_many
from core.reading.dialect import Dialect, DialectJson, NoteJson, Overrides, Sniffed
from core.reading.inspection import inspect_file
from core.reading.source import ColumnJson, sniffed_in
from core.reading.suffixes import WORKBOOKS, has_suffix, stem, stored_suffix
from core.reading.text_file import checked_file, opened
from core.reading.workbook import Sheet, sheet_of
from core.scratch import Scratch
from core.storage import Storage, os_failure

if TYPE_CHECKING:
    import pandas as pd  # a second and a half, which a list of data sets need not wait for

BLOCK = 1 << 22
PREVIEW_BYTES = 1 << 22  # of a file, to read its first rows from
BROKEN_LISTED = 20
NUMERIC_ROWS = 2000  # first rows, to see whether a column of text holds numbers


class BrokenLine(TypedDict):
    """A record of the file that is no row, counted from the header as line 1, and why."""

    line: int
    reason: str


class WorkbookJson(TypedDict):
    """The workbook that a data set was read from, as dataset.json holds it; `sheets` are the names of all in it."""

    file: str
    key: str
    bytes: int
    sha256: str
    sheets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set; `key` is the file's storage key, `columns` are {"name", "type", "format"} as sniffed."""

    name: str
    file: str
    key: str
    bytes: int
    sha256: str
    rows: int
    broken: int  # rows set aside: too few or too many cells, a quote that does not end
    dialect: DialectJson
    columns: tuple[ColumnJson, ...]
    broken_listed: tuple[BrokenLine, ...] = ()  # the first of them
    notes: tuple[NoteJson, ...] = ()  # what was odd, and what was made of it
    workbook: WorkbookJson | None = None

    @property
    def folder(self) -> str:
        return keys.dataset(self.name)

    @property
    def given(self) -> str:
        """Return the key of the file that was given: of the workbook, where it was one."""
        return self.workbook["key"] if self.workbook else self.key

    def as_dict(self) -> dict[str, Any]:
        """Return the content of dataset.json."""
        return asdict(self)

    def sniffed(self) -> Sniffed:
        """Return how the file is read."""
        return sniffed_in(
            {
                "sha256": self.sha256,
                "dialect": self.dialect,
                "columns": self.columns,
                "notes": self.notes,
            }
        )


@for_everybody()
def add(
    storage: Storage,
    source: Path,
    name: str | None = None,
    progress: Callable[[float], None] | None = None,
    overrides: Overrides | None = None,
) -> Dataset:
    """Copy `source` into the workspace and describe it; the same bytes read the same way are the same data set.

    `name` is made safe; a taken one gets `-2`. `progress(share)` gets the share done, 0 to 1; `overrides` go before
    the sniffing. Raises DataNotReadable, StorageFailed; nothing is left behind then.
    """
    tell = progress or (lambda share: None)
    source = checked_file(Path(source))
    with Scratch("sheet") as folder:
        said = overrides or Overrides()
        sheet = sheet_of(source, folder, said.sheet, header=said.header)
        return _add(storage, source, name, tell, overrides, sheet)


def _add(
    storage: Storage,
    source: Path,
    name: str | None,
    tell: Callable[[float], None],
    overrides: Overrides | None,
    sheet: Sheet | None,
) -> Dataset:
    table = sheet.path if sheet else source
    file = safe_file_name(source.name)
    several = f"-{sheet.name}" if sheet and len(sheet.sheets) > 1 else ""
    base = slug(name or stem(file) + several) or "dataset"
    sniffed, rows, broken = describe(table, overrides, sheet)
    sha256 = _sha256(table, lambda share: tell(0.4 * share))
    new = Dataset(
        name="",
        file=file,
        key="",
        bytes=0,
        sha256=sha256,
        rows=rows,
        broken=len(broken),
        dialect=sniffed.dialect.as_dict(),
        columns=tuple(
            {"name": column, "type": kind, "format": sniffed.format(column)}
            for column, kind in sniffed.columns
        ),
        broken_listed=tuple(
            {"line": row.line + sniffed.dialect.skip, "reason": row.reason} for row in broken[:BROKEN_LISTED]
        ),
        notes=tuple(note.as_dict() for note in sniffed.notes),
        workbook=_workbook(source, sheet) if sheet else None,
    )
    if storage.exists(keys.dataset_record(base)):
        load(storage, base)  # a damaged one is an error, and not a free name
    for dataset in list_datasets(storage):
        if _same(dataset, new) and (name is None or dataset.name.startswith(base)):
            tell(1.0)
            return dataset
    storage.sweep(keys.DATASETS, keys.DATASET_RECORD)
    for number in count(1):
        free = base if number == 1 else f"{base}-{number}"
        with storage.claimed(keys.dataset(free), keys.DATASET_RECORD) as ours:
            if ours:
                new = replace(new, name=free, key=f"{keys.dataset(free)}/{file}")
                return _keep(storage, source, table, new, tell)
    raise AssertionError("There is always another name.")


def _workbook(source: Path, sheet: Sheet) -> WorkbookJson:
    suffix = source.suffix.lower() if source.suffix.lower() in WORKBOOKS else WORKBOOKS[0]
    return {
        "file": stem(safe_file_name(source.name)) + suffix,
        "key": "",
        "bytes": source.stat().st_size,
        "sha256": _sha256(source, lambda share: None),
        "sheets": list(sheet.sheets),
    }


def _same(one: Dataset, other: Dataset) -> bool:
    """Return whether both have the same bytes, read the same way."""
    first, second = (Dialect.from_dict(dataset.dialect) for dataset in (one, other))
    return (one.sha256, first, one.columns) == (
        other.sha256,
        replace(second, overruled=first.overruled),
        other.columns,
    )


def _keep(
    storage: Storage, source: Path, table: Path, new: Dataset, tell: Callable[[float], None]
) -> Dataset:
    """Copy, check the copy, and write dataset.json last: a folder without one is no data set."""
    if new.workbook:
        book: WorkbookJson = {**new.workbook, "key": f"{new.folder}/{new.workbook['file']}"}
        _kept(storage, source, book["key"], book["sha256"], lambda share: None)
        new = replace(new, workbook=book)
    _kept(storage, table, new.key, new.sha256, lambda share: tell(0.4 + 0.6 * share))
    dataset = replace(new, bytes=storage.size(new.key))
    storage.write_json(keys.dataset_record(dataset.name), dataset.as_dict())
    tell(1.0)
    return dataset


def _kept(storage: Storage, file: Path, key: str, sha256: str, tell: Callable[[float], None]) -> None:
    if _copy(storage, file, key, tell) != sha256:
        raise DataNotReadable(file=file.name, reason=tr("The file changed while it was read."))


def load(storage: Storage, name: str) -> Dataset:
    """Return the data set `name`. Raises NotFound, StorageDamaged, StorageFailed."""
    key = keys.dataset_record(name)
    if slug(name, 80) != name or not storage.exists(key):
        raise NotFound(thing=tr("data set"), name=name, listing=tr("the Configuration page"))
    facts = storage.read_json(key)
    try:
        lists = {name: tuple(facts.get(name, ())) for name in ("columns", "broken_listed", "notes")}
        dataset = Dataset(**facts | lists)
        texts = (dataset.name, dataset.file, dataset.key, dataset.sha256)
        texts += tuple(text for column in dataset.columns for text in (column["name"], column["type"]))
        numbers = (dataset.bytes, dataset.rows, dataset.broken)
        if dataset.name != name or not all(isinstance(text, str) for text in texts):
            raise TypeError("its texts")
        if not all(type(number) is int for number in numbers) or not dataset.key.startswith(
            f"{dataset.folder}/"
        ):
            raise TypeError("its numbers")
        dataset.sniffed()
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise StorageDamaged(
            key=key, reason=tr("It does not describe a data set ({error}).", error=error)
        ) from error
    return dataset


def list_datasets(storage: Storage) -> list[Dataset]:
    """Return all data sets by name, without those that `damaged` lists and folders whose upload never ended."""
    return [item for item in _described(storage) if isinstance(item, Dataset)]


def damaged(storage: Storage) -> list[SenderoError]:
    """Return one error for each data set whose description cannot be read."""
    return [item for item in _described(storage) if isinstance(item, SenderoError)]


def _described(storage: Storage) -> Iterator[Dataset | SenderoError]:
    for name in storage.folders("datasets"):
        if slug(name, 80) == name and storage.exists(keys.dataset_record(name)):
            try:
                yield load(storage, name)
            except (StorageDamaged, StorageFailed) as error:
                yield error


def preview(
    storage: Storage, name: str, rows: int = 50, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the first `rows` rows, or these columns of them, text as in the file, blanks missing; broken rows left
    out. Raises NotFound.
    """
    dataset = load(storage, name)
    sniffed = dataset.sniffed()
    plain = sniffed.dialect.file == "csv" and not sniffed.dialect.compression
    with (
        storage.local(dataset.key, first=PREVIEW_BYTES if plain else None) as path,
        Scratch("preview") as folder,
        closing(csv_table.connect()) as connection,
    ):
        csv_table.make_room(connection, len(columns or dataset.columns))
        text = opened(path, folder, sniffed.dialect, most=PREVIEW_BYTES)
        call = csv_table.rows_of(text, sniffed.as_text(), rejects=False)
        wanted = ", ".join(map(identifier, columns)) if columns else "*"
        return csv_table.run(connection, text, f"SELECT {wanted} FROM {call} LIMIT {int(rows)}").df()


def looks_numeric(storage: Storage, dataset: Dataset, column: str) -> bool:
    """Return whether at least 90 % of the first cells of a column of text are numbers; True if all are blank."""
    import narwhals as nw

    from core.engines import Parse, engine_of

    first = preview(storage, dataset.name, NUMERIC_ROWS, [column])[column]
    cells = first.dropna().astype("string").to_frame("cell")
    parses = {"cell": Parse("number", format=dataset.sniffed().format(column))}
    with closing(csv_table.connect()) as connection:
        frame = nw.from_native(connection.from_df(cells))
        numbers = engine_of(frame).parse(frame, parses).select(nw.col("cell").count()).collect("pyarrow")
    return numbers.item() >= 0.9 * len(cells)


def derived_preview(storage: Storage, dataset: Dataset, expression: str, rows: int = 5) -> pd.DataFrame:
    """Return the columns that `expression` reads in the first rows, and its values as the column "=", blank where it
    has none. Raises BadExpression.
    """
    import narwhals as nw

    from core.encoding.expressions import columns_of, compile_expression
    from core.engines import Parse, engine_of
    from core.reading.column_keys import key

    read = columns_of("=", expression)
    cells = preview(storage, dataset.name, rows, read or None).astype("string")
    parses = {key(name): Parse("number", format=dataset.sniffed().format(name)) for name in read}
    with closing(csv_table.connect()) as connection:
        frame = nw.from_native(connection.from_df(cells.rename(columns=key)))
        numbers = engine_of(frame).parse(frame, parses)
        values = numbers.select(compile_expression("=", expression, read)).collect("pandas").to_native()
    return cells[read].assign(**{"=": values[key("=")]})


def safe_file_name(name: str) -> str:
    """Return a file name of letters, digits, dots, hyphens and underscores, ending in .csv, .csv.gz or .parquet."""
    plain = stem(name) if has_suffix(name) else Path(name).name
    return (re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("._")[:100] or "data") + stored_suffix(name)


def describe(
    path: Path, overrides: Overrides | None = None, sheet: Sheet | None = None
) -> tuple[Sniffed, int, list[BrokenRow]]:
    """Return (how a file is read, its rows, its broken rows). Raises DataNotReadable, StorageFailed."""
    name = sheet.book if sheet else path.name
    with Scratch("describe") as folder, closing(csv_table.connect()) as connection:
        text = opened(path, folder, encoding=overrides.encoding if overrides else "", sheet=sheet)
        sniffed, rows, broken = inspect_file(connection, text, overrides)
    if rows == 0 and not broken:
        raise DataNotReadable(file=name, reason=tr("It has a header line and nothing below it."))
    refuse_too_many(name, broken, rows, len(sniffed.columns))
    return sniffed, rows, broken


def _blocks(source: Path, tell: Callable[[float], None]) -> Iterator[bytes]:
    try:
        total = source.stat().st_size or 1
        done = 0
        with source.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
                done += len(block)
                tell(min(1.0, done / total))
    except OSError as error:
        raise os_failure("read", source.name, error) from error


def _sha256(source: Path, tell: Callable[[float], None]) -> str:
    digest = hashlib.sha256()
    for block in _blocks(source, tell):
        digest.update(block)
    return digest.hexdigest()


def _copy(storage: Storage, source: Path, key: str, tell: Callable[[float], None]) -> str:
    """Copy, and return the sha256 of what was written."""
    digest = hashlib.sha256()
    # Half of the way is the copy on this machine; the other half is reported by a storage that is far.
    with (
        storage.writing(key, lambda share: tell(0.5 + share / 2)) as temporary,
        temporary.open("wb") as target,
    ):
        for block in _blocks(source, lambda share: tell(share / 2)):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
