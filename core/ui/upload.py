"""Files that a person gives the page: any at all, for what is no file of rows is answered in words by the reader."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.scratch import Scratch
from core.storage import storage_errors

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


def ask(label: str, key: str | None = None, limit: int | None = None) -> UploadedFile | None:
    """Ask for a file of at most `limit` MB, of any name: Streamlit refuses a workbook without saying what to do."""
    return st.file_uploader(label, max_upload_size=limit, key=key)


@contextmanager
def kept(uploaded: UploadedFile) -> Iterator[Path]:
    """The upload as a file of its own name, while the block runs."""
    with Scratch("upload") as folder:
        copy = folder / (Path(uploaded.name).name or "upload.csv")
        with storage_errors("keep", uploaded.name), copy.open("wb") as file:
            uploaded.seek(0)
            shutil.copyfileobj(uploaded, file)
        yield copy
