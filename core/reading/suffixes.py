"""What the name of a file of rows may end in, and under which ending it is stored.

What the file is, its bytes say (`foreign_file.py`, `text_file.py`); the ending only finds it among others.
"""

from __future__ import annotations

from pathlib import Path

STORED_AS = {
    ".csv": ".csv",
    ".tsv": ".csv",
    ".txt": ".csv",
    ".gz": ".csv.gz",
    ".parquet": ".parquet",
    ".pq": ".parquet",
}
WORKBOOKS = (".xlsx", ".xls", ".ods", ".xlsm", ".xlsb")  # stored as the CSV of a sheet


def stored_suffix(name: str) -> str:
    """Return the ending under which a file of that name is stored; one of an unknown ending is text."""
    return STORED_AS.get(Path(name).suffix.lower(), ".csv")


def is_table(name: str) -> bool:
    """Return whether `name` ends as a file does that a job can read."""
    return Path(name).suffix.lower() in STORED_AS


def has_suffix(name: str) -> bool:
    """Return whether `name` ends as a file of rows does, a workbook too."""
    return is_table(name) or Path(name).suffix.lower() in WORKBOOKS


def stem(name: str) -> str:
    """Return `name` without its folder and what it ends in: `a.csv.gz` is `a`."""
    inner = Path(name).stem
    return Path(inner).stem if Path(name).suffix.lower() == ".gz" and has_suffix(inner) else inner
