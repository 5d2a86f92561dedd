"""The data set in a job's input folder: one CSV, and dataset.json where the upload left one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DataNotReadable
from core.reading.dialect import Dialect, Note, Sniffed
from core.reading.kept_words import with_parquets_words
from core.storage import sha256_of, storage_errors

SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet")


@dataclass(frozen=True, slots=True)
class Source:
    """`sniffed` is what dataset.json says, or None where there is none."""

    path: Path
    sniffed: Sniffed | None
    sha256: str


def source_in(folder: Path) -> Source:
    """The one file of data in `folder`. Raises DataNotReadable, StorageFailed."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES)
    if len(files) != 1:
        reason = "There is no CSV file in it." if not files else f"There are {len(files)} CSV files in it."
        raise DataNotReadable(file="The input folder", reason=reason)
    path = files[0]
    told = path.with_name("dataset.json")
    with storage_errors("read", path.name):
        if not told.exists():
            return Source(path, None, sha256_of(path))
        facts = json.loads(told.read_text(encoding="utf-8"))
    return Source(path, sniffed_in(facts), facts["sha256"])


def sniffed_in(facts: dict[str, Any]) -> Sniffed:
    """How the file is read, from the content of dataset.json."""
    columns = facts["columns"]
    return with_parquets_words(
        Sniffed(
            Dialect.from_dict(facts["dialect"]),
            tuple((column["name"], column["type"]) for column in columns),
            {column["name"]: column["format"] for column in columns if column.get("format")},
            tuple(Note.from_dict(note) for note in facts.get("notes", ())),
        )
    )
