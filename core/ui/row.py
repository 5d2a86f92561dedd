"""Asking an endpoint for one row: the form built from the contract, and the answer with its reasons beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter

import pandas as pd
import streamlit as st

from core import metric_words, numbers
from core.backends.base import Backend, Endpoint, EndpointStatus, Job
from core.cells import date_text
from core.encoding.contract import Column, Contract
from core.encoding.row_checks import in_words
from core.encoding.typed_cell import TypedCell, read_typed
from core.errors import SenderoError
from core.judging import decision_words
from core.judging.decision_file import Decision
from core.judging.shares import gains_by_column
from core.language import joined, mark, tr
from core.ui import dialect_form, figures, number_field, page, state, waking
from core.verbs import asked_row, raw_test_rows, training, typical_row
from core.verbs.judged import decision_of, range_of

MOST_CHOICES = 200  # beyond that a category is typed
FIELDS_A_ROW = 4
IN_SIGHT = 8  # fields; the others are folded
CHANGED = 4  # columns that a row has otherwise than the kept one, which are named
# The ways of writing a day that a calendar has.
CALENDARS = {
    sign.join(parts)
    for parts in (("YYYY", "MM", "DD"), ("DD", "MM", "YYYY"), ("MM", "DD", "YYYY"))
    for sign in "/-."
}
EARLIEST, LATEST = date(1600, 1, 1), date(2400, 1, 1)  # that a calendar offers
UNREADABLE = {"numeric": mark("This is not a number."), "datetime": mark("This is not a date.")}

Record = dict[str, str | None]
Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the fields, as it was `typed` and as the `cells` of the training file would have it, and the
    columns in whose fields nothing that can be read is."""

    typed: Record = field(default_factory=Record)
    cells: Record = field(default_factory=Record)
    unread: list[str] = field(default_factory=list[str])


def form(backend: Backend, endpoint: Endpoint, contract: Contract, models: Sequence[Job]) -> None:
    """One field per raw column that the model uses, filled with the typical row; the answer beside them.

    The fields belong to the model: what was typed outlives an endpoint that ends, and is there for the next one.
    `models` are those that may answer beside it.
    """
    job = endpoint.training_job
    number, given = _given(backend, job, contract)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            tr("Typical row"),
            icon=":material/equalizer:",
            key="typical",
            help=tr("Of each column the median, or what is most frequent."),
            on_click=lambda: _fill(job, number, _typical(backend, job) or given),
        )
        st.button(
            tr("Another example row"),
            icon=":material/shuffle:",
            key="example",
            help=tr("A row of the test split, drawn by chance."),
            on_click=lambda: _fill(job, number, _example(backend, job) or given),
        )
        st.button(
            tr("Clear"), icon=":material/backspace:", key="clear", on_click=lambda: _fill(job, number, {})
        )
        st.caption(tr("Change what you like; an empty field is a blank cell."))
    waking.show(backend, endpoint)
    with st.form(f"row-{job}", border=False):
        typed, result = st.columns([3, 1], gap="medium")
        with typed:
            filled = fields(
                _by_importance(backend, job, contract), job, number, given, contract.dialect.decimal
            )
            blank = _left_blank(contract, job, number, given)
            state.typed_row(job).set(filled.typed | blank)
        with result, page.errors_shown():  # what was typed stays in the form
            ready = endpoint.status == EndpointStatus.in_service
            icon = ":material/online_prediction:"
            if st.form_submit_button(tr("Predict"), type="primary", icon=icon, disabled=not ready):
                state.asked_row(job).take()
                if filled.unread:
                    names = page.plain(", ".join(filled.unread))
                    st.error(
                        tr("Nothing was sent. Please correct: {columns}.", columns=names),
                        icon=":material/error:",
                    )
                else:
                    _ask(backend, endpoint, contract, filled.cells | blank)
            asked = state.asked_row(job).get()
            if asked:
                _answer(backend, endpoint, contract, asked)
    if asked and asked.answer["prediction"] not in (None, ""):
        from core.ui.judging import row_reasons  # late: it brings the model and charts

        with page.errors_shown():
            row_reasons.show(backend, endpoint, contract, asked, models)


def _given(backend: Backend, training_job: str, contract: Contract) -> tuple[int, Row]:
    """Return which form of a model this is, and the row that its fields were filled with.

    A form of its own each time, filled by its fields' defaults: a click may end a run at any of them, and what a run
    puts into a field by other means is lost with it.
    """
    entry, typed = state.filled_row(training_job), state.typed_row(training_job).get()
    number, row = entry.get() or (0, None)
    if row is None:
        row = typed if typed is not None else _typical(backend, training_job)
    elif not state.row_field(training_job, number, contract.inputs[0].name).is_kept():
        number, row = number + 1, row if typed is None else typed  # another page was open meanwhile
    entry.set((number, row or {}))
    return number, row or {}


def _fill(training_job: str, number: int, row: Row) -> None:
    state.filled_row(training_job).set((number + 1, row))
    state.typed_row(training_job).set(row)


def _typical(backend: Backend, training_job: str) -> Row | None:
    """Return the typical row; None where nothing of it is known."""
    with suppress(SenderoError):
        return typical_row.typical_row(backend, training_job)
    return None


