"""Every request that was received, and what of it makes a snapshot that a person can review.

A snapshot has the calls that change something in their order with all their parameters, and of those that only
read (which are repeated while a job runs) the operations with the names of their parameters. What differs from
run to run (times, accounts, ports, tokens, digests) becomes a placeholder.
"""

from __future__ import annotations

import json
import os
import re
import threading
from difflib import unified_diff
from itertools import groupby
from pathlib import Path
from typing import Any

from .account import ACCOUNT
from .request import Request

REWRITE = "SENDERO_TEST_REWRITE_SNAPSHOTS"
READS = re.compile(r"(Describe|List|Get|Head|Simulate|Lookup|Search|BatchGet)")
# Digests, lengths, tokens, where a page of a list begins, and into how many parts a file was cut.
DROPPED = re.compile(
    r"checksum|md5|^content-?length$|token$|uploadid|^partnumber$|^multipartupload$|expires|idempot",
    re.IGNORECASE,
)
PLACEHOLDERS = (
    (re.compile(ACCOUNT), "<account>"),
    (re.compile(r"-\d+\.\d[\w.]*-[\w.-]+\.whl"), "-<version>.whl"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"\b20\d{6}-?\d{6}\d*\b"), "<time>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d(?:-\d\d){3}(?:-\d+)?\b"), "<time>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,40}\b"), "<hex>"),
    (re.compile(r"\b1[0-9]{9}(?:\d{3})?\b"), "<epoch>"),
)


class Recorder:
    """Requests in the order of their arrival; the rig's own are not among them."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._lock = threading.Lock()

    def add(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def of(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of every request for an operation."""
        return [request.parameters for request in list(self.requests) if request.operation == operation]

    def operations(self) -> list[str]:
        """`service:Operation` of every request."""
        return [f"{request.service}:{request.operation}" for request in list(self.requests)]

    def snapshot(self, names: dict[str, str] | None = None) -> dict[str, Any]:
        """What was asked of AWS, in a form that is the same for every run. `names` adds placeholders for words."""
        writes, reads = [], {}
        for request in list(self.requests):
            name = f"{request.service}:{request.operation}"
            told = _plain(request.parameters, names or {})
            if READS.match(request.operation):
                reads.setdefault(name, set()).update(told)
            else:
                writes.append({name: told})
        # Files of one upload may arrive in any order, and a part that was sent again is the same part.
        ordered: list[dict[str, Any]] = []
        for uploads, run in groupby(writes, key=lambda call: next(iter(call)).startswith("s3:")):
            calls = list(run)
            if uploads:
                distinct = {json.dumps(call, sort_keys=True): call for call in calls}
                calls = [distinct[text] for text in sorted(distinct)]
            ordered += calls
        return {"writes": ordered, "reads": {name: sorted(reads[name]) for name in sorted(reads)}}


def check_snapshot(file: Path, snapshot: dict[str, Any]) -> None:
    """Compare with the reviewed snapshot, or write it anew when SENDERO_TEST_REWRITE_SNAPSHOTS is set."""
    text = json.dumps(snapshot, indent=1, sort_keys=True) + "\n"
    if os.environ.get(REWRITE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert file.exists(), f"there is no {file.name} yet: review what {REWRITE}=1 writes"
    difference = "\n".join(
        unified_diff(file.read_text().splitlines(), text.splitlines(), "reviewed", "sent", lineterm="")
    )
    assert not difference, (
        f"what is sent to AWS has changed: if that is meant, run once with {REWRITE}=1 and review the difference:\n"
        f"{difference}"
    )


def _read(key: str, value: Any) -> Any:
    """A pipeline's definition or a rule's pattern as what it says: as text, nobody could review a change in it."""
    return json.loads(value) if key in ("PipelineDefinition", "EventPattern") else value


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(_read(key, item), names) for key, item in value.items() if not DROPPED.search(key)
        }
    if isinstance(value, list):
        return [_plain(item, names) for item in value]
    if isinstance(value, str):
        for word, placeholder in names.items():
            value = value.replace(word, placeholder)
        for pattern, placeholder in PLACEHOLDERS:
            value = pattern.sub(placeholder, value)
    return value
