"""The verbs over tuning: launch it with a budget, go on from one that has ended, and read what its trials reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import hyperparameters, keys
from core.backends.base import Backend, Job
from core.backends.metrics import BestTrial, TuningResult, best_trial, checked_trials
from core.backends.requests import JobKind, TrainingRequest, TuningRequest
from core.errors import BadSetting, JobNotReady, NotFound
from core.language import tr
from core.names import new_name
from core.numbers import fixed
from core.verbs import launching, resources, training
from core.verbs.jobs import of_kind, stem

if TYPE_CHECKING:
    from core.backends.record_types import TuningRequestJson

MOST_JOBS = 100  # trials of a tuning that is limited by time or money only
SHORTEST = 120  # seconds that a tuning which is limited by money must have


@dataclass(frozen=True, slots=True)
class Budget:
    """When a tuning ends: after so many trials, minutes or USD, whichever comes first; 0 is no limit of that kind."""

    jobs: int = 0
    minutes: float = 0
    usd: float = 0

    @property
    def most_jobs(self) -> int:
        """Return how many trials there are at most."""
        return self.jobs or MOST_JOBS


def launch_tuning(
    backend: Backend,
    eda_job: str,
    budget: Budget,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    preset: str = hyperparameters.DEFAULT_PRESET,
    given: Mapping[str, str] | None = None,
    token: str = "",
    chosen: Mapping[str, str] | None = None,
) -> Job:
    """Train again and again over `ranges` (the default: four that matter most) within `budget`, and keep the best.

    `chosen`: where it runs. Raises BadHyperparameter, BadSetting, and what a training raises.
    """
    ranges = hyperparameters.checked_ranges(ranges or hyperparameters.DEFAULT_RANGES)
    request = training.training_request(backend, eda_job, preset, given, token, chosen, ranges)
    objective, maximize = hyperparameters.early_stopping_metric(request.hyperparameters)
    tuning = TuningRequest(
        name=request.name.replace("train-", "tune-", 1),
        training=request,
        ranges=ranges,
        objective=objective,
        maximize=maximize,
        max_jobs=budget.most_jobs,
        seed=0,
        max_seconds=seconds_of(backend, eda_job, budget, chosen),
    )
    return launching.launch(backend, tuning)


def launch_more(backend: Backend, tuning_job: str, budget: Budget, token: str = "") -> Job:
    """Go on from a tuning job that has ended, however it did: the same ranges and settings, more trials.

    Raises NotFound, JobNotReady, BadSetting, and what a training raises.
    """
    earlier = of_kind(backend, tuning_job, JobKind.tuning)
    if earlier.status.active:
        raise JobNotReady(name=tuning_job, status=earlier.status)
    request = request_of(earlier)
    asked = request["training"]
    eda_job, chosen = asked["processing_job"], asked.get("resources", {})
    name = new_name(f"tune-{stem(eda_job)}", token)
    again = TrainingRequest(
        name=name.replace("tune-", "train-", 1),
        hyperparameters=asked["hyperparameters"],
        channels=asked["channels"],
        contract=asked["contract"],
        test=asked["test"],
        processing_job=eda_job,
        resources=resources.checked_resources(backend, "training", chosen),
    )
    tuning = TuningRequest(
        name=name,
        training=again,
        ranges={each: (low, high) for each, (low, high) in request["ranges"].items()},
        objective=request["objective"],
        maximize=request["maximize"],
        max_jobs=budget.most_jobs,
        seed=request["seed"],
        max_seconds=seconds_of(backend, eda_job, budget, chosen),
        parent=tuning_job,
    )
    return launching.launch(backend, tuning)


def request_of(tuning: Job) -> TuningRequestJson:
    """Return what a tuning job was asked. Raises NotFound where its record is damaged."""
    if "max_jobs" not in tuning.request:
        raise NotFound(thing=tr("request of the tuning job"), name=tuning.name, listing="jobs")
    return tuning.request


def seconds_of(
    backend: Backend, eda_job: str, budget: Budget, chosen: Mapping[str, str] | None = None
) -> int:
    """Return after how many seconds a tuning has used up its minutes or its money; 0 where neither is limited.

    What runs is billed by the hour while it runs, so that an amount is a time: that of all instances side by side, less
    what judging the best will cost at most. Raises BadSetting where an amount cannot be one.
    """
    limits = [round(budget.minutes * 60)] if budget.minutes else []
    if budget.usd:
        work = resources.estimate_training(backend, eda_job, chosen, budget.most_jobs)
        judging = backend.estimate("evaluation", {}, 0, 1, eda_job)
        if not work.per_hour or judging.high is None:
            reason = (
                tr("Its price is not known. Limit it by time.")
                if backend.capabilities.costs_money
                else tr("Work on this machine costs nothing. Limit it by time.")
            )
            raise BadSetting(name="usd", reason=reason, source=tr("--minutes, or the form"))
        seconds = int(3600 * (budget.usd - judging.high) / work.per_hour)
        if seconds < SHORTEST:
            least = judging.high + SHORTEST / 3600 * work.per_hour
            reason = tr(
                "{usd} USD last for no trial; {least} are needed for two minutes.",
                usd=fixed(budget.usd, 2),
                least=fixed(least, 2),
            )
            raise BadSetting(name="usd", reason=reason, source=tr("--usd, or the form"))
        limits.append(seconds)
    return min(limits, default=0)


def result_of(backend: Backend, job: str) -> TuningResult | None:
    """Return the trials of a tuning job so far and the best of them; None before the first. Raises StorageDamaged."""
    key = keys.tuning_result(job)
    if not backend.storage.exists(key):
        return None
    result = checked_trials(backend.storage.read_json(key), key)
    best = result["best"]
    if best and not best["training_job"].startswith(f"{job}-") and not _is_there(backend, best):
        # It was of the tuning job that this one goes on from, which was deleted.
        left = [trial for trial in result["trials"] if _is_there(backend, trial)]
        maximize = hyperparameters.more_is_better(result["objective"].removeprefix("validation:"))
        result["trials"], result["best"] = left, best_trial(left, maximize)
    return result


def _is_there(backend: Backend, trial: BestTrial) -> bool:
    return backend.storage.exists(keys.job_record("training", trial["training_job"]))
