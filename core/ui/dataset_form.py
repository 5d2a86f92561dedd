"""The data set on the Configuration page: ways to add one, its preview, and the settings with their sources."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.datasets import Dataset
from core.encoding.expressions import parse_assignment
from core.errors import BadSetting
from core.report import wording
from core.settings import Settings
from core.ui import bucket, dialect_form, page, upload
from core.values import parse_pair
from core.verbs import datasets

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "flights_late.csv"
PREVIEW_ROWS = 50

PROBLEM_WORDS = {
    "auto": "Decide from the data",
    "binary": "Binary: one of two classes",
    "multiclass": "Multiclass: one of several classes",
    "regression": "Regression: a number",
}
SPLIT_WORDS = {
    "random": "Split at random: rows resemble each other",
    "time": "Split by time: the latest rows are held out",
    "group": "Split by group: a group is never in two splits",
}


def add(backend: Backend) -> None:
    """The sample, an upload, a path on this machine, an object in S3. Each ends in the same `datasets.add`."""
    ways = ["Sample", "Upload", "Path", *(scheme.upper() for scheme in datasets.schemes(backend))]
    way = st.radio("Add a data set", ways, horizontal=True, key="way")
    with page.errors_shown():
        if way == "Sample":
            st.caption("12,000 flights from New York in 2013; predict which arrived late.")
            if st.button("Use the sample", icon=":material/flight:"):
                _added(_with_progress(backend, SAMPLE))
        elif way == "Upload":
            _upload(backend)
        elif way == "S3":
            if address := bucket.choose(backend):
                with st.spinner("Fetching"), datasets.fetched(backend, address) as file:
                    _added(_with_progress(backend, file))
        else:
            path = st.text_input("Path of a CSV or Parquet file on this machine", placeholder="data/my.csv")
            if st.button("Add the file", icon=":material/add:", disabled=not path.strip()):
                _added(_with_progress(backend, Path(path.strip()).expanduser()))


def _upload(backend: Backend) -> None:
    uploaded = upload.ask("A CSV file with a header line, or Parquet")
    if uploaded is None or not st.button("Add the upload", icon=":material/add:", type="primary"):
        return
    with upload.kept(uploaded) as copy:
        _added(_with_progress(backend, copy))


def _with_progress(backend: Backend, path: Path) -> Dataset:
    with page.progress_shown() as tell:
        return datasets.add(backend, path, progress=lambda share: tell(share, "Reading"))


def _added(dataset: Dataset) -> None:
    st.toast(f"{dataset.rows:,} rows added", icon=":material/check:")
    page.select("dataset", dataset.name)


def show(backend: Backend, dataset: Dataset) -> None:
    """What was read and how: size, dialect, sniffed types, and the first rows as they stand in the file."""
    facts = st.columns(4)
    facts[0].metric("Rows", f"{dataset.rows:,}")
    facts[1].metric("Columns", f"{len(dataset.columns):,}")
    facts[2].metric("Size", wording.size(dataset.bytes))
    facts[3].metric("Broken rows", f"{dataset.broken:,}")
    dialect_form.summary(dataset)
    dialect_form.broken(dataset)
    types, rows = st.tabs(["Sniffed types", f"First {PREVIEW_ROWS} rows"])
    table = pd.DataFrame(
        [
            {
                "Column": column["name"],
                "Type": wording.TYPES.get(column["type"], column["type"]),
                "Written as": dialect_form.written(column.get("format", "")),
            }
            for column in dataset.columns
        ]
    )
    types.dataframe(table, hide_index=True, height=240, alt="Columns with their sniffed types")
    preview = datasets.preview(backend, dataset.name, PREVIEW_ROWS)
    rows.dataframe(preview, hide_index=True, height=240, alt="The first rows of the file")
    dialect_form.overrule(backend, dataset)


def derived(text: str) -> dict[str, str]:
    """Lines of NAME = EXPRESSION as a dict. Raises BadExpression for a line that is neither."""
    return dict(parse_assignment(line) for line in text.splitlines() if line.strip())


def treated(text: str) -> dict[str, str]:
    """Lines of COLUMN = KIND as a dict. Raises BadSetting for a line that is neither."""
    try:
        lines = [line for line in text.splitlines() if line.strip()]
        return dict(parse_pair(line, "COLUMN = KIND", last=True) for line in lines)
    except ValueError as error:
        raise BadSetting(name="treat", reason=f"{error}.", source="the form") from None


def settings_table(settings: Settings) -> None:
    """Show every setting with its value, its source and its meaning."""
    rows = []
    for name, info in type(settings).model_fields.items():
        value, source = settings.explain(name)
        rows.append({"Setting": name, "Value": str(value), "From": source, "Meaning": info.description})
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Every setting, its value and where it comes from")
    st.caption("Precedence: command line, environment SENDERO_*, the file sendero.json, the default.")