def _example(backend: Backend, training_job: str) -> Row | None:
    """Return a row of the test split; None where it is not here, as of a promoted model."""
    with suppress(SenderoError):
        return raw_test_rows.example(backend, training_job)
    return None


def _ask(backend: Backend, endpoint: Endpoint, contract: Contract, record: Record) -> None:
    """Ask the endpoint, and keep the answer for the page to show."""
    waking.wait(endpoint.name)
    varied = state.varied_column(endpoint.training_job).get() or contract.input_names[0]
    start = perf_counter()
    answer, encoded = asked_row.ask_row(backend, endpoint.name, record, varied)
    took = 1000 * (perf_counter() - start)
    state.asked_row(endpoint.training_job).set(state.AskedRow(record, answer, took, encoded))


def _by_importance(backend: Backend, training_job: str, contract: Contract) -> list[Column]:
    """Return the raw columns, those that the model goes by most first; a linear model's as the contract has them."""
    evaluation = training.evaluation_of(backend, training_job)
    if evaluation is None or evaluation.get("importance_by", "gain") != "gain":
        return list(contract.inputs)
    gains = [(item["feature"], item["share"]) for item in evaluation["importance"]]
    order = {each.column: place for place, each in enumerate(gains_by_column(contract, gains))}
    return sorted(contract.inputs, key=lambda column: order.get(column.name, len(order)))


def fields(
    columns: Sequence[Column], training_job: str, number: int, given: Row, decimal: str = "."
) -> Filled:
    """Draw the fields, the first in sight and the others folded; return what stands in them.

    `decimal` is the decimal sign of the training file.
    """
    filled = Filled()

    def draw(some: Sequence[Column]) -> None:
        for start in range(0, len(some), FIELDS_A_ROW):  # by row: as one reads, and as Tab goes
            slots = st.columns(FIELDS_A_ROW)
            for slot, column in zip(slots, some[start : start + FIELDS_A_ROW], strict=False):
                key = state.row_field(training_job, number, column.name).key
                with slot:
                    typed = _field(column, given.get(column.name), key)
                    read = _read(column, decimal, typed)
                filled.typed[column.name], filled.cells[column.name] = typed, read.cell
                if not read.readable:
                    filled.unread.append(column.name)

    draw(columns[:IN_SIGHT])
    if folded := columns[IN_SIGHT:]:
        with st.expander(
            tr(
                "{columns}, which the model goes by less",
                columns=numbers.count(len(folded), "more column", "more columns"),
            )
        ):
            draw(folded)
    return filled


def _read(column: Column, decimal: str, typed: str | None) -> TypedCell:
    """Return how a field is read, and say it below the field where that is not as a matter of course."""
    if typed is None or _chosen(column) or _is_date(column):
        return TypedCell(typed)
    read = read_typed(column, decimal, typed)
    if not read.readable:
        st.markdown(f":red[:material/error: {tr(UNREADABLE[column.kind])}]")
    elif read.value is not None:
        value, other = (numbers.number(each, number_field.ALL_DIGITS) for each in (read.value, read.other))
        doubt = tr("Read as {value}. It could also mean {other}.", value=value, other=other)
        st.caption(page.plain(tr("Read as {value}.", value=value) if read.other is None else doubt))
    return read


def _left_blank(contract: Contract, training_job: str, number: int, given: Row) -> Record:
    """Ask which cells are blank all the same: Streamlit gives a field that was filled its first value where it is
    emptied, unless it is one of text.
    """
    filled = [
        column.name
        for column in contract.inputs
        if given.get(column.name) is not None and (_chosen(column) or _is_date(column))
    ]
    if not filled:
        return {}
    blank = st.multiselect(
        tr("Leave blank"),
        filled,
        format_func=page.label,
        placeholder=tr("columns whose cell is blank, whatever stands in the field"),
        key=state.blank_fields(training_job, number).key,
    )
    return dict.fromkeys(blank)


def _chosen(column: Column) -> bool:
    """Whether the field offers the levels of training rather than free text."""
    return column.kind in ("categorical", "boolean") and 0 < len(column.levels) <= MOST_CHOICES


def _is_date(column: Column) -> bool:
    """Whether the field is a calendar: days without a time, written in digits in one way."""
    if column.kind != "datetime":
        return False
    return date_text.is_day(column.format) if column.format else column.type == "DATE"


def _calendar(form: str) -> str:
    """Return how a calendar shows days that are written as `form`: alike, or in ISO 8601 where it has no such way."""
    letters = date_text.in_letters(form).upper()
    return letters if letters in CALENDARS else "YYYY-MM-DD"


