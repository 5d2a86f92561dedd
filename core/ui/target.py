"""What to predict and how, on the Configuration page: saved as one goes, and said where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.backends.base import Backend, Job
from core.configuration import Saved, from_job
from core.datasets import Dataset
from core.eda.config import PROBLEMS, SPLITS
from core.language import mark, tr
from core.numbers import integer
from core.plan_changes import differences
from core.ui import columns_editor, derive_form, jobs, page, state
from core.ui.draft import Draft
from core.ui.header import Header
from core.verbs import datasets, eda, resources
from core.verbs.jobs import existing_job

FIRST_ROWS = 2000  # rows that are read for the classes of a target
CLASSES = 20  # most that are offered
PROBLEM_WORDS = {
    "auto": mark("automatic"),
    "binary": mark("one of two"),
    "multiclass": mark("one of several"),
    "regression": mark("a number"),
}
SPLIT_WORDS = {"random": mark("at random"), "time": mark("by time of"), "group": mark("by group of")}
HELD_OUT = {
    "random": mark("Rows held out at random"),
    "time": mark("Rows held out by time of {column}"),
    "group": mark("Rows held out by group of {column}"),
}


def choose(backend: Backend, dataset: Dataset, head: Header) -> None:
    """Draw the choices for a data set, save them as they are made, and offer the way on in the first row."""
    draft = Draft.of(backend, dataset)
    values = _values(backend, dataset, draft.value("target"))
    fields = st.columns([2.2, 2.4, 1.5, 1.9])
    with fields[0]:
        _target(draft)
    with fields[1]:
        _problem(draft, values)
    with fields[2]:
        _split(draft)
    with fields[3]:
        _split_column(draft)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(tr("More"), icon=":material/tune:"):
            _more(draft, values)
        if st.button(tr("Derive a column"), icon=":material/function:", type="tertiary"):
            derive_form.ask(backend, draft)
        column_count = st.container(width="stretch")
    said = st.container()
    columns_editor.draw(backend, draft)
    news = draft.news
    failure = draft.save(backend)
    with column_count:
        _count(draft)
    with said:
        if news:
            text = tr(
                "{who} has changed this plan meanwhile: {changes}.", who=draft.by, changes="; ".join(news)
            )
            st.info(page.plain(text), icon=":material/group:")
        if failure:
            page.show_failure(failure)
        if draft.overruled:
            with st.container(horizontal=True):
                st.button(tr("Save mine all the same"), icon=":material/save:", on_click=draft.shown)
                st.button(tr("Go on with theirs"), icon=":material/undo:", on_click=draft.take_theirs)
        elif not draft.changes:
            draft.shown()
        _failed_job(backend)
    _whether_saved(draft, head)
    _go_on(backend, draft, head)


def tell(kept: Saved, job: Job | None) -> None:
    """Say what a saved plan is, with the way to change it, and who saved it, against the run that is shown."""
    plan = kept.plan
    names = {"target": plan.target, "dataset": plan.dataset}
    if plan.problem == "auto":
        next_one = tr("Next: predict {target} from {dataset}", **names)
    else:
        problem = tr(PROBLEM_WORDS[plan.problem])
        next_one = tr("Next: predict {target} from {dataset} as {problem}", **names, problem=problem)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(next_one, width="content")
        page.link("Configuration", tr("Change"), dataset=plan.dataset)
    parts = [tr(HELD_OUT[plan.split], column=plan.split_column or "")]
    parts += [tr("without {columns}", columns=", ".join(plan.drop))] if plan.drop else []
    parts += [tr("weighted by {column}", column=plan.weight)] if plan.weight else []
    parts += [
        tr("derived {column} = {formula}", column=name, formula=formula)
        for name, formula in plan.derive.items()
    ]
    parts += [
        tr("{column} as {kind}", column=column, kind=tr(columns_editor.KINDS[kind]))
        for column, kind in plan.treat.items()
    ]
    st.caption(page.plain("; ".join(parts) + "."))
    if kept.of_another and kept.at:
        _of_another(kept, page.clock(kept.at), job)


def _of_another(kept: Saved, when: str, job: Job | None) -> None:
    asked = from_job(job.request) if job and "inputs" in job.request else None
    changes = ""
    if asked and asked.dataset == kept.plan.dataset:
        changes = "; ".join(differences(asked, kept.plan))
    text = tr("{who} has saved it, {when}.", who=kept.who, when=when)
    if changes:
        text = tr(
            "{who} has saved it, {when}. It is not what this run was asked: {changes}.",
            who=kept.who,
            when=when,
            changes=changes,
        )
    st.caption(page.plain(text))


# What a job fails with -> what is to be changed.
CAUSES = {
    "BadTarget": mark("Change the target"),
    "RareClass": mark("Change the target"),
    "BadPositive": mark("Change the positive class"),
    "BadSplit": mark("Change the split"),
    "BadWeight": mark("Change the columns"),
    "BadExpression": mark("Change the derived columns"),
    "NoSuchColumn": mark("Change the columns"),
    "BadSetting": mark("Change the columns"),
}


def mend(job: Job) -> None:
    """Lead from a failed EDA job to the field that caused it, where its failure is told again."""
    change = CAUSES.get(job.failure.kind if job.failure else "", mark("Change the configuration"))
    if "inputs" in job.request:
        page.go("Configuration", tr(change), failed=job.name, dataset=from_job(job.request).dataset)


def _whether_saved(draft: Draft, head: Header) -> None:
    with head.status:
        if draft.changes:
            st.badge(tr("not saved"), icon=":material/edit:", color="orange")
        elif draft.saved:
            st.badge(tr("saved"), icon=":material/check:", color="green")


def _go_on(backend: Backend, draft: Draft, head: Header) -> None:
    """Offer the EDA in the first row: at once where nothing is billed, else where it says what it will cost."""
    if not draft.saved or draft.changes:
        why = (
            tr("First choose the column to predict.")
            if not draft.value("target")
            else tr("Not all of it is saved.")
        )
        head.actions.button(
            tr("Run the EDA"),
            type="primary",
            icon=":material/play_arrow:",
            key="cannot-launch",
            help=why,
            disabled=True,
        )
        return
    plan = draft.saved
    if backend.capabilities.costs_money:
        with head.actions:
            page.go("EDA", tr("Go to EDA"), dataset=plan.dataset)
        return
    jobs.launch(
        tr("Run the EDA"),
        lambda token: eda.launch_eda(backend, plan, token),
        resources.estimate_eda(backend, plan),
        key="launch-eda",
        head=head,
        then=lambda job: page.lead("EDA", job=job.name),
    )


def _failed_job(backend: Backend) -> None:
    """Say why a job failed that was launched from here (`?failed=`), beside what is to be changed."""
    name = st.query_params.get("failed")
    job = existing_job(backend, name) if name else None
    if job and job.failure:
        page.show_failure(job.failure)


def _count(draft: Draft) -> None:
    names, dropped = [column["name"] for column in draft.dataset.columns], draft.value("drop")
    used = len([name for name in names if name not in dropped and name != draft.value("target")])
    facts = {"used": integer(used), "columns": integer(len(names))}
    text = tr("{used} of {columns} columns are used.", **facts)
    if derived := draft.value("derive"):
        formulas = ", ".join(f"{name} = {formula}" for name, formula in derived.items())
        text = tr("{used} of {columns} columns are used; derived: {derived}.", **facts, derived=formulas)
    st.caption(page.plain(text))


# --- the fields -----------------------------------------------------------------------------------------


def _controlled(
    draft: Draft, name: str, changes: Callable[[Any], dict[str, Any]], kind: str = ""
) -> dict[str, Any]:
    """Return key and callback of a widget that shows the field `name` and makes `changes(its new value)`.

    An option's words are what the browser sends: where they change it has to be another widget, of another `kind`.
    """
    entry, wanted = state.plan_field(f"{name}{kind}", draft.dataset.name), draft.value(name)
    wanted = None if wanted == "" else wanted  # no target yet
    if entry.get() != wanted:
        entry.set(wanted)

    def changed() -> None:
        draft.change(**changes(entry.get()))

    return {"key": entry.key, "on_change": changed}


def _target(draft: Draft) -> None:
    names = [column["name"] for column in draft.dataset.columns]
    widget = _controlled(draft, "target", draft.predicting)
    st.selectbox(tr("Predict"), names, index=None, placeholder=tr("Choose a column"), **widget)


def _problem(draft: Draft, values: list[str]) -> None:
    now = _guess(draft, values)
    words = {problem: tr(word) for problem, word in PROBLEM_WORDS.items()}
    if now:
        words["auto"] = tr("automatic (now: {problem})", problem=words[now])
    st.selectbox(
        tr("Problem type"),
        PROBLEMS,
        format_func=words.__getitem__,
        **_controlled(draft, "problem", lambda problem: {"problem": problem}, kind=f"-{now}"),
    )


def _guess(draft: Draft, values: list[str]) -> str:
    """Return the problem that the first rows of the target speak for, or nothing where they leave it open."""
    types = {column["name"]: column["type"] for column in draft.dataset.columns}
    kind = types.get(draft.value("target"), "")
    if len(values) == 2:
        return "binary"
    if not values and kind == "DOUBLE":
        return "regression"
    return "multiclass" if len(values) > 2 and kind == "VARCHAR" else ""


def _split(draft: Draft) -> None:
    def changes(split: str) -> dict[str, Any]:
        column = draft.value("split_column")
        if split == "random":
            column = None
        elif split == "time" and not column:
            column = next((name for name in draft.dates if name != draft.value("target")), None)
        return {"split": split, "split_column": column}

    st.selectbox(
        tr("Hold out rows"),
        SPLITS,
        format_func=lambda split: tr(SPLIT_WORDS[split]),
        help=tr(
            "How the rows for validation and test are taken: by time the latest, by group so that none is in two."
        ),
        **_controlled(draft, "split", changes),
    )


def _split_column(draft: Draft) -> None:
    if draft.value("split") == "random":
        return
    names = [column["name"] for column in draft.dataset.columns if column["name"] != draft.value("target")]
    widget = _controlled(draft, "split_column", lambda column: {"split_column": column})
    st.selectbox(tr("Column"), names, index=None, placeholder=tr("Choose a column"), **widget)


def _more(draft: Draft, values: list[str]) -> None:
    target, problem = draft.value("target"), draft.value("problem")
    positive = draft.value("positive")
    if target and problem in ("auto", "binary") and (positive or problem == "binary" or len(values) == 2):
        st.selectbox(
            tr("Positive class"),
            list(dict.fromkeys([*values, *([positive] if positive else [])])),
            index=None,
            placeholder=tr("automatic"),
            accept_new_options=True,
            help=tr("The class whose probability is told: the one that is looked for."),
            **_controlled(draft, "positive", lambda positive: {"positive": positive}),
        )
    st.number_input(
        tr("Seed of the split"),
        min_value=0,
        step=1,
        help=tr("The same seed holds out the same rows again."),
        **_controlled(draft, "seed", lambda seed: {"seed": int(seed or 0)}),
    )
    st.checkbox(
        tr("Leave out rare classes"),
        help=tr("The rows of a class with too few of them to be in each split."),
        **_controlled(draft, "drop_rare", lambda drop: {"drop_rare": drop}),
    )


def _values(backend: Backend, dataset: Dataset, target: str) -> list[str]:
    """Return the values of a target that has few, as the first rows have them."""
    if target not in [column["name"] for column in dataset.columns]:
        return []
    return _few_values(backend, dataset.name, dataset.sha256, target)


@st.cache_data(show_spinner=False, max_entries=20)
def _few_values(_backend: Backend, dataset: str, sha256: str, target: str) -> list[str]:
    cells = datasets.preview(_backend, dataset, FIRST_ROWS, [target])[target].dropna().astype(str).str.strip()
    values = cells[cells != ""].value_counts()
    return list(values.index) if len(values) <= CLASSES else []
