"""What goes wrong on the way to AWS, on request: the next N matching calls are throttled, fail, or lose their line."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .account import OWN
from .answers import AwsError, Start, answer_error
from .request import Request, service_model

Forward = Callable[[dict[str, Any], Start], Iterable[bytes]]


@dataclass
class Fault:
    """One thing that goes wrong, `times` times, once `after` matching requests have gone through."""

    service: str
    operation: str  # may be a pattern
    happen: Callable[[Request, dict[str, Any], Start, Forward], Iterable[bytes]]
    times: int
    after: int
    seen: int = 0

    def takes(self, request: Request) -> bool:
        if request.service != self.service or not fnmatchcase(request.operation, self.operation):
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times

    @property
    def happened(self) -> int:
        return max(0, min(self.seen - self.after, self.times))


class Faults:
    """Faults that are to come. Every method answers the Fault, whose `happened` counts."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._expired: set[str] = set()
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._expired.clear()

    def throttle(self, service: str, operation: str = "*", times: int = 1, after: int = 0) -> Fault:
        """ThrottlingException; S3 says SlowDown."""
        return self._error(service, operation, times, after, _throttled)

    def fail(self, service: str, operation: str = "*", times: int = 1, after: int = 0) -> Fault:
        """An error 500, before anything happened."""
        return self._error(service, operation, times, after, _broken)

    def refuse(
        self,
        service: str,
        operation: str,
        code: str,
        message: str,
        status: int = 400,
        times: int = 1,
        after: int = 0,
    ) -> Fault:
        """Any error that AWS knows."""
        return self._error(service, operation, times, after, lambda request: AwsError(code, message, status))

    def drop_before(self, service: str, operation: str = "*", times: int = 1, after: int = 0) -> Fault:
        """The connection breaks before the operation has taken effect."""

        def happen(
            request: Request, environ: dict[str, Any], start: Start, forward: Forward
        ) -> Iterable[bytes]:
            raise _broken_line(environ)

        return self._plan(service, operation, times, after, happen)

    def drop_after(self, service: str, operation: str = "*", times: int = 1, after: int = 0) -> Fault:
        """The operation takes effect, and the connection breaks before its answer is there."""

        def happen(
            request: Request, environ: dict[str, Any], start: Start, forward: Forward
        ) -> Iterable[bytes]:
            for _ in forward(environ, lambda status, headers, *rest: None):
                pass
            raise _broken_line(environ)

        return self._plan(service, operation, times, after, happen)

    def cut_upload(self, operation: str = "PutObject", times: int = 1, after: int = 0) -> Fault:
        """Half of an upload to S3 arrives; then the connection breaks and nothing is kept."""

        def happen(
            request: Request, environ: dict[str, Any], start: Start, forward: Forward
        ) -> Iterable[bytes]:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0) // 2)
            raise _broken_line(environ)

        return self._plan("s3", operation, times, after, happen)

    def expire(self, key: str) -> None:
        """From now on the credentials with this access key are expired; other ones are not."""
        self._expired.add(key)

    # --- within -----------------------------------------------------------------------------------------

    def apply(
        self, request: Request, environ: dict[str, Any], start: Start, forward: Forward
    ) -> Iterable[bytes]:
        """Answer a request: as the service does, or as a fault will have it."""
        if request.key.startswith(OWN):
            return forward(environ, start)
        if request.key in self._expired:
            return answer_error(start, request, _expired(request))
        with self._lock:
            taken = [fault for fault in self._planned if fault.takes(request)]
        if taken:
            return taken[0].happen(request, environ, start, forward)
        return forward(environ, start)

    def _error(
        self, service: str, operation: str, times: int, after: int, error: Callable[[Request], AwsError]
    ) -> Fault:
        def happen(
            request: Request, environ: dict[str, Any], start: Start, forward: Forward
        ) -> Iterable[bytes]:
            return answer_error(start, request, error(request))

        return self._plan(service, operation, times, after, happen)

    def _plan(self, service: str, operation: str, times: int, after: int, happen: Any) -> Fault:
        fault = Fault(service, operation, happen, times, after)
        with self._lock:
            self._planned.append(fault)
        return fault


def _broken_line(environ: dict[str, Any]) -> ConnectionAbortedError:
    # The server only forgets a request that fails so; the line itself is cut here.
    with contextlib.suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return ConnectionAbortedError("as planned")


def _throttled(request: Request) -> AwsError:
    if request.service == "s3":
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    code = (
        "Throttling"
        if service_model(request.service).metadata["protocol"] == "query"
        else "ThrottlingException"
    )
    return AwsError(code, "Rate exceeded")


def _broken(request: Request) -> AwsError:
    if request.service == "s3":
        return AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
    return AwsError("InternalFailure", "An internal error has occurred.", 500)


def _expired(request: Request) -> AwsError:
    if request.service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.")
    query = service_model(request.service).metadata["protocol"] == "query"
    code = "ExpiredToken" if query else "ExpiredTokenException"
    return AwsError(code, "The security token included in the request is expired", 403 if query else 400)
