"""Choosing a file in S3: by its address, or by walking through the folders."""

from __future__ import annotations

import streamlit as st

from core import numbers
from core.backends.base import Backend
from core.language import tr
from core.reading.suffixes import has_suffix
from core.ui import state
from core.verbs import datasets
from core.verbs.jobs import root


def choose(backend: Backend) -> str | None:
    """The address of the file to add, once its button was clicked."""
    address = st.text_input(
        tr("Address in S3"),
        value=state.S3_ADDRESS.get() or root(backend),
        help=tr("A file, or a folder to look into: s3://bucket/folder/"),
    ).strip()
    if not address:
        return None
    if not address.endswith("/"):
        return address if st.button(tr("Add the file"), icon=":material/add:", type="primary") else None
    entries = datasets.browse(backend, address)
    shown = [entry for entry in entries if entry.address.endswith("/") or has_suffix(entry.address)]
    if not shown:
        st.caption(tr("No folder and no table here."))
        return None
    names = [entry.address.removeprefix(address) for entry in shown]
    sizes = {name: entry.bytes for name, entry in zip(names, shown, strict=True)}
    chosen = st.selectbox(
        tr("In this folder"),
        names,
        format_func=lambda name: name if name.endswith("/") else f"{name} ({numbers.size(sizes[name])})",
    )
    if not chosen.endswith("/"):
        return (
            address + chosen if st.button(tr("Add the file"), icon=":material/add:", type="primary") else None
        )
    if st.button(tr("Open the folder"), icon=":material/folder_open:"):
        state.S3_ADDRESS.set(address + chosen)
        st.rerun()
    return None
