"""What a job's record says of the versions that made it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "xgboost", "xgboost-cpu", "pandas", "numpy", "duckdb", "narwhals", "pyarrow", "scipy", "matplotlib",
)  # fmt: skip


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Python, Sendero and the packages that jobs use, read from metadata: importing them takes seconds."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "sendero": sendero_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def sendero_version() -> str:
    """From pyproject.toml, because the app runs from its folder without being installed."""
    import tomllib

    try:
        return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    except (OSError, KeyError):
        return "unknown"
