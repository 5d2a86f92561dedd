"""The verb `track`: a run is logged to MLflow once its training has ended, where SENDERO_MLFLOW names a server.

Nobody waits in the background for that end: the command that waited for the job does it, or the page on which the run
is looked at, in a process of its own. Whoever is first claims the run in storage, so that it is logged once, whatever
tabs and machines look. A server that is down fails nothing: it is said in a line, and `track` does it later.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import evaluation_file, keys, mlflow_run
from core.backends.base import Backend, Job
from core.backends.records import now, optional_time
from core.errors import BadSetting, NotTracked, SenderoError, brief
from core.language import joined, tr
from core.mlflow_run import Tracked
from core.names import slug
from core.project import PROJECT
from core.scratch import Scratch
from core.settings import Settings
from core.verbs import notes, registry, runs
from core.verbs.jobs import eda_job_of, list_jobs
from core.verbs.leaderboard import target_of
from core.verbs.training import evaluation_of, model_of, rounds_of

LOGGING, LOGGED, FAILED = "logging", "logged", "failed"
STALE = timedelta(minutes=15)  # after which whoever claimed a run is taken to have died


@dataclass(frozen=True, slots=True)
class Tracking:
    """How logging a run stands: `state` is LOGGING, LOGGED or FAILED; `address` is for a browser."""

    state: str
    at: str
    server: str
    experiment: str = ""
    run: str = ""
    address: str = ""
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether another one may log the run: nobody has, and nobody is at it."""
        began = optional_time(self.at)
        old = began is None or datetime.now(UTC) - began > STALE
        return self.state == FAILED or (self.state == LOGGING and old)

    def is_claim(self, at: str) -> bool:
        """Return whether it is the claim of who began at that time."""
        return (self.state, self.at) == (LOGGING, at)


def tracking_of(backend: Backend, training_job: str) -> Tracking | None:
    """Return how logging a run stands; None where nobody has begun. Raises StorageFailed."""
    key = keys.tracking(training_job)
    return _read(backend.storage.read_bytes(key)) if backend.storage.exists(key) else None


def track(backend: Backend, training_job: str, settings: Settings, claimed: str = "") -> Tracking:
    """Log a run to the server of the settings, unless it is logged; return how that stands then.

    `claimed`: when it was claimed for this process by another one. Raises NotFound, JobNotReady, BadSetting where no
    server is named, NotTracked where it refuses or does not answer.
    """
    if not settings.mlflow:
        raise BadSetting(name="mlflow", reason=tr("No tracking server is named."), source="SENDERO_MLFLOW")
    job, server = model_of(backend, training_job), mlflow_run.without_login(settings.mlflow)
    known = tracking_of(backend, job.name) if claimed else None
    ours = known if known and known.is_claim(claimed) else _claim(backend, job.name, server)
    if ours is None:
        return tracking_of(backend, job.name) or Tracking(LOGGING, now(), server)
    from core.verbs.model_description import unpacked_model  # late: the encoder

    try:
        with Scratch("mlflow") as folder, unpacked_model(backend, job.name) as model:
            experiment, run = mlflow_run.log(settings.mlflow, _run(backend, job, folder, model))
    except Exception as error:  # MLflow's own, a network's, or of a package that is not there
        login = settings.mlflow.partition("://")[2].rpartition("@")[0]
        reason = brief(str(error).replace(login, "...") if login else str(error)) or type(error).__name__
        _end(backend, job.name, ours, Tracking(FAILED, now(), server, reason=reason))
        raise NotTracked(name=job.name, server=server, reason=reason) from error
    address = mlflow_run.address(server, experiment, run)
    return _end(backend, job.name, ours, Tracking(LOGGED, now(), server, experiment, run, address))


def track_quietly(backend: Backend, training_job: str) -> str:
    """Log a run where a server is named, and return what there is to say of it: nothing of one that is logged.

    For whoever has just waited for the job, which stands whatever comes of this.
    """
    settings = Settings.load()
    if not settings.mlflow:
        return ""
    try:
        done = track(backend, training_job, settings)
    except SenderoError as error:
        return joined([error.failure.what, error.failure.why, error.failure.remedy])
    return tr("Logged to MLflow: {address}", address=done.address or done.run) if done.state == LOGGED else ""


def begin(backend: Backend, training_job: str, settings: Settings) -> Tracking | None:
    """Return how logging a run stands, begun beside this process where nobody has; None without a server.

    Raises StorageFailed.
    """
    if not settings.mlflow:
        return None
    return tracking_of(backend, training_job) or start(backend, training_job, settings)


