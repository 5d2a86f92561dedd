"""How AWS answers: a dictionary or an error, written the way each service's protocol has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from .request import Request, service_model

Start = Callable[[str, list[tuple[str, str]]], Any]


class AwsError(Exception):
    """An answer that is an error, with the code and the message as AWS words them.

    `more` are further fields of the error, such as a ModelError's OriginalMessage.
    """

    def __init__(self, code: str, message: str, status: int = 400, **more: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.more = code, message, status, more


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def answer(start: Start, status: int, content_type: str, body: bytes, **headers: str) -> Iterable[bytes]:
    """Send one whole answer."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    start(
        f"{status} {HTTPStatus(status).phrase}",
        [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", str(uuid4())),
            *named,
        ],
    )
    return [body]


def answer_result(start: Start, request: Request, result: dict[str, Any]) -> Iterable[bytes]:
    """A result, as JSON or as the query protocol's XML."""
    if _protocol(request) == "query":
        name, space = request.operation, service_model(request.service).metadata.get("xmlNamespace", "")
        inner = f"<{name}Result>{_xml(result)}</{name}Result>"
        text = f'<{name}Response xmlns="{space}">{inner}</{name}Response>'
        return answer(start, 200, "text/xml", text.encode())
    return answer(start, 200, "application/x-amz-json-1.1", json.dumps(result, default=_moment).encode())


def answer_error(start: Start, request: Request, error: AwsError) -> Iterable[bytes]:
    """An error, in the shape in which botocore looks for it."""
    protocol = _protocol(request)
    text = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "rest-xml":
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error>{text}<RequestId>{uuid4()}</RequestId></Error>'
        if request.operation.startswith("Head"):
            body = ""
        return answer(start, error.status, "application/xml", body.encode())
    if protocol in ("query", "ec2"):
        inner = f"<Error><Type>Sender</Type>{text}</Error><RequestId>{uuid4()}</RequestId>"
        body = f"<ErrorResponse>{inner}</ErrorResponse>"
        return answer(start, error.status, "text/xml", body.encode())
    told = {"__type": error.code, "message": error.message, "Message": error.message} | error.more
    return answer(
        start,
        error.status,
        "application/x-amz-json-1.1",
        json.dumps(told, default=_moment).encode(),
        x_amzn_ErrorType=error.code,
    )


def _protocol(request: Request) -> str:
    return service_model(request.service).metadata["protocol"]


def _moment(value: Any) -> float:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} cannot be answered")


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(item)}</{key}>" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))
