"""The names of jobs, endpoints and data sets: SageMaker's rule, which makes them safe as folders too, and new ones."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime

from core.errors import BadName
from core.language import mark, tr

# SageMaker's rule for job, model and endpoint names (API reference, CreateTrainingJob).
_RULE = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
NAMED = mark("job"), mark("pipeline"), mark("group"), mark("endpoint"), mark("schedule")  # things
_TOKEN = re.compile(r"\d{8}-\d{6}-\w+$")


def is_name(name: str) -> bool:
    """Return whether `name` follows SageMaker's rule for names."""
    return _RULE.fullmatch(name) is not None


def checked_name(name: str, thing: str = "job") -> str:
    """Return `name` if it follows SageMaker's rule, so that it is safe as a folder too. Raises BadName."""
    if not is_name(name):
        raise BadName(
            name=name, thing=tr(thing) if thing in NAMED else thing, suggestion=slug(name) or f"my-{thing}"
        )
    return name


def slug(text: str, length: int = 40) -> str:
    """Return `text` as a part of a name: lower case letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].strip("-")


def new_token() -> str:
    """Return UTC time and four random hex digits: names made with it sort by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def token_of(name: str) -> str:
    """Return the token at the end of a name; of a name without one a digest of it: equal names have equal tokens."""
    found = _TOKEN.search(name)
    return found[0] if found else hashlib.sha256(name.encode()).hexdigest()[:12]


def new_name(prefix: str, token: str = "") -> str:
    """Return `<prefix>-<token>`: the same token gives the same name, so that two clicks name one job."""
    return f"{slug(prefix, 40)}-{token or new_token()}"
