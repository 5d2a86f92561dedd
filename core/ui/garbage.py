"""Memory that nobody uses any more, collected once nobody waits.

Streamlit would collect it at the end of each run, before it tells the browser that the page is drawn: a tenth of a
second of every click, with all that is imported (so `runner.postScriptGC` is off). Python's own collections go on.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

QUIET = 2.0  # seconds after which a page is drawn, and looked at


class Later:
    """One collection after the last of several pages."""

    def __init__(self) -> None:
        self._lock, self._timer = threading.Lock(), threading.Timer(0.0, gc.collect)

    def collect(self) -> None:
        """Collect when this has not been called again for `QUIET` seconds."""
        with self._lock:
            self._timer.cancel()
            self._timer = threading.Timer(QUIET, gc.collect)
            self._timer.daemon = True
            self._timer.start()


LATER = Later()


@contextmanager
def kept() -> Iterator[None]:
    """Let what is made in the block live as long as the server: no collection stops for it, or looks at it again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
