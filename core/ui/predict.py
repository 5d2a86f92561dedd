"""Asking an endpoint: a form built from the contract, and a CSV of raw rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.encoding.contract import Column, Contract
from core.report import wording
from core.scratch import Scratch
from core.ui import background, dialect_form, page, state
from core.ui.upload import ask, kept
from core.verbs import predict
from core.verbs.predict import Prediction, Progress

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

MOST_CHOICES = 200  # beyond that a category is typed


def form(backend: Backend, endpoint: str, contract: Contract) -> None:
    """One field per raw column that the model uses; an empty field is a blank cell."""
    st.caption(f"One row in, one {page.plain(contract.label.name)} out. An empty field is a missing value.")
    if st.button("Fill in a row of the test split", icon=":material/shuffle:", key=f"example-{endpoint}"):
        example = predict.example(backend, endpoint)
        for column in contract.inputs:
            state.row_field(endpoint, column.name).set(example.get(column.name) or _blank(column))
    with st.form(f"row-{endpoint}", border=True):
        columns = st.columns(3)
        record = {}
        for index, column in enumerate(contract.inputs):
            with columns[index % 3]:
                record[column.name] = _field(column, state.row_field(endpoint, column.name).key)
        asked = st.form_submit_button("Predict", type="primary", icon=":material/online_prediction:")
    if not asked:
        return
    with page.errors_shown():  # what was typed stays in the form
        _answer(predict.predict_records(backend, endpoint, [record])[0], contract)


def _chosen(column: Column) -> bool:
    """Whether the field offers the levels of training rather than free text."""
    return column.kind in ("categorical", "boolean") and 0 < len(column.levels) <= MOST_CHOICES


def _blank(column: Column) -> str | None:
    return None if _chosen(column) else ""


def _field(column: Column, key: str) -> str | None:
    if _chosen(column):
        known = [level for level, _ in column.levels]
        return st.selectbox(
            page.label(column.name),
            known,
            index=None,
            placeholder="missing",
            key=key,
            accept_new_options=True,
        )
    hint = ""
    if column.minimum is not None:
        hint = f"{wording.bound(column.minimum)} to {wording.bound(column.maximum)} in training"
    if hint and column.format:
        hint += f", written {dialect_form.written(column.format)}"
    return st.text_input(page.label(column.name), placeholder=hint, key=key).strip() or None


def _answer(answer: Mapping[str, object], contract: Contract) -> None:
    if answer["prediction"] in (None, ""):
        st.error(page.plain(f"No prediction: {answer['flags']}"), icon=":material/error:")
        return
    shares = {name.removeprefix("probability_"): value for name, value in answer.items()
              if name.startswith("probability_")}  # fmt: skip
    with st.container(border=True):
        st.metric(page.label(contract.label.name), wording.number(answer["prediction"]))
        probability = answer.get("probability")
        if isinstance(probability, float):
            st.progress(probability, text=f"probability {probability:.1%}")
        if len(shares) > 1:
            table = pd.DataFrame({"Class": shares.keys(), "Probability": shares.values()})
            st.dataframe(table.sort_values("Probability", ascending=False), hide_index=True)
        if answer["flags"]:
            st.warning(page.plain(str(answer["flags"])), icon=":material/flag:")


def upload(backend: Backend, endpoint: str, contract: Contract) -> None:
    """A CSV of raw rows in, the same rows' predictions out, as a file."""
    needed = [column.name for column in contract.inputs]
    st.caption("Raw rows with a header, in any column order. Needed: " + page.plain(", ".join(needed)))
    uploaded = ask("CSV of raw rows", key=f"rows-{endpoint}")
    entry = state.uploaded_predictions(endpoint)
    if uploaded is not None:
        guard = not keep_formulas(f"formulas-{endpoint}")
        if st.button(
            "Predict all rows",
            type="primary",
            icon=":material/online_prediction:",
            disabled=background.running(entry),
        ):
            background.begin(
                entry, uploaded.name, lambda tell: _predict(backend, endpoint, uploaded, guard, tell)
            )
            st.rerun()
    if work := background.ended(entry):
        if uploaded is None or uploaded.name != work.about:
            st.text(work.about)
        with page.errors_shown():
            prediction, predictions = work.answer()
            result(prediction)
            st.download_button(
                "Download predictions",
                predictions,
                file_name=f"{Path(work.about).stem}_predictions.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )


def keep_formulas(key: str) -> bool:
    """Whether cells of the output stay as they are, even where a spreadsheet would run them."""
    return st.checkbox(
        "Leave formulas as they are",
        key=key,
        help="A spreadsheet runs a cell such as =1+1 when it opens the file. An apostrophe before it stops that.",
    )


def _predict(
    backend: Backend, endpoint: str, uploaded: UploadedFile, guard: bool, tell: Progress
) -> tuple[Prediction, bytes]:
    with kept(uploaded) as rows, Scratch("upload") as folder:
        output = folder / "predictions.csv"
        return predict.predict_file(backend, endpoint, rows, output, tell, guard), output.read_bytes()


def result(prediction: Prediction) -> None:
    """What became of the rows, and what was odd about them."""
    columns = st.columns(3)
    columns[0].metric("Rows", f"{prediction.rows:,}")
    columns[1].metric("Rejected", f"{prediction.rejected:,}")
    columns[2].metric("Ignored columns", f"{len(prediction.ignored):,}")
    if prediction.ignored:
        st.caption("Ignored, as the model does not use them: " + page.plain(", ".join(prediction.ignored)))
    if prediction.notes:
        st.info(page.plain(" ".join(prediction.notes)), icon=":material/info:")
    if prediction.guarded:
        st.caption(
            f"{prediction.guarded:,} cells that a spreadsheet would run as a formula begin with an apostrophe."
        )
    if prediction.reasons:
        lines = [f"row {row}: {reason}" for row, reason in prediction.reasons]
        if prediction.rejected > len(lines):
            lines.append(
                f"and {prediction.rejected - len(lines):,} more; the downloaded file has each reason"
            )
        st.warning(
            f"{prediction.rejected:,} of {prediction.rows:,} rows have no prediction.", icon=":material/rule:"
        )
        st.text("\n".join(lines))
    counts = [
        {"Column": column, "What": what, "Rows": count}
        for what, counted in (
            ("unseen category", prediction.unseen),
            ("out of range", prediction.out_of_range),
        )
        for column, count in counted.items()
    ]
    if counts:
        st.dataframe(pd.DataFrame(counts), hide_index=True, alt="Unseen categories and out-of-range values")
