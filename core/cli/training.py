"""The commands over training: launch it or a tuning job and wait, judge a model once more."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from core import evaluation_file, hyperparameters, metric_words
from core.backends.base import Backend, Job
from core.backends.requests import JobKind
from core.cli.answer import Answer, backend_of, resources_of, say, say_cost
from core.cli.documents import TrainingDocument
from core.evaluation_file import Evaluation
from core.language import joined, tr
from core.numbers import count, score
from core.verbs import all_rows as all_rows_verbs
from core.verbs import resources, tracking, training, tuning
from core.verbs.jobs import of_kind
from core.verbs.leaderboard import eda_job_of
from core.verbs.tuning import Budget
from core.verbs.tuning_verdict import hourly, verdict
from core.verbs.waiting import wait, wait_judged


def train(args: Namespace) -> Answer:
    """Launch a Training Job and wait."""
    data = run_training(backend_of(args), args.eda, args)
    following = tr("Next: {command}", command=f"deploy --training {data['job']}")
    return Answer(data, f"{scores_of(data)}\n{data['kept']}\n{following}")


def run_training(backend: Backend, eda_job: str, args: Namespace) -> TrainingDocument:
    """Launch the Training Job, wait, and answer the verb's data."""
    chosen = resources_of(args)
    say_cost(backend, lambda: resources.estimate_training(backend, eda_job, chosen))
    job = training.launch_training(backend, eda_job, args.preset, dict(args.given), resources=chosen)
    say(tr("Training job {name}", name=job.name))
    for sentence in hyperparameters.not_to_be_read(job.hyperparameters):
        say(sentence)
    return ended_training(backend, job)


def ended_training(backend: Backend, job: Job) -> TrainingDocument:
    """Wait for a Training Job, and answer what came of it."""
    job = wait(backend, job.name, say)
    if tracked := tracking.track_quietly(backend, job.name):
        say(tracked)
    rounds, evaluation = training.rounds_of(backend, job.name), training.evaluation_of(backend, job.name)
    kept = rounds, job.hyperparameters, job.status, job.kept_rounds
    return {
        "job": job.name,
        "status": job.status,
        "metrics": hyperparameters.kept_row(*kept),
        "kept": hyperparameters.kept_words(*kept),
        "evaluation": evaluation and plain_evaluation(evaluation),
        "unjudged": job.unjudged,  # why there is none
    }


def all_rows(args: Namespace) -> Answer:
    """Train once more on the train and the validation split together, and wait."""
    backend = backend_of(args)
    data = run_all_rows(backend, args.training_job)
    before = training.evaluation_of(backend, args.training_job)
    theirs = evaluation_file.values(before) if before else {}
    before_it = tr("Before: {scores}", scores=scores(args.training_job, "Completed", theirs))
    text = f"{scores_of(data)}\n{before_it}"
    return Answer({**data, "all_rows_of": args.training_job}, text)


def run_all_rows(backend: Backend, training_job: str) -> TrainingDocument:
    """Launch the training on all rows, or find the one that was made; wait, and answer what came of it."""
    wanted = all_rows_verbs.offer(backend, training_job)
    if wanted and not wanted.made:
        say(joined([wanted.sentence, wanted.stays]))
        say_cost(backend, lambda: all_rows_verbs.estimate(backend, wanted))
    job = all_rows_verbs.launch(backend, training_job)
    say(tr("Training job {name}", name=job.name))
    return ended_training(backend, job)


def evaluate(args: Namespace) -> Answer:
    """Judge a model on the test split once more, waits."""
    backend = backend_of(args)
    say_cost(backend, lambda: training.estimate_evaluation(backend, args.training_job))
    job = training.evaluate(backend, args.training_job)
    job = wait_judged(backend, job.name, say)
    evaluation = training.evaluation_of(backend, job.name)
    data: dict[str, Any] = {"job": job.name, "status": job.status, "best_column": None}
    if evaluation is None:
        return Answer(data, scores(job.name, job.status, {}))
    return Answer({**data, **evaluation}, _judged_words(job, evaluation))


