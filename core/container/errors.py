"""What the container calls its failures, and the file in which it reports one.

A failed training job leaves `output/failure`, which SageMaker shows as the job's failure reason. The format is
sagemaker-containers': a heading, the error's class and message, then the message again. The frames that the
image writes in between are left out here: they name files of the image that do not exist on this machine.
"""

from __future__ import annotations

import re

_TOOLKIT = "sagemaker_algorithm_toolkit.exceptions"
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


def without_frames(message: str) -> str:
    """Return XGBoost's message with its C++ frames replaced: addresses and library paths are of no use to a reader."""
    return _FRAMES.sub("Stack trace:\n  <frames>\n", message)


def failure_text(error: BaseException) -> str:
    """Return the text of `output/failure` for one error."""
    kind = type(error)
    if isinstance(error, ContainerError):
        name = f"{_TOOLKIT}.{kind.__name__}"
    else:
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = without_frames(str(error))
    return f"framework error: \nTraceback (most recent call last):\n{name}: {message}\n\n{message}"
