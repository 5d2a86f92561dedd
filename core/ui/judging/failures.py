"""The tab Where it fails: the worst slices, any one column, quality over time, and the most costly rows."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.judging import failure_words as words
from core.judging.failures import Failures
from core.judging.slices import Slice
from core.numbers import count, fixed, integer
from core.ui import page, state
from core.verbs import failures as verb
from core.verbs.judged import decision_of

HEIGHT = 350  # of a table or a chart
WHERE = 195  # the width of a slice's name: on a phone there is something beside it
SHOWN = 200  # slices of the table: the worst come first
KEPT = 8  # models, for all visits together

EXPLAINED = {"Chance": st.column_config.TextColumn(help=page.plain(words.METHOD))}  # headings of every table


def show(backend: Backend, training_job: str) -> None:
    """Draw the tab of a model that was judged; say so where its raw test rows are not here."""
    with st.spinner("Looking at the rows", show_time=False):
        failures = found(backend, training_job)
    st.markdown(
        page.plain(f"{words.overall(failures)} {words.verdict(failures)}"), help=page.plain(words.METHOD)
    )
    _parts(failures, training_job)


@st.fragment
def _parts(failures: Failures, training_job: str) -> None:
    """Draw one part at a time: none waits for another."""
    parts = {
        "Worst slices": lambda: _worst(failures),
        "One column": lambda: _by_column(failures, training_job),
        "Over time": lambda: _over_time(failures),
        "Most costly rows": lambda: _costly(failures, training_job),
    }
    if not words.over_time(failures):
        parts.pop("Over time")
    opened = state.failures_part(training_job)
    if opened.get() not in parts:
        opened.set(next(iter(parts)))
    chosen = st.radio(
        "What to look at", list(parts), key=opened.key, horizontal=True, label_visibility="collapsed"
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
    return _failures(backend, training_job, tuple(states), decision.number if decision else 0, page.locale())


# The files' states, the decision's number and the locale of the words are the key: an argument that begins with an
# underscore is none.
@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _failures(
    _backend: Backend,
    training_job: str,
    states: tuple[tuple[str, int, int], ...],
    decision: int,
    locale: str,
) -> Failures:
    return verb.failures_of(_backend, training_job)


def _worst(failures: Failures) -> None:
    most = (
        f" Not looked at: {count(failures.left_out, 'column', 'columns')} of those that it goes by least."
        if failures.left_out
        else ""
    )
    st.caption(f"By every column that the model knows, and by pairs of those that it goes by most.{most}")
    shown = failures.slices[:SHOWN]
    table = {"Where": [words.name(each) for each in shown]} | _figures(failures, shown)
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        height=HEIGHT,
        column_config={"Where": st.column_config.TextColumn(pinned=True, width=WHERE)} | EXPLAINED,
        alt=f"Slices of the rows, the worst first. {words.verdict(failures)}",
    )


def _by_column(failures: Failures, training_job: str) -> None:
    """Draw the slices of one column, which may be one that the model does not know, with who is selected."""
    if not failures.names:
        return
    known = {each.columns[0] for each in failures.slices}
    first = next((each.columns[0] for each in failures.worse), failures.names[0])
    name = st.selectbox(
        "By column",
        failures.names,
        index=failures.names.index(first),
        key=state.slices_by(training_job).key,
        format_func=lambda name: name if name in known else f"{name} (the model does not know it)",
    )
    found = failures.by(name)
    table = {"Value": [each.values[0] for each in found]} | _figures(failures, found)
    if failures.problem == "binary":
        positive = failures.classes[1]
        table |= {
            f"Predicted {positive}": [words.share(each.selected) for each in found],
            "Ratio": ["" if each.ratio is None else fixed(each.ratio, 2) for each in found],
            f"Truly {positive}": [words.share(each.positive) for each in found],
        }
    if said := words.fairness(failures, name):
        st.caption(page.plain(said), help=page.plain(words.RATIO))
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        column_config={"Value": st.column_config.TextColumn(pinned=True)} | EXPLAINED,
        alt=f"The rows by {name}. {said}",
    )


def _figures(failures: Failures, slices: Sequence[Slice]) -> dict[str, list[str]]:
    """Return the columns that every table of slices has, by their headings."""
    return {
        words.metric(failures): [words.figure(failures, each.value.value) for each in slices],
        "95% interval": [words.ends(failures, each.value) for each in slices],
        "To the rest": [words.difference(failures, each) for each in slices],
        "Rows": [integer(each.rows) for each in slices],
        "Chance": [words.chance(each) for each in slices],
        words.second(failures): [words.second_figure(failures, each) for each in slices],
    }


def _over_time(failures: Failures) -> None:
    from core.ui import charts  # late: a page without a chart is drawn without Plotly

    said = words.over_time(failures)
    st.caption(page.plain(f"By {failures.period}. {said}"))
    figure = charts.periods(
        [each.values[0] for each in failures.periods],
        [each.value for each in failures.periods],
        failures.value.value,
        is_share=failures.problem != "regression",
    )
    charts.draw(figure, f"{failures.periods[0].columns[0]}: {said}", height=HEIGHT)


def _costly(failures: Failures, training_job: str) -> None:
    costly = failures.costly
    if not costly.cells:
        st.caption("Not one of the rows is wrong.")
        return
    st.caption(page.plain(words.costly(failures)))
    answers = pd.DataFrame(costly.answers, columns=pd.Index(costly.answer_names))
    cells = pd.DataFrame(costly.cells, columns=pd.Index(range(len(costly.names)))).add_prefix("cell ")
    st.dataframe(
        pd.concat([answers, cells], axis=1),
        hide_index=True,
        height=HEIGHT,
        column_config={
            **{name: st.column_config.TextColumn(page.label(name)) for name in costly.answer_names},
            **{
                f"cell {index}": st.column_config.TextColumn(page.label(name))
                for index, name in enumerate(costly.names)
            },
        },
        alt=words.costly(failures),
    )
    st.download_button(
        "Download these rows",
        costly.csv,
        file_name=f"{training_job}_most_costly_rows.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
