"""What the container calls its failures, and the file in which it reports one.

A failed training job leaves `output/failure`, which SageMaker shows as the job's failure reason. The format is
sagemaker-containers': a heading, the error's class and message, then the message again. The frames that the
image writes in between are left out here: they name files of the image that do not exist on this machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOOLKIT = "sagemaker_algorithm_toolkit.exceptions"
_CLASS_LINE = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?:: |$)")
_FRAMES = re.compile(r"Stack trace:\n(?:  \[bt\].*\n)+")


class ContainerError(Exception):
    """A failure of the container; its text is the image's own, `(caused by X)` included.

    Args:
        message: what went wrong, as the image words it.
        caused_by: the error underneath, named by class in the message.
    """

    def __init__(self, message: str, caused_by: BaseException | None = None) -> None:
        if caused_by is not None:
            message += f" (caused by {type(caused_by).__name__})"
        super().__init__(message)


class UserError(ContainerError):
    """The user can prevent it: a hyperparameter, a channel or the data."""


class AlgorithmError(ContainerError):
    """XGBoost or the container failed in a way that the image does not put down to the user."""


class PlatformError(ContainerError):
    """What surrounds the container is not as SageMaker would have it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as `output/failure` tells it: class name (`UserError`, `KeyError`, ...) and message."""

    error: str
    message: str


def without_frames(message: str) -> str:
    """XGBoost's message with its C++ frames replaced: addresses and library paths are of no use to a reader."""
    return _FRAMES.sub("Stack trace:\n  <frames>\n", message)


def failure_text(error: BaseException) -> str:
    """The text of `output/failure` for one error."""
    kind = type(error)
    if isinstance(error, ContainerError):
        name = f"{_TOOLKIT}.{kind.__name__}"
    else:
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = without_frames(str(error))
    return f"framework error: \nTraceback (most recent call last):\n{name}: {message}\n\n{message}"


def parse_failure(text: str) -> Failure:
    """Read `output/failure`, of this container or of the image.

    Text of another shape comes back whole, as the message of an `Unknown` error.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        found = _CLASS_LINE.match(line)
        if number == 0 or line.startswith((" ", "Traceback")) or not found:
            continue
        rest = "\n".join(lines[number:])[found.end() :]
        # The message stands there twice: once after its class, once alone.
        half = (len(rest) - 2) // 2
        return Failure(found[1], rest[:half] if rest[:half] == rest[-half:] else lines[-1])
    return Failure("Unknown", text)
