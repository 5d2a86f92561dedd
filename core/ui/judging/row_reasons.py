"""Around a row that was typed in: why it has its prediction, what other cells would make of it, and its neighbour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.backends.base import Backend, Endpoint, Job
from core.encoding.contract import Contract
from core.language import joined, tr
from core.numbers import count, integer, number, share
from core.ui import charts, jobs, page, state
from core.ui.judging import row_charts, why, why_charts
from core.ui.state import AskedRow
from core.verbs import around, explaining
from core.verbs.around import Around, NearestRow, WhatIf
from core.verbs.explaining import RowReasons
from core.verbs.jobs import root

if TYPE_CHECKING:
    from core.judging.predicting import Model

HEIGHT = 190  # of a picture
MOST_DIGITS = 10  # of a number that is shown as it stands
DIFFERENCES = 4  # columns of the neighbour that are named
KEPT = 4  # models, for all visits together: a visit may look at two
MARGIN = 0.05  # of the answers' axis, above and below


# Root, job and the digest of what is served are the key: no file that is exchanged later changes what was loaded.
@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _model(_backend: Backend, root: str, training_job: str, served: str) -> Model:
    return explaining.load(_backend, training_job, served)


@st.fragment
def show(
    backend: Backend, endpoint: Endpoint, contract: Contract, asked: AskedRow, models: Sequence[Job]
) -> None:
    """Draw the reasons of the row that was asked beside what another cell would change, and the nearest other row.

    `models` are those of which another one may answer the row as well.
    """
    training_job = endpoint.training_job
    with st.spinner(tr("Loading the model"), show_time=False):
        model = _model(backend, root(backend), training_job, endpoint.model_sha256)
    test = why.kept_reasons(backend, training_job)
    cells = why.kept_cells(backend, training_job, test) if test else None
    left, right = st.columns(2, gap="medium")
    with right:
        name = _choice(training_job, contract, asked)
        other = _other_model(backend, training_job, models)
    found = around.around(backend, training_job, model, asked.record, name, test, cells, asked.encoded)
    with left:
        _reasons(contract, found.why, asked)
        if found.nearest:
            _nearest(asked, found.nearest)
    if not other:
        with right:
            _what_if(found.what_if)
        return
    words = jobs.words(list(models))
    with page.errors_shown():
        with st.spinner(tr("Loading the model"), show_time=False):
            second = _model(backend, root(backend), other, "")
        beside = around.around(backend, other, second, asked.record, name)
        ends = _ends(found.what_if, beside.what_if)
        for place, training, each in zip(
            st.columns(2, gap="medium"), (training_job, other), (found, beside), strict=True
        ):
            with place:
                _version(words.get(training, training), contract.label.name, each, ends)


def _other_model(backend: Backend, training_job: str, models: Sequence[Job]) -> str | None:
    """Draw the choice of a model that answers the row beside the one that was asked; None where none is chosen."""
    offered = [job.name for job in around.others(backend, training_job, models)]
    if not offered:
        return None
    words = jobs.words(list(models))
    return st.selectbox(
        tr("Beside another model"),
        offered,
        index=None,
        placeholder=tr("a run for the same target"),
        key=state.beside_model(training_job).key,
        format_func=words.__getitem__,
        help=tr("The same row, answered by both, each by its own decision. It costs nothing."),
    )


def _ends(*found: WhatIf | None) -> tuple[float, float] | None:
    """Return from where to where the answers of all go, thresholds included; None where there are none."""
    answers = [answer for each in found if each for answer in (*each.answers, each.own_answer)]
    answers += [each.threshold for each in found if each and each.threshold is not None]
    if not answers:
        return None
    low, high = min(answers), max(answers)
    if any(each and each.of for each in found):
        low = 0.0
    margin = MARGIN * (high - low)
    return (low - margin if low else low), high + margin


def _version(title: str, label: str, found: Around, ends: tuple[float, float] | None) -> None:
    """Draw what one of two models answers to the row, and what it would answer to other cells."""
    st.markdown(f"**{page.plain(title)}**")
    st.text(_answer(label, found))
    if found.what_if is None:
        st.caption(tr("This model does not read the column, or there is no range of it that could be tried."))
        return
    _what_if(found.what_if, ends)


def _answer(label: str, found: Around) -> str:
    """Return in words what a model answers to a row, and from where on it acts."""
    row, what = found.why, found.what_if
    if row.rejected:
        return tr("No prediction: {reason}", reason=row.rejected)
    decided = row.prediction if row.decision is None else row.decision
    facts = {"label": label, "decided": number(decided)}
    if what is None or not what.of:
        return tr("{label}: {decided}.", **facts)
    facts |= {"of": what.of, "answer": share(what.own_answer)}
    if what.threshold is None:
        return tr("{label}: {decided}. The probability of {of} is {answer}.", **facts)
    return tr(
        "{label}: {decided}. The probability of {of} is {answer}; rows are acted on from {threshold}.",
        threshold=share(what.threshold),
        **facts,
    )


def _choice(training_job: str, contract: Contract, asked: AskedRow) -> str:
    """Draw the choice of a column to change, and the button that keeps the row to hold others against."""
    kept = state.kept_row(training_job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            tr("What if this were another"),
            contract.input_names,
            key=state.varied_column(training_job).key,
            format_func=page.label,
        )
        st.button(
            tr("Keep this row"),
            icon=":material/push_pin:",
            help=tr("The next answers are held against this one."),
            key=f"keep-row-{training_job}",
            on_click=lambda: kept.set(asked),
            disabled=kept.get() == asked,
        )
    return name


def _reasons(contract: Contract, row: RowReasons, asked: AskedRow) -> None:
    """Draw how far each column moves the answer. Nothing of a row that has none."""
    if row.rejected or not row.contributions:
        return
    cells = {name: cell or "" for name, cell in asked.record.items()}
    told = explaining.sentence_of(contract.label.name, row, cells)
    st.text(told)
    charts.draw(
        why_charts.row(explaining.reason_of(contract.label.name, row, cells)),
        tr("What each column adds to this prediction: {told}", told=told),
        height=HEIGHT,
    )


def _what_if(found: WhatIf | None, ends: tuple[float, float] | None = None) -> None:
    """Draw what the model would answer to other cells in one column."""
    if found is None:
        st.caption(tr("This column has no range that could be tried."))
        return
    told = _range_words(found)
    charts.draw(
        row_charts.what_if(found, ends),
        tr("What the model answers as this column changes: {told}", told=told),
        height=HEIGHT,
    )
    if not all(found.known):
        told = joined([told, tr("The thin grey line: the data has no rows there.")])
    st.caption(page.plain(told))


def _range_words(found: WhatIf) -> str:
    known = [answer for answer, seen in zip(found.answers, found.known, strict=True) if seen] or found.answers
    write = share if found.of else number
    facts = {"column": found.column, "low": write(min(known)), "high": write(max(known))}
    if not found.of:
        return tr("By {column} alone, the prediction goes from {low} to {high}.", **facts)
    return tr("By {column} alone, the probability of {of} goes from {low} to {high}.", of=found.of, **facts)


def _nearest(asked: AskedRow, found: NearestRow) -> None:
    """Say which row of the test split is nearest to this one, of those that are decided otherwise."""
    named = [_difference(name, asked.record, found.cells) for name in found.differs[:DIFFERENCES]]
    if more := len(found.differs) - len(named):
        named.append(count(more, "more column", "more columns"))
    st.caption(
        page.plain(
            tr(
                "The nearest row that is decided otherwise is row {row} of the test split: {decided} "
                "({of} {answer}). Different there: {cells}.",
                row=integer(found.row),
                decided=found.decided,
                of=found.of,
                answer=share(found.answer),
                cells=", ".join(named),
            )
        )
    )


def _difference(name: str, record: Mapping[str, str | None], cells: Mapping[str, str]) -> str:
    if name not in record:  # a derived column
        return name
    return tr(
        "{column} {there} instead of {here}",
        column=name,
        there=_cell(cells.get(name)),
        here=_cell(record[name]),
    )


def _cell(cell: str | None) -> str:
    """Return what stands in a cell; of a number with more digits than one reads, as many as one does."""
    if not cell:
        return tr("blank")
    try:
        return number(float(cell), 6) if len(cell) > MOST_DIGITS else cell
    except ValueError:
        return cell
