"""A gate: a metric that a model has to reach, as in `validation:auc=0.8`, which is SageMaker's name for it and a value.

It is held by the worse end of the metric's 95% interval, so that luck in few rows opens no gate; by the value alone
where the metric has no interval. The test split says how good a model is; validation has chosen its rounds, and says
a little too much.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from core import hyperparameters, metric_words
from core.backends.base import Backend
from core.errors import BadSetting, JobNotReady, SenderoError
from core.evaluation_file import Figure
from core.language import tr
from core.numbers import number
from core.values import parse_pair
from core.verbs.training import evaluation_of, model_of, rounds_of

SPLITS = ("validation", "test")
FORM = "SPLIT:METRIC=VALUE"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a model has to reach on a split."""

    split: str
    metric: str
    limit: float

    @property
    def text(self) -> str:
        """Return it as `parse` reads it."""
        return f"{self.split}:{self.metric}={self.limit!r}"

    @property
    def is_upper(self) -> bool:
        """Return whether less is better: then the limit is the most that the metric may be."""
        known = metric_words.METRICS.get(self.metric)
        return known.less_is_better if known else not hyperparameters.more_is_better(self.metric)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model stands at a gate."""

    gate: Gate
    figure: Figure
    is_reached: bool
    sentence: str

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        gate = self.gate
        asked = {"split": gate.split, "metric": gate.metric, "limit": gate.limit}
        return {**asked, **self.figure, "reached": self.is_reached, "sentence": self.sentence}


def parse(text: str) -> Gate:
    """Return the gate that a text of FORM says. Raises ValueError."""
    name, value = parse_pair(text, FORM, last=True)
    split, sign, metric = name.partition(":")
    if not sign or split not in SPLITS or not metric:
        raise ValueError(
            tr("'{text}' is not {form}, where SPLIT is validation or test", text=text, form=FORM)
        )
    try:
        return Gate(split, metric, float(value))
    except ValueError:
        raise ValueError(
            tr("'{text}' is not {form}, such as validation:auc=0.8", text=text, form=FORM)
        ) from None


def verdict(backend: Backend, training_job: str, gate: Gate) -> Verdict:
    """Return how a model stands at a gate.

    Raises NotFound, JobNotReady where it was not judged, BadSetting where it has no such metric, StorageDamaged.
    """
    found = _figures(backend, training_job, gate.split)
    figure = found.get(gate.metric)
    if figure is None or figure["value"] is None:
        known = ", ".join(name for name, each in found.items() if each["value"] is not None)
        reason = tr(
            "{training_job} has no {metric} on {split}; it has {known}.",
            training_job=training_job,
            metric=gate.metric,
            split=gate.split,
            known=known,
        )
        raise BadSetting(name=gate.metric, reason=reason, source="--fail-below")
    worse = figure["high"] if gate.is_upper else figure["low"]
    held = figure["value"] if worse is None else worse
    is_reached = held <= gate.limit if gate.is_upper else held >= gate.limit
    return Verdict(gate, figure, is_reached, _sentence(gate, figure, worse, is_reached))


def _figures(backend: Backend, training_job: str, split: str) -> dict[str, Figure]:
    """Return the metrics of a model on a split, with intervals as far as there are any."""
    judged = evaluation_of(backend, training_job)
    if judged is None:
        raise JobNotReady(name=training_job, status=tr("not judged"))
    if split == "test":
        return judged["metrics"]
    found: dict[str, Figure] = {}
    job = model_of(backend, training_job)
    with suppress(SenderoError):  # of a log that is gone
        row = hyperparameters.kept_row(
            rounds_of(backend, job.name), job.hyperparameters, job.status, job.kept_rounds
        )
        for name, value in row.items():
            if name.startswith("validation-"):
                found[name.removeprefix("validation-")] = {"value": value, "low": None, "high": None}
    from core.judging import predictions_file, scores  # late: numpy and pyarrow
    from core.verbs.judged import predictions_of

    if path := predictions_of(backend, job.name):
        label, raw = predictions_file.labels(path, split), predictions_file.scores(path, split)
        if len(label):
            found |= scores.of(label, raw, judged["problem"], judged["classes"])["metrics"]
    return found


def _sentence(gate: Gate, figure: Figure, worse: float | None, is_reached: bool) -> str:
    """Return what was compared with what, in words."""
    name, split = metric_words.label(gate.metric), gate.split
    value = metric_words.with_interval(gate.metric, figure)
    asked = f"{'≤' if gate.is_upper else '≥'} {number(gate.limit, 6)}"
    if worse is None:
        if is_reached:
            return tr(
                "{name} on {split} is {value}, which is {asked} as asked.",
                name=name,
                split=split,
                value=value,
                asked=asked,
            )
        return tr(
            "{name} on {split} is {value}, which is not {asked} as asked.",
            name=name,
            split=split,
            value=value,
            asked=asked,
        )
    end = number(worse, 4)
    if is_reached:
        return tr(
            "{name} on {split} is {value}: the worse end of its 95% interval, {end}, is {asked} as asked.",
            name=name,
            split=split,
            value=value,
            end=end,
            asked=asked,
        )
    return tr(
        "{name} on {split} is {value}: the worse end of its 95% interval, {end}, is not {asked} as asked.",
        name=name,
        split=split,
        value=value,
        end=end,
        asked=asked,
    )
