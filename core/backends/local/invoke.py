"""Requests to an endpoint over loopback, with a kept-alive connection per thread and address."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from core.backends.base import Traffic
from core.errors import EndpointGone, EndpointRefused
from core.language import tr
from core.numbers import fixed

TIMEOUT = 60.0  # seconds, as SageMaker gives a container to answer


class _Connections(threading.local):
    """This thread's connections by address."""

    def __init__(self) -> None:
        self.kept: dict[str, http.client.HTTPConnection] = {}


_connections = _Connections()


def post(
    name: str, url: str, body: bytes, content_type: str, accept: str, why_gone: Callable[[], str]
) -> bytes:
    """Send POST /invocations and return the answer. `why_gone` says the true reason when nobody answers.

    Raises EndpointGone, EndpointRefused.
    """
    headers = {"Content-Type": content_type, "Accept": accept}
    try:
        status, answer = _request(url, body, headers)
    except TimeoutError:
        reason = tr("It did not answer within {timeout} s.", timeout=fixed(TIMEOUT, 0))
        raise EndpointGone(name=name, reason=reason) from None
    except (OSError, http.client.HTTPException) as error:
        raise EndpointGone(name=name, reason=why_gone()) from error
    if status >= 400:
        text = answer.decode(errors="replace").strip()
        raise EndpointRefused(name=name, reason=f"{text} (HTTP {status})")
    return answer


def _request(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    kept = _connections.kept
    connection = kept.pop(url, None)
    if connection is not None:
        try:
            return _exchange(kept, url, connection, body, headers)
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException):
            pass  # the server closed an idle connection: once more on a new one
    for old in kept.values():  # endpoints that are gone
        old.close()
    kept.clear()
    fresh = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
    return _exchange(kept, url, fresh, body, headers)


def _exchange(
    kept: dict[str, http.client.HTTPConnection],
    url: str,
    connection: http.client.HTTPConnection,
    body: bytes,
    headers: dict[str, str],
) -> tuple[int, bytes]:
    try:
        connection.request("POST", "/invocations", body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
    except BaseException:
        connection.close()
        raise
    if response.will_close:
        connection.close()
    else:
        kept[url] = connection
    return response.status, answer


def traffic(name: str, url: str, why_gone: Callable[[], str]) -> Traffic:
    """Return what the server at `url` has counted. Raises EndpointGone."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
    try:
        connection.request("GET", "/traffic")
        told = json.loads(connection.getresponse().read())
        since = datetime.fromtimestamp(told["since"], UTC)
        return Traffic(since, told["requests"], told["errors"], told["latency_ms"])
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise EndpointGone(name=name, reason=why_gone()) from error
    finally:
        connection.close()
