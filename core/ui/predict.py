"""Asking an endpoint: a form built from the contract, and a CSV of raw rows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core import metric_words, numbers
from core.backends.base import Backend, Endpoint, EndpointStatus
from core.encoding.contract import Column, Contract
from core.errors import SenderoError
from core.evaluation_file import Range
from core.judging import decision_words
from core.judging.decision_file import Decision
from core.scratch import Scratch
from core.ui import artifacts, background, dialect_form, page, state
from core.ui.judging import row_reasons
from core.ui.upload import ask, kept
from core.ui.words import explain
from core.verbs import predict, training
from core.verbs.judged import decision_of, range_of
from core.verbs.predict import Prediction, Progress

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

MOST_CHOICES = 200  # beyond that a category is typed
FIELDS_A_ROW = 3
NOT_READY = "It can be asked once it is ready."
PREVIEW = 200  # rows of the answer that are shown
LARGEST = 2**53  # of the whole numbers that JavaScript holds exactly


def form(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """One field per raw column that the model uses, filled with a row of the test split; the answer beside them.

    The fields belong to the model: what was typed outlives an endpoint that ends, and is there for the next one.
    """
    _restore(backend, endpoint, contract)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Another example row", icon=":material/shuffle:", key="example"):
            with page.errors_shown():
                _write(endpoint, contract, predict.example(backend, endpoint.training_job))
        if st.button("Clear", icon=":material/backspace:", key="clear"):
            _write(endpoint, contract, {})
        st.caption("A row of the test split. Change what you like; an empty field is a blank cell.")
    with st.form(f"row-{endpoint.training_job}", border=False):
        fields, result = st.columns([3, 1], gap="medium")
        with fields:
            record = _fields(contract, endpoint.training_job)
            state.typed_row(endpoint.training_job).set(record)
        with result, page.errors_shown():  # what was typed stays in the form
            ready = endpoint.status == EndpointStatus.in_service
            icon = ":material/online_prediction:"
            asked = st.form_submit_button("Predict", type="primary", icon=icon, disabled=not ready)
            why = st.form_submit_button(
                "Say why",
                icon=":material/help:",
                disabled=not ready,
                help="The answer, and how far each column moves it.",
            )
            if asked or why:
                _ask(backend, endpoint, contract, record, why)


def _ask(
    backend: Backend, endpoint: Endpoint, contract: Contract, record: Mapping[str, str | None], why: bool
) -> None:
    """Draw the answer to a row, if wanted with its reasons."""
    answer = predict.predict_records(backend, endpoint.name, [dict(record)])[0]
    usual = training.base_rates(backend, endpoint.training_job)
    decided = decision_of(backend, endpoint.training_job)
    around = range_of(backend, endpoint.training_job) if "low" in answer else None
    _answer(answer, contract, usual, sum(cell is None for cell in record.values()), decided, around)
    if why:
        with st.spinner("Asking the model for its reasons"):
            row_reasons.show(backend, endpoint.training_job, contract, record)
        if decided and decided.calibration:
            st.caption("The reasons are of the model's own probability, before it is calibrated.")


def _restore(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """Fill fields that were not on the page a moment ago: with what was typed in them before, or an example row."""
    if state.row_field(endpoint.training_job, contract.inputs[0].name).is_kept():
        return
    row = state.typed_row(endpoint.training_job).get()
    if row is None:
        with suppress(
            SenderoError
        ):  # no test split here, as of a promoted model: an empty form serves as well
            row = predict.example(backend, endpoint.training_job)
    _write(endpoint, contract, row or {})


def _write(endpoint: Endpoint, contract: Contract, row: Mapping[str, str | None]) -> None:
    """Put the cells of `row` into the fields; a cell that a field cannot hold leaves it empty.

    The first field is filled last: a click may end this run at any of them, and the next one starts over where the
    first is not filled.
    """
    for column in reversed(contract.inputs):
        cell = row.get(column.name)
        entry = state.row_field(endpoint.training_job, column.name)
        entry.set(_number(cell) if _is_number(column) else cell or (None if _chosen(column) else ""))


def _fields(contract: Contract, training_job: str) -> dict[str, str | None]:
    record: dict[str, str | None] = {}
    for start in range(0, len(contract.inputs), FIELDS_A_ROW):  # by row: as one reads, and as Tab goes
        row = contract.inputs[start : start + FIELDS_A_ROW]
        columns = st.columns(FIELDS_A_ROW)
        for slot, column in zip(columns, row, strict=False):
            with slot:
                record[column.name] = _field(column, state.row_field(training_job, column.name).key)
    return record


def _chosen(column: Column) -> bool:
    """Whether the field offers the levels of training rather than free text."""
    return column.kind in ("categorical", "boolean") and 0 < len(column.levels) <= MOST_CHOICES


def _is_number(column: Column) -> bool:
    """Whether the field takes a number only: its cells are written plainly, and JavaScript can hold them all."""
    bounds = (column.minimum, column.maximum)
    return (
        column.kind == "numeric"
        and not column.format
        and all(isinstance(bound, int | float) and abs(bound) < LARGEST for bound in bounds)
    )


def _number(cell: str | None) -> float | None:
    """Return the number in a cell, None where it has none that the field can hold."""
    try:
        number = float(cell or "nan")
    except ValueError:
        return None
    return number if abs(number) < LARGEST else None


def _step(column: Column) -> float:
    """Return what the field's + and - add: one, or a hundredth of a narrow range."""
    spread = float(column.maximum or 0) - float(column.minimum or 0)
    return 1.0 if spread > 10 or not spread else float(f"{spread / 100:.0e}")


