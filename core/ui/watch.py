"""What an endpoint is asked, and whether what arrives is as in training: the tab Watch of the Inference page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.backends.base import Backend, Endpoint, EndpointStatus
from core.ui import page
from core.ui.predict import NOT_READY
from core.verbs import watching
from core.verbs.watching import FileDrift

FIGURES = ("p50", "p90", "p99")


def show(backend: Backend, endpoint: Endpoint) -> None:
    """Draw traffic, the sentence on what arrives, and the columns of the last file that was predicted."""
    if endpoint.status != EndpointStatus.in_service:
        st.caption(NOT_READY)
        return
    with page.errors_shown():
        seen = watching.watch(backend, endpoint.name)
        traffic = seen.traffic
        figures = {"Requests": f"{traffic.requests:,}", "Errors": f"{traffic.errors:,}"}
        for name in FIGURES:
            value = traffic.latency_ms.get(name)
            figures[f"Latency {name}"] = "–" if value is None else f"{value:,.1f} ms"
        with st.container(horizontal=True):
            for label, value in figures.items():
                st.metric(label, value, width="content")
        st.caption(f"Since {page.clock(traffic.since)}; the latency is the model's, without the way to it.")
        st.text(seen.sentence)
        if seen.files:
            _file(seen.files[0])
        if len(seen.files) > 1:
            _before(seen.files)
        st.button("Look again", icon=":material/refresh:")


def _file(file: FileDrift) -> None:
    """Draw each column of a file against training."""
    rows = [
        {
            "Column": each.column,
            "PSI": each.psi,
            "By chance": each.noise,
            "Share of the model": each.importance,
            "": "changed, and matters" if each.matters else "changed" if each.moved else "as in training",
        }
        for each in file.columns
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "PSI": st.column_config.NumberColumn(
                format="%.3f",
                help="How far this file is from training; above 0.25, and twice what chance makes, it counts.",
            ),
            "By chance": st.column_config.NumberColumn(
                format="%.3f", help="What chance alone exceeds once in twenty."
            ),
            "Share of the model": st.column_config.NumberColumn(format="percent"),
        },
        alt="Each column of the last file that was predicted, against training",
    )
    st.caption(page.plain(f"{file.file}, {file.rows:,} rows, {file.at}"))


def _before(files: tuple[FileDrift, ...]) -> None:
    """Draw the files before the last one."""
    rows = [
        {
            "File": file.file,
            "When (UTC)": file.at[:16].replace("T", " "),
            "Rows": file.rows,
            "Changed": ", ".join(each.column for each in file.columns if each.moved) or "nothing",
        }
        for file in files[1:]
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, alt="The files that were predicted before, and what had changed"
    )
