"""What the steps of a job run, and where: plain data that travels with the job to its runner."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.project import PROJECT


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of the steps. Tests and experiments name their own here."""

    scripts: str = str(PROJECT / "scripts")  # folder of processing scripts
    container: tuple[str, ...] = ("-m", "core.container")  # python's arguments before `train` and `serve`
    evaluation: tuple[str, ...] = ("-m", "core.evaluation")  # what judges a model on the test split
    grace: float = 10.0  # seconds from SIGTERM to SIGKILL
    ping_deadline: float = 120.0  # seconds an endpoint may take until its first good /ping

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
