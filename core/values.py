"""How people write values on the command line, in settings and in forms: a duration, and NAME=VALUE."""

from __future__ import annotations

import re

from core.language import tr

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,12}(?:\.\d+)?)\s*([smhd])")


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as `90m`, `2h` or `1d`. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(tr("'{text}' is not a duration such as 30m, 2h or 1d", text=text))
    return float(match[1]) * SECONDS[match[2]]


def format_duration(seconds: float) -> str:
    """Return a duration as a person says it: `45 s`, `12 min`, `1 h 05 min`."""
    seconds = max(0, int(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def parse_pair(text: str, form: str = "NAME=VALUE", last: bool = False) -> tuple[str, str]:
    """Return (name, value) of a text of `form`, as the error calls it; the value may be empty. Raises ValueError.

    The first `=` parts them; with `last` the last one, for names that may hold one before values that never do.
    """
    name, sign, value = text.rpartition("=") if last else text.partition("=")
    if not sign or not name.strip():
        raise ValueError(tr("'{text}' is not {form}", text=text, form=form))
    return name.strip(), value.strip()
