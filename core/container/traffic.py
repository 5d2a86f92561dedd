"""What a server was asked, and how long it took: counts in fixed memory, however many requests come."""

from __future__ import annotations

import json
import math
import time

from core.container.invocation import Answer

_STEPS = 20  # buckets for each doubling of a time: percentiles are right to 4 %
_FASTEST = 1e-5  # seconds
_BUCKETS = 24 * _STEPS  # up to 160 seconds
_PERCENTILES = (50, 90, 99)


class Traffic:
    """Requests, errors and latencies since the server began."""

    def __init__(self) -> None:
        self.since = time.time()
        self.requests = self.errors = 0
        self._buckets = [0] * _BUCKETS

    def count(self, seconds: float, status: int) -> None:
        """Count a request that took `seconds` and was answered with `status`."""
        self.requests += 1
        self.errors += status >= 400
        place = int(math.log2(max(seconds, _FASTEST) / _FASTEST) * _STEPS)
        self._buckets[min(place, _BUCKETS - 1)] += 1

    def answer(self) -> Answer:
        """Return the counts as JSON; latencies are in milliseconds."""
        told = {
            "since": self.since,
            "requests": self.requests,
            "errors": self.errors,
            "latency_ms": {f"p{share}": self._percentile(share / 100) for share in _PERCENTILES},
        }
        return Answer(200, json.dumps(told).encode(), "application/json")

    def _percentile(self, share: float) -> float | None:
        wanted, seen = share * self.requests, 0
        for place, many in enumerate(self._buckets):
            seen += many
            if many and seen >= wanted:
                return round(1000 * _FASTEST * 2 ** ((place + 0.5) / _STEPS), 3)
        return None
