"""What a job's record says of the versions that made it, and the fingerprint of its request."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING

from core.project import PROJECT

if TYPE_CHECKING:
    from core.backends.record_types import RequestJson

PACKAGES = (
    "xgboost", "xgboost-cpu", "pandas", "numpy", "duckdb", "narwhals", "pyarrow", "scipy", "matplotlib", "optuna",
)  # fmt: skip


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return those of Python, Sendero and what jobs use, from metadata: importing the packages takes seconds."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    installed = {"python": platform.python_version(), "sendero": sendero_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed


def sendero_version() -> str:
    """Read it from pyproject.toml, because a checkout runs without being installed; the wheel brings the file along."""
    import tomllib

    try:
        return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    except (OSError, KeyError):
        return "unknown"


def fingerprint(request: RequestJson) -> str:
    """Return a hash of what a request asks for, whatever it is called: equal requests have equal ones."""
    bare: dict[str, object] = {key: value for key, value in request.items() if key != "name"}
    if "training" in request:
        bare["training"] = {key: value for key, value in request["training"].items() if key != "name"}
    text = json.dumps(bare, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
