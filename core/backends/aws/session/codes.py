"""Error codes of AWS: which of them say that something is missing, is taken, or was refused."""

from __future__ import annotations

import re
from typing import TypedDict

from botocore.exceptions import ClientError

NOT_THERE, REFUSED = ("404", "NoSuchKey", "NotFound"), ("403", "AccessDenied")

# How services say that something is not there, or is there already. SageMaker has one code for both and for more, so
# of that one the beginning of the message decides; of no other code does any word count: a resource's name may hold
# whatever it likes, and an ARN's digits are no status.
MISSING = ("ResourceNotFound", "ResourceNotFoundException", "NoSuchEntity", "NoSuchKey", "NotFound", "404")
TAKEN = ("ResourceInUse", "ConflictException")
_WORDED = {
    MISSING: r"Could not find |Requested resource not found|Record not found",
    TAKEN: r"Cannot create already existing |Pipeline names must be unique",
}


def refused_as(error: Exception, codes: tuple[str, ...]) -> bool:
    """Return whether AWS refused a request with one of `codes`: `error` as `call` raised it."""
    cause = error.__cause__
    if not isinstance(cause, ClientError):
        return False
    code, message = (cause.response["Error"].get(name) or "" for name in ("Code", "Message"))
    if code == "ValidationException" and codes in _WORDED:
        return re.match(_WORDED[codes], message) is not None
    return code in codes


class ServiceError(TypedDict, total=False):
    """What an answer says that is an error."""

    Code: str
    Message: str


def service_error(error: BaseException | None) -> ServiceError:
    """Return the code and message with which AWS refused; empty for an error that never reached AWS."""
    # The SDK's transfer errors and a line that broke have no response, or one that is None.
    return (getattr(error, "response", None) or {}).get("Error", {})


def was_repeated(error: BaseException | None) -> bool:
    """Return whether the SDK sent a request more than once, before it was refused."""
    metadata = (getattr(error, "response", None) or {}).get("ResponseMetadata", {})
    return metadata.get("RetryAttempts", 0) > 0