def start(backend: Backend, training_job: str, settings: Settings) -> Tracking | None:
    """Claim a run and start the program that logs it: MLflow takes seconds to import, and a server may not answer.

    Return how that stands then. Raises StorageFailed.
    """
    claim = _claim(backend, training_job, mlflow_run.without_login(settings.mlflow))
    if claim is None:
        return tracking_of(backend, training_job)
    where = ["--backend", backend.name, "--workspace", str(settings.workspace)]
    subprocess.Popen(
        # -P: the current folder, whose sendero.json it reads, is none to import from
        [sys.executable, "-P", "-m", "core.tracking_job", training_job, "--claimed", claim.at, *where],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return claim


def _claim(backend: Backend, training_job: str, server: str) -> Tracking | None:
    """Return our claim on a run; None where somebody has logged it, or is at it."""
    claim = Tracking(LOGGING, now(), server)
    ours = True

    def change(before: bytes | None) -> bytes:
        nonlocal ours
        known = _read(before) if before else None
        ours = known is None or known.is_open
        return _bytes(claim) if ours or before is None else before

    return claim if backend.storage.update(keys.tracking(training_job), change) and ours else None


def _end(backend: Backend, training_job: str, claim: Tracking, end: Tracking) -> Tracking:
    """Write how logging by our claim has ended, unless another one has taken the run over; return how it stands."""
    stands = end

    def ended(before: bytes | None) -> bytes:
        nonlocal stands
        known = _read(before) if before else None
        stands = end if known is None or known.is_claim(claim.at) else known
        return _bytes(stands)

    backend.storage.merge(keys.tracking(training_job), ended)
    return stands


def _bytes(tracking: Tracking) -> bytes:
    return json.dumps(asdict(tracking), ensure_ascii=False).encode()


def _read(data: bytes) -> Tracking | None:
    with suppress(ValueError, TypeError):
        read = Tracking(**json.loads(data))
        return read if optional_time(read.at) else None
    return None


def _run(backend: Backend, job: Job, folder: Path, model: Path) -> Tracked:
    """Return what is logged of a run, its files laid out in `folder`."""
    jobs = list_jobs(backend)
    by_name = {each.name: each for each in jobs}
    eda_job = eda_job_of(job)
    target = target_of(eda_job, by_name)
    record = backend.storage.read_json(keys.job_record("training", job.name))
    report = {"report.html": "report/report.html", "EDA_Report.txt": "report/EDA_Report.txt"}
    files = {
        "evaluation.json": keys.evaluation(job.name),
        "contract.json": keys.model_contract(job.name),
        "card.html": keys.card_html(job.name),
        **{name: keys.eda_output(eda_job, part) for name, part in report.items()},
    }
    with suppress(SenderoError):
        from core.verbs.card import keep_card  # late: the template

        keep_card(backend, job.name)
    (folder / "files").mkdir()
    for name, key in files.items():
        with suppress(SenderoError):  # of an EDA job that is deleted, or a model that was not judged
            (folder / "files" / name).write_bytes(backend.storage.read_bytes(key))
    rounds: list[dict[str, float]] = []
    with suppress(SenderoError):  # of a log that is gone
        rounds = rounds_of(backend, job.name)
    versions = record.get("versions") or {}
    return Tracked(
        experiment=registry.group_of(target),
        name=runs.title(job, jobs),
        started=_milliseconds(job.started or job.created),
        ended=_milliseconds(job.ended or datetime.now(UTC)),
        parameters=job.hyperparameters,
        curves=rounds,
        figures=_figures(backend, job.name),
        tags={
            "sendero.training_job": job.name,
            "sendero.eda_job": eda_job,
            "sendero.dataset": slug(target.dataset),
            "sendero.target": target.name,
            "sendero.backend": backend.name,
            **{f"version.{name}": str(version) for name, version in versions.items()},
            **_note(backend, job.name),
        },
        files=folder / "files",
        model=model if (model / "xgboost-model").exists() else None,
    )


def _note(backend: Backend, training_job: str) -> dict[str, str]:
    """Return the note on a run, as MLflow shows one."""
    with suppress(SenderoError):
        if text := notes.note(backend, training_job).text:
            return {"mlflow.note.content": text}
    return {}


def _figures(backend: Backend, training_job: str) -> dict[str, float]:
    """Return the metrics of a model on test, with the ends of their intervals, and on validation."""
    judged = evaluation_of(backend, training_job)
    if judged is None:
        return {}
    found = {f"test_{name}": value for name, value in evaluation_file.values(judged).items()}
    for name, figure in judged["metrics"].items():
        found |= {f"test_{name}_low": figure["low"], f"test_{name}_high": figure["high"]}
    if "validation" in judged:
        found |= {f"validation_{name}": value for name, value in judged["validation"]["metrics"].items()}
    return {name: value for name, value in found.items() if value is not None}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
