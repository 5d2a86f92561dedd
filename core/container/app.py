"""The HTTP face of the container: an ASGI application without a framework.

It answers as the image's nginx, gunicorn and Flask do together, down to which of them says 404.
"""

from __future__ import annotations

import asyncio
import html
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from core.container import runtime
from core.container.connections import is_loopback
from core.container.invocation import Answer, Settings, internal_error, invoke, page, too_large
from core.container.model import Model
from core.container.traffic import Traffic

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Larger bodies are handled in a thread, so that a ping does not wait for them.
_OWN_THREAD = 256 * 1024
_METHODS = {
    "/ping": "HEAD, GET, OPTIONS",
    "/execution-parameters": "HEAD, GET, OPTIONS",
    "/invocations": "POST, OPTIONS",
}
TRAFFIC = "/traffic"  # of a server that stands for an endpoint: CloudWatch counts for SageMaker's
# What nginx lets through; everything else it answers itself.
_PASSED_ON = ("/ping", "/invocations", "/execution-parameters")


class Container:
    """Serves one model.

    Args:
        model: what to serve, or the reason why there is nothing: then every request is answered with 502, as
            nginx does when no worker of the image has started.
        settings: the container's environment.
        endpoint_name: the only name that the runtime's path accepts; None for any.
        loopback: answer 403 to a Host that is not this machine: a web page whose name has been pointed here since
            it was loaded would else read predictions in its reader's browser.
    """

    def __init__(
        self, model: Model | str, settings: Settings, endpoint_name: str | None = None, loopback: bool = False
    ) -> None:
        self._model = model
        self._settings = settings
        self._endpoint_name = endpoint_name
        self._loopback = loopback
        self._traffic = Traffic()

    def serve(self, model: Model) -> None:
        """Answer from now on by another model; a request that has begun is answered by the one before."""
        self._model = model

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        extra: tuple[tuple[str, str], ...] = ()
        name = runtime.endpoint_of(path)
        headers = dict(scope["headers"])
        if self._loopback and not is_loopback(headers.get(b"host", b"localhost").decode("latin-1")):
            answer = page(403, "Forbidden", "This server answers to the names of this machine only.")
        elif name is not None and method == "POST":
            if self._endpoint_name not in (None, name):
                outcome = runtime.unknown_endpoint(name)
            else:
                outcome = runtime.wrap(await self._invoke(headers, receive))
            answer, extra = outcome.answer, outcome.headers
        elif path == "/invocations" and method == "POST":
            answer = await self._invoke(headers, receive)
        elif path == TRAFFIC and self._endpoint_name:
            answer = self._traffic.answer()
        else:
            answer, extra = self._other(path, method)
        await _send(send, answer, extra, with_body=method != "HEAD")

    async def _invoke(self, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        started = time.perf_counter()
        answer = await self._answered(headers, receive)
        self._traffic.count(time.perf_counter() - started, answer.status)
        return answer

    async def _answered(self, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        if isinstance(self._model, str):
            return _bad_gateway(self._model)
        body = await _body(receive, self._settings.largest, int(headers.get(b"content-length", 0)))
        if body is None:
            return too_large()
        texts = {
            name: headers[name].decode("latin-1") for name in (b"content-type", b"accept") if name in headers
        }
        request = (self._model, self._settings, body, texts.get(b"content-type"), texts.get(b"accept", ""))
        try:
            if len(body) > _OWN_THREAD:
                return await asyncio.to_thread(invoke, *request)
            return invoke(*request)
        except Exception:
            log.exception("The request could not be answered")
            return internal_error()

    def _other(self, path: str, method: str) -> tuple[Answer, tuple[tuple[str, str], ...]]:
        if not path.startswith(_PASSED_ON):
            return Answer(404, b"{}", "application/octet-stream"), ()
        if isinstance(self._model, str):
            return _bad_gateway(self._model), ()
        if path not in _METHODS:
            text = (
                "The requested URL was not found on the server. If you entered the URL manually please check your "
                "spelling and try again."
            )
            return page(404, "Not Found", text), ()
        allowed = _METHODS[path]
        if method == "OPTIONS":
            return Answer(200), (("allow", allowed),)
        if method not in allowed:
            text = "The method is not allowed for the requested URL."
            return page(405, "Method Not Allowed", text), (("allow", allowed),)
        return (Answer(200) if path == "/ping" else self._settings.execution_parameters()), ()


def _bad_gateway(reason: str) -> Answer:
    return page(502, "Bad Gateway", html.escape(reason))


async def _body(receive: Receive, largest: int, announced: int) -> bytes | None:
    """Return the request's body, None when it is larger than allowed."""
    if announced > largest:
        return None
    message = await receive()
    if not message.get("more_body"):
        body = message.get("body", b"")
        return body if len(body) <= largest else None
    parts, size = [message.get("body", b"")], len(message.get("body", b""))
    while message.get("more_body") and size <= largest:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    return b"".join(parts) if size <= largest else None


async def _send(send: Send, answer: Answer, extra: tuple[tuple[str, str], ...], with_body: bool) -> None:
    headers = [(b"content-type", answer.content_type.encode("latin-1"))]
    if answer.status != 204 and answer.more is None:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    headers += [(name.encode(), value.encode("latin-1")) for name, value in extra]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    while answer.more and (part := await asyncio.to_thread(next, answer.more, b"")):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})
