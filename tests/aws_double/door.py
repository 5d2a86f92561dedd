"""The rig's one door, a WSGI application: read the request, record it, let a fault happen, answer it, or ask moto."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from botocore import xform_name
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .account import ACCOUNT, OWN, Account
from .answers import AwsError, Start, answer_error, answer_result
from .faults import Faults
from .invocations import Invocations
from .recorder import Recorder
from .request import Request, read_request
from .validation import validate

Services = dict[str, list[Any]]

# Services whose requests are checked by their model; moto answers some of them, and takes what AWS does not.
CONDITIONS = {"if-match", "if-none-match"}  # headers of a write to S3, which checks and writes at once
CHECKED = {"sagemaker", "scheduler", "logs", "service-quotas", "pricing", "kms", "events"}


class Door:
    """All requests come in here. `services` are filled in and emptied by the rig; what they lack is moto's."""

    def __init__(self, recorder: Recorder, faults: Faults) -> None:
        self.recorder, self.faults = recorder, faults
        self.account: Account | None = None
        self.services: Services = {}
        self.invocations: Invocations | None = None
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._conditional = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        request = read_request(environ)
        if request is None or self.account is None:
            return self._moto(environ, start)
        if not request.key.startswith(OWN):
            self.recorder.add(request)
        return self.faults.apply(request, environ, start, lambda e, s: self._answer(request, e, s))

    def find(self, service: str, operation: str) -> Callable[[dict[str, Any]], Any] | None:
        """Who answers an operation (`create_model`) of a service."""
        for part in self.services.get(service, ()):
            if answer := getattr(part, "operations", {}).get(operation) or getattr(part, operation, None):
                return answer
        return None

    def _answer(self, request: Request, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        try:
            self._check(request)
            if request.service in CHECKED and not request.key.startswith(OWN):
                validate(request.service, request.operation, request.parameters)
            if request.service == "sagemaker-runtime" and self.invocations:
                return self.invocations.invoke_endpoint(request, start)
            operation = self.find(request.service, xform_name(request.operation))
            if operation is None and CONDITIONS & request.headers.keys():
                # moto looks first and writes then: two could both find what they want.
                with self._conditional:
                    return list(self._moto(environ, start))
            if operation is None:
                return self._moto(environ, start)
            return answer_result(start, request, operation(request.parameters) or {})
        except AwsError as error:
            return answer_error(start, request, error)
        except Exception:
            self.account.defects.append(traceback.format_exc())
            return answer_error(start, request, AwsError("InternalFailure", "The rig failed.", 500))

    def _check(self, request: Request) -> None:
        self.account.access.check(request)
        owner = request.parameters.get("ExpectedBucketOwner")
        if request.service == "s3" and owner not in (None, ACCOUNT):
            raise AwsError("AccessDenied", "Access Denied", 403)
