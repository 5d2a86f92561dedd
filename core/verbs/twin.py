"""Twins: the same data without a column that is warned of, profiled, trained and judged beside the data with it.

Twice, where there is a date: on a random split and on one by time. The jobs are jobs like any other, and they alone say
how far a twin is. So whoever looks goes on with it (`advance`), after a reload, on another machine, by another face;
whoever else looks at the same moment finds the job that was launched, for its name follows from its twin's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core import configuration as configurations
from core import evaluation_file, hyperparameters, metric_words
from core.backends.base import Backend, Estimate, Job, JobStatus, together
from core.backends.records import jsonable
from core.backends.requests import JobKind, ProcessingRequest
from core.configuration import Configuration
from core.errors import BadSetting, SenderoError
from core.judging.comparison import Difference
from core.judging.intervals import Interval
from core.language import tr
from core.names import new_name, new_token, token_of
from core.verbs import launching, training
from core.verbs.comparison import compare
from core.verbs.eda import eda_request
from core.verbs.jobs import best_attempt, completed, stem
from core.verbs.resources import estimate_eda, estimate_training
from core.verbs.runs import settings_of, tuning_of

if TYPE_CHECKING:
    from core.report.schema import Report

# Warnings that a column may know too much, or what does not last: leaving it out shows.
SUSPICIONS = ("leakage", "blank_tells", "drift")
AT_ONCE = 2  # jobs of a twin
ASKED = timedelta(days=1)  # in which what is left of a twin is launched without anybody asking anew
KEPT = 256  # differences
_DIFFERENCES: dict[tuple[str, str, str, str], Difference | None] = {}
LETTERS = "abcd"  # end the names of the jobs of a twin's models


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the models that are compared, as far as it has come."""

    configuration: Configuration
    without: tuple[str, ...]  # the columns that are left out; none with them
    eda: Job | None = None
    training: Job | None = None
    measured: Interval | None = None  # its metric on the test split

    @property
    def running(self) -> Job | None:
        """Return its job that runs; None where none does."""
        return next((job for job in (self.eda, self.training) if job and job.busy), None)

    @property
    def failed(self) -> Job | None:
        """Return its job that left nothing to go on with: failed, stopped or not judged; None where there is none."""
        for job in (self.eda, self.training):
            if job and not job.busy and (job.status != JobStatus.completed or job.unjudged):
                return job
        return None


@dataclass(frozen=True, slots=True)
class Pair:
    """Both models on one way to split."""

    split: str  # random, time or group
    column: str | None  # the time or the group that rows are split by
    with_it: Arm
    without: Arm
    difference: Difference | None = (
        None  # that the columns make, row by row, where one test split judged both
    )


