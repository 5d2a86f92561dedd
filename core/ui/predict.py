"""Asking an endpoint for a file: a CSV of raw rows in, the same rows with their predictions out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core import metric_words
from core.backends.base import Backend, Endpoint, EndpointStatus
from core.encoding.contract import Contract
from core.judging import decision_words
from core.scratch import Scratch
from core.ui import artifacts, background, file_quality, page, state
from core.ui.upload import ask, on_disk, size_of
from core.ui.words import explain
from core.verbs import predict, prediction
from core.verbs.judged import decision_of, range_of
from core.verbs.predict import Prediction, Progress

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

NOT_READY = "It can be asked once it is ready."
PREVIEW = 200  # rows of the answer that are shown


def upload(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """A CSV of raw rows in, the same rows' predictions out, as a file."""
    if endpoint.status != EndpointStatus.in_service:
        st.caption(NOT_READY)
        return
    entry, zone = state.uploaded_predictions(endpoint.name), state.rows_zone(endpoint.name)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        uploaded = ask("CSV of your rows", key=f"rows-{endpoint.name}-{zone.start(0)}")
        path = st.text_input(
            "Or its path on this machine", key=f"path-{endpoint.name}-{zone.start(0)}"
        ).strip()
        needed = ", ".join(column.name for column in contract.inputs)
        st.caption(
            f"Your rows with a header, in any column order. Needed: {page.plain(needed)}",
            help=explain("Contract"),
        )
        if given := uploaded or path:
            guard = not keep_formulas(f"formulas-{endpoint.name}")
            _batch_instead(backend, endpoint, given)
            icon = ":material/online_prediction:"
            if st.button("Predict all rows", type="primary", icon=icon, disabled=background.running(entry)):
                with page.errors_shown():
                    _begin(backend, endpoint, given, guard)
    with right:
        if work := background.ended(entry):
            if not uploaded or uploaded.name != work.about:
                st.text(work.about)
            with page.errors_shown():
                _predicted(work.about, contract, *work.answer())


def _batch_instead(backend: Backend, endpoint: Endpoint, given: UploadedFile | str) -> None:
    """Propose Batch Transform for a file that it answers sooner."""
    if proposal := prediction.batch_proposal(backend, endpoint.name, size_of(given)):
        st.info(page.plain(proposal), icon=":material/lightbulb:")


def _begin(backend: Backend, endpoint: Endpoint, given: UploadedFile | str, guard: bool) -> None:
    """Predict a file at once, or by a job where that takes longer: then the form is blank again, and its upload gone
    from the memory of the server.
    """
    name = Path(given).name if isinstance(given, str) else given.name
    if 0 < size_of(given) <= prediction.AT_ONCE:
        background.begin(
            state.uploaded_predictions(endpoint.name),
            name,
            lambda tell: _predict(backend, endpoint.name, given, guard, tell),
        )
        st.rerun()
    with state.click(f"predict-{endpoint.name}") as token, on_disk(backend, given) as rows:
        job = prediction.launch_prediction(backend, endpoint.name, rows, token, guard, name)
    zone = state.rows_zone(endpoint.name)
    zone.set((zone.get() or 0) + 1)
    page.select("file", job.name)


def _predicted(name: str, contract: Contract, prediction: Prediction, predictions: bytes) -> None:
    """What became of an uploaded file: in numbers, its first rows, and all of them to download."""
    result(prediction)
    if prediction.decision:
        st.caption(page.plain(decision_words.rule(prediction.decision, contract.classes[1])))
    if prediction.range:
        st.caption(page.plain(f"low and high: {metric_words.around(prediction.range)}"))
    st.download_button(
        "Download predictions",
        predictions,
        file_name=f"{Path(name).stem}_predictions.csv",
        mime="text/csv",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
    first = pd.read_csv(
        io.BytesIO(predictions), sep=prediction.delimiter, dtype=str, keep_default_na=False, nrows=PREVIEW
    )
    # The answer stands behind the file's own columns, which may be called alike: decision, prediction, probabilities.
    names = list(first.columns)
    predicted = max(index for index, name in enumerate(names) if name.startswith("prediction"))
    start = predicted - 1 if contract.classes else predicted
    shares = names[predicted + 1 : -1] if contract.classes else []
    first[shares] = first[shares].apply(pd.to_numeric, errors="coerce")
    st.dataframe(
        first,
        hide_index=True,
        height=300,
        column_order=[*names[start:], *names[:start]],
        column_config={
            name: st.column_config.ProgressColumn(name, format="percent", min_value=0, max_value=1)
            for name in shares
        },
        alt=f"The first {len(first)} predictions",
    )


def decided_by(backend: Backend, training_job: str) -> None:
    """Say by which decision the rows of a model are written, or which range goes with them, if there is one."""
    contract = artifacts.model_contract(backend, training_job)
    if decision := decision_of(backend, training_job):
        st.caption(page.plain(decision_words.rule(decision, contract.classes[1])))
    if not contract.classes and (around := range_of(backend, training_job)):
        st.caption(page.plain(f"low and high: {metric_words.around(around)}"))


def keep_formulas(key: str) -> bool:
    """Whether cells of the output stay as they are, even where a spreadsheet would run them."""
    return st.checkbox(
        "Leave formulas as they are",
        key=key,
        help="A spreadsheet runs a cell such as =1+1 when it opens the file. An apostrophe before it stops that.",
    )


def _predict(
    backend: Backend, endpoint: str, given: UploadedFile | str, guard: bool, tell: Progress
) -> tuple[Prediction, bytes]:
    with on_disk(backend, given) as rows, Scratch("upload") as folder:
        output = folder / "predictions.csv"
        return predict.predict_file(backend, endpoint, rows, output, tell, guard), output.read_bytes()


def result(prediction: Prediction) -> None:
    """What became of the rows, and what was odd about them."""
    with st.container(horizontal=True, gap="large"):
        st.metric("Rows", f"{prediction.rows:,}", width="content")
        st.metric("Without a prediction", f"{prediction.rejected:,}", width="content")
        if prediction.unanswered:
            st.metric("Not asked yet", f"{prediction.unanswered:,}", width="content")
        if prediction.asked:
            st.metric("For a person", f"{prediction.asked:,}", width="content")
        st.metric("Columns not used", f"{len(prediction.ignored):,}", width="content")
    if prediction.quality:
        file_quality.show(prediction.quality)
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
            ("never occurred in training", prediction.unseen),
            ("outside the training range", prediction.out_of_range),
        )
        for column, count in counted.items()
    ]
    if counts:
        st.dataframe(
            pd.DataFrame(counts),
            hide_index=True,
            alt="Values that never occurred in training or are outside its range",
        )
