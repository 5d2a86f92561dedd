"""The data set in a job's input folder: one CSV, and dataset.json where the upload left one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from core.errors import DataNotReadable
from core.language import tr
from core.reading.dialect import Dialect, DialectJson, Note, NoteJson, Sniffed
from core.reading.kept_words import with_parquets_words
from core.reading.suffixes import is_table
from core.storage import sha256_of, storage_errors


class ColumnJson(TypedDict):
    """A column of the file as dataset.json holds it."""

    name: str
    type: str  # DuckDB's
    format: NotRequired[str]  # see Sniffed.formats; "" where it is plain


class DescriptionJson(TypedDict):
    """What dataset.json says of how the file is read."""

    sha256: str
    dialect: DialectJson
    columns: Sequence[ColumnJson]
    notes: NotRequired[Sequence[NoteJson]]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of rows and its SHA-256; `sniffed` is what dataset.json says, or None where there is none."""

    path: Path
    sniffed: Sniffed | None
    sha256: str


def source_in(folder: Path) -> Source:
    """Return the one file of data in `folder`. Raises DataNotReadable, StorageFailed."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and is_table(path.name))
    if len(files) != 1:
        reason = tr("There is no CSV file in it.")
        if files:
            reason = tr("There are {files} CSV files in it.", files=len(files))
        raise DataNotReadable(file=tr("The input folder"), reason=reason)
    path = files[0]
    description = path.with_name("dataset.json")
    with storage_errors("read", path.name):
        if not description.exists():
            return Source(path, None, sha256_of(path))
        facts: DescriptionJson = json.loads(description.read_text(encoding="utf-8"))
    return Source(path, sniffed_in(facts), facts["sha256"])


def sniffed_in(facts: DescriptionJson) -> Sniffed:
    """Return how the file is read, from the content of dataset.json."""
    columns = facts["columns"]
    return with_parquets_words(
        Sniffed(
            Dialect.from_dict(facts["dialect"]),
            tuple((column["name"], column["type"]) for column in columns),
            {column["name"]: form for column in columns if (form := column.get("format"))},
            tuple(Note.from_dict(note) for note in facts.get("notes", ())),
        )
    )
