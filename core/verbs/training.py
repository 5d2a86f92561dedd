"""The verbs over training: launch it, judge a model, and read what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import evaluation_file, hyperparameters, keys
from core.backends.base import Backend, Estimate, Job, JobStatus
from core.backends.requests import JobKind, TrainingRequest
from core.errors import JobNotReady
from core.evaluation_file import Evaluation
from core.names import new_name
from core.provenance import check_model
from core.verbs import audit, launching, origins, runs
from core.verbs.eda import contract_of
from core.verbs.jobs import completed, of_kind, stem
from core.verbs.resources import checked_resources


def trainable(backend: Backend) -> list[Job]:
    """Return the Completed EDA jobs whose training split is in storage, newest first: a promoted one has none."""
    jobs = [job for job in backend.jobs(JobKind.processing) if job.status == JobStatus.completed]
    return [job for job in jobs if backend.storage.exists(keys.eda_output(job.name, "train"))]


def launch_training(
    backend: Backend,
    eda_job: str,
    preset: str = hyperparameters.DEFAULT_PRESET,
    given: Mapping[str, str] | None = None,
    token: str = "",
    resources: Mapping[str, str] | None = None,
) -> Job:
    """Check hyperparameters and the channels' bytes, then start the Training Job."""
    request = training_request(backend, eda_job, preset, given, token, resources)
    return launching.launch(backend, request)


def run_again(backend: Backend, training_job: str, token: str = "") -> Job:
    """Start a Training Job with the data, the values and the machine that another one had.

    Raises NotFound, and what `launch_training` raises.
    """
    job = of_kind(backend, training_job, JobKind.training)
    eda_job = job.request["processing_job"] if "hyperparameters" in job.request else ""
    if "hyperparameters" in job.request and job.request.get(
        "all_rows_of"
    ):  # no preset says what it was trained on
        name = new_name(f"train-{stem(eda_job)}", token)
        fields: dict[str, Any] = {**job.request, "name": name, "kind": JobKind.training}
        return launching.launch(backend, TrainingRequest(**fields))
    preset, given = runs.settings_of(job)
    return launch_training(backend, eda_job, preset, given, token, job.resources)


def training_request(
    backend: Backend,
    eda_job: str,
    preset: str,
    given: Mapping[str, str] | None,
    token: str,
    resources: Mapping[str, str] | None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> TrainingRequest:
    """Return the request to train on the splits of `eda_job`, checked as the container would check it.

    Raises BadHyperparameter, BadChannel and their like before anything is launched.
    """
    from core.channels import check_split

    completed(backend, eda_job, JobKind.processing)
    contract, output = contract_of(backend, eda_job), keys.eda_output(eda_job)
    problem, classes = contract.label.problem, len(contract.label.classes)
    values = hyperparameters.resolve(preset, problem, classes, given)
    if ranges is None:  # a trial that its tuning job ends early was behind: nobody wants its model
        values = hyperparameters.KEPT_WHEN_STOPPED | values
    folders = {split: f"{output}/{split}" for split in keys.SPLIT_NAMES}
    if contract.weight:
        folders |= {split: f"{output}/{keys.weighted(split)}" for split in ("train", "validation")}
    read = [
        check_split(
            backend.storage,
            split,
            folder,
            problem,
            classes,
            len(contract.features),
            weighted=bool(contract.weight) and split != "test",
        )
        for split, folder in folders.items()
    ]
    for tried in (values, *hyperparameters.extremes(values, ranges or {})):
        hyperparameters.avoid_traps(tried, problem, classes, read[:2], tuned=ranges is not None)
    if contract.weight:
        values |= hyperparameters.WEIGHTED
    return TrainingRequest(
        name=new_name(f"train-{stem(eda_job)}", token),
        hyperparameters=values,
        channels={split: folders[split] for split in ("train", "validation")},
        contract=keys.fitted_contract(eda_job),
        test=f"{output}/test",
        processing_job=eda_job,
        resources=checked_resources(backend, "training", resources),
    )


def rounds_of(backend: Backend, job: str) -> list[dict[str, float]]:
    """Return the metrics of each round of a Training Job, or of each trial of a tuning job. Raises NotFound."""
    return backend.metrics(job)


def evaluation_of(backend: Backend, job: str) -> Evaluation | None:
    """Return the test split's evaluation of a Training Job, or None where there is none."""
    return evaluation_file.read(backend.storage, keys.evaluation(job))


def base_rates(backend: Backend, training_job: str) -> dict[str, float]:
    """Return {class: its share of the rows that judged a model}; empty of a number, and where it was not judged.

    Raises StorageFailed, StorageDamaged.
    """
    evaluation = evaluation_of(backend, training_job)
    if evaluation is None or "confusion" not in evaluation:
        return {}
    rows = [sum(predicted) for predicted in evaluation["confusion"]]
    return {name: count / max(sum(rows), 1) for name, count in zip(evaluation["classes"], rows, strict=True)}


def evaluate(backend: Backend, training_job: str) -> Job:
    """Judge a model; its Training Job stays as it has ended, and its phase is Evaluating meanwhile.

    Raises NotFound, JobNotReady, StorageDamaged, CannotJudge.
    """
    job = model_of(backend, training_job)
    if job.status.active:
        raise JobNotReady(name=training_job, status=job.status)
    check_model(backend.storage, job.name)
    judged = backend.evaluate(training_job)
    audit.record(backend, "judged", "model", training_job, **origins.model_sources(backend, training_job))
    return judged


def estimate_evaluation(backend: Backend, training_job: str) -> Estimate:
    """Return what judging a model will cost, on the machine that its EDA job had."""
    request = backend.job(training_job).request
    return backend.estimate("evaluation", {}, 0, 1, request.get("processing_job") or "")


def deployable(backend: Backend) -> list[Job]:
    """Return the Training Jobs whose model is in storage, newest first."""
    jobs = backend.jobs(JobKind.training)
    return [job for job in jobs if not job.status.active and _has_model(backend, job.name)]


def model_of(backend: Backend, training_job: str) -> Job:
    """Return the Training Job, if its model is in storage. Raises NotFound, JobNotReady."""
    job = of_kind(backend, training_job, JobKind.training)
    if not _has_model(backend, job.name):
        raise JobNotReady(name=training_job, status=job.status)
    return job


def _has_model(backend: Backend, training_job: str) -> bool:
    return backend.storage.exists(keys.model(training_job))