def _field(column: Column, key: str) -> str | None:
    label = page.label(column.name)
    if _chosen(column):
        known = [level for level, _ in column.levels]
        return st.selectbox(label, known, index=None, placeholder="blank", key=key, accept_new_options=True)
    hint = ""
    if column.minimum is not None:
        hint = f"{numbers.bound(column.minimum)} to {numbers.bound(column.maximum)} in training"
    if _is_number(column):
        number = st.number_input(
            label, value=None, step=_step(column), format="%g", placeholder=hint, help=hint, key=key
        )
        return None if number is None else str(int(number) if number.is_integer() else number)
    if hint and column.format:
        hint += f", written {dialect_form.written(column.format)}"
    return st.text_input(label, placeholder=hint, key=key).strip() or None


def _answer(
    answer: Mapping[str, object],
    contract: Contract,
    usual: Mapping[str, float],
    blank: int,
    decided: Decision | None,
    around: Range | None,
) -> None:
    """Draw the prediction of a row, with how `usual` it is: {class: its share of the rows that judged the model}.

    Where something was `decided`, its decision stands first; `around` is the range of a number.
    """
    if answer["prediction"] in (None, ""):
        st.error(page.plain(f"No prediction: {answer['flags']}"), icon=":material/error:")
        return
    shares = {
        name.removeprefix("probability_"): value
        for name, value in answer.items()
        if name.startswith("probability_") and isinstance(value, float)
    }
    st.metric(page.label(contract.label.name), numbers.number(answer.get("decision", answer["prediction"])))
    if around:
        low, high = numbers.number(answer["low"]), numbers.number(answer["high"])
        st.caption(
            page.plain(f"{around['level']:.0%} of such rows are between {low} and {high}."),
            help=page.plain(metric_words.around(around)),
        )
    for name, share in list(shares.items())[:1] if len(shares) == 1 else []:
        st.progress(share, text=f"probability of {page.plain(name)}: {share:.1%}")
        if name in usual:
            st.caption(
                page.plain(f"Of the rows that tested the model, {numbers.share(usual[name])} are {name}.")
            )
    if decided:
        st.caption(
            page.plain(decision_words.rule(decided, contract.classes[1])),
            help=page.plain(f"By {decision_words.signed(decided)}."),
        )
    if len(shares) > 1:
        table = pd.DataFrame({"Class": shares.keys(), "Probability": shares.values()})
        st.dataframe(
            table.sort_values("Probability", ascending=False),
            hide_index=True,
            column_config={"Probability": st.column_config.ProgressColumn(format="percent")},
            alt="The probability of each class",
        )
    if blank:
        st.caption(f"Blank: {blank} of {len(contract.inputs)} fields.")
    if answer["flags"]:
        st.warning(page.plain(str(answer["flags"])), icon=":material/flag:")


def upload(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """A CSV of raw rows in, the same rows' predictions out, as a file."""
    if endpoint.status != EndpointStatus.in_service:
        st.caption(NOT_READY)
        return
    entry = state.uploaded_predictions(endpoint.name)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        uploaded = ask("CSV of your rows", key=f"rows-{endpoint.name}")
        needed = ", ".join(column.name for column in contract.inputs)
        st.caption(
            f"Your rows with a header, in any column order. Needed: {page.plain(needed)}",
            help=explain("Contract"),
        )
        if uploaded is not None:
            guard = not keep_formulas(f"formulas-{endpoint.name}")
            icon = ":material/online_prediction:"
            if st.button("Predict all rows", type="primary", icon=icon, disabled=background.running(entry)):
                background.begin(
                    entry, uploaded.name, lambda tell: _predict(backend, endpoint.name, uploaded, guard, tell)
                )
                st.rerun()
    with right:
        if work := background.ended(entry):
            if uploaded is None or uploaded.name != work.about:
                st.text(work.about)
            with page.errors_shown():
                _predicted(work.about, contract, *work.answer())


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
    backend: Backend, endpoint: str, uploaded: UploadedFile, guard: bool, tell: Progress
) -> tuple[Prediction, bytes]:
    with kept(uploaded) as rows, Scratch("upload") as folder:
        output = folder / "predictions.csv"
        return predict.predict_file(backend, endpoint, rows, output, tell, guard), output.read_bytes()


def result(prediction: Prediction) -> None:
    """What became of the rows, and what was odd about them."""
    with st.container(horizontal=True, gap="large"):
        st.metric("Rows", f"{prediction.rows:,}", width="content")
        st.metric("Without a prediction", f"{prediction.rejected:,}", width="content")
        st.metric("Columns not used", f"{len(prediction.ignored):,}", width="content")
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
