"""Which backend, and nothing else: the one place that turns a name into a backend."""

from __future__ import annotations

from core.backends.base import Backend
from core.errors import BackendUnavailable
from core.settings import Settings


def get_backend(settings: Settings) -> Backend:
    """The backend that `settings` name. Raises BackendUnavailable."""
    if settings.backend == "local":
        from core.backends.local import LocalBackend

        return LocalBackend(settings.workspace)
    raise BackendUnavailable(
        name=settings.backend, reason="This version of Sendero runs jobs on this machine only."
    )
