"""The leaderboard: the trainings and tunings of one target, best first, with what tells them apart.

Best is what is best on the validation split, for a test split that chooses says no more what new rows will show. A
model of all rows has no rows to validate on: it stands with the one that chose its rounds, before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core import evaluation_file, keys, metric_words
from core.backends.base import Backend, Job, JobStatus
from core.backends.requests import JobKind
from core.errors import SenderoError
from core.evaluation_file import Evaluation, Figure
from core.verbs import runs
from core.verbs.jobs import eda_job_of
from core.verbs.judging_split import judging_split
from core.verbs.training import evaluation_of
from core.verbs.tuning import result_of

VALIDATION, TEST = "validation", "test"
READERS = 16  # files at once: in a bucket each takes its tenth of a second


class Scores(NamedTuple):
    """What a leaderboard needs of an evaluation."""

    problem: str = ""
    rows: int = 0
    figures: Mapping[str, Figure] = {}  # on test
    validation: Mapping[str, float | None] = {}

    @property
    def metrics(self) -> dict[str, float | None]:
        """Return the values on test alone."""
        return {name: figure["value"] for name, figure in self.figures.items()}

    def tested(self, name: str) -> str:
        """Return a metric on test with the digits that hold; "" where it is not known."""
        figure = self.figures.get(name)
        if figure is None or figure["value"] is None:
            return ""
        if evaluation_file.ends(figure) is None:
            return metric_words.written(name, figure["value"], self.rows)
        return metric_words.cut(name, figure["value"], figure)

    def interval(self, name: str) -> str:
        """Return the 95% interval of a metric on test, such as `0.69 to 0.76`; "" where it is not known."""
        figure = self.figures.get(name)
        return metric_words.interval(name, figure) if figure else ""


NO_SCORES = Scores()


@dataclass(slots=True)
class Results:
    """What is known of jobs that have ended. It stays as it is, so that it is read once a job; whoever judges a model
    once more forgets its scores.
    """

    scores: dict[str, Scores] = field(default_factory=dict[str, Scores])  # Training Job -> of its model
    best: dict[str, str] = field(default_factory=dict[str, str])  # tuning job -> its best trial
    titles: dict[str, str] = field(default_factory=dict[str, str])
    splits: dict[str, str] = field(default_factory=dict[str, str])  # EDA job -> its test split


@dataclass(frozen=True, slots=True)
class Run:
    """A row of the leaderboard."""

    job: Job
    title: str
    eda_job: str  # on whose splits it was trained
    model: str = (
        ""  # the Training Job to deploy: of a tuning job its best trial; "" where there is none as yet
    )
    scores: Scores = NO_SCORES
    trials: tuple[Run, ...] = ()  # of a tuning job, best first

    def figures(self, split: str) -> Mapping[str, float | None]:
        """Return its metrics on a split."""
        return self.scores.validation if split == VALIDATION else self.scores.metrics


@dataclass(frozen=True, slots=True)
class Target:
    """What runs are compared for: a column to predict, of a data set."""

    name: str
    dataset: str


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The runs for one target: those that run first, then the best first, then those without a result."""

    target: Target
    metric: str  # that ranks them; "" where none is judged yet
    split: str  # on which: validation; test, where all were judged by versions that did not measure on validation
    runs: tuple[Run, ...]

    def find(self, job: str) -> Run | None:
        """Return the run of `job`, also where it is a trial; None where it has none."""
        return next((run for run in self.all_runs() if run.job.name == job), None)

    def all_runs(self) -> list[Run]:
        """Return all runs, each tuning job followed by its trials."""
        return [each for run in self.runs for each in (run, *run.trials)]

    def best_judged(self) -> Run | None:
        """Return the run whose model is the best one, a tuning job for its best trial; None where none is judged."""
        return next(iter(self.judged()), None)

    def best(self, eda_job: str = "") -> Run | None:
        """Return the run to look at first: the best one (on the splits of `eda_job`), or one that runs; or None."""
        return next((run for run in self.runs if eda_job in ("", run.eda_job)), None)

    def judged(self) -> list[Run]:
        """Return the runs whose result is known and stays as it is, the best first; a trial by its tuning job."""
        return [
            run
            for run in self.runs
            if run.scores.metrics.get(self.metric) is not None and not run.job.status.active
        ]


def target_of(eda_job: str, jobs: Mapping[str, Job]) -> Target:
    """Return the target of an EDA job, by its name among `jobs`; both parts "" where it is not there."""
    job = jobs.get(eda_job)
    request = job.request if job else {}
    if "inputs" not in request:
        return Target("", "")
    return Target(
        str(request["config"].get("target", "")), keys.dataset_name(request["inputs"].get("input", ""))
    )


