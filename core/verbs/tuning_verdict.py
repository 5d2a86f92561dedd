"""Whether a tuning paid, in words: what its best gains over the start, what that cost, and which knob mattered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core import hyperparameters, metric_words
from core.backends.base import Backend, Job
from core.backends.metrics import Importance, Trial, TuningGain, TuningResult, start_of
from core.language import joined, mark, tr, trn
from core.numbers import count, fixed, integer, number, score, share
from core.values import format_duration

FEWEST = 12  # trials from which it is told which hyperparameter mattered
LEAST = 0.3  # of a rank correlation that is worth a sentence
NO_START = mark("No trial with the values that you gave has a result: train them once, and compare.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a tuning. Each text is a sentence or two, "" where there is nothing to say."""

    choose: str  # the Training Job to take: the best trial, or the start where the best is not surely better
    gain: str
    basis: str  # how the gain was measured
    cost: str
    knobs: str
    usd: float | None = None  # what its trials cost; None where nothing is paid, or it is not known

    def as_dict(self) -> dict[str, str | float | None]:
        """Return it as JSON holds it."""
        return {
            "choose": self.choose,
            "gain": self.gain,
            "basis": self.basis,
            "cost": self.cost,
            "usd": self.usd,
            "knobs": self.knobs,
        }


def verdict(job: Job, result: TuningResult, per_hour: float | None = None) -> Verdict:
    """Return what came of a tuning job that has ended, each of whose trials costs `per_hour` USD."""
    choose, gain, basis = _gain(result)
    usd = _usd(result, per_hour)
    return Verdict(choose, gain, basis, _cost(job, result, usd), _knobs(job, result), usd)


def hourly(backend: Backend, job: Job) -> float | None:
    """Return what a trial of a tuning job costs an hour; None where nothing is paid, or no price is known."""
    if not backend.capabilities.costs_money:
        return None
    return backend.estimate("training", job.resources, 0).per_hour


def _gain(result: TuningResult) -> tuple[str, str, str]:
    """Return (the job to take, what the best gains, how that was measured)."""
    best, start = result["best"], start_of(result["trials"])
    if not best:
        return "", tr("No trial has a result."), ""
    metric = result["objective"].partition(":")[2]
    label = metric_words.label(metric)
    label = label if label[:2].isupper() else label[0].lower() + label[1:]  # within a sentence
    if not start:
        return best["training_job"], tr(NO_START) if len(result["trials"]) > 1 else "", ""
    if best["training_job"] == start["training_job"]:
        others = len(result["trials"]) - 1
        words = (
            trn(
                "The other trial does not beat your start: keep the start.",
                "None of the {others} other trials beats your start: keep the start.",
                others,
                others=others,
            )
            if others
            else ""
        )
        return start["training_job"], words, ""
    found = result.get("gain")
    if not found:
        by = abs((best["objective"] or 0.0) - (start["objective"] or 0.0))
        words = tr(
            "Best beats your start by {by} in {label}; how sure that is, is not known.",
            by=score(by),
            label=label,
        )
        return best["training_job"], words, ""
    basis = tr(
        "In pairs, on the {rows} of the validation split. The interval allows for the best being "
        "the luckiest of {tried}.",
        rows=count(found["rows"], "row", "rows"),
        tried=integer(found["tried"]),
    )
    sure = found["low"] > 0
    text = (
        mark("Best beats your start by {gain} in {label}: take the best.")
        if sure
        else mark("Best beats your start by {gain} in {label}: keep the start.")
    )
    words = tr(text, gain=gain_words(metric, found), label=label)
    return (best if sure else start)["training_job"], words, basis


def gain_words(metric: str, gain: TuningGain) -> str:
    """Return a gain with its interval, in the digits that hold: `0.002 ± 0.009`."""
    known = metric_words.METRICS.get(metric)
    is_share = bool(known and known.is_share)
    scale = 100 if is_share else 1
    half, value = scale * (gain["high"] - gain["low"]) / 2, scale * gain["value"]
    digits = max(0, -math.floor(math.log10(half))) if half > 0 else 3
    text = f"{fixed(value, digits)} ± {fixed(half, digits)}"
    return tr("{difference} points", difference=text) if is_share else text


