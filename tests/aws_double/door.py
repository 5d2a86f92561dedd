"""The rig's one door, a WSGI application: read the request, record it, let a fault happen, answer it, or ask moto."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import Any

from botocore import xform_name
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .account import ACCOUNT, OWN_KEY, REGION, Account
from .answers import AwsError, Start, answer_error, answer_result
from .faults import Faults
from .invocations import Invocations
from .recorder import Recorder
from .request import Request, read_request
from .validation import validate

Services = dict[str, list[Any]]

# Services whose requests are checked by their model; moto answers some of them, and takes what AWS does not.
CHECKED = {"sagemaker", "scheduler", "logs", "service-quotas", "pricing", "kms"}
# The permission that an operation needs, where it is not its own name.
PERMISSIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "sagemaker-runtime:InvokeEndpoint": "sagemaker:InvokeEndpoint",
    "service-quotas:ListServiceQuotas": "servicequotas:ListServiceQuotas",
    "service-quotas:GetServiceQuota": "servicequotas:GetServiceQuota",
}


class Door:
    """All requests come in here. `services` are filled in and emptied by the rig; what they lack is moto's."""

    def __init__(self, recorder: Recorder, faults: Faults) -> None:
        self.recorder, self.faults = recorder, faults
        self.account: Account | None = None
        self.services: Services = {}
        self.invocations: Invocations | None = None
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        request = read_request(environ)
        if request is None or self.account is None:
            return self._moto(environ, start)
        if request.key != OWN_KEY:
            self.recorder.add(request)
        return self.faults.apply(request, environ, start, lambda e, s: self._answer(request, e, s))

    def find(self, service: str, operation: str) -> Callable[[dict[str, Any]], Any] | None:
        """Who answers an operation (`create_model`) of a service."""
        for part in self.services.get(service, ()):
            if found := getattr(part, operation, None):
                return found
        return None

    def _answer(self, request: Request, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        try:
            self._check(request)
            if request.service in CHECKED and request.key != OWN_KEY:
                validate(request.service, request.operation, request.parameters)
            if request.service == "sagemaker-runtime" and self.invocations:
                return self.invocations.invoke_endpoint(request, start)
            operation = self.find(request.service, xform_name(request.operation))
            if operation is None:
                return self._moto(environ, start)
            return answer_result(start, request, operation(request.parameters) or {})
        except AwsError as error:
            return answer_error(start, request, error)
        except Exception:
            self.account.defects.append(traceback.format_exc())
            return answer_error(start, request, AwsError("InternalFailure", "The rig failed.", 500))

    def _check(self, request: Request) -> None:
        if request.key == OWN_KEY:
            return
        action = f"{request.service}:{request.operation}"
        action = PERMISSIONS.get(action, action)
        if self.account.denies(action):
            raise _denied(request, action)
        owner = request.parameters.get("ExpectedBucketOwner")
        if request.service == "s3" and owner not in (None, ACCOUNT):
            raise AwsError("AccessDenied", "Access Denied", 403)


def _denied(request: Request, action: str) -> AwsError:
    who = f"arn:aws:iam::{ACCOUNT}:user/tester"
    if request.service == "s3":
        text = (
            f"User: {who} is not authorized to perform: {action} because no identity-based policy allows it"
        )
        return AwsError("AccessDenied", text, 403)
    code = "AccessDenied" if request.service in ("iam", "sts") else "AccessDeniedException"
    resource = f"arn:aws:{request.service}:{REGION}:{ACCOUNT}:*"
    text = (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based "
        f"policy allows the {action} action"
    )
    return AwsError(code, text, 403 if code == "AccessDenied" else 400)
