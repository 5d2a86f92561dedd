"""A thread that does one piece of work, with its progress and its answer (background.py says what for)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from core.errors import SenderoError
from core.language import tr
from core.verbs.predict import Progress

T = TypeVar("T")


class PageLeft(SenderoError):
    what = "The work was ended before it was done."
    why = "The page that waited for it was not open any more."
    remedy = "Begin it again, and leave the page open meanwhile."


class Work(threading.Thread, Generic[T]):
    """`do` with a way to tell its progress; `about` says what it is the work on.

    It ends as soon as it tells its progress and `is_left` says that nobody waits for it any more.
    """

    def __init__(
        self, about: str, do: Callable[[Progress], T], is_left: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(daemon=True, name=f"work on {about}")
        self.about, self._do, self._is_left = about, do, is_left
        self.share, self.text = 0.0, tr("Reading")
        self._answer: list[T] = []  # none before its end
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._answer.append(self._do(self._tell))
        except Exception as error:  # raised where the answer is asked for: a page shows it
            self._error = error

    def _tell(self, share: float, text: str) -> None:
        if self._is_left():
            raise PageLeft
        self.share, self.text = min(share, 1.0), text

    def answer(self) -> T:
        """Return what `do` answered, once it has ended. Raises what it raised."""
        if self._error:
            raise self._error
        return self._answer[0]
