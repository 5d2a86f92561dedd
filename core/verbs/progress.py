"""The progress of the pipeline: the five steps with their state and result, the best model, and the one next action.

Read from the backend each time, so that every tab and every restart tells the same story.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from core import configuration, metric_words
from core.backends.base import Backend, Endpoint, EndpointStatus, Job, JobStatus
from core.backends.registry import Approval
from core.backends.requests import JobKind
from core.configuration import Configuration
from core.errors import SenderoError
from core.language import tr
from core.numbers import count
from core.values import format_duration
from core.verbs import choices, leaderboard, registry, runs
from core.verbs.choices import Choice
from core.verbs.eda import report_of
from core.verbs.leaderboard import Leaderboard, Results, Run, Target
from core.verbs.training import deployable
from core.verbs.tuning import result_of


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `state` is done, running, failed, next or later."""

    page: str
    state: str
    summary: str
    query: dict[str, str] = field(default_factory=dict)  # what the page should select, as its URL says it


@dataclass(frozen=True, slots=True)
class NextAction:
    """The one thing to do now: the page that does it, its button, and why."""

    page: str
    label: str
    why: str
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """All five steps, in the path's order, and the next action."""

    steps: tuple[Step, ...]
    next: NextAction
    plan: Configuration | None = None
    best: Run | None = (
        None  # for the target of the newest training the model that is chosen, else the best judged
    )
    endpoint: Endpoint | None = None  # the newest that is active
    jobs: tuple[Job, ...] = ()  # all, newest first
    is_chosen: bool = False  # the best one, by a person


def pipeline_progress(backend: Backend, known: Results | None = None) -> Progress:
    """Return the five steps and the next action, for the newest configuration, EDA job, training job, endpoint.

    What is damaged is a step that failed and says so: it takes none of the others away. `known` spares reading the
    results of jobs that have ended again.
    """
    plan, first = _configuration_step(backend)
    jobs = backend.jobs()
    eda = _newest(jobs, JobKind.processing)
    training = _at_work(jobs, _newest(jobs, JobKind.training))
    board = _leaderboard(backend, jobs, training, known) if training else None
    chosen = choices.chosen(choices.marks(backend), jobs) if board else {}
    preferred = board.find(chosen[board.target].job) if board and board.target in chosen else None
    best = preferred or (board.best_judged() if board else None)
    if board and training and training.status == JobStatus.completed:
        wanted = _to_use(backend, jobs, training, board, chosen)
        training = next((job for job in jobs if job.name == wanted), training)
    endpoint = next((item for item in backend.endpoints() if item.status.active), None)
    steps = [
        first,
        _job_step("EDA", eda, tr("Profile the data and split it"), ready=plan is not None),
        _report_step(backend, eda),
        _training_step(training, board, eda),
        _endpoint_step(endpoint, training),
    ]
    next_action = _next(plan is not None, eda, training, endpoint)
    return Progress(tuple(steps), next_action, plan, best, endpoint, tuple(jobs), preferred is not None)


def models(backend: Backend, known: Results | None = None) -> list[Job]:
    """Return the Training Jobs whose model can be served: those of approved versions, the newest first, then the chosen
    ones, last chosen first, then the best one for the target of the newest, then the others newest first, and those of
    twins, which only show what a column is worth, last. `known` as `pipeline_progress` has it.
    """
    models = sorted(deployable(backend), key=runs.is_aside)
    if not models:
        return models
    jobs = backend.jobs()
    chosen = choices.chosen(choices.marks(backend), jobs)
    approved = [name for name, each in registry.known(backend).items() if each.approval == Approval.approved]
    first = [*reversed(approved), *(mark.job for mark in chosen.values())]
    board = _leaderboard(backend, jobs, models[0], known)
    first.append(_to_use(backend, jobs, models[0], board, chosen))
    return sorted(models, key=lambda job: first.index(job.name) if job.name in first else len(first))


def _to_use(
    backend: Backend, jobs: list[Job], newest: Job, board: Leaderboard, chosen: Mapping[Target, Choice]
) -> str:
    """Return the Training Job whose model is proposed for the target of `board`: the one that is chosen, else the best.

    Where none is judged, it is the `newest` of them, or the best trial so far of the tuning that it is a trial of.
    """
    if board.target in chosen:
        return chosen[board.target].job
    best = board.best_judged()
    return best.model if best else _best_trial(backend, jobs, newest)


def _best_trial(backend: Backend, jobs: list[Job], training: Job) -> str:
    """Return the best trial so far where `training` is a trial of one of the `jobs`, else itself."""
    for tuning in jobs:
        within = tuning.created <= training.created <= (tuning.ended or training.created)
        if tuning.kind != JobKind.tuning or not within:
            continue
        with suppress(SenderoError):  # a damaged record offers nothing better
            result = result_of(backend, tuning.name)
            if result and training.name in [trial["training_job"] for trial in result["trials"]]:
                return result["best"]["training_job"] if result["best"] else training.name
    return training.name


def _leaderboard(backend: Backend, jobs: list[Job], training: Job, known: Results | None) -> Leaderboard:
    target = leaderboard.target_of(leaderboard.eda_job_of(training), {job.name: job for job in jobs})
    return leaderboard.read(backend, jobs, target, known)