@dataclass(frozen=True, slots=True)
class Twin:
    """An EDA job's data with some columns and without them."""

    of: str  # the EDA job
    columns: tuple[str, ...]
    pairs: tuple[Pair, ...]
    metric: str = ""  # that compares them
    floor: float = 0.0  # its value for a model that knows no column
    others: tuple[str, ...] = ()  # columns that tell suspiciously much as well, and stay

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Return all models, pair by pair."""
        return tuple(arm for pair in self.pairs for arm in (pair.with_it, pair.without))

    @property
    def running(self) -> list[Job]:
        """Return its jobs that run."""
        return [job for arm in self.arms if (job := arm.running)]

    @property
    def failed(self) -> list[Job]:
        """Return its jobs that left nothing to go on with."""
        return list({job.name: job for arm in self.arms if (job := arm.failed)}.values())

    @property
    def missing(self) -> list[Arm]:
        """Return the models for which a job is still to be launched."""
        return [arm for arm in self.arms if not arm.failed and (arm.eda is None or arm.training is None)]

    @property
    def ended(self) -> bool:
        """Return whether nothing more comes of it: all models are judged, or have failed."""
        return not self.running and not self.missing

    @property
    def asked(self) -> bool:
        """Return whether anybody has asked for it."""
        return any(pair.without.eda for pair in self.pairs)

    @property
    def asked_lately(self) -> bool:
        """Return whether it was asked for so short a time ago that the rest of it may be launched."""
        jobs = [job for pair in self.pairs for job in (pair.without.eda, pair.without.training) if job]
        return any(datetime.now(UTC) - job.created < ASKED for job in jobs)


# --- verbs ------------------------------------------------------------------------------------------------


def start(backend: Backend, eda_job: str, columns: Sequence[str], report: Report, token: str = "") -> Twin:
    """Launch the first jobs of a twin, or what failed of one that there is, and return it as it is then.

    Raises NotFound, JobNotReady, BadSetting, NoSuchColumn, and what the backend refuses.
    """
    twin = plan(backend, eda_job, columns, report)
    token = token or new_token()
    if not twin.asked:
        _launch_eda(backend, twin, twin.pairs[0].without, token)
    for arm, letter in zip(twin.arms, LETTERS, strict=False):  # those that failed, anew
        if arm.eda and arm.failed == arm.eda:
            _launch_eda(backend, twin, arm, f"{token}{letter}")
        elif arm.eda and arm.failed:
            _launch_training(backend, twin, arm.eda, f"{token}{letter}")
    return advance(backend, plan(backend, eda_job, columns, report), report)


def advance(backend: Backend, twin: Twin, report: Report) -> Twin:
    """Launch what can be launched of a twin now, a few jobs at a time, and return it as it is then."""
    room = AT_ONCE - len(twin.running)
    ready = [arm for arm in twin.missing if not arm.running][: max(room, 0)]
    for arm in ready:
        if arm.eda is None:
            _launch_eda(backend, twin, arm, _token_of(twin, arm))
        else:
            _launch_training(backend, twin, arm.eda, token_of(arm.eda.name))
    return plan(backend, twin.of, twin.columns, report) if ready else twin


def of(backend: Backend, eda_job: str, report: Report, jobs: Sequence[Job] | None = None) -> list[Twin]:
    """Return all twins of an EDA job, as far as they have come. `jobs`: all that there are."""
    jobs = backend.jobs() if jobs is None else jobs
    asked = {tuple(columns): None for job in jobs if (columns := _left_out(job, eda_job))}
    return [plan(backend, eda_job, columns, report, jobs) for columns in asked]


def plan(
    backend: Backend,
    eda_job: str,
    columns: Sequence[str],
    report: Report,
    jobs: Sequence[Job] | None = None,
) -> Twin:
    """Return the twin of an EDA job without `columns`: its models, with their jobs as far as there are any.

    Raises NotFound, JobNotReady, BadSetting.
    """
    base = completed(backend, eda_job, JobKind.processing)
    _check(report, columns)
    # In one order, so that they are one twin in whichever order they are named.
    columns = tuple(column["name"] for column in report["columns"] if column["name"] in columns)
    jobs = backend.jobs() if jobs is None else jobs
    pairs: list[Pair] = []
    whole = configurations.from_job(base.request)
    for split, column in _splits(whole, columns, report):
        with_it = replace(whole, split=split, split_column=column)
        without = _arm(base, _reduced(with_it, columns), columns, jobs)
        pairs.append(Pair(split, column, _arm(base, with_it, (), jobs), without))
    twin = Twin(eda_job, columns, tuple(pairs), others=_others(report, columns))
    return _measured(backend, twin, report["target"]["problem"])


def estimate(backend: Backend, twin: Twin) -> Estimate:
    """Return what is still to be launched of a twin will cost. Raises StorageFailed."""
    edas = [arm for arm in twin.arms if arm.eda is None or arm.eda.status == JobStatus.failed]
    trainings = sum(arm.training is None for arm in twin.arms)
    resources = backend.job(twin.of).resources
    parts = [estimate_eda(backend, arm.configuration, resources) for arm in edas]
    if trainings:  # each is judged
        parts += [estimate_training(backend, twin.of, _training_resources(backend))] * trainings
    return together(
        parts, tr("{profiles} EDA and {trainings} Training Jobs.", profiles=len(edas), trainings=trainings)
    )


# --- its parts --------------------------------------------------------------------------------------------


def _others(report: Report, columns: tuple[str, ...]) -> tuple[str, ...]:
    leaks = [item["columns"] for item in report["warnings"] if item["code"] == "leakage"]
    return tuple(dict.fromkeys(name for names in leaks for name in names if name not in columns))


def _check(report: Report, columns: Sequence[str]) -> None:
    known = {column["name"] for column in report["columns"]}
    target = report["target"]["name"]
    for name in columns:
        if name not in known or name == target:
            reason = (
                tr("'{name}' is the column to predict.", name=name)
                if name == target
                else tr("There is no column '{name}'.", name=name)
            )
            raise BadSetting(name="without", reason=reason, source="--without")
    if not columns:
        raise BadSetting(name="without", reason=tr("No column is named."), source="--without")


def _splits(
    whole: Configuration, columns: tuple[str, ...], report: Report
) -> Iterator[tuple[str, str | None]]:
    """Yield how rows are split, the job's own way first: at random (or by group), and by time where there is one."""
    own = (whole.split, whole.split_column)
    yield own
    if whole.split == "time":
        yield "random", None
        return
    dates = [
        column
        for column in report["columns"]
        if column["kind"] == "datetime"
        and column["name"] not in (*columns, report["target"]["name"], *whole.derive)
    ]
    if dates:
        best = min(dates, key=lambda column: (column["missing"], -column["distinct"]))
        yield "time", best["name"]


def _reduced(whole: Configuration, columns: tuple[str, ...]) -> Configuration:
    """Return a configuration without `columns`, and without what is derived from them."""
    kept = whole.derive
    if kept:
        from core.encoding.expressions import columns_of  # late: narwhals, a tenth of a second

        kept = {
            name: expression
            for name, expression in kept.items()
            if name not in columns and not {*columns} & {*columns_of(name, expression)}
        }
    dropped = [name for name in columns if name not in whole.derive]
    return replace(whole, derive=kept, drop=tuple(dict.fromkeys((*whole.drop, *dropped))))


