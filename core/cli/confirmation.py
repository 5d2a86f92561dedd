"""The confirmation that a deletion on the command line waits for: the name once more."""

from __future__ import annotations

import sys

from core.cli.answer import say
from core.cli.failures import NotConfirmed
from core.language import tr


def confirmed(name: str, given: str | None, why: str, flag: str) -> None:
    """Go on if `given`, which `flag` gives, is `name`, or if somebody at a terminal types it. `why` do we ask?

    Raises NotConfirmed.
    """
    typed = given
    if given is None and sys.stdin.isatty():
        say(tr("Delete {name}? {why} Type its name to confirm:", name=name, why=why))
        typed = sys.stdin.readline().strip()
    if typed != name:
        raise NotConfirmed(name=name, reason=why, flag=flag)
