"""Where the container's folders are on this machine, and what the image calls them in its messages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

OPT_ML = "/opt/ml"


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder that stands for `/opt/ml`.

    `path` answers where something really is, `reported` how the image would name it.
    """

    root: Path

    def path(self, relative: str) -> Path:
        """Return the folder on this machine of `input/data/train`."""
        return self.root / relative

    def reported(self, relative: str) -> str:
        """Return `/opt/ml/input/data/train` for `input/data/train`."""
        return f"{OPT_ML}/{relative}"

    def resolve(self, reported: str) -> Path:
        """Return where a path as the image knows it (`/opt/ml/checkpoints`) is here.

        A path outside `/opt/ml` is kept below the root too: nothing is ever written elsewhere.
        """
        inside = os.path.relpath(reported, OPT_ML) if reported.startswith(OPT_ML) else reported.lstrip("/")
        resolved = (self.root / inside).resolve()
        if not resolved.is_relative_to(self.root.resolve()):
            raise ValueError(f"{reported} leads outside {OPT_ML}")
        return resolved

    def in_messages(self, text: str) -> str:
        """Return `text` with this machine's paths replaced by the image's."""
        return text.replace(str(self.root), OPT_ML)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all (temporary name, then rename)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process id keeps two writers of one name apart.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
