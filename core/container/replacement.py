"""Another model in the place of the one that is served, by SIGUSR1: no connection is closed, no request refused.

Not SIGHUP: a terminal that is closed sends that, and its server is to end.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.container.model import Model

SIGNAL = signal.SIGUSR1
REPLACED, KEPT = (
    "Another model is served",
    "The model is kept",
)  # lines of the log end so, or go on with a reason

log = logging.getLogger(__name__)


def on_signal(load: Callable[[], Model | str], serve: Callable[[Model], None]) -> None:
    """Have `serve` called with what `load` returns whenever the signal comes; a reason why not is logged.

    Loading happens in a thread of its own, so that requests are answered meanwhile.
    """

    def replace() -> None:
        model = load()
        if isinstance(model, str):
            log.error("%s: %s", KEPT, model)
        else:
            serve(model)
            log.info(REPLACED)

    signal.signal(SIGNAL, lambda *_: threading.Thread(target=replace, name="replace").start())
