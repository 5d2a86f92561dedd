"""What the job wrote: its pictures, its reports to take away, and whether every output is as it was written."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core import pipeline
from core.backends.base import Backend

PICTURES_A_PAGE = 9
STATES = {"ok": "as written", "missing": "MISSING", "changed": "CHANGED", "unexpected": "not in the manifest"}


def gallery(backend: Backend, job: str, found: dict[str, Any]) -> None:
    """The PNGs as the job wrote them, a page at a time."""
    drawn = [column for column in found["columns"] if column.get("picture")]
    if not drawn:
        st.caption("There is no numeric column, so no histogram.")
        return
    pages = -(-len(drawn) // PICTURES_A_PAGE)
    number = st.pagination(pages, key="gallery") if pages > 1 else 1
    columns = st.columns(3)
    for index, column in enumerate(drawn[(number - 1) * PICTURES_A_PAGE : number * PICTURES_A_PAGE]):
        data = backend.storage.read_bytes(f"processing/{job}/output/{column['picture']}")
        columns[index % 3].image(data, width="stretch", alt=f"Histogram of {column['name']}")


def text(backend: Backend, job: str) -> None:
    folder = f"processing/{job}/output/report"
    with st.container(horizontal=True):
        for file, mime in (
            ("EDA_Report.txt", "text/plain"),
            ("report.html", "text/html"),
            ("report.json", "application/json"),
        ):
            st.download_button(
                file,
                lambda file=file: backend.storage.read_bytes(f"{folder}/{file}"),
                file_name=f"{job}-{file}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
            )
    st.code(backend.storage.read_text(f"{folder}/EDA_Report.txt"), language=None, height=600)


def verification(backend: Backend, job: str) -> None:
    """Every file that the job's manifest names, read and hashed again, now."""
    with st.spinner("Reading and hashing every output", show_time=True):
        files = pipeline.verify(backend, job)
    wrong = [file for file in files if file.state != "ok"]
    if wrong:
        st.error(
            f"{len(wrong)} of {len(files)} outputs are not as the job wrote them.", icon=":material/error:"
        )
    else:
        st.success(f"All {len(files)} outputs are in storage, byte for byte.", icon=":material/verified:")
    rows = [
        {"Output": file.file, "State": STATES[file.state], "Bytes": file.bytes, "SHA-256": file.sha256}
        for file in sorted(files, key=lambda file: (file.state == "ok", file.file))
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={"Bytes": st.column_config.NumberColumn(format="localized")},
        alt="Every output with its state, size and checksum",
    )
