"""The verb `code`: a training run as code that does it again without Sendero, or a workflow that does it again by
Sendero and fails where the model is not good enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core import evaluation_file, hyperparameters, keys, metric_words
from core.backends.base import Backend, Job
from core.card import again
from core.errors import CannotExport, SenderoError
from core.language import tr
from core.settings import Settings, variable
from core.training_code import document
from core.training_code.run import Place, Run, expected_of
from core.training_code.workflow import workflow
from core.values import parse_duration
from core.verbs import runs
from core.verbs.card import training_of
from core.verbs.eda import read_contract, report_of
from core.verbs.gate import Gate
from core.verbs.jobs import eda_job_of, existing_job, list_jobs
from core.verbs.training import evaluation_of, model_of, rounds_of

SUFFIXES = {"script": ".py", "notebook": ".ipynb"}
HERE = ("workspace", "profile", "max_upload_mb", "mlflow")  # settings that are of this machine
MIME = {"script": "text/x-python", "notebook": "application/x-ipynb+json", "workflow": "application/yaml"}
SPARE_GB, PER_BYTE = 10, 4  # of a job's volume, as Sendero's own jobs have it

# -> the region, the URI of the image there, and the tags of what is made: `core.backends.training_place`.
Where = Callable[[Settings], tuple[str, str, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Code:
    """A file to take away: what it is called, what it holds, and the numbers that it asserts."""

    file: str
    text: str
    expected: dict[str, float]


def code(backend: Backend, training_job: str, form: str, way: str, settings: Settings, where: Where) -> Code:
    """Return the code that trains a model again: `form` of document.FORMS, `way` of its WAYS.

    `settings` say where on AWS a job runs, and `where` what follows from them. Raises NotFound, JobNotReady,
    StorageDamaged, CannotExport where the run cannot be done again.
    """
    job = model_of(backend, training_job)
    run = run_of(backend, job)
    place = None if way == "xgboost" else place_of(backend, job, run, settings, where)
    write = document.notebook if form == "notebook" else document.script
    return Code(f"{job.name}-{way}{SUFFIXES[form]}", write(run, way, place), dict(run.expected))


def workflow_of(
    backend: Backend, training_job: str, settings: Settings, region: str, gate: Gate | None = None
) -> Code:
    """Return a workflow that makes the model again from its data set, and fails where it does not reach `gate`.

    Without one that is what this model reaches for sure, on the test split. A `region` says that jobs run on AWS.
    Raises NotFound, JobNotReady, StorageDamaged, CannotExport.
    """
    job = model_of(backend, training_job)
    training, eda_job = training_of(backend, job), eda_job_of(job)
    if training is None or not existing_job(backend, eda_job):
        raise CannotExport(name=job.name, reason=tr("The jobs that it came from are not there any more."))
    report = report_of(backend, eda_job)
    file, at = _data_file(backend, eda_job, report["dataset"]["file"])
    gate = gate or _reached(backend, job.name)
    words = [*again.whole_path(report, training, file), "--fail-below", gate.text]
    title = f"{report['target']['name']}, {runs.title(job, list_jobs(backend))}"
    text = workflow(title, words, environment(settings), region, "" if at else file)
    return Code(f"{job.name}.yml", text, {f"{gate.split}:{gate.metric}": gate.limit})


def environment(settings: Settings) -> dict[str, str]:
    """Return those settings that are not the default as a process elsewhere takes them from its environment."""
    found: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name not in HERE and value != field.default:
            found |= variable(name, value)
    return found


def _data_file(backend: Backend, eda_job: str, file: str) -> tuple[str, str]:
    """Return where a machine elsewhere finds the data set: its address in S3 and that, else a path and ""."""
    root, request = str(backend.storage.root), backend.job(eda_job).request
    folder = request["inputs"].get("input", "") if "inputs" in request else ""
    key = f"{folder}/{file}"
    if root.startswith("s3://") and folder and backend.storage.exists(key):
        return f"{root}/{key}", root
    return f"data/{file}", ""


def _reached(backend: Backend, training_job: str) -> Gate:
    """Return a gate that a model passes: its first metric on the test split, at the worse end, with two digits."""
    judged = evaluation_of(backend, training_job)
    for metric in metric_words.HEADLINE[judged["problem"]] if judged else ():
        figure = judged["metrics"].get(metric) if judged else None
        if figure and figure["value"] is not None:
            upper = Gate("test", metric, 0.0).is_upper
            worse = figure["high"] if upper else figure["low"]
            held = figure["value"] if worse is None else worse
            unit = 10 ** (math.floor(math.log10(abs(held) or 1)) - 1)
            rounded = (math.ceil if upper else math.floor)(held / unit) * unit
            return Gate("test", metric, float(f"{rounded:.6g}"))
    raise CannotExport(
        name=training_job, reason=tr("It was not judged, so that nothing says what it should reach.")
    )


def run_of(backend: Backend, job: Job) -> Run:
    """Return what doing a Training Job again needs. Raises CannotExport, StorageFailed, StorageDamaged."""
    request = job.request
    if "hyperparameters" not in request:
        raise CannotExport(name=job.name, reason=tr("The record of its job is damaged."))
    if int(job.resources.get("instance_count") or 1) > 1:
        reason = tr(
            "It was trained on several instances, each with a share of the rows: one gives another model."
        )
        raise CannotExport(name=job.name, reason=reason)
    given = dict(request["hyperparameters"])
    if "_kfold" in given:
        raise CannotExport(
            name=job.name, reason=tr("It is made of several models, one a fold of the image's own.")
        )
    if job.kept_rounds:  # it was stopped: nobody can stop it there again
        given["num_round"] = str(job.kept_rounds)
        given.pop("early_stopping_rounds", None)
    channels = {name: [folder] for name, folder in request["channels"].items()}
    if more := request.get("more_rows"):
        channels["train"].append(more)
    test = request["test"] or keys.eda_output(request["processing_job"], "test")
    storage = backend.storage
    if not all(
        storage.files(folder) for folder in [test, *(each for every in channels.values() for each in every)]
    ):
        reason = tr("Its splits are not in storage: they were deleted, or the model was trained elsewhere.")
        raise CannotExport(name=job.name, reason=reason)
    label = read_contract(storage, keys.model_contract(job.name)).label
    judged = evaluation_of(backend, job.name)
    return Run(
        training_job=job.name,
        title=runs.title(job, list_jobs(backend)),
        target=label.name,
        problem=label.problem,
        root=str(storage.root),
        hyperparameters=given,
        channels=channels,
        test=test,
        contract=keys.model_contract(job.name),
        weighted=hyperparameters.WEIGHTED.items() <= given.items(),
        rounds=judged["rounds"] if judged else 0,
        expected=expected_of(
            label.problem, evaluation_file.values(judged) if judged else {}, _kept_round(backend, job)
        ),
        xgboost=storage.read_json(keys.job_record("training", job.name))
        .get("versions", {})
        .get("xgboost", XGBOOST),
    )


def _kept_round(backend: Backend, job: Job) -> dict[str, float]:
    """Return the metrics of the round whose model is kept; none where its log is not there any more."""
    with suppress(SenderoError):
        rounds = rounds_of(backend, job.name)
        return hyperparameters.kept_row(rounds, job.hyperparameters, job.status, job.kept_rounds)
    return {}


XGBOOST = "3.2.0"  # of the image sagemaker-xgboost:3.2-0


def place_of(backend: Backend, job: Job, run: Run, settings: Settings, where: Where) -> Place:
    """Return where the job runs on AWS: as this one did there, else as the settings say."""
    folders = {folder for every in run.channels.values() for folder in every}
    size = sum(backend.storage.size(key) for folder in folders for key in backend.storage.files(folder))
    region, image, tags = where(settings)
    return Place(
        region=region,
        image=image,
        role=settings.role,
        bucket=settings.bucket,
        prefix=settings.prefix,
        instance_type=job.resources.get("instance_type") or settings.training_instance,
        volume_gb=SPARE_GB + math.ceil(PER_BYTE * size / 2**30),
        seconds=int(parse_duration(job.resources.get("max_runtime") or settings.max_runtime)),
        spot=job.resources.get("spot", "yes" if settings.spot else "no") == "yes",
        isolated=settings.network_isolation,
        kms_key=settings.kms_key,
        subnets=settings.subnets,
        security_groups=settings.security_groups,
        tags=tags,
    )