def plain_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation whose metrics are numbers, as scripts ask for: `evaluation.metrics.auc`, `evaluation.auc`.

    The ends of their intervals stand apart from them.
    """
    values = evaluation_file.values(evaluation)
    ends = {name: [figure["low"], figure["high"]] for name, figure in evaluation["metrics"].items()}
    return {**values, **evaluation, "metrics": values, "intervals": ends}


def _judged_words(job: Job, evaluation: Evaluation) -> str:
    """Return a line for each metric, with its interval, what guessing gives and what the best single column does."""
    best = evaluation.get("best_column")
    lines = [
        tr(
            "{name} {status}; on the test split, {rows}:",
            name=job.name,
            status=job.status,
            rows=count(evaluation["rows"], "row", "rows"),
        )
    ]
    for name, figure in evaluation["metrics"].items():
        if figure["value"] is None:
            continue
        told = [f"{metric_words.label(name)} {metric_words.with_interval(name, figure)}"]
        base = evaluation["baseline"].get(name)
        if base is not None:
            told.append(tr("{value} by guessing", value=metric_words.cut(name, base, figure)))
        if best and (alone := best["metrics"].get(name)) and alone["value"] is not None:
            told.append(
                tr(
                    "{value} by {column} alone",
                    value=metric_words.cut(name, alone["value"], figure),
                    column=best["column"],
                )
            )
        lines.append(f"  {', '.join(told)}")
    return "\n".join(lines)


def scores_of(data: TrainingDocument) -> str:
    """Return the same line of what `train` prints."""
    metrics = data["evaluation"]["metrics"] if data["evaluation"] else {}
    return scores(data["job"], data["status"], metrics, data["unjudged"])


def scores(job: str, status: str, metrics: Mapping[str, float | None], unjudged: str = "") -> str:
    """Return one line: the job, and its metrics on the test split, or why it has none."""
    shown = ", ".join(f"{name} {score(value)}" for name, value in metrics.items() if value is not None)
    if unjudged:
        shown = tr(
            "not judged, because: {unjudged} (evaluate {job} judges it again)", unjudged=unjudged, job=job
        )
    shown = shown or tr("not judged")
    return tr("{job} {status}; on the test split: {scores}", job=job, status=status, scores=shown)


def tune(args: Namespace) -> Answer:
    """Launch a tuning job, or go on from one that has ended, and wait."""
    backend, budget = backend_of(args), Budget(args.max_jobs or 0, args.minutes or 0, args.usd or 0)
    if args.more:
        earlier = of_kind(backend, args.more, JobKind.tuning)
        eda, chosen = eda_job_of(earlier), earlier.resources
    else:
        eda, chosen = args.eda, resources_of(args)
    say_cost(backend, lambda: resources.estimate_training(backend, eda, chosen, budget.most_jobs))
    if args.more:
        job = tuning.launch_more(backend, args.more, budget)
    else:
        ranges, given = dict(args.ranges), dict(args.given)
        job = tuning.launch_tuning(backend, eda, budget, ranges, args.preset, given, chosen=chosen)
    say(tr("Tuning job {name}", name=job.name))
    job = wait(backend, job.name, say)
    result = tuning.result_of(backend, job.name)
    best = result["best"] if result else None
    text, told = tr("{name} {status}; no trial has a result", name=job.name, status=job.status), None
    if result and best:
        tried = ", ".join(f"{name} {value}" for name, value in best["values"].items()) or tr("as given")
        if tracked := tracking.track_quietly(backend, best["training_job"]):
            say(tracked)
        told = verdict(job, result, hourly(backend, job))
        text = tr(
            "{name} {status}; best: {training_job}, {objective} ({tried})",
            name=job.name,
            status=job.status,
            training_job=best["training_job"],
            objective=score(best["objective"]),
            tried=tried,
        )
        text = "\n".join(part for part in (text, told.gain, told.basis, told.cost, told.knobs) if part)
        text += "\n" + tr("Next: {command}", command=f"deploy --training {told.choose}")
    data = {"job": job.name, "status": job.status, "best": best, "verdict": told and told.as_dict()}
    return Answer(data, text)
