"""Two runs held against each other: is the second better than the first, and in what do they differ?

Where one test split has judged both, the difference is taken row by row (`core/judging/comparison.py`); else the
intervals of both evaluations are put together, which is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import keys, metric_words
from core.backends.base import Backend, Job
from core.backends.requests import JobKind
from core.encoding.changes import ContractChanges, changes
from core.encoding.contract import Contract
from core.errors import CannotCompare
from core.evaluation_file import Evaluation, ends
from core.judging import comparison, predictions_file
from core.judging.comparison import Difference, Verdict
from core.language import joined, mark, tr
from core.numbers import count, integer, signed
from core.verbs import runs, tuning
from core.verbs.eda import read_contract
from core.verbs.jobs import existing_job
from core.verbs.judged import predictions_of
from core.verbs.judging_split import judging_split
from core.verbs.leaderboard import eda_job_of
from core.verbs.out_of_fold import out_of_fold
from core.verbs.training import evaluation_of, model_of


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that both runs have, each another; "" where one has it not."""

    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the model of the Training Job `second` differs from that of `first`."""

    first: str
    second: str
    rows: int  # that judged the second
    out_of_fold: bool  # whether these are all rows of the file, each judged by a fold's model
    differences: tuple[Difference, ...]  # the most telling metric first
    unpaired: str  # why the rows were not compared one by one, in a sentence; "" where they were
    settings: tuple[Changed, ...]
    data: tuple[Changed, ...]
    contract: ContractChanges

    @property
    def main(self) -> Difference:
        """Return the difference in the metric that ranks runs."""
        return self.differences[0]


@dataclass(frozen=True, slots=True)
class _Side:
    job: Job
    evaluation: Evaluation
    contract: Contract


def compare(backend: Backend, first: str, second: str) -> Comparison:
    """Compare two trained models; a tuning job stands for its best trial.

    Raises NotFound, JobNotReady, CannotCompare (not judged, or for different targets), StorageFailed, StorageDamaged.
    """
    one, two = (_side(backend, name) for name in (first, second))
    _check_target(one, two)
    unpaired = _why_unpaired(backend, one, two)
    folds = () if unpaired else _out_of_fold(backend, one, two)
    found = folds or (() if unpaired else _paired(backend, one, two))
    if not unpaired and not found:
        unpaired = tr(
            "The test splits of {first} and {second} have not the same rows.",
            first=one.job.name,
            second=two.job.name,
        )
    differences = found or _apart(one, two)
    if not differences:
        raise CannotCompare(
            first=one.job.name,
            second=two.job.name,
            reason=tr("They were judged before figures had intervals."),
            advice=tr(
                "Judge both again: evaluate {first}, evaluate {second}.",
                first=one.job.name,
                second=two.job.name,
            ),
        )
    return Comparison(
        first=one.job.name,
        second=two.job.name,
        rows=_rows_of_folds(backend, two) if folds else two.evaluation["rows"],
        out_of_fold=bool(folds),
        differences=most_telling_first(two.evaluation["problem"], differences),
        unpaired=unpaired,
        settings=_changed(one.job.hyperparameters, two.job.hyperparameters),
        data=_changed(_data(backend, one), _data(backend, two)),
        contract=changes(one.contract, two.contract),
    )


def _side(backend: Backend, name: str) -> _Side:
    job = backend.job(name)
    if job.kind == JobKind.tuning:
        result = tuning.result_of(backend, name)
        name = result["best"]["training_job"] if result and result["best"] else name
    job = model_of(backend, name)
    evaluation = evaluation_of(backend, name)
    if evaluation is None:
        raise CannotCompare(
            first=name,
            second=tr("another run"),
            reason=tr("{name} was not judged on the test split.", name=name),
            advice=tr("Judge it first: evaluate {name}.", name=name),
        )
    return _Side(job, evaluation, read_contract(backend.storage, keys.model_contract(name)))


def _check_target(one: _Side, two: _Side) -> None:
    labels = one.contract.label, two.contract.label
    for what in ("name", "problem", "classes"):
        values = [getattr(label, what) for label in labels]
        if values[0] != values[1]:
            told = [", ".join(value) if isinstance(value, tuple) else value for value in values]
            text = {
                "name": mark("They do not predict the same column: {first}, and {second}."),
                "problem": mark("They do not predict the same problem: {first}, and {second}."),
                "classes": mark("They do not predict the same classes: {first}, and {second}."),
            }[what]
            raise CannotCompare(
                first=one.job.name,
                second=two.job.name,
                reason=tr(text, first=told[0], second=told[1]),
                advice=tr("Compare runs for the same target."),
            )


# --- differences --------------------------------------------------------------------------------------------


def _why_unpaired(backend: Backend, one: _Side, two: _Side) -> str:
    """Return why the rows of the test split cannot be compared one by one; "" where they can."""
    edas = eda_job_of(one.job), eda_job_of(two.job)
    if edas[0] != edas[1] and judging_split(backend, edas[0]) != judging_split(backend, edas[1]):
        return tr(
            "They were judged on different test rows: by another file, another seed, or another way to split."
        )
    for side in (one, two):
        if predictions_of(backend, side.job.name) is None:
            name = side.job.name
            return tr(
                "What {name} says of each test row is not kept; judge it again first: evaluate {name}.",
                name=name,
            )
    return ""


def _out_of_fold(backend: Backend, one: _Side, two: _Side) -> tuple[Difference, ...]:
    """Return the differences on all rows out of fold; none where not both were cross-validated on the same rows.

    The intervals are of the rows: how much the folds' models owe to the rows that they learned from is not in them.
    """
    return _by_rows(two, [out_of_fold(backend, side.job.name) for side in (one, two)])


def _rows_of_folds(backend: Backend, side: _Side) -> int:
    path = out_of_fold(backend, side.job.name)
    return predictions_file.read_facts(path).rows["test"] if path else side.evaluation["rows"]


def _paired(backend: Backend, one: _Side, two: _Side) -> tuple[Difference, ...]:
    """Return the differences row by row; none where the rows turn out to be others."""
    return _by_rows(two, [predictions_of(backend, side.job.name) for side in (one, two)])


def _by_rows(side: _Side, paths: Sequence[Path | None]) -> tuple[Difference, ...]:
    there = [path for path in paths if path]
    if len(there) < 2:
        return ()
    labels = [predictions_file.labels(path, "test") for path in there]
    if not np.array_equal(labels[0], labels[1]):
        return ()
    label = side.contract.label
    first, second = alike(*(predictions_file.scores(path, "test") for path in there))
    return comparison.paired(label.problem, len(label.classes), labels[1], first, second)


def alike(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of one shape: beside a model that answers classes, the other one's probabilities say classes."""
    if first.ndim == second.ndim:
        return first, second
    said = [each.argmax(axis=1) if each.ndim == 2 else each for each in (first, second)]
    return said[0], said[1]


