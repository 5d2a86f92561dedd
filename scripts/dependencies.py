"""Build hook: the package's dependencies are the lines of requirements.txt, so that there is one list."""

from __future__ import annotations

from pathlib import Path

# Hatchling is there where a wheel is built, and where requirements-dev.txt is installed.
from hatchling.metadata.plugin.interface import MetadataHookInterface  # pyright: ignore[reportMissingImports]


class Dependencies(MetadataHookInterface):
    """Fills in `project.dependencies`, which pyproject.toml calls dynamic."""

    def update(self, metadata: dict) -> None:
        """Set the dependencies to the requirements: every line that is neither blank nor a comment."""
        lines = (Path(self.root) / "requirements.txt").read_text(encoding="utf-8").splitlines()
        metadata["dependencies"] = [line for line in lines if line.strip() and not line.startswith("#")]
