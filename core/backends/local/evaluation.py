"""Judging a trained model: the program that ends a Training Job, run once more or for the best trial of a tuning."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core import keys
from core.backends.local.programs import Programs
from core.backends.records import close_job
from core.errors import CannotJudge
from core.language import tr
from core.project import PROJECT
from core.storage import DiskStorage

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord


def judge(storage: DiskStorage, record: JobRecord, programs: Programs) -> None:
    """Write evaluation.json anew, and that into the record. Raises CannotJudge, StorageFailed."""
    with tempfile.TemporaryDirectory(prefix="sendero-evaluation-") as folder:
        result = Path(folder) / "evaluation.json"
        judging = command_of(storage, record, programs, result)
        done = subprocess.run([sys.executable, *judging], cwd=PROJECT, capture_output=True, text=True)
        if done.returncode or not result.exists():
            reason = (done.stderr.strip() or tr("exit code {code}", code=done.returncode)).splitlines()[-1]
            raise CannotJudge(name=record["name"], reason=reason)
        put_judged(storage, record, result)


def command_of(storage: DiskStorage, record: JobRecord, programs: Programs, result: Path) -> list[str]:
    """Return the command line that judges the model of a Training Job on the splits of its EDA job.

    Raises CannotJudge.
    """
    name, request = record["name"], record["request"]
    test = validation = ""
    if "hyperparameters" in request:
        test = request.get("test") or keys.eda_output(request.get("processing_job"), "test")
        validation = keys.unweighted(request["channels"].get("validation", ""))
    if not test or not storage.exists(test):
        raise CannotJudge(name=name, reason=tr("The test split of its EDA job is not in storage."))
    splits = {"test": storage.path(test)}
    if validation and storage.exists(validation):  # a promoted model has none
        splits["validation"] = storage.path(validation)
    output = storage.path(keys.training_output(name))
    return evaluation_command(programs, output / "model.tar.gz", output / "contract.json", splits, result)


def evaluation_command(
    programs: Programs, model: Path, contract: Path, splits: Mapping[str, Path], result: Path
) -> list[str]:
    """Return the command line of the program that judges a model, without Python's own name."""
    return [
        *(*programs.evaluation, "--model", str(model), "--contract", str(contract)),
        *(part for name, folder in splits.items() for part in (f"--{name}", str(folder))),
        *("--output", str(result)),
    ]


def put_evaluation(storage: DiskStorage, training_job: str, result: Path) -> None:
    """Put what that program wrote beside the model. Raises StorageFailed."""
    # evaluation.json last: who sees it finds the predictions that it was computed from.
    for key in (keys.predictions(training_job), keys.evaluation(training_job)):
        with storage.writing(key) as temporary:
            shutil.move(result.with_name(key.rpartition("/")[2]), temporary)


def put_judged(storage: DiskStorage, record: JobRecord, result: Path) -> None:
    """Put the result of a model that was judged later beside it, and that into its record. Raises StorageFailed."""
    put_evaluation(storage, record["name"], result)
    manifest = storage.manifest(keys.training_output(record["name"]))
    close_job(storage, record, {"unjudged": "", "message": ""}, manifest)