def _arm(
    base: Job,
    configuration: Configuration,
    without: tuple[str, ...],
    jobs: Sequence[Job],
) -> Arm:
    wanted = jsonable(configuration.job_config())
    own = jsonable(configurations.from_job(base.request).job_config())
    edas = [
        job
        for job in jobs
        if "inputs" in job.request
        and job.request.get("twin_of") == base.name
        and tuple(job.request.get("without") or ()) == without
        and job.request["config"] == wanted
    ]
    eda = base if wanted == own else best_attempt(edas)
    models = [job for job in jobs if eda and _trains(job, eda.name)]
    return Arm(configuration, without, eda, best_attempt(models))


def _trains(job: Job, eda_job: str) -> bool:
    """Return whether a job is a twin's training on the splits of `eda_job`, or one that anybody launched just so."""
    request = job.request
    if "hyperparameters" not in request or request["processing_job"] != eda_job:
        return False
    if tuning_of(job) or request.get("all_rows_of") or request.get("fold_of"):
        return False
    launched = request.get("twin_of") or job.name == _training_name(eda_job, token_of(eda_job))
    return bool(launched) or settings_of(job) == (hyperparameters.DEFAULT_PRESET, {})


def _measured(backend: Backend, twin: Twin, problem: str) -> Twin:
    """Return it with the metric that compares its models, and its value for each that is judged."""
    ended = [arm.training for arm in twin.arms if arm.training and not arm.running and not arm.failed]
    judged = {job.name: found for job in ended if (found := training.evaluation_of(backend, job.name))}
    if not judged:
        return twin
    first = next(iter(judged.values()))
    metric = next(iter(metric_words.headline(problem, evaluation_file.values(first))))
    floor = first["baseline"][metric] or 0.0

    def measured(arm: Arm) -> Arm:
        found = judged.get(arm.training.name) if arm.training else None
        figure = found["metrics"].get(metric) if found else None
        if figure is None or figure["value"] is None:
            return arm
        return replace(arm, measured=Interval(figure["value"], figure["low"], figure["high"]))

    pairs = [
        replace(
            pair,
            with_it=measured(pair.with_it),
            without=measured(pair.without),
            difference=_difference(backend, pair, metric),
        )
        for pair in twin.pairs
    ]
    return replace(twin, pairs=tuple(pairs), metric=metric, floor=floor)


def _difference(backend: Backend, pair: Pair, metric: str) -> Difference | None:
    """Return what the columns make of a metric; None where that cannot be told. It is computed once a pair of jobs."""
    one, two = pair.without.training, pair.with_it.training
    if not one or not two or any(arm.running or arm.failed for arm in (pair.with_it, pair.without)):
        return None
    known = (str(backend.storage.root), one.name, two.name, metric)
    if known not in _DIFFERENCES:
        if len(_DIFFERENCES) >= KEPT:
            _DIFFERENCES.clear()
        try:
            found = compare(backend, one.name, two.name).differences
        except SenderoError:  # judged by an earlier version, without predictions: the numbers stand alone
            return None
        _DIFFERENCES[known] = next((each for each in found if each.metric == metric), None)
    return _DIFFERENCES[known]


def _left_out(job: Job, eda_job: str) -> list[str]:
    request = job.request
    if "inputs" not in request or request.get("twin_of") != eda_job:
        return []
    return list(request.get("without") or [])


# --- launches ---------------------------------------------------------------------------------------------


def _launch_eda(backend: Backend, twin: Twin, arm: Arm, token: str) -> Job:
    resources = backend.job(twin.of).resources
    request: ProcessingRequest = replace(
        eda_request(backend, arm.configuration, token, resources), twin_of=twin.of, without=arm.without
    )
    return launching.launch(backend, request)


def _launch_training(backend: Backend, twin: Twin, eda: Job, token: str) -> Job:
    request = training.training_request(
        backend,
        eda.name,
        hyperparameters.DEFAULT_PRESET,
        None,
        token,
        _training_resources(backend),
    )
    marked = replace(request, twin_of="" if eda.name == twin.of else twin.of)
    return launching.launch(backend, marked)


def _training_name(eda_job: str, token: str) -> str:
    return new_name(f"train-{stem(eda_job)}", token)


def _token_of(twin: Twin, arm: Arm) -> str:
    """Return the token that names the EDA job of an arm: whoever launches it gives it the same name."""
    first = next(pair.without.eda for pair in twin.pairs if pair.without.eda)
    return f"{token_of(first.name)}{LETTERS[twin.arms.index(arm)]}"


def _training_resources(backend: Backend) -> dict[str, str]:
    """Return where the newest model was trained: what the account allows."""
    models = (job for job in backend.jobs(JobKind.training) if not tuning_of(job))
    return next((job.resources for job in models), {})
