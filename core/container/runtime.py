"""What the SageMaker runtime puts around a container: `POST /endpoints/<name>/invocations`.

With it boto3's `sagemaker-runtime` client works against a local endpoint when its `endpoint_url` says so.
Source: the InvokeEndpoint API reference, and botocore's service model for the shape of its errors.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from core.container.invocation import Answer

_PATH = re.compile(r"/endpoints/([^/]+)/invocations")
_MODEL_ERROR = 424
_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class RuntimeAnswer:
    """An answer and the headers that only the runtime sets."""

    answer: Answer
    headers: tuple[tuple[str, str], ...]


def endpoint_of(path: str) -> str | None:
    """Return the endpoint's name when the path is the runtime's, None otherwise."""
    match = _PATH.fullmatch(path)
    return match[1] if match else None


def unknown_endpoint(name: str) -> RuntimeAnswer:
    """Return 400, a ValidationError, for a name that is not this endpoint's."""
    return _error(400, "ValidationError", {"Message": f"Endpoint {name} of account {_ACCOUNT} not found."})


def wrap(answer: Answer) -> RuntimeAnswer:
    """Return the container's answer as the runtime passes it on: errors become a ModelError, 424."""
    if answer.status < 400:
        return RuntimeAnswer(answer, (("x-amzn-invoked-production-variant", "AllTraffic"),))
    whose = "client" if answer.status < 500 else "server"
    text = answer.body.decode("utf-8", errors="replace")
    return _error(
        _MODEL_ERROR,
        "ModelError",
        {
            "ErrorCode": f"{whose.upper()}_ERROR_FROM_MODEL",
            "Message": (
                f'Received {whose} error ({answer.status}) from primary with message "{text}". '
                "See the endpoint's log for more information."
            ),
            "OriginalMessage": text,
            "OriginalStatusCode": answer.status,
        },
    )


def _error(status: int, kind: str, content: dict[str, object]) -> RuntimeAnswer:
    answer = Answer(status, json.dumps(content).encode(), "application/json")
    return RuntimeAnswer(answer, (("x-amzn-errortype", kind),))
