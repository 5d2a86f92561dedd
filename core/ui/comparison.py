"""The open run held against another one: is it better, by how much at least, and in what the two differ."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import pandas as pd
import streamlit as st

from core import hyperparameters, keys, metric_words
from core.backends.base import Backend
from core.backends.requests import JobKind
from core.evaluation_file import Curve
from core.judging.comparison import Verdict
from core.language import joined, mark, tr
from core.locales import language
from core.numbers import count, fixed, number, percent
from core.report import wording
from core.ui import evaluation, page, results, state
from core.verbs import comparison, leaderboard, training
from core.verbs.comparison import Comparison
from core.verbs.jobs import artifact_size, root
from core.verbs.leaderboard import Leaderboard, Run

KEPT = 16  # comparisons, for all visits together
HEIGHT = 175  # of a picture, or a table
CAPTION = 38  # of a line below a picture
ROW = 31  # pixels of a table's row: all of it is in sight at once
FEW = 4  # rows of a table that is no higher
LONGEST = 40  # characters of a title in a table
# In a chart, whose legend would lie over the curves with titles.
BOTH: tuple[str, str] = (mark("other"), mark("this"))
LOOK: dict[Verdict, tuple[str, str]] = {
    Verdict.better: (":material/trending_up:", mark("better")),
    Verdict.worse: (":material/trending_down:", mark("worse")),
    Verdict.same: (":material/drag_handle:", mark("the same within noise")),
}


def show(
    backend: Backend, board: Leaderboard, run: Run, titles: Mapping[str, str], chosen: Container[str]
) -> None:
    """Draw how the open run differs from another one, which is chosen here: at first the one that is ticked beside it,
    else one that is `chosen`, else the best other one.
    """
    if not run.model:
        st.caption(tr("It has no result as yet that could be compared."))
        return
    others = _others(board, run)
    if not others:
        st.caption(tr("There is no other run with a result: here is how two of them differ."))
        return
    other = _choice(run, others, titles, chosen)
    with st.spinner(tr("Comparing")):
        found = _compared(
            backend,
            root(backend),
            other.model,
            run.model,
            (page.locale(), language()),
            *(_size(backend, each) for each in (other, run)),
        )
    names = titles[other.job.name], titles[run.job.name]
    icon, _ = LOOK[found.main.verdict]
    st.markdown(f"{icon} {page.plain(comparison.sentence(found, *names))}")
    if found.unpaired:
        st.info(
            page.plain(joined([found.unpaired, tr("Until then the intervals of both stand for it.")])),
            icon=":material/call_split:",
        )
    short = _apart(*(wording.short(name, LONGEST) for name in names))
    _metrics(found, short)
    left, right = st.columns(2)
    with left:
        _differences(found, short)
    with right:
        _picture(backend, run.job.name, found)
    looks(backend, board, run)


def looks(backend: Backend, board: Leaderboard, run: Run) -> None:
    """Say how many models the test split that judged a run has judged: who chooses among many by it chooses by luck."""
    many = leaderboard.looks(backend, board, run, results.known(backend))
    if many > 1:
        st.caption(
            tr(
                "These test rows have judged {models} that are here: choose among them by the validation "
                "split.",
                models=count(many, "model", "models"),
            ),
            help=tr(
                "Counted are the runs for this target that have a result on the same test rows. The best of many"
                " results owes something to luck, so that it is no longer what new rows will show."
            ),
        )


def _others(board: Leaderboard, run: Run) -> list[Run]:
    """Return the runs to choose from, the best first: trials are folded under their tuning job, but for its own."""
    others = [each for each in board.runs if each.model and each.model != run.model]
    for top in board.runs:
        if top.job.kind == JobKind.tuning and run.job.name in (
            top.job.name,
            *(trial.job.name for trial in top.trials),
        ):
            others += [trial for trial in top.trials if trial.model and trial.job.name != run.job.name]
    judged = [each for each in others if each.scores.metrics]
    return judged or others


def _choice(run: Run, others: Sequence[Run], titles: Mapping[str, str], chosen: Container[str]) -> Run:
    """Draw the choice of the other run; return it."""
    by_name = {each.job.name: each for each in others}
    entry = state.against(run.job.name)
    if entry.get() not in by_name:
        ticked = [name for name in state.TICKED.get() or () if name in by_name]
        marked = [each.job.name for each in others if each.model in chosen]
        entry.set([*ticked, *marked, *by_name][0])
    name = st.selectbox(
        tr("Compare with"), list(by_name), key=entry.key, format_func=lambda name: titles[name]
    )
    return by_name[name]


def _size(backend: Backend, run: Run) -> int:
    return artifact_size(backend, keys.evaluation(run.model)) if run.scores.metrics else 0


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _compared(
    _backend: Backend, root: str, first: str, second: str, reader: tuple[str, str], *sizes: int
) -> Comparison:
    return comparison.compare(_backend, first, second)


def _apart(first: str, second: str) -> tuple[str, str]:
    """Return the heads of two columns, which must not be equal."""
    if first != second:
        return first, second
    return tr("{title} (other)", title=first), tr("{title} (this)", title=second)


def _metrics(found: Comparison, names: tuple[str, str]) -> None:
    rows = []
    for each in found.differences:
        was, now = (
            metric_words.written(each.metric, value, found.rows) for value in (each.first, each.second)
        )
        by, low, high = (comparison.amount(each, value) for value in (each.value, each.low, each.high))
        rows.append(
            {tr("Metric"): metric_words.label(each.metric), names[1]: now, names[0]: was}
            | {
                tr("Difference"): by,
                tr("At least"): low,
                tr("At most"): high,
                tr("This run is"): tr(LOOK[each.verdict][1]),
            }
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        row_height=ROW,
        column_config={name: st.column_config.TextColumn(alignment="right") for name in names}
        | {
            name: st.column_config.TextColumn(alignment="right", help=meaning)
            for name, meaning in (
                (tr("Difference"), tr("This run's figure less the other one's.")),
                (tr("At least"), tr("The lower end of the difference's 95% interval.")),
                (tr("At most"), tr("The upper end of the difference's 95% interval.")),
            )
        },
        alt=tr("Metrics of both runs, their differences with 95% intervals, and which is better"),
    )


def _differences(found: Comparison, names: tuple[str, str]) -> None:
    """Draw what differs: settings, data, and which columns the models read."""
    contract = found.contract
    rows = [(comparison.label(each), each.first, each.second) for each in (*found.settings, *found.data)]
    rows += [(tr("column {name}", name=name), "", tr("used")) for name in contract.added]
    rows += [(tr("column {name}", name=name), tr("used"), "") for name in contract.gone]
    rows += [(tr("column {name}", name=each.column), each.first, each.second) for each in contract.retyped]
    if not rows:
        st.caption(tr("Both have the same settings, data and columns."))
        return
    st.markdown(tr("**In what they differ**"))
    st.dataframe(
        pd.DataFrame([{"": name, names[1]: now or "–", names[0]: was or "–"} for name, was, now in rows]),
        hide_index=True,
        row_height=ROW,
        height="content" if len(rows) <= FEW else HEIGHT,
        alt=tr("Settings, choices of the data and columns that are not the same in both runs"),
    )


def _picture(backend: Backend, job: str, found: Comparison) -> None:
    """Draw the ROC curves of both, or how the validation split went by round: the one that is chosen."""
    from core.ui import charts  # late: a page without a chart is drawn without Plotly

    figures = {}
    judged = [training.evaluation_of(backend, each) for each in (found.first, found.second)]
    curves = [each["curves"]["roc"] for each in judged if each and "roc" in each["curves"]]
    if len(curves) == len(BOTH):
        drawn = dict(zip(map(tr, BOTH), curves, strict=True))
        figure = charts.curves(drawn, "", tr("false alarms"), tr("found (recall)"), diagonal=True)
        at = evaluation.FALSE_ALARMS
        other, this = (percent(evaluation.height_at(each, at)) for each in curves)
        figures["ROC"] = (
            figure,
            tr(
                "With {share} false alarms this run finds {this}, the other one {other}.",
                share=percent(at),
                this=this,
                other=other,
            ),
        )
    rounds = [training.rounds_of(backend, each) for each in (found.first, found.second)]
    metric = next((key for key in (rounds[0] or [{}])[-1] if key.startswith("validation-")), "")
    if metric and all(each and metric in each[-1] for each in rounds):
        drawn = {
            tr(name): Curve(x=[row["round"] for row in each], y=[row[metric] for row in each])
            for name, each in zip(BOTH, rounds, strict=True)
        }
        label = tr(
            "{metric} of validation",
            metric=metric_words.label(metric.removeprefix("validation-")),
        )
        other, this = (_best(each, metric) for each in rounds)
        words = tr(
            "{label} at its best: this run {this}, the other one {other}.",
            label=label,
            this=this,
            other=other,
        )
        figures[label] = (charts.curves(drawn, "", tr("round"), ""), words)
    if not figures:
        return
    chosen = st.radio(
        tr("Curves"),
        list(figures),
        horizontal=True,
        key=state.compared_curves(job, tuple(figures)).key,
        label_visibility="collapsed",
    )
    figure, words = figures[str(chosen)]
    charts.draw(figure, words, height=HEIGHT - CAPTION)
    st.caption(page.plain(words))


def _best(rounds: Sequence[Mapping[str, float]], metric: str) -> str:
    """Return the best value of a metric and its round, in a few words."""
    choose = max if hyperparameters.more_is_better(metric.removeprefix("validation-")) else min
    best = choose(rounds, key=lambda row: row[metric])
    return tr("{value} in round {round}", value=number(best[metric], 4), round=fixed(best["round"], 0))
