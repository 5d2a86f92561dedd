"""`<kind>/<job>/job.json` in storage: what was asked, with which versions, and at the end what came out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.backends.local.runtime import Status
from core.backends.versions import versions
from core.storage import DiskStorage

AT_THE_END = ("status", "ended", "failure", "message", "unjudged", "exit_code", "peak_memory_bytes")


def open_record(storage: DiskStorage, kind: str, name: str, request: dict[str, Any], created: str) -> None:
    storage.write_json(
        f"{kind}/{name}/job.json",
        {
            "name": name,
            "kind": kind,
            "backend": "local",
            "status": "InProgress",
            "created": created,
            "versions": versions(),
            "request": request,
        },
    )


def close_record(workspace: Path, kind: str, name: str, status: Status) -> None:
    """Add how it ended and the manifest of every output. Raises StorageFailed."""
    storage = DiskStorage(workspace)
    prefix = f"{kind}/{name}"
    key = f"{prefix}/job.json"
    record = storage.read_json(key) if storage.exists(key) else {"name": name, "kind": kind}
    record |= {field: status.get(field) for field in AT_THE_END}
    manifest = storage.manifest(f"{prefix}/output")
    record["manifest"] = {f"output/{path}": facts for path, facts in manifest.items()}
    storage.write_json(key, record)
