"""One more training on all rows that may be trained on: those of the train and the validation split together.

The validation split chose the rounds, the threshold and the calibration; once that is done, its rows are worth more as
rows to learn from. The rounds grow with the rows, for the same reason that more rows want more of them; nothing is held
back to stop early. The test split judges the model, as it judged the first one.
"""

from __future__ import annotations

from dataclasses import dataclass

from core import hyperparameters, keys
from core.backends.base import Backend, Estimate, Job, JobStatus
from core.backends.requests import JobKind, TrainingRequest
from core.errors import BadSetting, JobNotReady
from core.language import tr
from core.names import new_name
from core.numbers import count, integer
from core.verbs import launching, training
from core.verbs.eda import report_of
from core.verbs.jobs import best_attempt, of_kind, stem
from core.verbs.resources import checked_resources, estimate_training


@dataclass(frozen=True, slots=True)
class AllRows:
    """What training on all rows means for a model."""

    of: str  # the Training Job that chose the rounds
    eda_job: str
    train: int  # rows
    validation: int
    kept: int  # rounds of its model
    rounds: int  # for so many more rows
    made: Job | None = None  # the job that did it, or is at it

    @property
    def stays(self) -> str:
        """Return what is not done, in words."""
        return tr("Threshold and calibration stay as they were chosen; the same test split judges it.")

    @property
    def sentence(self) -> str:
        """Return what is done, in words."""
        return tr(
            "Train once more on train and validation together: {rows} instead of {train}, {rounds} "
            "instead of {kept}, none held back to stop early.",
            rows=count(self.train + self.validation, "row", "rows"),
            train=integer(self.train),
            rounds=count(self.rounds, "round", "rounds"),
            kept=integer(self.kept),
        )


def offer(backend: Backend, training_job: str) -> AllRows | None:
    """Return what training on all rows means for a model; None where it has nothing to add.

    That is a model of all rows already, or one whose splits are not in storage. Raises NotFound, StorageFailed.
    """
    job = of_kind(backend, training_job, JobKind.training)
    request = job.request
    if "hyperparameters" not in request or request.get("all_rows_of") or job.status != JobStatus.completed:
        return None
    if "validation" not in request["channels"]:
        return None
    if not all(backend.storage.files(key) for key in request["channels"].values()):
        return None
    sizes = report_of(backend, request["processing_job"])["splits"]["sizes"]
    train, validation = sizes["train"]["rows"], sizes["validation"]["rows"]
    kept = _rounds(backend, job)
    made = [other for other in backend.jobs(JobKind.training) if _repeats(other, training_job)]
    scaled = max(1, round(kept * (train + validation) / train))
    return AllRows(
        training_job,
        request["processing_job"],
        train,
        validation,
        kept,
        scaled,
        best_attempt(made),
    )


def launch(
    backend: Backend, training_job: str, token: str = "", resources: dict[str, str] | None = None
) -> Job:
    """Start the training on all rows, or return the job that did it. Raises NotFound, JobNotReady, BadSetting."""
    wanted = offer(backend, training_job)
    if wanted is None:
        raise _not_offered(backend, training_job)
    made = wanted.made
    if made and (made.status.active or made.status == JobStatus.completed):
        return made
    return launching.launch(backend, _request(backend, wanted, token, resources))


def estimate(backend: Backend, wanted: AllRows) -> Estimate:
    """Return what it will cost, where the first model was trained. Raises StorageFailed."""
    return estimate_training(backend, wanted.eda_job, backend.job(wanted.of).resources)


def _rounds(backend: Backend, job: Job) -> int:
    """Return how many rounds the model of a job has: as its evaluation counted them, else as its log shows."""
    judged = training.evaluation_of(backend, job.name)
    if judged:
        return judged["rounds"]
    rows = training.rounds_of(backend, job.name)
    row = hyperparameters.kept_row(rows, job.hyperparameters, job.status)
    return int(row["round"]) + 1 if row else int(job.hyperparameters["num_round"])


def _repeats(job: Job, training_job: str) -> bool:
    return "hyperparameters" in job.request and job.request.get("all_rows_of") == training_job


def _request(
    backend: Backend, wanted: AllRows, token: str, resources: dict[str, str] | None
) -> TrainingRequest:
    first = backend.job(wanted.of)
    request = first.request
    assert "hyperparameters" in request
    values = {name: value for name, value in request["hyperparameters"].items() if not name.startswith("_")}
    values.pop("early_stopping_rounds", None)  # there is no split left that could say when
    values["num_round"] = str(wanted.rounds)
    hyperparameters.check(values)
    return TrainingRequest(
        name=new_name(f"train-{stem(wanted.eda_job)}", token),
        hyperparameters=values,
        channels={"train": request["channels"]["train"]},
        contract=request["contract"],
        test=request["test"] or keys.eda_output(wanted.eda_job, "test"),
        processing_job=wanted.eda_job,
        resources=checked_resources(backend, "training", first.resources if resources is None else resources),
        more_rows=request["channels"]["validation"],
        all_rows_of=wanted.of,
        twin_of=request.get("twin_of") or "",
    )


def _not_offered(backend: Backend, training_job: str) -> BadSetting | JobNotReady:
    job = backend.job(training_job)
    if job.status != JobStatus.completed:
        return JobNotReady(name=training_job, status=job.status)
    request = job.request
    reason = tr("Its splits are not in storage: a promoted model has left them where it was trained.")
    if "hyperparameters" in request and request.get("all_rows_of"):
        reason = tr(
            "It was trained on all rows already, as {first} chose the rounds.",
            first=request.get("all_rows_of"),
        )
    return BadSetting(name="all-rows", reason=reason, source=tr("the Training Job that is named"))
