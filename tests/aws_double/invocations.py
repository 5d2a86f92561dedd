"""sagemaker-runtime's InvokeEndpoint: the payload's limits, the container's answer, and how a refusal looks."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.backends import get_backend
from moto.cloudwatch.models import Statistics

from .account import ACCOUNT, REGION
from .answers import AwsError, Start, answer
from .endpoints import GROUP, Endpoints
from .jobs import console_log
from .request import Request
from .serving import Server
from .tables import Facts

REAL_TIME_LIMIT = 6_291_456  # bytes
SERVERLESS_LIMIT = 4 * 1024 * 1024
WAKING = 2.5  # seconds: what the rig says


_known = Statistics.get_statistics_for_type


def _statistic(self: Statistics, name: str) -> Any:
    """A statistic as moto has it, and the percentiles that it lacks."""
    if not name.startswith("p"):
        return _known(self, name)
    values = sorted(self.metric_single_values_list)
    return values[round((len(values) - 1) * float(name[1:]) / 100)]


Statistics.get_statistics_for_type = _statistic


class Invocations:
    """Invocations of the endpoints."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints
        self._lock = threading.Lock()
        self._now: Counter[str] = Counter()
        self._woken: set[str] = set()
        self.most: Counter[str] = Counter()  # requests that came beside each other, by endpoint

    def invoke_endpoint(self, request: Request, start: Start) -> Iterable[bytes]:
        """Forward one request. Raises AwsError: ValidationError, ModelError."""
        name = request.parameters["EndpointName"]
        server, variant = self.endpoints.server(name)
        if "CurrentServerlessConfig" in variant and len(request.body) > SERVERLESS_LIMIT:
            raise AwsError("ValidationError", "Request has oversize body.")
        if len(request.body) > REAL_TIME_LIMIT:
            raise AwsError("413", f"HTTP content length exceeded {REAL_TIME_LIMIT} bytes.", 413)
        begun = time.perf_counter()
        with self._beside(name, variant):
            answered = self._answered(name, server, variant, request, start)
        self._count(name, variant, time.perf_counter() - begun)
        return answered

    def _count(self, name: str, variant: Facts, seconds: float) -> None:
        """Let CloudWatch know of a request; the first one of a serverless endpoint is said to wake it."""
        told = {"Invocations": 1.0, "ModelLatency": 1e6 * seconds}
        if "CurrentServerlessConfig" in variant and name not in self._woken:
            self._woken.add(name)
            told["ModelSetupTime"] = 1e6 * WAKING
        names = {"EndpointName": name, "VariantName": variant["VariantName"]}
        dimensions = [{"Name": key, "Value": value} for key, value in names.items()]
        metrics = [
            {"MetricName": key, "Value": value, "Dimensions": dimensions} for key, value in told.items()
        ]
        get_backend("cloudwatch")[ACCOUNT][REGION].put_metric_data("AWS/SageMaker", metrics)

    @contextmanager
    def _beside(self, name: str, variant: Facts) -> Iterator[None]:
        """Count a request among those that are answered now. Raises AwsError for more than a serverless one takes."""
        with self._lock:
            self._now[name] += 1
            now = self._now[name]
            self.most[name] = max(self.most[name], now)
        try:
            if now > variant.get("CurrentServerlessConfig", {}).get("MaxConcurrency", now):
                raise AwsError("ThrottlingException", "Rate exceeded")
            yield
        finally:
            with self._lock:
                self._now[name] -= 1

    def _answered(
        self, name: str, server: Server, variant: Facts, request: Request, start: Start
    ) -> Iterable[bytes]:
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
