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


def stored_suffix(name: str) -> str:
    """Return the ending under which a file of that name is stored; one of an unknown ending is text."""
    return STORED_AS.get(Path(name).suffix.lower(), ".csv")


def has_suffix(name: str) -> bool:
    """Return whether `name` ends as a file of rows does."""
    return Path(name).suffix.lower() in STORED_AS


def stem(name: str) -> str:
    """Return `name` without its folder and what it ends in: `a.csv.gz` is `a`."""
    inner = Path(name).stem
    return Path(inner).stem if Path(name).suffix.lower() == ".gz" and has_suffix(inner) else inner
