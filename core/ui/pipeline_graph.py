"""The steps of a pipeline's run as a graph: what each is called, how its state looks, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plotly.graph_objects import Figure

from core.backends.pipelines import Execution, ExecutionStep, Pipeline, StepStatus
from core.language import mark, tr
from core.pipelines.steps import CONDITION, ELSE, Step
from core.pipelines.steps import steps as steps_of
from core.ui import charts
from core.ui.graph import Node, figure

# Status -> the icon of a step, and its word.
STEPS: Mapping[StepStatus, tuple[str, str]] = {
    StepStatus.pending: (":material/schedule:", mark("to come")),
    StepStatus.starting: (":material/progress_activity:", mark("running")),
    StepStatus.executing: (":material/progress_activity:", mark("running")),
    StepStatus.stopping: (":material/hourglass_top:", mark("stopping")),
    StepStatus.succeeded: (":material/check_circle:", mark("done")),
    StepStatus.failed: (":material/error:", mark("failed")),
    StepStatus.stopped: (":material/stop_circle:", mark("stopped")),
}
NOT_DONE = (":material/remove:", mark("not done"))  # of a step that is still to come when the run has ended
OUTCOMES = {"True": mark("holds"), "False": mark("does not hold")}  # of a condition
# Status -> which of the theme's colours its mark has: green, blue, amber, red, grey.
COLOR = {
    StepStatus.succeeded: 0,
    StepStatus.starting: 2,
    StepStatus.executing: 2,
    StepStatus.stopping: 1,
    StepStatus.failed: 6,
    StepStatus.stopped: 9,
    StepStatus.pending: 9,
}
# What the steps that Sendero writes are called; any other by its own name.
WORDS = {
    "Eda": mark("EDA"),
    "Train": mark("Training"),
    "Evaluate": mark("Evaluation"),
    "Check": mark("Condition"),
}
HEIGHT = 170


def name_of(step: ExecutionStep) -> str:
    """Return what a step is called on the page."""
    return tr(WORDS[step.name]) if step.name in WORDS else step.name


def look_of(step: ExecutionStep, execution: Execution) -> tuple[str, str]:
    """Return the icon and the word of a step's state."""
    if step.status == StepStatus.pending and not execution.status.active:
        icon, word = NOT_DONE
    else:
        icon, word = STEPS[step.status]
        word = OUTCOMES.get(step.outcome, word)
    return icon, tr(word)


def graph(pipeline: Pipeline, steps: Sequence[ExecutionStep], execution: Execution) -> Figure:
    """Return the steps from left to right, each with its state, and an arrow to each from those that it waits for."""
    places = _places(steps_of(pipeline.definition))
    nodes = {
        step.name: Node(
            *places[step.name][:2],
            f"{charts.shown(name_of(step))}<br>{look_of(step, execution)[1]}",
            COLOR[step.status],
            "top center" if step.type == CONDITION else "bottom center",  # an arrow leads down from it
            tuple(places[step.name][2]),
        )
        for step in steps
        if step.name in places
    }
    drawn = figure(nodes)
    widest = max((x for x, _, _ in places.values()), default=0)
    lowest, highest = (end(y for _, y, _ in places.values()) for end in (min, max))
    drawn.update_xaxes(range=[-0.5, widest + 0.5])
    drawn.update_yaxes(range=[lowest - 1.1, highest + 0.5])
    return drawn


def alt(steps: Sequence[ExecutionStep], execution: Execution) -> str:
    """Return the graph in words."""
    return "; ".join(f"{name_of(step)}: {look_of(step, execution)[1]}" for step in steps)


def _places(listed: Sequence[Step]) -> dict[str, tuple[float, float, list[str]]]:
    """Return {step: how far to the right, how high, from which steps an arrow leads to it}."""
    places: dict[str, tuple[float, float, list[str]]] = {}
    above: dict[str, set[str]] = {}
    for step in listed:
        after = [name for name in step.after if name in places]
        above[step.name] = set(after).union(*(above[name] for name in after))
        nearest = [name for name in after if not any(name in above[other] for other in after)]
        x = max((places[name][0] + 1 for name in nearest), default=0)
        high = (-1.0 if step.branch == ELSE else 1.0) if step.branch else 0.0
        while any(place[:2] == (x, high) for place in places.values()):
            high += 1.0
        places[step.name] = (x, high, nearest)
    return places
