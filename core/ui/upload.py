"""Files that a person gives the page: any at all, for what is no file of rows is answered in words by the reader."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.backends.base import Backend
from core.language import either, tr
from core.scratch import Scratch
from core.settings import Settings
from core.storage import storage_errors
from core.verbs import datasets
from core.verbs.datasets import check_upload

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


def ask(label: str, key: str | None = None) -> UploadedFile | None:
    """Ask for a file of at most as many MB as the settings say, of any name.

    Streamlit would refuse what is no table without saying what to do.
    """
    return st.file_uploader(label, max_upload_size=Settings.load().max_upload_mb, key=key)


def ask_or_address(backend: Backend, label: str, key: str) -> tuple[UploadedFile | str, int]:
    """Ask for a file, or for its address as text; return what was given, and its bytes as far as they are known."""
    left, right = st.columns(2)
    with left:
        uploaded = ask(label, key=f"{key}-rows")
    elsewhere = either([f"{scheme}://..." for scheme in datasets.schemes(backend)])
    if elsewhere:
        asked = tr("Or a path on this machine, or {address}", address=elsewhere)
    else:
        asked = tr("Or a path on this machine")
    address = right.text_input(asked, key=f"{key}-path").strip()
    given = address if uploaded is None else uploaded
    return given, size_of(given)


def size_of(given: UploadedFile | str) -> int:
    """Return the bytes of what was given, 0 where they are not known."""
    if not isinstance(given, str):
        return given.size
    path = Path(given).expanduser()
    return path.stat().st_size if given and path.is_file() else 0


@contextmanager
def on_disk(backend: Backend, rows: UploadedFile | str) -> Iterator[Path]:
    """What was given, as a file of this machine while the block runs. Raises DataNotReadable, StorageFailed."""
    if isinstance(rows, str):
        with datasets.fetched(backend, rows) as path:
            yield path
        return
    with kept(rows) as copy:
        yield copy


@contextmanager
def kept(uploaded: UploadedFile) -> Iterator[Path]:
    """The upload as a file of its own name, while the block runs. Raises DataNotReadable where it is too large."""
    check_upload(uploaded.name, uploaded.size, Settings.load().max_upload_mb)
    with Scratch("upload") as folder:
        copy = folder / (Path(uploaded.name).name or "upload.csv")
        with storage_errors("keep", uploaded.name), copy.open("wb") as file:
            uploaded.seek(0)
            shutil.copyfileobj(uploaded, file)
        yield copy
