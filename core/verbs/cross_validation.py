"""Cross-validation: a small data set judged by all of its rows, each by a model that has not seen it.

The rows of all splits, encoded by the model's own contract, are parted into folds; for each there is a Training Job
with the model's settings that is judged on it, stops early by the next one, and learns from the others. They are jobs
like any other, and they alone say how far it is: whoever looks goes on with it.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core import hyperparameters, keys, metric_words
from core.backends.base import Backend, Estimate, Job, JobStatus, together
from core.backends.requests import JobKind, TrainingRequest
from core.errors import CannotCrossValidate
from core.language import tr
from core.names import new_name, token_of
from core.numbers import count, integer
from core.verbs import launching
from core.verbs.eda import read_contract, report_of
from core.verbs.jobs import best_attempt, stem
from core.verbs.leaderboard import scores_of
from core.verbs.resources import estimate_training
from core.verbs.training import model_of

if TYPE_CHECKING:
    from core.report.schema import SplitSize

MOST_ROWS = keys.FEW_ROWS  # from which the test split alone says enough
FOLDS = 5
AT_ONCE = 2  # jobs


@dataclass(frozen=True, slots=True)
class Fold:
    """One part of the rows: the job whose model is judged on it, and its value there."""

    number: int
    job: Job | None = None
    value: float | None = None
    attempts: int = 0  # jobs that there were for it

    @property
    def failed(self) -> bool:
        """Return whether its job left nothing to judge by."""
        job = self.job
        return job is not None and not job.busy and (job.status != JobStatus.completed or bool(job.unjudged))


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """The folds of a model as far as they have come, and the metric that they are judged by."""

    of: str
    folds: tuple[Fold, ...]
    metric: str
    rows: int

    @property
    def values(self) -> list[float]:
        """Return the values of the folds that are judged."""
        return [fold.value for fold in self.folds if fold.value is not None]

    @property
    def mean(self) -> float | None:
        """Return the mean of the folds' values."""
        return statistics.mean(self.values) if self.values else None

    @property
    def spread(self) -> float | None:
        """Return the standard deviation between the folds; None of fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @property
    def asked(self) -> bool:
        """Return whether anybody has asked for it."""
        return any(fold.job for fold in self.folds)

    @property
    def running(self) -> list[Fold]:
        """Return the folds whose jobs run."""
        return [fold for fold in self.folds if fold.job and fold.job.busy]

    @property
    def failed(self) -> list[Fold]:
        """Return the folds whose jobs left nothing to judge by."""
        return [fold for fold in self.folds if fold.failed]

    @property
    def missing(self) -> list[Fold]:
        """Return the folds without a job."""
        return [fold for fold in self.folds if not fold.job]

    @property
    def ended(self) -> bool:
        """Return whether nothing more comes of it."""
        return not self.running and not self.missing


def objection(backend: Backend, training_job: str) -> str:
    """Return why a model is not cross-validated, in a sentence; nothing where it can be.

    Raises NotFound, JobNotReady, StorageFailed, StorageDamaged.
    """
    job = model_of(backend, training_job)
    report = report_of(backend, job.request.get("processing_job") or "")
    rows = _rows(report["splits"]["sizes"])
    if rows > MOST_ROWS:
        return tr(
            "It has {rows} rows: the test split alone says enough from {most} on.",
            rows=integer(rows),
            most=integer(MOST_ROWS),
        )
    if report["splits"]["method"] != "random":
        return (
            tr(
                "Its rows are split by time, and folds at random would let it learn from what it is judged on."
            )
            if report["splits"]["method"] == "time"
            else tr(
                "Its rows are split by group, and folds at random would let it learn from what it is judged on."
            )
        )
    if hyperparameters.weights_words(job.hyperparameters):
        return tr("Its rows count by a weight, which folds do not have.")
    if rows < 10 * FOLDS:
        return tr("Its {rows} rows are too few for {folds} folds.", rows=integer(rows), folds=FOLDS)
    return ""


def plan(backend: Backend, training_job: str, jobs: Sequence[Job] | None = None) -> CrossValidation:
    """Return the cross-validation of a model as far as it has come. `jobs`: all Training Jobs.

    Raises NotFound, JobNotReady, StorageFailed, StorageDamaged.
    """
    job = model_of(backend, training_job)
    report = report_of(backend, job.request.get("processing_job") or "")
    jobs = backend.jobs(JobKind.training) if jobs is None else jobs
    problem, metric = report["target"]["problem"], ""
    folds: list[Fold] = []
    for number in range(1, FOLDS + 1):
        found = [each for each in jobs if _fold_of(each) == (training_job, number)]
        fold = Fold(number, best_attempt(found), attempts=len(found))
        if fold.job and not fold.job.busy and not fold.failed:
            known = metric_words.headline(problem, scores_of(backend, fold.job.name).metrics)
            metric = metric or next(iter(known), "")
            fold = replace(fold, value=known.get(metric))
        folds.append(fold)
    return CrossValidation(training_job, tuple(folds), metric, _rows(report["splits"]["sizes"]))


def start(backend: Backend, training_job: str) -> CrossValidation:
    """Launch the first folds of a model, or those that failed anew, and return it as it is then.

    Raises CannotCrossValidate, NotFound, JobNotReady, and what the backend refuses.
    """
    if reason := objection(backend, training_job):
        raise CannotCrossValidate(name=training_job, reason=reason)
    now = plan(backend, training_job)
    if not is_asked(backend, training_job):
        _write_folds(backend, model_of(backend, training_job))
    for fold in now.failed:
        _launch(backend, training_job, fold)
    return advance(backend, plan(backend, training_job))


def advance(backend: Backend, now: CrossValidation) -> CrossValidation:
    """Launch what can be launched of it now, a few jobs at a time, and return it as it is then."""
    ready = now.missing[: max(AT_ONCE - len(now.running), 0)]
    for fold in ready:
        _launch(backend, now.of, fold)
    return plan(backend, now.of) if ready else now


def is_asked(backend: Backend, training_job: str) -> bool:
    """Return whether a model's folds were written, by a look at one file. Raises StorageFailed."""
    return backend.storage.exists(_file(training_job, FOLDS, "test"))


