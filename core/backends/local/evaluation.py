"""Judging a trained model once more: the same program that ends a Training Job, run while somebody waits."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from core.backends.local.programs import Programs
from core.errors import CannotJudge
from core.project import PROJECT
from core.storage import DiskStorage


def judge(storage: DiskStorage, record: dict[str, Any], programs: Programs) -> dict[str, Any]:
    """Write evaluation.json anew, and answer the record as it now is. Raises CannotJudge, StorageFailed."""
    name, request = record["name"], record["request"]
    test = request.get("test") or f"processing/{request.get('processing_job')}/output/test"
    if not storage.exists(test):
        raise CannotJudge(name=name, reason="The test split of its EDA job is not in storage.")
    output = storage.path(f"training/{name}/output")
    with tempfile.TemporaryDirectory(prefix="sendero-evaluation-") as folder:
        result = Path(folder) / "evaluation.json"
        done = subprocess.run(
            [sys.executable, *programs.evaluation, "--model", str(output / "model.tar.gz"),
             "--contract", str(output / "contract.json"), "--test", str(storage.path(test)),
             "--output", str(result)],
            cwd=PROJECT, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode or not result.exists():
            told = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise CannotJudge(name=name, reason=told)
        storage.write_bytes(f"training/{name}/output/evaluation.json", result.read_bytes())
    manifest = storage.manifest(f"training/{name}/output")
    record = record | {
        "unjudged": "",
        "message": "",
        "manifest": {f"output/{path}": facts for path, facts in manifest.items()},
    }
    storage.write_json(f"training/{name}/job.json", record)
    return record
