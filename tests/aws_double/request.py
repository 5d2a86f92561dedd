"""What a request asks for: service, operation and parameters, read from its bytes by botocore's service models."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel

# What a signature calls a service, where its model has another name.
BY_SIGNATURE = {
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
    "monitoring": "cloudwatch",
}
LONGEST_TEXT = 8192  # bytes of an XML or JSON body that are kept for the snapshot
SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as its caller meant it. `body` is the payload of an operation that streams one."""

    service: str
    operation: str
    region: str
    key: str  # the access key's id
    parameters: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@cache
def service_model(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


@cache
def _known() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())


def read_request(environ: dict[str, Any]) -> Request | None:
    """The request in a WSGI environment, whose body stays readable; None for one that nobody signed."""
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if not scope:
        return None
    key, region, signed = scope.groups()
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    if signed == "sagemaker" and environ["PATH_INFO"].endswith("/invocations"):
        signed = "sagemaker-runtime"
    service = BY_SIGNATURE.get(signed, signed)
    if service not in _known():
        return None
    if target := headers.get("x-amz-target"):
        body = _peek(environ)
        return Request(
            service, target.rpartition(".")[2], region, key, json.loads(body or b"{}"), b"", headers
        )
    model = service_model(service)
    if model.metadata["protocol"] in ("query", "ec2"):
        form = {name: values[0] for name, values in parse_qs(_peek(environ).decode()).items()}
        form.pop("Version", None)
        return Request(service, form.pop("Action", ""), region, key, form, b"", headers)
    return _read_rest(environ, model, region, key, headers)


def _peek(environ: dict[str, Any]) -> bytes:
    """The body, left in place for whoever reads it next."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return b""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


@dataclass(frozen=True, slots=True)
class _Route:
    """One REST operation: how its address looks, and what else must be there."""

    operation: OperationModel
    path: re.Pattern[str]
    query: dict[str, str]
    required: frozenset[tuple[str, str]]  # (place, name) of parameters that it cannot do without

    def fits(self, path: str, query: dict[str, str], headers: dict[str, str]) -> int:
        """How specifically this is the operation that was meant; 0 when it is not."""
        if not self.path.fullmatch(path) or any(
            name not in query or (value and query[name] != value) for name, value in self.query.items()
        ):
            return 0
        places = {"querystring": query, "header": headers}
        if any(name not in places[place] for place, name in self.required):
            return 0
        return 1 + 2 * len(self.query) + len(self.required)


@cache
def _routes(service: str, method: str) -> list[_Route]:
    model = service_model(service)
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.http["method"] != method or not _answered(service, name):
            continue
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = re.sub(
            r"\\{(\w+)(\\\+)?\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(path)
        )
        shape = operation.input_shape
        required = frozenset(
            (
                place,
                member.serialization.get("name", key).lower()
                if place == "header"
                else member.serialization["name"],
            )
            for key, member in (shape.members.items() if shape else ())
            if key in shape.required_members
            and (place := member.serialization.get("location")) in ("querystring", "header")
        )
        literal = {part.partition("=")[0]: part.partition("=")[2] for part in query.split("&") if part}
        found.append(_Route(operation, re.compile(pattern.rstrip("/") + "/?"), literal, required))
    return found


def _answered(service: str, operation: str) -> bool:
    # One of S3's operations lives at another host, with a path that would swallow the others'.
    return not (service == "s3" and operation == "WriteGetObjectResponse")


def _read_rest(
    environ: dict[str, Any], model: ServiceModel, region: str, key: str, headers: dict[str, str]
) -> Request:
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    query = {
        name: values[0]
        for name, values in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True).items()
    }
    routes = _routes(model.service_name, environ["REQUEST_METHOD"])
    scored = [(route.fits(path, query, headers), -len(route.path.groupindex), route) for route in routes]
    score, _, route = max(scored, key=lambda entry: entry[:2], default=(0, 0, None))
    if not score:
        return Request(
            model.service_name, environ["REQUEST_METHOD"], region, key, {"path": path}, b"", headers
        )
    operation = route.operation
    parameters: dict[str, Any] = {
        name: unquote(value) for name, value in route.path.fullmatch(path).groupdict().items()
    }
    members = operation.input_shape.members if operation.input_shape else {}
    for name, member in members.items():
        place, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "querystring" and wire in query:
            parameters[name] = query[wire]
        elif place == "header" and wire.lower() in headers:
            parameters[name] = headers[wire.lower()]
    payload = operation.input_shape.serialization.get("payload") if operation.input_shape else None
    streams = payload is not None and members[payload].type_name == "blob"
    if streams and model.service_name != "sagemaker-runtime":
        return Request(model.service_name, operation.name, region, key, parameters, b"", headers)
    body = _peek(environ)
    if streams:
        return Request(model.service_name, operation.name, region, key, parameters, body, headers)
    if body and model.metadata["protocol"] == "rest-json":
        parameters |= json.loads(body)
    elif body and len(body) < LONGEST_TEXT:
        parameters[payload or "Body"] = body.decode("utf-8", "replace")
    whole = body if model.metadata["protocol"] == "rest-xml" else b""
    return Request(model.service_name, operation.name, region, key, parameters, whole, headers)
