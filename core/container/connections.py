"""The server's side of a connection: nobody holds one open by sending nothing, and an upgrade is not for us."""

from __future__ import annotations

import asyncio
import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Server  # both have what is used here
else:
    Server = AutoHTTPProtocol

PATIENCE = 60.0  # seconds, as nginx waits in the image


def patient(seconds: float = PATIENCE) -> type[asyncio.Protocol]:
    """Return the protocol of a server that closes a connection on which it has waited so long for its client."""

    class Connection(Server):
        _timer: asyncio.TimerHandle | None = None
        _heard = 0.0

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._heard = self.loop.time()
            self._wait(seconds)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._heard = self.loop.time()  # the timer asks when it ends: a new one each time would cost more

        def connection_lost(self, exc: Exception | None) -> None:
            if self._timer is not None:
                self._timer.cancel()
            super().connection_lost(exc)

        def _unsupported_upgrade_warning(self) -> None:
            """Say nothing: nginx passes the request on without its upgrade, and so do we."""

        def _wait(self, longer: float) -> None:
            self._timer = self.loop.call_later(longer, self._lose_patience)

        def _lose_patience(self) -> None:
            left = self._heard + seconds - self.loop.time()
            if left > 0:
                self._wait(left)
            elif self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
                self.transport.close()
            else:  # it waits for us
                self._wait(seconds)

    return Connection


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Return whether a Host header or an address names this machine, and no name that may be pointed at it."""
    name = host[: host.find("]") + 1] if host.startswith("[") else host.rpartition(":")[0] or host
    name = name.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
