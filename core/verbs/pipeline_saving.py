"""The verb that keeps the path of a finished run as a pipeline, with what a model of it has to reach.

A pipeline registers a model only if the worse end of its metric's interval holds the threshold: a lucky test split is
no better model.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from core import configuration as configurations
from core import hyperparameters, keys, metric_words, person
from core.backends.base import Backend, Job
from core.backends.pipelines import Pipeline, PipelineRequest, mark_of
from core.backends.records import now
from core.configuration import Configuration
from core.errors import BadSetting, CannotSavePipeline, JobNotReady, NotFound, PipelineTaken
from core.evaluation_file import Evaluation
from core.language import mark, tr
from core.names import checked_name
from core.numbers import number
from core.pipelines import definition as parts
from core.pipelines import rules
from core.pipelines.definition import Plan
from core.pipelines.steps import parameters
from core.pipelines.steps import steps as steps_of
from core.retelling import in_english
from core.verbs import audit, origins, registry
from core.verbs.jobs import existing_job
from core.verbs.training import evaluation_of, model_of

LONGEST = 40  # characters of a pipeline's name: SageMaker's has an ending more
NOTHING = mark("nothing")  # of what only one of two pipelines has
DIGITS = 4  # of a threshold that nobody chose
# Follow from the target, or are Sendero's own: nobody changes them from run to run.
FIXED = (
    "objective",
    "eval_metric",
    "num_class",
    *hyperparameters.KEPT_WHEN_STOPPED,
    *hyperparameters.WEIGHTED,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A pipeline that is not saved yet, and the one that has its name already: `seen` marks the state of that one."""

    name: str
    training_job: str
    definition: Mapping[str, Any]
    config: bytes  # of EDA, to be kept in the folder `config_key`
    config_key: str
    before: Pipeline | None
    seen: str

    @property
    def changes(self) -> list[str]:
        """Return what saving it changes in the one that is there, each in words; nothing where they do the same."""
        return differences(self.before.definition, self.definition) if self.before else []


def draft(
    backend: Backend,
    name: str,
    training_job: str,
    metric: str = "",
    threshold: float | None = None,
    group: str = "",
    caching: bool = True,
) -> Draft:
    """Return the path of a finished run as a pipeline, nothing of which is saved yet.

    Without a `metric` it is the one that ranks runs, without a `threshold` what the run reached at its worse end.
    Raises BadName, BadSetting, NotFound, JobNotReady, CannotSavePipeline.
    """
    before = existing(backend, checked_name(name, "pipeline"))
    if len(name) > LONGEST:
        raise BadSetting(
            name="name",
            reason=tr("It has more than {most} characters.", most=LONGEST),
            source=tr("the pipeline's name"),
        )
    seen = mark_of(backend.storage, name, before.definition if before else None)
    plan, config = _plan(backend, name, model_of(backend, training_job), metric, threshold, group)
    definition = parts.definition_of(replace(plan, caching=caching), backend.place())
    rules.check(definition)
    return Draft(name, training_job, definition, config, plan.config, before, seen)


def existing(backend: Backend, name: str) -> Pipeline | None:
    """Return the pipeline of that name; None where there is none."""
    with suppress(NotFound):
        return backend.pipeline(name)
    return None