def estimate(backend: Backend, now: CrossValidation) -> Estimate:
    """Return what the folds that are still to be launched will cost: each is trained, and judged by a second job."""
    job, folds = backend.job(now.of), len(now.missing) + len(now.failed)
    one = estimate_training(backend, job.request.get("processing_job") or "", job.resources)
    return together(
        [one] * folds,
        tr(
            "{jobs}, each with its evaluation.",
            jobs=count(folds, "Training Job", "Training Jobs"),
        ),
    )


def sentence(now: CrossValidation) -> str:
    """Return what came of it, in words."""
    if not now.values:
        return tr("No fold is judged yet.")
    label, mean = metric_words.label(now.metric), metric_words.written(now.metric, now.mean or 0.0, now.rows)
    folds = count(len(now.values), "model", "models")
    if now.spread is None:
        return tr("{label} {mean} on the first fold.", label=label, mean=mean)
    spread = metric_words.written(now.metric, now.spread, now.rows)
    low, high = (metric_words.written(now.metric, end(now.values), now.rows) for end in (min, max))
    return tr(
        "{label} {mean} ± {spread} (from {low} to {high}): the mean of {folds}, each judged on "
        "rows that it has not seen, and the standard deviation between them.",
        label=label,
        mean=mean,
        spread=spread,
        low=low,
        high=high,
        folds=folds,
    )


# --- its parts --------------------------------------------------------------------------------------------


def _rows(sizes: Mapping[str, SplitSize]) -> int:
    return sum(size["rows"] for size in sizes.values())


def _fold_of(job: Job) -> tuple[str, int] | None:
    request = job.request
    if "hyperparameters" not in request or not request.get("fold_of"):
        return None
    return request.get("fold_of", ""), request.get("fold", 0)


def _file(training_job: str, number: int, split: str) -> str:
    return f"{keys.fold(training_job, number, split)}/{split}.csv"


def rows_of_folds(labels: Sequence[object], classes: Sequence[str]) -> list[list[int]]:
    """Return the places of each fold's rows among those of all splits; `labels` are theirs, equal where classes are."""
    order = list(range(len(labels)))
    random.Random(0).shuffle(order)
    if classes:  # in turn, so that each fold has its share of each class
        order.sort(key=lambda place: str(labels[place]))
    return [order[number::FOLDS] for number in range(FOLDS)]


def _write_folds(backend: Backend, job: Job) -> None:
    """Write the channels of each fold: lines of numbers, which no cell breaks, parted class by class."""
    storage, eda_job = backend.storage, job.request.get("processing_job") or ""
    lines: list[bytes] = []
    for split in keys.SPLIT_NAMES:
        for key in storage.files(keys.eda_output(eda_job, split)):
            lines += storage.read_bytes(key).splitlines()
    classes = read_contract(storage, keys.model_contract(job.name)).label.classes
    places = rows_of_folds([line.partition(b",")[0].decode() for line in lines], classes)
    parts = [[lines[place] for place in fold] for fold in places]
    for number in range(FOLDS):
        stop = (number + 1) % FOLDS
        train = [line for k, part in enumerate(parts) if k not in (number, stop) for line in part]
        for split, rows in (("train", train), ("validation", parts[stop]), ("test", parts[number])):
            storage.write_bytes(_file(job.name, number + 1, split), b"".join(line + b"\n" for line in rows))


def _launch(backend: Backend, training_job: str, fold: Fold) -> Job:
    whole = backend.job(training_job)
    given = whole.request
    assert "hyperparameters" in given, "the request of a Training Job"
    number, again = fold.number, f"r{fold.attempts}" if fold.attempts else ""
    request = TrainingRequest(
        name=new_name(f"fold{number}{again}-{stem(training_job)}", token_of(training_job)),
        hyperparameters=given["hyperparameters"],
        channels={name: keys.fold(training_job, number, name) for name in ("train", "validation")},
        contract=given["contract"],
        test=keys.fold(training_job, number, "test"),
        processing_job=given["processing_job"],
        resources=whole.resources,
        fold_of=training_job,
        fold=number,
    )
    return launching.launch(backend, request)
