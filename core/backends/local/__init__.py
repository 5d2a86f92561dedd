"""The backend that runs everything on this machine: jobs and endpoints are detached processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.backends.local.backend import LocalBackend
    from core.backends.local.programs import Programs

__all__ = ["LocalBackend", "Programs"]


def __getattr__(name: str) -> type:
    # Late, because `python -m core.backends.local.runner` passes through here and needs none of it.
    if name == "LocalBackend":
        from core.backends.local.backend import LocalBackend

        return LocalBackend
    if name == "Programs":
        from core.backends.local.programs import Programs

        return Programs
    raise AttributeError(name)
