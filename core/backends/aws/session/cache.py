"""Values kept for a short while and read once: ten tabs and a poller send AWS the requests of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar, cast

MOST = 2000  # values kept at a time
Key = tuple[object, ...]  # its first part names a kind of value
Value = TypeVar("Value")


class Cache:
    """Values by key, each for `seconds`. Threads that want the same key at once wait for one reading.

    A cache may hold values of several types: whoever reads a key says by its `read` which type that is.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._clock = seconds, clock
        self._values: dict[Key, tuple[float, object]] = {}  # with the time of their reading
        self._locks: dict[Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(
        self,
        key: Key,
        read: Callable[[], Value],
        keep: Callable[[Value], bool] | None = None,
        factor: float = 1.0,
    ) -> Value:
        """Return the value of `key`, from `read` where none is younger than `factor` times `seconds`.

        `keep` says whether a value that was read is kept. Raises what `read` raises.
        """
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            kept = self._values.get(key)
            if kept and self._clock() - kept[0] < self.seconds * factor:
                return cast("Value", kept[1])  # what one key names is always of one type
            value = read()
            if keep is None or keep(value):
                self.put(key, value)
            return value

    def holds(self, key: Key, factor: float = 1.0) -> bool:
        """Return whether there is a value of `key` that is younger than `factor` times `seconds`."""
        kept = self._values.get(key)
        return kept is not None and self._clock() - kept[0] < self.seconds * factor

    def latest(self, key: Key, default: Value) -> Value:
        """Return the value of `key`, however old it is; `default` where there is none."""
        kept = self._values.get(key)
        return cast("Value", kept[1]) if kept else default

    def put(self, key: Key, value: object) -> None:
        """Keep a value from now on."""
        with self._lock:
            if len(self._values) >= MOST:
                self._values.clear()
                self._locks.clear()
            self._values[key] = (self._clock(), value)

    def drop(self, key: Key) -> None:
        """Forget one value: it was just changed by us."""
        with self._lock:
            self._values.pop(key, None)

    def drop_kind(self, kind: str) -> None:
        """Forget every value whose key begins with `kind`."""
        with self._lock:
            for key in [key for key in self._values if key[0] == kind]:
                del self._values[key]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