def _usd(result: TuningResult, per_hour: float | None) -> float | None:
    """Return what all trials cost; None where one of them does not tell its time."""
    seconds = [trial.get("seconds") for trial in result["trials"]]
    known = [each for each in seconds if each is not None]
    return sum(known) / 3600 * per_hour if per_hour and len(known) == len(seconds) else None


def _cost(job: Job, result: TuningResult, usd: float | None) -> str:
    """Return what it took, and why it ended before all its trials."""
    trials = result["trials"]
    at_once = result.get("at_once", 1)
    early = sum(bool(trial.get("ended_early")) for trial in trials)
    parts = [
        tr(
            "{trials} in {time}",
            trials=count(len(trials), "trial", "trials"),
            time=format_duration(result.get("seconds", job.seconds)),
        ),
        tr("{number} at a time", number=at_once) if at_once > 1 else "",
        tr("{number} ended early", number=early) if early else "",
        tr("its time was up") if result.get("out_of_time") else "",
    ]
    told = [joined(parts, ", ") + "."]
    if usd is not None:
        told.append(
            tr(
                "They cost about {usd} USD at on-demand prices, judging the best not counted.",
                usd=fixed(usd, 2),
            )
            if usd >= 0.01
            else tr("They cost less than 0.01 USD at on-demand prices, judging the best not counted.")
        )
    return joined(told)


def _knobs(job: Job, result: TuningResult) -> str:
    """Return which hyperparameter mattered most."""
    found = result.get("importance")
    if found:
        return _shares(found)
    ranges = job.request["ranges"] if "max_jobs" in job.request else {}
    maximize = hyperparameters.more_is_better(result["objective"].partition(":")[2])
    return _correlations(result["trials"], ranges, maximize)


def _shares(found: Importance) -> str:
    named = [f"{name} {share(part)}" for name, part in found["shares"].items()]
    first, *others = named
    if not others:
        return tr(
            "What mattered most to reach the best quarter: {first} ({method}).",
            first=first,
            method=found["by"],
        )
    return tr(
        "What mattered most to reach the best quarter: {first}, then {others} ({method}).",
        first=first,
        others=", ".join(others[:2]),
        method=found["by"],
    )


def _correlations(trials: Sequence[Trial], ranges: Mapping[str, object], maximize: bool) -> str:
    """Return the hyperparameter whose rank goes most with that of the objective, where enough trials have ended."""
    ended = [
        trial for trial in trials if trial["objective"] is not None and set(trial["values"]) >= set(ranges)
    ]
    if len(ended) < FEWEST or not ranges:
        return ""
    goal = [(1 if maximize else -1) * (trial["objective"] or 0.0) for trial in ended]
    found = {
        name: rank_correlation([float(trial["values"][name]) for trial in ended], goal) for name in ranges
    }
    name, most = max(found.items(), key=lambda pair: abs(pair[1]))
    if abs(most) < LEAST:
        return tr("No hyperparameter mattered clearly (rank correlation).")
    text = (
        mark("What mattered most: {name}, more was better (rank correlation {correlation}).")
        if most > 0
        else mark("What mattered most: {name}, less was better (rank correlation {correlation}).")
    )
    return tr(text, name=name, correlation=number(most, 2))


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Return Spearman's rank correlation, 0 where one of them does not vary."""
    ranks = [_ranks(first), _ranks(second)]
    middle = (len(first) - 1) / 2
    one, two = ([rank - middle for rank in each] for each in ranks)
    size = math.sqrt(sum(x * x for x in one) * sum(y * y for y in two))
    return sum(x * y for x, y in zip(one, two, strict=True)) / size if size else 0.0


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value from 0; equal ones share the mean of theirs."""
    below = [sum(other < value for other in values) for value in values]
    return [rank + (values.count(value) - 1) / 2 for rank, value in zip(below, values, strict=True)]
