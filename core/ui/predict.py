"""Asking an endpoint for a file: raw rows in, the same rows with their predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core import metric_words, numbers
from core.backends.base import Backend, Endpoint, EndpointStatus
from core.encoding.contract import Contract
from core.encoding.rows_reading import RowsReading
from core.judging import decision_words
from core.judging.file_quality import MEASURED
from core.language import mark, tr
from core.reading.suffixes import WORKBOOKS
from core.scratch import Scratch
from core.ui import artifacts, background, door, downloads, figures, file_quality, page, retraining, state
from core.ui.upload import ask, on_disk, size_of
from core.ui.words import explain
from core.verbs import costs, predict, prediction
from core.verbs.fit import output_names
from core.verbs.judged import decision_of, range_of
from core.verbs.predict import Prediction, Progress
from core.verbs.renames import reading_for

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

FILE = mark("CSV, Excel or Parquet file of your rows")
NOT_READY = mark("It can be asked once it is ready.")
PREVIEW = 200  # rows of the answer that are shown
COLUMNS_WIDTH = 360  # pixels
KINDS = {".csv": mark("CSV, as the rows are"), ".xlsx": mark("Excel"), ".parquet": mark("Parquet")}


def upload(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """A file of raw rows in, the same rows with their predictions out, as a file."""
    if endpoint.status != EndpointStatus.in_service:
        st.caption(tr(NOT_READY))
        return
    number = state.rows_zone(endpoint.name).start(0)
    left, right = st.columns(2, gap="medium")
    with left:
        uploaded = ask(tr(FILE), key=f"rows-{endpoint.name}-{number}")
    with right:
        path = st.text_input(tr("Or its path on this machine"), key=f"path-{endpoint.name}-{number}").strip()
        needed(contract)
    if given := uploaded or path:
        with page.errors_shown():
            _ask_for(backend, endpoint, contract, given)
    if work := background.ended(state.uploaded_predictions(endpoint.name)):
        if not uploaded or uploaded.name != work.about:
            st.text(work.about)
        with page.errors_shown():
            done = work.answer()
            _predicted(work.about, contract, done)
            quality = done.prediction.quality
            if given and quality and quality["basis"] == MEASURED:
                rows = on_disk(backend, given)
                retraining.with_rows(backend, endpoint.name, rows, work.about, endpoint.name)


def needed(contract: Contract) -> None:
    """Say which columns a file of rows has to have."""
    names = page.plain(", ".join(contract.input_names))
    st.caption(
        tr("Your rows with a header, in any column order. Needed: {names}", names=names),
        help=explain("Contract"),
    )


def _ask_for(backend: Backend, endpoint: Endpoint, contract: Contract, given: UploadedFile | str) -> None:
    """What stands at the door, what is to be written, and the button that begins."""
    reading, found = door.show(backend, endpoint.name, endpoint.training_job, contract, given)
    names = output_names(backend, endpoint.training_job, found.names) if found else ()
    name = given if isinstance(given, str) else given.name
    wanted = what_to_write(f"{endpoint.name}-{Path(name).suffix}", names, kind_of(name))
    _batch_instead(backend, endpoint, given)
    busy = background.running(state.uploaded_predictions(endpoint.name))
    if st.button(tr("Predict all rows"), type="primary", icon=":material/online_prediction:", disabled=busy):
        said = reading_for(backend, reading.overrides, reading.renames)
        _begin(backend, endpoint, given, wanted, said)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written: a kind of file, some columns or all, and formulas made harmless or not."""

    suffix: str = ".csv"
    columns: tuple[str, ...] = ()
    guard: bool = True


def what_to_write(form: str, names: Sequence[str], suffix: str) -> Wanted:
    """Ask for the kind of the file, which is `suffix` at first, and for its columns among `names`."""
    kinds = list(KINDS)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = st.radio(
            tr("Write"),
            kinds,
            index=kinds.index(suffix),
            format_func=lambda suffix: tr(KINDS[suffix]),
            horizontal=True,
            key=f"kind-{form}",
            width="content",
        )
        columns = st.multiselect(
            tr("Columns"),
            list(names),
            placeholder=tr("all of them"),
            key=f"columns-{form}-{hash(tuple(names))}",
            width=COLUMNS_WIDTH,
        )
    guard = kind != ".csv" or not keep_formulas(f"formulas-{form}")
    return Wanted(kind, tuple(columns), guard)


def kind_of(name: str) -> str:
    """Return what a file of this name is answered by, unless somebody wants otherwise."""
    suffix = Path(name).suffix.lower()
    return ".xlsx" if suffix in WORKBOOKS else ".parquet" if suffix == ".parquet" else ".csv"


def _batch_instead(backend: Backend, endpoint: Endpoint, given: UploadedFile | str) -> None:
    """Propose Batch Transform for a file that it answers sooner."""
    if proposal := prediction.batch_proposal(backend, endpoint.name, size_of(given)):
        st.info(page.plain(proposal), icon=":material/lightbulb:")


def _begin(
    backend: Backend, endpoint: Endpoint, given: UploadedFile | str, wanted: Wanted, reading: RowsReading
) -> None:
    """Predict a file at once, or by a job where that takes longer: then the form is blank again, and its upload gone
    from the memory of the server.
    """
    name = Path(given).name if isinstance(given, str) else given.name
    if 0 < size_of(given) <= prediction.AT_ONCE:
        background.begin(
            state.uploaded_predictions(endpoint.name),
            name,
            lambda tell: _predict(backend, endpoint.name, given, wanted, reading, tell),
        )
        st.rerun()
    with state.click(f"predict-{endpoint.name}") as token, on_disk(backend, given) as rows:
        job = prediction.launch_prediction(
            backend, endpoint.name, rows, token, wanted.guard, name,
            output=wanted.suffix, columns=wanted.columns, reading=reading,
        )  # fmt: skip
    zone = state.rows_zone(endpoint.name)
    zone.set((zone.get() or 0) + 1)
    page.select("file", job.name)