def _apart(one: _Side, two: _Side) -> tuple[Difference, ...]:
    """Return the differences of what both evaluations say, each with its own interval."""
    found = []
    for name, second in two.evaluation["metrics"].items():
        both = ends(one.evaluation["metrics"].get(name)), ends(second)
        if both[0] and both[1]:
            found.append(comparison.apart(name, both[0], both[1]))
    return tuple(found)


def most_telling_first(problem: str, differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Return the differences in the order of the metrics of a problem, the one that ranks runs first."""
    order = [*metric_words.HEADLINE[problem], *metric_words.METRICS]
    return tuple(sorted(differences, key=lambda each: order.index(each.metric)))


# --- what else differs ----------------------------------------------------------------------------------------


def _data(backend: Backend, side: _Side) -> dict[str, str]:
    """Return what a model was trained and judged on: the file, its rows, and the choices of its EDA job."""
    facts, split = side.contract.dataset, side.contract.split
    found = {"file": facts.get("file", ""), "its SHA-256": facts.get("sha256", "")[:12]}
    found |= {f"{name} rows": integer(split.get(name, 0)) for name in keys.SPLIT_NAMES}
    found["trained on"] = "train and validation" if runs.all_rows_of(side.job) else "train"
    eda = existing_job(backend, eda_job_of(side.job))
    if eda and "inputs" in eda.request:
        found |= {name.replace("_", " "): _text(value) for name, value in eda.request["config"].items()}
    return found


# How what `_data` and `settings` tell of is called, in English: `label` says it in the reader's language.
NAMES = (
    *(mark("file"), mark("its SHA-256"), mark("train rows"), mark("validation rows"), mark("test rows")),
    *(mark("trained on"), mark("target"), mark("drop"), mark("treat"), mark("derive"), mark("split")),
    *(
        mark("split column"),
        mark("seed"),
        mark("problem"),
        mark("positive"),
        mark("drop rare"),
        mark("keep text"),
    ),
    mark("weight"),
)


def label(changed: Changed) -> str:
    """Return how what differs is called, in the reader's language; a hyperparameter by its name."""
    return tr(changed.name) if changed.name in NAMES else changed.name


def _text(value: object) -> str:
    """Return a choice as people read it; "" of one that was not made."""
    if not value:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _changed(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Changed, ...]:
    names = [name for name in {**first, **second} if not name.startswith("_")]  # those are no person's
    pairs = [(name, first.get(name, ""), second.get(name, "")) for name in names]
    return tuple(Changed(*pair) for pair in pairs if pair[1] != pair[2])


# --- in words ---------------------------------------------------------------------------------------------------


def sentence(found: Comparison, first: str, second: str) -> str:
    """Return the answer in a sentence with its numbers, where people call the runs `first` and `second`; and others
    where other metrics say otherwise, and on which rows both are judged where these are not those of the test split.
    """
    parts = [_of_main(found, first, second), _of_others(found)]
    if found.out_of_fold:
        parts.append(tr("Both are judged on {rows} out of fold.", rows=count(found.rows, "row", "rows")))
    return joined(parts)


OF_MAIN = {
    Verdict.same: mark(
        "{second} and {first} are the same within noise in {label}: {now} against {was}, a "
        "difference of {by} that may be anything from {low} to {high}."
    ),
    Verdict.better: mark(
        "{second} is better than {first} in {label}: {now} against {was}, a difference of {by}, and with 95%"
        " confidence one from {low} to {high}."
    ),
    Verdict.worse: mark(
        "{second} is worse than {first} in {label}: {now} against {was}, a difference of {by}, and with 95%"
        " confidence one from {low} to {high}."
    ),
}


def _of_main(found: Comparison, first: str, second: str) -> str:
    main = found.main
    label = metric_words.label(main.metric)
    was, now = (metric_words.written(main.metric, value, found.rows) for value in (main.first, main.second))
    by, low, high = (amount(main, value) for value in (main.value, main.low, main.high))
    return tr(
        OF_MAIN[main.verdict],
        second=second,
        first=first,
        label=label,
        now=now,
        was=was,
        by=by,
        low=low,
        high=high,
    )


def _of_others(found: Comparison) -> str:
    """Return in which metrics the second is better or worse, where that is not what the main one says; else ""."""
    better, worse = (
        ""
        if verdict == found.main.verdict
        else ", ".join(
            metric_words.label(each.metric) for each in found.differences if each.verdict == verdict
        )
        for verdict in (Verdict.better, Verdict.worse)
    )
    if better and worse:
        return tr("It is better in {better} and worse in {worse}.", better=better, worse=worse)
    if better:
        return tr("It is better in {metrics}.", metrics=better)
    return tr("It is worse in {metrics}.", metrics=worse) if worse else ""


def amount(difference: Difference, value: float) -> str:
    """Return a difference, or an end of its interval, with its sign and the digits that the interval lets hold."""
    metric = metric_words.METRICS[difference.metric]
    scale = 100 if metric.is_share else 1
    width = scale * (difference.high - difference.low)
    decimals = 3 if width <= 0 else min(max(1 - int(np.floor(np.log10(width))), 0), 6)
    text = signed(scale * value, decimals)
    return tr("{difference} points", difference=text) if metric.is_share else text


def as_dict(found: Comparison) -> dict[str, object]:
    """Return a comparison as JSON holds it: the main metric at the top, every metric below `metrics`."""
    metrics = {each.metric: _difference_json(each) for each in found.differences}
    main = found.main
    return {
        "metric": main.metric,
        **_difference_json(main),
        "first": {"job": found.first, "value": main.first},
        "second": {"job": found.second, "value": main.second},
        "rows": found.rows,
        "out_of_fold": found.out_of_fold,
        "paired": not found.unpaired,
        "unpaired": found.unpaired,
        "metrics": metrics,
        **{
            name: {each.name: [each.first, each.second] for each in changed}
            for name, changed in (("settings", found.settings), ("data", found.data))
        },
        "contract": found.contract.as_dict(),
    }


def _difference_json(each: Difference) -> dict[str, object]:
    return {
        "first": each.first,
        "second": each.second,
        "difference": each.value,
        "low": each.low,
        "high": each.high,
        "verdict": each.verdict,
    }
