"""The tab Where it fails: the worst slices, any one column, quality over time, and the most costly rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.judging import failure_words as words
from core.judging.failures import Failures
from core.judging.slices import Slice
from core.language import mark, tr
from core.numbers import count, fixed, integer
from core.retelling import retold
from core.ui import page, state
from core.verbs import failures as verb
from core.verbs.judged import decision_of

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

HEIGHT = 350  # of a table or a chart
WHERE = 195  # the width of a slice's name: on a phone there is something beside it
SHOWN = 200  # slices of the table: the worst come first
KEPT = 8  # models, for all visits together


def show(backend: Backend, training_job: str) -> None:
    """Draw the tab of a model that was judged; say so where its raw test rows are not here."""
    with st.spinner(tr("Looking at the rows"), show_time=False):
        failures = found(backend, training_job)
    st.markdown(
        page.plain(f"{words.overall(failures)} {words.verdict(failures)}"), help=page.plain(tr(words.METHOD))
    )
    _parts(failures, training_job)


@st.fragment
def _parts(failures: Failures, training_job: str) -> None:
    """Draw one part at a time: none waits for another."""
    parts = {
        mark("Worst slices"): lambda: _worst(failures),
        mark("One column"): lambda: _by_column(failures, training_job),
        mark("Over time"): lambda: _over_time(failures),
        mark("Most costly rows"): lambda: _costly(failures, training_job),
    }
    if not words.over_time(failures):
        parts.pop("Over time")
    opened = state.failures_part(training_job)
    if opened.get() not in parts:
        opened.set(next(iter(parts)))
    chosen = st.radio(
        tr("What to look at"),
        list(parts),
        key=opened.key,
        format_func=tr,
        horizontal=True,
        label_visibility="collapsed",
    )
    with page.errors_shown():
        parts[str(chosen)]()


def found(backend: Backend, training_job: str) -> Failures:
    """Return where a model fails, looked for once as long as its files and its decision stay. Raises as the verb."""
    judged = verb.judged(backend, training_job)
    states = [
        (str(path), path.stat().st_mtime_ns, path.stat().st_size)
        for path in (judged.rows.predictions, judged.raw)
    ]
    decision = decision_of(backend, training_job)
    return _failures(backend, training_job, tuple(states), decision.number if decision else 0)


# The files' states and the decision's number are the key: an argument that begins with an underscore is none.
@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _failures(
    _backend: Backend,
    training_job: str,
    states: tuple[tuple[str, int, int], ...],
    decision: int,
) -> Failures:
    return verb.failures_of(_backend, training_job)


def _worst(failures: Failures) -> None:
    told = [tr("By every column that the model knows, and by pairs of those that it goes by most.")]
    if failures.left_out:
        told.append(
            tr(
                "Not looked at: {columns} of those that it goes by least.",
                columns=count(failures.left_out, "column", "columns"),
            )
        )
    st.caption(" ".join(told))
    shown = failures.slices[:SHOWN]
    where = tr("Where")
    table = {where: [words.name(each) for each in shown]} | _figures(failures, shown)
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        height=HEIGHT,
        column_config={where: st.column_config.TextColumn(pinned=True, width=WHERE)} | _explained(),
        alt=tr("Slices of the rows, the worst first. {verdict}", verdict=words.verdict(failures)),
    )


def _by_column(failures: Failures, training_job: str) -> None:
    """Draw the slices of one column, which may be one that the model does not know, with who is selected."""
    if not failures.names:
        return
    known = {each.columns[0] for each in failures.slices}
    first = next((each.columns[0] for each in failures.worse), failures.names[0])
    name = st.selectbox(
        tr("By column"),
        failures.names,
        index=failures.names.index(first),
        key=state.slices_by(training_job).key,
        format_func=lambda name: (
            retold(name) if name in known else tr("{name} (the model does not know it)", name=retold(name))
        ),
    )
    found = failures.by(name)
    value = tr("Value")
    table = {value: [retold(each.values[0]) for each in found]} | _figures(failures, found)
    if failures.problem == "binary":
        positive = failures.classes[1]
        table |= {
            tr("Predicted {positive}", positive=positive): [words.share(each.selected) for each in found],
            tr("Ratio"): ["" if each.ratio is None else fixed(each.ratio, 2) for each in found],
            tr("Truly {positive}", positive=positive): [words.share(each.positive) for each in found],
        }
    if said := words.fairness(failures, name):
        st.caption(page.plain(said), help=page.plain(tr(words.RATIO)))
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        column_config={value: st.column_config.TextColumn(pinned=True)} | _explained(),
        alt=tr("The rows by {name}. {said}", name=retold(name), said=said),
    )


def _figures(failures: Failures, slices: Sequence[Slice]) -> dict[str, list[str]]:
    """Return the columns that every table of slices has, by their headings."""
    return {
        words.metric(failures): [words.figure(failures, each.value.value) for each in slices],
        tr("95% interval"): [words.ends(failures, each.value) for each in slices],
        tr("To the rest"): [words.difference(failures, each) for each in slices],
        tr("Rows"): [integer(each.rows) for each in slices],
        tr("Chance"): [words.chance(each) for each in slices],
        words.second(failures): [words.second_figure(failures, each) for each in slices],
    }


def _explained() -> dict[str, ColumnConfig]:
    """Return how a heading that every table of slices has is explained."""
    return {tr("Chance"): st.column_config.TextColumn(help=page.plain(tr(words.METHOD)))}


def _over_time(failures: Failures) -> None:
    from core.ui import charts  # late: a page without a chart is drawn without Plotly

    said = words.over_time(failures)
    st.caption(page.plain(tr("By {period}. {said}", period=retold(failures.period), said=said)))
    figure = charts.periods(
        [retold(each.values[0]) for each in failures.periods],
        [each.value for each in failures.periods],
        failures.value.value,
        is_share=failures.problem != "regression",
    )
    charts.draw(figure, f"{retold(failures.period)}: {said}", height=HEIGHT)


def _costly(failures: Failures, training_job: str) -> None:
    costly = failures.costly
    if not costly.cells:
        st.caption(tr("Not one of the rows is wrong."))
        return
    st.caption(page.plain(words.costly(failures)))
    told = [[retold(each) for each in row] for row in costly.answers]
    answers = pd.DataFrame(told, columns=pd.Index(costly.answer_names))
    cells = pd.DataFrame(costly.cells, columns=pd.Index(range(len(costly.names)))).add_prefix("cell ")
    st.dataframe(
        pd.concat([answers, cells], axis=1),
        hide_index=True,
        height=HEIGHT,
        column_config={
            **{name: st.column_config.TextColumn(page.label(retold(name))) for name in costly.answer_names},
            **{
                f"cell {index}": st.column_config.TextColumn(page.label(name))
                for index, name in enumerate(costly.names)
            },
        },
        alt=words.costly(failures),
    )
    st.download_button(
        tr("Download these rows"),
        costly.csv,
        file_name=f"{training_job}_most_costly_rows.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