def _predicted(name: str, contract: Contract, done: state.Predicted) -> None:
    """What became of an uploaded file: in numbers, its first rows, and all of them to download."""
    told = done.prediction
    suffix = told.output.suffix
    st.download_button(
        tr("Download predictions"),
        done.file,
        file_name=f"{Path(name).stem}_predictions{suffix}",
        mime=downloads.KINDS[suffix],
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
    result(told)
    if told.decision:
        st.caption(page.plain(decision_words.rule(told.decision, contract.classes[1])))
    if told.range:
        st.caption(page.plain(tr("low and high: {range}", range=metric_words.around(told.range))))
    first = pd.DataFrame(done.first, columns=done.names)
    answers = [name for name in done.names if name in told.added]
    shares = [name for name in answers if name.startswith("probability")]
    first[shares] = first[shares].apply(pd.to_numeric, errors="coerce")
    st.dataframe(
        first,
        hide_index=True,
        height=300,
        column_order=[*answers, *(name for name in done.names if name not in answers)],
        column_config={name: figures.bars(label=name) for name in shares},
        alt=tr("The first {rows} predictions", rows=len(first)),
    )


def decided_by(backend: Backend, training_job: str) -> None:
    """Say by which decision the rows of a model are written, or which range goes with them, if there is one."""
    contract = artifacts.model_contract(backend, training_job)
    if decision := decision_of(backend, training_job):
        st.caption(page.plain(decision_words.rule(decision, contract.classes[1])))
    if not contract.classes and (around := range_of(backend, training_job)):
        st.caption(page.plain(tr("low and high: {range}", range=metric_words.around(around))))


def keep_formulas(key: str) -> bool:
    """Whether cells of the output stay as they are, even where a spreadsheet would run them."""
    return st.checkbox(
        tr("Leave formulas as they are"),
        key=key,
        help=tr(
            "A spreadsheet runs a cell such as =1+1 when it opens the file. An apostrophe before it stops that."
        ),
    )


def _predict(
    backend: Backend,
    endpoint: str,
    given: UploadedFile | str,
    wanted: Wanted,
    reading: RowsReading,
    tell: Progress,
) -> state.Predicted:
    with on_disk(backend, given) as rows, Scratch("upload") as folder:
        output = folder / f"predictions{wanted.suffix}"
        done = predict.predict_file(
            backend, endpoint, rows, output, tell, wanted.guard, columns=wanted.columns, reading=reading
        )
        return state.Predicted(done, output.read_bytes(), *predict.first_rows(done, PREVIEW))


def result(prediction: Prediction) -> None:
    """What became of the rows, and what was odd about them."""
    with st.container(horizontal=True, gap="medium"):
        st.metric(tr("Rows"), numbers.integer(prediction.rows), width="content")
        st.metric(tr("Without a prediction"), numbers.integer(prediction.rejected), width="content")
        if prediction.unanswered:
            st.metric(tr("Not asked yet"), numbers.integer(prediction.unanswered), width="content")
        if prediction.asked:
            st.metric(tr("For a person"), numbers.integer(prediction.asked), width="content")
        st.metric(tr("Columns not used"), numbers.integer(len(prediction.ignored)), width="content")
    if prediction.quality:
        file_quality.show(prediction.quality)
    if prediction.ignored:
        st.caption(
            tr(
                "Ignored, as the model does not use them: {columns}",
                columns=page.plain(", ".join(prediction.ignored)),
            )
        )
    if prediction.notes:
        st.info(page.plain(" ".join(prediction.notes)), icon=":material/info:")
    if prediction.guarded:
        st.caption(
            tr(
                "An apostrophe stands before {cells} that a spreadsheet would run as a formula.",
                cells=numbers.count(prediction.guarded, "cell", "cells"),
            )
        )
    if prediction.per_thousand:
        st.caption(
            tr(
                "About {cost} for 1,000 predictions, by how long these took.",
                cost=costs.in_words(prediction.per_thousand),
            )
        )
    if prediction.reasons:
        lines = [f"{row.place(prediction.sheet)}: {row.told}" for row in prediction.reasons]
        if prediction.rejected > len(lines):
            lines.append(
                tr(
                    "and {rows} more; the downloaded file has each reason",
                    rows=numbers.integer(prediction.rejected - len(lines)),
                )
            )
        st.warning(
            (
                tr(
                    "No prediction for {rejected} of {rows}.",
                    rejected=numbers.integer(prediction.rejected),
                    rows=numbers.count(prediction.rows, "row", "rows"),
                )
            ),
            icon=":material/rule:",
        )
        st.text("\n".join(lines))
    counts = [
        {tr("Column"): column, tr("What"): what, tr("Rows"): count}
        for what, counted in (
            (tr("never occurred in training"), prediction.unseen),
            (tr("outside the training range"), prediction.out_of_range),
        )
        for column, count in counted.items()
    ]
    if counts:
        st.dataframe(
            pd.DataFrame(counts),
            hide_index=True,
            column_config={tr("Rows"): figures.counts()},
            alt=tr("Values that never occurred in training or are outside its range"),
        )
