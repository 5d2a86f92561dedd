"""Judging a trained model once more: the same program that ends a Training Job, run while somebody waits."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from core import keys
from core.backends.local.programs import Programs
from core.backends.records import close_job
from core.errors import CannotJudge
from core.project import PROJECT
from core.storage import DiskStorage

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord


def judge(storage: DiskStorage, record: JobRecord, programs: Programs) -> None:
    """Write evaluation.json anew, and that into the record. Raises CannotJudge, StorageFailed."""
    name, request = record["name"], record["request"]
    test = ""
    if "hyperparameters" in request:
        test = request.get("test") or keys.eda_output(request.get("processing_job"), "test")
    if not test or not storage.exists(test):
        raise CannotJudge(name=name, reason="The test split of its EDA job is not in storage.")
    output = storage.path(keys.training_output(name))
    with tempfile.TemporaryDirectory(prefix="sendero-evaluation-") as folder:
        result = Path(folder) / "evaluation.json"
        done = subprocess.run(
            [sys.executable, *programs.evaluation, "--model", str(output / "model.tar.gz"),
             "--contract", str(output / "contract.json"), "--test", str(storage.path(test)),
             "--output", str(result)],
            cwd=PROJECT, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode or not result.exists():
            reason = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise CannotJudge(name=name, reason=reason)
        storage.write_bytes(keys.evaluation(name), result.read_bytes())
    manifest = storage.manifest(keys.training_output(name))
    close_job(storage, record, {"unjudged": "", "message": ""}, manifest)
