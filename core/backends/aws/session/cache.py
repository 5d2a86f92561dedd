"""Answers kept for a short while and asked for once: ten tabs and a poller ask AWS like one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

MOST = 2000  # answers kept at a time


class Cache:
    """Values by key, each for `seconds`. Threads that ask for the same key at once wait for one answer."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._held: dict[Any, tuple[float, Any]] = {}
        self._locks: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(
        self, key: Any, ask: Callable[[], Any], keep: Callable[[Any], bool] | None = None, factor: float = 1.0
    ) -> Any:
        """The value of `key`, from `ask` where none is held that is younger than `factor` times `seconds`."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            held = self._held.get(key)
            if held and time.monotonic() - held[0] < self.seconds * factor:
                return held[1]
            value = ask()
            if keep is None or keep(value):
                with self._lock:
                    if len(self._held) >= MOST:
                        self._held.clear()
                        self._locks.clear()
                    self._held[key] = (time.monotonic(), value)
            return value

    def drop(self, key: Any) -> None:
        """Forget one value: it was just changed by us."""
        with self._lock:
            self._held.pop(key, None)

    def drop_kind(self, kind: str) -> None:
        """Forget every value whose key begins with `kind`."""
        with self._lock:
            for key in [key for key in self._held if key[0] == kind]:
                del self._held[key]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
