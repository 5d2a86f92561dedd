"""Pipelines: finished runs walked again, by hand or by the clock; who did what; where an endpoint comes from."""

import streamlit as st

from core.language import mark, tr
from core.ui import audit, header, page, parts, pipelines, schedules
from core.ui.words import explain
from core.verbs import pipelines as verbs

head, backend = header.open(
    "Pipelines",
    tr("A finished run walked again, step by step.") + "  \n" + explain("Pipeline"),
)
pipelines.done(head)


def runs() -> None:
    """Draw a pipeline: the parameters of its next run, and its runs."""
    listed = {each.name: each for each in verbs.pipelines(backend)}
    if not listed:
        page.first_do(
            tr("First train a model; the menu of its run, More, saves it as a pipeline."), "Training"
        )
    with head.about:
        pipeline = listed[page.pick(tr("Pipeline"), list(listed), key="pipeline")]
        pipelines.more(backend, pipeline)
    given = pipelines.form(backend, pipeline)
    pipelines.start(backend, pipeline, given, head)
    found = verbs.executions(backend, pipeline.name)
    if found:
        pipelines.follow(backend, pipeline, pipelines.choose(pipeline, found))
        pipelines.history(pipeline, found)
    else:
        st.caption(tr("It has not run yet."))


def lineage() -> None:
    """Draw where an endpoint or a model comes from."""
    from core.ui import lineage as drawn  # late: the page opens without it

    drawn.section(backend)


shown = {
    mark("Runs"): runs,
    mark("Schedules"): lambda: schedules.section(backend),
    audit.NAME: lambda: audit.section(backend),
    mark("Where it comes from"): lineage,
}
parts.show(shown, "view", {"thing": "Where it comes from"})
