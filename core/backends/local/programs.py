"""What the steps of a job run, and where: plain data that travels with the job to its runner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.project import PROJECT

if TYPE_CHECKING:
    from core.backends.record_types import ProgramsJson


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of the steps. Tests and experiments name their own here."""

    scripts: str = str(PROJECT / "scripts")  # folder of processing scripts
    container: tuple[str, ...] = ("-m", "core.container")  # python's arguments before `train` and `serve`
    evaluation: tuple[str, ...] = ("-m", "core.evaluation")  # what judges a model on the test split
    gain: tuple[str, ...] = ("-m", "core.judging.gain")  # what compares two models on the validation split
    prediction: tuple[str, ...] = ("-m", "core.prediction_job")  # what asks an endpoint for a file of rows
    execution: tuple[str, ...] = ("-m", "core.pipeline_execution")  # what executes a pipeline
    grace: float = 10.0  # seconds from SIGTERM to SIGKILL
    ping_deadline: float = 120.0  # seconds an endpoint may take until its first good /ping

    def as_dict(self) -> ProgramsJson:
        """Return them as request.json holds them."""
        return {
            "scripts": self.scripts,
            "container": list(self.container),
            "evaluation": list(self.evaluation),
            "gain": list(self.gain),
            "prediction": list(self.prediction),
            "execution": list(self.execution),
            "grace": self.grace,
            "ping_deadline": self.ping_deadline,
        }

    @classmethod
    def of(cls, programs: ProgramsJson) -> Programs:
        """Return the programs of a request.json; what it does not name is the default."""
        default = cls()
        return cls(
            scripts=programs.get("scripts", default.scripts),
            container=tuple(programs.get("container", default.container)),
            evaluation=tuple(programs.get("evaluation", default.evaluation)),
            gain=tuple(programs.get("gain", default.gain)),
            prediction=tuple(programs.get("prediction", default.prediction)),
            execution=tuple(programs.get("execution", default.execution)),
            grace=programs.get("grace", default.grace),
            ping_deadline=programs.get("ping_deadline", default.ping_deadline),
        )
