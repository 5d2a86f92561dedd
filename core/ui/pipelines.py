"""The page Pipelines: the parameters of the next run, and a run with its steps, each with its job's log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from core.backends.base import Backend
from core.backends.pipelines import Execution, ExecutionStatus, ExecutionStep, Pipeline, StepStatus
from core.language import mark, tr
from core.pipelines.definition import DATASET, EDA_INSTANCE, TRAIN_INSTANCE, described
from core.pipelines.steps import Parameter
from core.ui import charts, confirmation, header, jobs, page, pipeline_graph, state
from core.ui.header import Header
from core.values import format_duration
from core.verbs import datasets, resources
from core.verbs import pipelines as verbs
from core.verbs.jobs import existing_job

# Status -> how its badge looks, and its word.
RUNS: Mapping[ExecutionStatus, tuple[page.BadgeColor, str, str]] = {
    ExecutionStatus.executing: ("blue", ":material/progress_activity:", mark("running")),
    ExecutionStatus.stopping: ("orange", ":material/hourglass_top:", mark("stopping")),
    ExecutionStatus.succeeded: ("green", ":material/check_circle:", mark("done")),
    ExecutionStatus.failed: ("red", ":material/error:", mark("failed")),
    ExecutionStatus.stopped: ("gray", ":material/stop_circle:", mark("stopped")),
}
KINDS = {EDA_INSTANCE: "processing", TRAIN_INSTANCE: "training"}


def done(head: Header) -> None:
    """Show once what was saved or deleted."""
    if said := state.PIPELINE_DONE.take():
        with head.messages:
            st.success(page.plain(said), icon=":material/check:")


# --- the next run --------------------------------------------------------------------------------------------


def form(backend: Backend, pipeline: Pipeline) -> dict[str, str]:
    """Draw the parameters of the next run; return those that differ from their defaults."""
    given: dict[str, str] = {}
    with st.expander(tr("Parameters of the next run"), icon=":material/tune:"):
        st.caption(page.plain(f"{verbs.bar(pipeline)} {tr(verbs.UNCHANGED)}"))
        asked = [each for each in verbs.asked_of(pipeline) if _matters(backend, each)]
        for start in range(0, len(asked), 4):
            for column, parameter in zip(st.columns(4), asked[start : start + 4], strict=False):
                with column:
                    value = _field(backend, pipeline, parameter)
                if value != _text(parameter):
                    given[parameter.name] = value
    return given


def _matters(backend: Backend, parameter: Parameter) -> bool:
    """Return whether a parameter means something here: an instance type only where there are several."""
    return parameter.name not in KINDS or bool(resources.choices(backend, KINDS[parameter.name]))


def _field(backend: Backend, pipeline: Pipeline, parameter: Parameter) -> str:
    entry, text = state.pipeline_field(pipeline.name, parameter.name), _text(parameter)
    label, told = page.label(parameter.name), page.plain(described(parameter.description))
    if offered := _offered(backend, parameter):
        names = list(dict.fromkeys([text, *offered]))
        return st.selectbox(label, names, key=entry.key, help=told)
    entry.start(text)
    return st.text_input(label, key=entry.key, help=told).strip()


def _text(parameter: Parameter) -> str:
    return "" if parameter.default is None else str(parameter.default)


def _offered(backend: Backend, parameter: Parameter) -> Sequence[str]:
    """Return the values that a parameter may have, where they are known."""
    if parameter.name == DATASET:
        return [each.name for each in datasets.list_datasets(backend)]
    if parameter.name in KINDS:
        choices = resources.choices(backend, KINDS[parameter.name])
        return next((each.values for each in choices if each.name == "instance_type"), ())
    return ()


def start(backend: Backend, pipeline: Pipeline, given: Mapping[str, str], head: Header) -> None:
    """Draw the button that runs the pipeline, with what it costs beside it; two clicks are one run."""
    key = f"run-pipeline-{pipeline.name}"
    refused = True
    with head.messages, page.errors_shown():
        estimate = verbs.estimate(backend, pipeline, given)
        if objection := verbs.objection(backend, pipeline, given):
            st.warning(page.plain(objection), icon=":material/block:")
        refused = bool(objection)
        if estimate.high != 0:
            amount, whole = page.plain(estimate.amount), page.plain(estimate.text)
            head.actions.caption(tr("Cost: {cost}", cost=amount), help=whole, width="content")
    with head.actions:
        clicked = st.button(
            tr("Run it"), type="primary", icon=":material/play_arrow:", key=key, disabled=refused
        )
    if clicked:
        with head.messages, page.errors_shown():
            with state.click(key) as token:
                execution = verbs.run(backend, pipeline.name, given, token)
            page.select("run", execution.id)


# --- a run ---------------------------------------------------------------------------------------------------


def choose(pipeline: Pipeline, listed: Sequence[Execution]) -> Execution:
    """Draw the choice of a run by when it began and what was other than usual; return the one of the address, or the
    newest. How it stands is not in the words: a choice keeps those that it was drawn with.
    """
    texts = {each.id: " · ".join([page.clock(each.created), *changed(pipeline, each)]) for each in listed}
    counts = Counter(texts.values())
    words = {name: text if counts[text] == 1 else f"{text} ({name[-4:]})" for name, text in texts.items()}
    chosen = page.pick(tr("Run"), list(words), key="run", words=words, width=jobs.WIDTH, labelled=True)
    return next(each for each in listed if each.id == chosen)


def changed(pipeline: Pipeline, execution: Execution) -> list[str]:
    """Return what an execution was started with that is not the pipeline's default: `max_depth 3`."""
    usual = {each.name: _text(each) for each in verbs.asked_of(pipeline)}
    given = verbs.given_to(execution)
    return [f"{name} {value}" for name, value in given.items() if value != usual.get(name)]


