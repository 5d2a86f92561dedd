"""The container image that jobs and endpoints run, as two commands: the double knows no image of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """How the image is run on this machine. Placeholders: `{ml}` is the folder that stands for /opt/ml, `{fd}` the
    socket that a server listens on. `python3` is this interpreter, and `folder` where it finds its modules.
    """

    train: Sequence[str]
    serve: Sequence[str]
    folder: Path
    metrics: Sequence[str]  # that it has registered with SageMaker's tuning

    def command(self, words: Sequence[str], **places: object) -> list[str]:
        return [word.format(**places) for word in words]
