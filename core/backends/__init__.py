"""Which backend, and nothing else: the one place that turns a name into a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import BackendUnavailable

if TYPE_CHECKING:  # a job's runner imports this package too: pydantic would cost each start 0.3 s
    from core.backends.base import Backend
    from core.settings import Settings


def get_backend(settings: Settings) -> Backend:
    """The backend that `settings` name. Raises BackendUnavailable."""
    if settings.backend == "local":
        from core.backends.local import LocalBackend

        return LocalBackend(settings.workspace)
    if not settings.bucket:
        reason = "No bucket is named: set SENDERO_BUCKET, or choose one on the Configuration page."
        raise BackendUnavailable(name="aws", reason=reason)
    from core.backends.aws import AwsBackend

    return AwsBackend(settings)
