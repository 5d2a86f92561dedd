"""The verbs over where a job or an endpoint runs: what can be chosen, and what the backend would refuse."""

from __future__ import annotations

from collections.abc import Mapping

from core.backends.base import Backend, Choice


def choices(backend: Backend, kind: str) -> tuple[Choice, ...]:
    """Return what can be chosen for a kind of job or an endpoint, with what is proposed in place of a default."""
    return backend.offers(kind)


def objection(backend: Backend, kind: str, chosen: Mapping[str, str], jobs: int = 1) -> str:
    """Return why the backend would refuse these resources, as far as that is known; "" where it would not."""
    return backend.objection(kind, chosen, jobs)