def save(backend: Backend, draft: Draft, replacing: bool = False) -> Pipeline:
    """Keep a pipeline, if `replacing` over the one that was there when it was drafted; of equal ones the first stays.

    Raises PipelineTaken where another one has the name and is not to be replaced, PipelineChanged where that one is not
    the same any more, StorageFailed, and what the backend refuses.
    """
    if draft.before and not draft.changes:
        return draft.before
    if draft.before and not replacing:
        told = ", ".join(draft.changes)
        raise PipelineTaken(name=draft.name, training_job=draft.training_job, changes=told)
    backend.storage.write_bytes(f"{draft.config_key}/{parts.CONFIG_FILE}", draft.config)
    saved = backend.put_pipeline(PipelineRequest(draft.name, draft.definition, draft.seen))
    said = {"training_job": draft.training_job, **origins.model_sources(backend, draft.training_job)}
    audit.record(backend, "replaced" if draft.before else "saved", "pipeline", draft.name, **said)
    return saved


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return in words what a pipeline does otherwise than the one before: `max_depth: 6, now 3`."""
    was, now = _told(old), _told(new)
    found = [
        tr(
            "{name}: {before}, now {now}",
            name=name,
            before=was.get(name, tr(NOTHING)),
            now=now.get(name, tr(NOTHING)),
        )
        for name in dict.fromkeys([*was, *now])
        if was.get(name) != now.get(name)
    ]
    if _eda_configuration(old) != _eda_configuration(new):
        found.append(tr("the configuration of EDA"))
    if not found and any(old.get(part) != new.get(part) for part in ("Parameters", "Steps")):
        return [tr("what its steps do")]
    return found


def _told(definition: Mapping[str, Any]) -> dict[str, str]:
    """Return {what a person knows of a pipeline: its value}."""
    known, listed = definition.get("Metadata", {}), steps_of(definition)
    own = {each.name: each.default for each in parameters(definition)}
    told = {
        name: number(value) if isinstance(value, float) else str(value)
        for name, value in own.items()
        if name not in parts.OF_THE_PLACE
    }
    if "metric" in known:
        told[tr("condition on")] = metric_words.label(known["metric"])
    if "training_job" in known:
        told[tr("saved from")] = known["training_job"]
    told[tr("earlier results are taken")] = tr("yes") if any(step.cached for step in listed) else tr("no")
    return told


def _eda_configuration(definition: Mapping[str, Any]) -> list[str]:
    """Return the digest of what EDA is asked, as the address of its input has it."""
    return re.findall(r"/inputs/([0-9a-f]+)/", json.dumps(definition.get("Steps")))


def _plan(
    backend: Backend, name: str, job: Job, metric: str, threshold: float | None, group: str
) -> tuple[Plan, bytes]:
    """Return what a pipeline does again, and the configuration of its EDA step. Raises CannotSavePipeline."""
    request, asked = job.request, _asked(backend, job)
    assert "hyperparameters" in request, "the request of a Training Job"
    evaluation = evaluation_of(backend, job.name)
    if evaluation is None:
        raise CannotSavePipeline(
            name=job.name,
            reason=tr("Its model is not judged."),
            advice=tr("Judge it first: evaluate {name}.", name=job.name),
        )
    metric = _metric(job.name, evaluation, metric)
    less = metric_words.less_is_better(metric)
    reached = evaluation["metrics"][metric]["high" if less else "low"]
    assert reached is not None, "seen by _metric"
    config = json.dumps(asked.job_config(), indent=1, sort_keys=True, ensure_ascii=False).encode()
    given = request["hyperparameters"]
    own = {key: value for key, value in given.items() if key not in FIXED and not key.startswith("_")}
    plan = Plan(
        name=name,
        dataset=asked.dataset,
        dataset_sha256=origins.dataset_digest(backend, asked.dataset),
        target=asked.target,
        config=keys.pipeline_input(name, hashlib.sha256(config).hexdigest()[:16]),
        hyperparameters=own,
        fixed={key: value for key, value in given.items() if key not in own},
        weighted=request["channels"]["train"].endswith(keys.weighted("")),
        metric=metric,
        label=in_english(metric_words.label(metric)),
        less_is_better=less,
        threshold=float(_harmless(reached, up=less) if threshold is None else threshold),
        metrics=tuple(metric_words.headline(evaluation["problem"], _values(evaluation))),
        group=checked_name(group, "group") if group else registry.group_for(backend, job.name),
        metadata={"training_job": job.name, "saved_by": person.name(), "saved_at": now()},
    )
    return plan, config


def _asked(backend: Backend, job: Job) -> Configuration:
    """Return what the EDA step of a run was asked. Raises CannotSavePipeline where it is no path to walk again."""
    request, reason, advice = job.request, "", tr("Save the pipeline from another run.")
    if "hyperparameters" not in request:
        raise JobNotReady(name=job.name, status=job.status)
    if first := request.get("all_rows_of"):
        reason, advice = (
            tr("It was trained on all rows, for which {first} chose the rounds.", first=first),
            tr("Save {first} instead.", first=first),
        )
    elif request.get("fold_of"):
        reason = tr("It is a fold of a cross-validation.")
    eda = existing_job(backend, request["processing_job"])
    if not reason and (eda is None or "inputs" not in eda.request):
        reason = tr("Its EDA job {job} is not here.", job=request["processing_job"])
    elif eda and "inputs" in eda.request and eda.request.get("cluster"):
        reason = tr("Its EDA job ran on several instances, which a step of a pipeline does not.")
    if reason:
        raise CannotSavePipeline(name=job.name, reason=reason, advice=advice)
    assert eda is not None
    return configurations.from_job(eda.request)


def _values(evaluation: Evaluation) -> dict[str, float | None]:
    return {name: figure["value"] for name, figure in evaluation["metrics"].items()}


def metrics_of(evaluation: Evaluation) -> list[str]:
    """Return the metrics that a condition can be on: those with an interval, the most telling first."""
    sure = [
        name for name, figure in evaluation["metrics"].items() if None not in (figure["low"], figure["high"])
    ]
    first = [name for name in metric_words.HEADLINE.get(evaluation["problem"], ()) if name in sure]
    return list(dict.fromkeys([*first, *sure]))


def _metric(job: str, evaluation: Evaluation, metric: str) -> str:
    """Return the metric of the condition. Raises BadSetting, CannotSavePipeline."""
    offered = metrics_of(evaluation)
    if not offered:
        reason = tr("No metric of its evaluation has an interval: the test split has too few rows.")
        raise CannotSavePipeline(name=job, reason=reason, advice=tr("Use more rows, or judge it again."))
    if metric and metric not in offered:
        reason = tr(
            "There is no '{metric}' with an interval in its evaluation; there are {names}.",
            metric=metric,
            names=", ".join(offered),
        )
        raise BadSetting(name="metric", reason=reason, source="--metric")
    return metric or offered[0]


def _harmless(value: float, up: bool) -> float:
    """Return a number with few digits that the run itself still reaches."""
    if value == 0:
        return 0.0
    digits = DIGITS - 1 - math.floor(math.log10(abs(value)))
    step = 10.0**-digits
    rounded = (math.ceil(value / step) if up else math.floor(value / step)) * step
    return float(f"{rounded:.{DIGITS}g}")
