"""What the app's server does for the pace of every page."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
import tomllib
import weakref
from concurrent.futures import ThreadPoolExecutor

from core.project import PROJECT
from core.ui import garbage
from core.ui.warm_up import warm_up
from tests.page_rig import open_page


def test_a_connection_holds_nothing_back_until_the_browser_has_confirmed_what_came_before():
    with socket.socket(socket.AF_INET) as listener:  # as Streamlit opens it: without saying that it is TCP
        listener.bind(("127.0.0.1", 0))

        async def serve() -> int:
            async with warm_up(None):
                listener.listen()
                with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
                    return accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

        # A browser's test leaves a loop running in a worker's own thread.
        with ThreadPoolExecutor(1) as beside:
            assert beside.submit(asyncio.run, serve()).result()
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join()


def test_what_a_page_leaves_behind_is_collected_after_it_and_not_before_the_browser_is_told(monkeypatch):
    config = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())
    assert config["runner"]["postScriptGC"] is False
    monkeypatch.setattr(garbage, "QUIET", 0.0)

    class Left:
        def __init__(self) -> None:
            self.itself = self

    gone = weakref.ref(Left())
    gc.disable()  # Python's own collection is not what is asked here
    try:
        open_page("Words")
        deadline = time.monotonic() + 20
        while gone() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert gone() is None
    finally:
        gc.enable()