def _configuration_step(backend: Backend) -> tuple[Configuration | None, Step]:
    try:
        plan = configuration.load(backend.storage)
    except SenderoError as error:
        return None, Step("Configuration", "failed", error.failure.what)
    if plan is None:
        return None, Step("Configuration", "next", tr("Choose a data set and the column to predict"))
    return plan, Step(
        "Configuration", "done", tr("{target}, from {dataset}", target=plan.target, dataset=plan.dataset)
    )


def _newest(jobs: list[Job], kind: JobKind) -> Job | None:
    """Return the newest job of a kind, a Completed or active one before a failed or stopped one.

    The jobs of a twin, which only show what a column is worth, come after all others.
    """
    of_kind = sorted((job for job in jobs if job.kind == kind), key=runs.is_aside)
    good = (job for job in of_kind if job.status.active or job.status == JobStatus.completed)
    return next(good, of_kind[0] if of_kind else None)


def _at_work(jobs: list[Job], training: Job | None) -> Job | None:
    """Return the tuning job of a trial that runs, which is what somebody waits for; else `training` itself."""
    tuning = runs.tuning_of(training) if training and training.status.active else ""
    return next((job for job in jobs if job.name == tuning and job.status.active), training)


def _done(job: Job | None) -> TypeGuard[Job]:
    return job is not None and job.status == JobStatus.completed


def _job_step(page: str, job: Job | None, todo: str, ready: bool, after: Job | None = None) -> Step:
    if job is None:
        query = {"eda": after.name} if ready and after else {}
        return Step(page, "next" if ready else "later", todo, query)
    query = {"job": job.name}
    if job.status.active:
        return Step(page, "running", job.message or job.phase, query)
    if job.status == JobStatus.completed:
        return Step(page, "done", tr("took {time}", time=format_duration(job.seconds)), query)
    return Step(page, "failed", f"{runs.title(job)}: {job.status}", query)


def _training_step(training: Job | None, board: Leaderboard | None, eda: Job | None) -> Step:
    """Return the step with the best result so far where there is one, else with what became of the newest job."""
    step = _job_step("Training", training, tr("Train XGBoost on the splits"), ready=_done(eda), after=eda)
    if step.state != "done" or not board or not (judged := board.judged()):
        return step
    scores = judged[0].scores
    text = f"{metric_words.label(board.metric)} {scores.tested(board.metric)}"
    models = len([run for run in judged if not run.trials]) + sum(len(run.trials) for run in judged)
    return replace(
        step, summary=tr("{score}, best of {models}", score=text, models=models) if models > 1 else text
    )


def _report_step(backend: Backend, eda: Job | None) -> Step:
    if not _done(eda):
        return Step("Report", "later", tr("Read what the data is like"))
    query = {"job": eda.name}
    try:
        report = report_of(backend, eda.name)
        warnings, rows = report["warnings"], report["overview"]["rows"]
    except SenderoError as error:
        return Step("Report", "failed", error.failure.what, query)
    leaks = sum(warning["code"] == "leakage" for warning in warnings)
    counts = [count(rows, "row", "rows"), *([count(leaks, "leak", "leaks")] if leaks else [])]
    if len(warnings) > leaks or not leaks:
        others = len(warnings) - leaks
        counts.append(
            count(others, "other warning", "other warnings")
            if leaks
            else count(others, "warning", "warnings")
        )
    return Step("Report", "done", ", ".join(counts), query)


def _endpoint_step(endpoint: Endpoint | None, training: Job | None) -> Step:
    if endpoint is None:
        query = {"training": training.name} if _done(training) else {}
        return Step("Inference", "next" if query else "later", tr("Deploy an endpoint and ask it"), query)
    state = "done" if endpoint.status == EndpointStatus.in_service else "running"
    summary = tr("ready") if state == "done" else f"{endpoint.status}"
    return Step("Inference", state, summary, {"endpoint": endpoint.name})


def _next(configured: bool, eda: Job | None, training: Job | None, endpoint: Endpoint | None) -> NextAction:
    if endpoint is not None:
        why = tr(
            "{name} is {status}. Delete it when you are done.", name=endpoint.name, status=endpoint.status
        )
        return NextAction("Inference", tr("Ask the endpoint"), why, {"endpoint": endpoint.name})
    for page, job in (("Training", training), ("EDA", eda)):
        if job and job.status.active:
            return NextAction(
                page, tr("Watch the job"), tr("{name} is running.", name=job.name), {"job": job.name}
            )
    if _done(training):
        why = tr("{name} is ready to serve.", name=training.name)
        return NextAction("Inference", tr("Deploy the model"), why, {"training": training.name})
    if training is not None and _done(eda):
        why = tr("{name} {status}.", name=training.name, status=training.status)
        return NextAction("Training", tr("Train again"), why, {"job": training.name})
    if _done(eda):
        why = tr("The splits are ready; read the report first.")
        return NextAction("Training", tr("Train a model"), why, {"eda": eda.name})
    if eda is not None:
        return NextAction(
            "EDA",
            tr("See why, and run again"),
            tr("{name} {status}.", name=eda.name, status=eda.status),
            {"job": eda.name},
        )
    if configured:
        return NextAction("EDA", tr("Run the EDA"), tr("The data set and the target are chosen."))
    return NextAction(
        "Configuration", tr("Choose the data"), tr("It starts with a CSV and the column to predict.")
    )
