"""sagemaker-runtime's InvokeEndpoint: the payload's limits, the container's answer, and how a refusal looks."""

from __future__ import annotations

from collections.abc import Iterable

from .account import ACCOUNT, REGION
from .answers import AwsError, Start, answer
from .endpoints import GROUP, Endpoints
from .jobs import console_log
from .request import Request

REAL_TIME_LIMIT = 6_291_456  # bytes
SERVERLESS_LIMIT = 4 * 1024 * 1024


class Invocations:
    """Invocations of the endpoints."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints

    def invoke_endpoint(self, request: Request, start: Start) -> Iterable[bytes]:
        """Forward one request. Raises AwsError: ValidationError, ModelError."""
        name = request.parameters["EndpointName"]
        server, variant = self.endpoints.server(name)
        if "CurrentServerlessConfig" in variant and len(request.body) > SERVERLESS_LIMIT:
            raise AwsError("ValidationError", "Request has oversize body.")
        if len(request.body) > REAL_TIME_LIMIT:
            raise AwsError("413", f"HTTP content length exceeded {REAL_TIME_LIMIT} bytes.", 413)
        headers = {"Content-Type": request.headers.get("content-type", "")}
        headers["Accept"] = request.headers.get("accept", "*/*")
        try:
            reply = server.request("POST", "/invocations", request.body, headers)
        except OSError as error:
            raise _model_error(name, 500, f"The container did not answer ({error})", "server", 0) from error
        if reply.status >= 400:
            whose = "client" if reply.status < 500 else "server"
            text = reply.body.decode("utf-8", "replace")
            raise _model_error(name, reply.status, text, whose, reply.status)
        variant_name = variant["VariantName"]
        more = {"x_Amzn_Invoked_Production_Variant": variant_name}
        return answer(start, 200, reply.content_type, reply.body, **more)


def _model_error(name: str, status: int, text: str, whose: str, original: int) -> AwsError:
    group = f"{GROUP}/{name}"
    return AwsError(
        "ModelError",
        f'Received {whose} error ({status}) from primary with message "{text}". {console_log(group)}',
        424,
        OriginalStatusCode=original or 500,
        OriginalMessage=text,
        LogStreamArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}",
    )
