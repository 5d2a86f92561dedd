"""What stands in `output/failure`, of the container here or of the image: a class of error and its message."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLASS_LINE = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?:: |$)")


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as `output/failure` reports it: class name (`UserError`, `KeyError`, ...) and message."""

    error: str
    message: str


def parse_failure(text: str) -> Failure:
    """Read `output/failure`, of this container or of the image.

    Text of another shape comes back whole, as the message of an `Unknown` error.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = _CLASS_LINE.match(line)
        if number == 0 or line.startswith((" ", "Traceback")) or not match:
            continue
        rest = "\n".join(lines[number:])[match.end() :]
        # The message stands there twice: once after its class, once alone.
        half = (len(rest) - 2) // 2
        return Failure(match[1], rest[:half] if rest[:half] == rest[-half:] else lines[-1])
    return Failure("Unknown", text)
