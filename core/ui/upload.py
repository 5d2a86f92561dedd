"""Files that a person gives the page: any at all, for what is no file of rows is answered in words by the reader."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.scratch import Scratch
from core.settings import Settings
from core.storage import storage_errors
from core.verbs.datasets import check_upload

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


def ask(label: str, key: str | None = None) -> UploadedFile | None:
    """Ask for a file of at most as many MB as the settings say, of any name.

    Streamlit would refuse what is no table without saying what to do.
    """
    return st.file_uploader(label, max_upload_size=Settings.load().max_upload_mb, key=key)


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