def read(backend: Backend, jobs: Sequence[Job], target: Target, known: Results | None = None) -> Leaderboard:
    """Return the leaderboard for `target` of all `jobs`, reading only the results that are not in `known`.

    A result that is damaged is none here: whoever opens its run is told.
    """
    known = known or Results()
    by_name = {job.name: job for job in jobs}
    ours = [
        job
        for job in jobs
        if job.kind in (JobKind.training, JobKind.tuning) and target_of(eda_job_of(job), by_name) == target
    ]
    _read_scores(backend, [job.name for job in ours if job.kind == JobKind.training and not job.busy], known)
    known.titles.update({job.name: runs.title(job) for job in ours if job.name not in known.titles})
    rows = {job.name: _run(backend, job, known) for job in ours}
    metric = _main_metric(rows.values())
    split = VALIDATION if any(metric in row.scores.validation for row in rows.values()) else TEST
    trials: dict[str, list[Run]] = {}
    for name, row in rows.items():
        if (whole := runs.whole_of(row.job)) in rows:
            trials.setdefault(whole, []).append(rows[name])
    tops = [
        replace(row, trials=tuple(_ranked(trials.get(name, []), metric, split)))
        for name, row in rows.items()
        if runs.whole_of(row.job) not in rows
    ]
    return Leaderboard(target, metric, split, tuple(_ranked(tops, metric, split)))


def looks(backend: Backend, board: Leaderboard, run: Run, known: Results | None = None) -> int:
    """Return how many models here the test split has judged that judged `run`; reading writes nothing, so that looks
    are not counted, but models that were looked at.
    """
    known = known or Results()
    models = [each for each in board.all_runs() if each.job.kind == JobKind.training and each.scores.metrics]
    judged = [each for each in models if not runs.fold_of(each.job)]  # whose test rows are the fold's
    for eda_job in {run.eda_job, *(each.eda_job for each in judged)} - known.splits.keys():
        known.splits[eda_job] = judging_split(backend, eda_job)
    return sum(known.splits[each.eda_job] == known.splits[run.eda_job] for each in judged)


def _read_scores(backend: Backend, names: Iterable[str], known: Results) -> None:
    missing = [name for name in names if name not in known.scores]
    if not missing:
        return
    with ThreadPoolExecutor(READERS) as readers:
        known.scores.update(
            zip(missing, readers.map(lambda name: scores_of(backend, name), missing), strict=True)
        )


def scores_of(backend: Backend, training_job: str) -> Scores:
    """Return the scores of a model on the test split; empty ones where there are none that can be read."""
    try:
        evaluation = evaluation_of(backend, training_job)
    except SenderoError:
        return NO_SCORES
    return scores_of_evaluation(evaluation) if evaluation else NO_SCORES


def scores_of_evaluation(evaluation: Evaluation) -> Scores:
    """Return what a leaderboard needs of an evaluation."""
    validation = evaluation["validation"]["metrics"] if "validation" in evaluation else {}
    return Scores(evaluation["problem"], evaluation["rows"], evaluation["metrics"], validation)


def _run(backend: Backend, job: Job, known: Results) -> Run:
    if job.kind == JobKind.tuning:
        model = _best_trial(backend, job, known)
    else:  # one that was stopped may have left a model
        judged = known.scores.get(job.name, NO_SCORES).metrics
        left = job.status == JobStatus.completed or bool(job.kept_rounds or judged)
        model = job.name if left else ""
    scores = known.scores.get(model, NO_SCORES)
    if first := runs.all_rows_of(job):
        scores = scores._replace(validation=known.scores.get(first, NO_SCORES).validation)
    return Run(job, known.titles[job.name], eda_job_of(job), model, scores)


def _best_trial(backend: Backend, tuning: Job, known: Results) -> str:
    if tuning.name in known.best:
        return known.best[tuning.name]
    try:
        result = result_of(backend, tuning.name)
    except SenderoError:
        result = None
    name = result["best"]["training_job"] if result and result["best"] else ""
    if not tuning.status.active:
        known.best[tuning.name] = name
    return name


def _main_metric(rows: Iterable[Run]) -> str:
    """Return the metric that ranks runs: the first of their problem that the newest judged run has."""
    known = (metric_words.headline(row.scores.problem, row.scores.metrics) for row in rows)
    return next((name for metrics in known for name in metrics), "")


def _ranked(rows: Iterable[Run], metric: str, split: str) -> list[Run]:
    """Return `rows` with those that run first, then the best; those without a result, and of twins, last."""
    less_is_better = metric_words.less_is_better(metric)

    def rank(row: Run) -> tuple[int, float, bool]:
        value = row.figures(split).get(metric)
        if row.job.status.active:
            return (0, 0.0, False)
        if value is None or runs.is_aside(row.job):
            return (2 if row.model else 3, 0.0, False)
        return (1, value if less_is_better else -value, not runs.all_rows_of(row.job))

    return sorted(rows, key=rank)