def _field(column: Column, cell: str | None, key: str) -> str | None:
    """Draw the field of a column, filled with `cell` as far as it can hold that; return what stands in it."""
    label = page.label(column.name)
    if _chosen(column):
        known = [level for level, _ in column.levels]
        options = known if cell is None or cell in known else [*known, cell]
        index = None if cell is None else options.index(cell)
        return st.selectbox(
            label, options, index=index, placeholder=tr("blank"), key=key, accept_new_options=True
        )
    hint = ""
    if column.minimum is not None:
        low, high = (numbers.bound(each, form=column.format) for each in (column.minimum, column.maximum))
        hint = tr("{low} to {high} in training", low=low, high=high)
        if column.format and not _is_date(column):
            form = dialect_form.written(column.format)
            hint = tr("{low} to {high} in training, written {form}", low=low, high=high, form=form)
    if _is_date(column):
        moment = date_text.moment(cell or "", column.format)
        day = st.date_input(
            label,
            value=moment.date() if moment else None,
            min_value=EARLIEST,
            max_value=LATEST,
            format=_calendar(column.format),
            help=hint,
            key=key,
        )
        return None if day is None else day.strftime(column.format or "%Y-%m-%d")
    typed = st.text_input(label, value=cell or "", placeholder=hint, help=hint or None, key=key)
    return typed.strip() or None


def _answer(backend: Backend, endpoint: Endpoint, contract: Contract, asked: state.AskedRow) -> None:
    """Draw the prediction of a row, with how usual it is. Where something was decided, its decision stands first."""
    answer, decided = asked.answer, decision_of(backend, endpoint.training_job)
    if answer["prediction"] in (None, ""):
        st.error(
            page.plain(tr("No prediction: {reason}", reason=in_words(str(answer["flags"])))),
            icon=":material/error:",
        )
        return
    usual = training.base_rates(backend, endpoint.training_job)
    shares = _shares(answer)
    st.metric(page.label(contract.label.name), numbers.number(answer.get("decision", answer["prediction"])))
    if "low" in answer and (around := range_of(backend, endpoint.training_job)):
        low, high = numbers.number(answer["low"]), numbers.number(answer["high"])
        st.caption(
            page.plain(
                tr(
                    "{level} of such rows are between {low} and {high}.",
                    level=numbers.percent(around["level"]),
                    low=low,
                    high=high,
                )
            ),
            help=page.plain(metric_words.around(around)),
        )
    for name, share in list(shares.items())[:1] if len(shares) == 1 else []:
        st.progress(
            share,
            text=tr(
                "probability of {level}: {share}", level=page.plain(name), share=numbers.percent(share, 1)
            ),
        )
        if name in usual:
            st.caption(
                page.plain(
                    tr(
                        "Of the rows that tested the model, {share} are {level}.",
                        share=numbers.share(usual[name]),
                        level=name,
                    )
                )
            )
    if decided:
        _rule(decided, contract)
    if len(shares) > 1:
        table = pd.DataFrame({tr("Class"): shares.keys(), tr("Probability"): shares.values()})
        st.dataframe(
            table.sort_values(tr("Probability"), ascending=False),
            hide_index=True,
            column_config={tr("Probability"): figures.bars()},
            alt=tr("The probability of each class"),
        )
    blank = sum(cell is None for cell in asked.record.values())
    told = tr("Answered in {milliseconds} ms.", milliseconds=numbers.fixed(asked.milliseconds, 0))
    if blank:
        empty = tr("Blank: {blank} of {fields} fields.", blank=blank, fields=len(contract.inputs))
        told = joined([told, empty])
    st.caption(told)
    if answer["flags"]:
        st.warning(page.plain(in_words(str(answer["flags"]))), icon=":material/flag:")
    _beside(endpoint.training_job, contract, asked)


def _shares(answer: Mapping[str, object]) -> dict[str, float]:
    """Return the probabilities in an answer: {class: probability}."""
    return {
        name.removeprefix("probability_"): value
        for name, value in answer.items()
        if name.startswith("probability_") and isinstance(value, float)
    }


def _rule(decided: Decision, contract: Contract) -> None:
    st.caption(
        page.plain(decision_words.rule(decided, contract.classes[1])),
        help=page.plain(tr("By {who}.", who=decision_words.signed(decided, page.clock))),
    )


def _beside(training_job: str, contract: Contract, asked: state.AskedRow) -> None:
    """Say what the row that was kept has otherwise, and what was answered to it."""
    kept = state.kept_row(training_job).get()
    if kept is None or kept == asked:
        return
    blank = tr("blank")
    changed = [
        f"{column.name} {kept.record.get(column.name) or blank} → {asked.record.get(column.name) or blank}"
        for column in contract.inputs
        if kept.record.get(column.name) != asked.record.get(column.name)
    ]
    if more := len(changed) - CHANGED:
        changed = (
            [*changed[:CHANGED], numbers.count(more, "more column", "more columns")] if more > 0 else changed
        )
    st.markdown(
        tr(
            "Kept: {kept}; now **{now}**",
            kept=page.plain(_level(kept)),
            now=page.plain(_level(asked)),
        )
    )
    st.caption(page.plain("; ".join(changed) + "." if changed else tr("The same row.")))


def _level(asked: state.AskedRow) -> str:
    shares = _shares(asked.answer)
    if not shares:
        return numbers.number(asked.answer["prediction"])
    name = next(iter(shares)) if len(shares) == 1 else str(asked.answer["prediction"])
    return f"{name} {numbers.share(shares.get(name, 0.0))}"