def history(pipeline: Pipeline, listed: Sequence[Execution]) -> None:
    """Draw all runs as a table, the newest first."""
    with st.expander(tr("All runs"), icon=":material/history:", key="all-runs", on_change="rerun") as opened:
        if not opened.open:
            return
        import pandas as pd  # late: the page opens without it

        rows = [
            {
                tr("Began"): page.clock(each.created),
                tr("State"): tr(RUNS[each.status][2]),
                tr("Took"): format_duration(each.seconds),
                tr("With"): ", ".join(changed(pipeline, each)),
                tr("By"): each.who,
                tr("Why"): each.failure.why if each.failure else "",
            }
            for each in listed
        ]
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, alt=tr("All runs of the pipeline, the newest first")
        )


def follow(backend: Backend, pipeline: Pipeline, execution: Execution) -> None:
    """Draw a run: how it stands, its steps as a graph and one by one; again and again while it is active."""
    active = execution.status.active

    @st.fragment(run_every=backend.capabilities.poll_seconds if active else None)
    def run() -> None:
        with page.errors_shown():
            now = verbs.find_execution(backend, pipeline.name, execution.id) if active else execution
            steps = verbs.steps(backend, now)
            _state(backend, pipeline, now)
            if failure := verbs.failure_of(now, steps):
                page.show_failure(failure)
            drawn, words = pipeline_graph.graph(pipeline, steps, now), pipeline_graph.alt(steps, now)
            charts.draw(drawn, words, height=pipeline_graph.HEIGHT, key=f"graph-{now.id}")
            for step in steps:
                _step(backend, step, now)
            if active and not now.status.active:
                st.rerun()

    run()


def _state(backend: Backend, pipeline: Pipeline, execution: Execution) -> None:
    color, icon, word = RUNS[execution.status]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(tr(word), color=color, icon=icon)
        told = [format_duration(execution.seconds)]
        if execution.who:
            told.append(tr("started by {who}", who=execution.who))
        told += changed(pipeline, execution)
        st.caption(page.plain(", ".join(told)), width="content")
        if execution.status == ExecutionStatus.executing:
            with st.popover(tr("Stop"), icon=":material/stop:", key=f"stopping-{execution.id}"):
                st.write(tr("The job that it has started is stopped, too; what is done already is kept."))
                if st.button(tr("Stop the run"), key=f"stop-{execution.id}"):
                    verbs.stop(backend, execution.pipeline, execution.id)
                    st.rerun()


def _step(backend: Backend, step: ExecutionStep, execution: Execution) -> None:
    """Draw a step: what it found or why it failed, its job, and that one's log while it is open."""
    icon, word = pipeline_graph.look_of(step, execution)
    told = step.status.active or step.status == StepStatus.failed
    words = f"{pipeline_graph.name_of(step)}: {word}"
    if step.cached_from and step.status == StepStatus.succeeded:
        words = tr(
            "{step}: {state}, with the result of an earlier run",
            step=pipeline_graph.name_of(step),
            state=word,
        )
    elif step.ended and step.started:
        words += f", {format_duration((step.ended - step.started).total_seconds())}"
    with st.expander(
        page.label(words),
        icon=icon,
        expanded=told,
        key=f"step-{execution.id}-{step.name}-{step.status}",
        on_change="rerun",
    ) as opened:
        if not opened.open:
            return
        for text in (step.message, step.failure):
            if text:
                st.text(text)
        if step.cached_from:
            st.text(
                tr(
                    "Its inputs are unchanged: the result of {job} was taken.",
                    job=step.cached_from,
                )
            )
        job = existing_job(backend, step.job) if step.job else None
        if job is None:
            if not (step.message or step.failure):
                st.caption(tr("There is no job of this step."))
            return
        page.link(header.PAGE_OF.get(job.kind, "Training"), job.name, **header.query_of(job))
        jobs.newest(
            jobs.log_of(backend, job.name, job.status.active), f"log-{execution.id}-{step.name}", "stretch"
        )


# --- what can be done with a pipeline ------------------------------------------------------------------------


def more(backend: Backend, pipeline: Pipeline) -> None:
    """Draw the menu of a pipeline: its definition as a file, and its deletion."""
    with st.popover(tr("More"), icon=":material/more_vert:"):
        st.caption(tr("The definition, as SageMaker takes it without Sendero."))
        st.download_button(
            tr("Definition (JSON)"),
            lambda: verbs.export(backend, pipeline.name),
            f"{pipeline.name}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        with st.expander(tr("Delete this pipeline"), icon=":material/delete:"):
            st.write(
                tr("The records of its runs go with it. Its jobs and the versions that it registered stay.")
            )
            with page.errors_shown():
                if confirmation.typed(pipeline.name, "pipeline"):
                    gone = verbs.delete(backend, pipeline.name)
                    state.PIPELINE_DONE.set(tr("Deleted: {deleted}.", deleted=", ".join(gone)))
                    for key in ("pipeline", "run"):
                        st.query_params.pop(key, None)
                    st.rerun()
