"""Which backends there are, and the one place that turns a name into a backend or into what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import BackendUnavailable
from core.language import mark, tr

if TYPE_CHECKING:  # a job's runner imports this package too: pydantic would cost each start 0.3 s
    from core.backends.base import Backend
    from core.backends.setup import Setup
    from core.settings import Settings


NAMES = {
    "local": mark("This machine"),
    "aws": "Amazon SageMaker",
}  # every backend, as a face calls it unopened


def get_backend(settings: Settings) -> Backend:
    """Return the backend that `settings` name. Raises BackendUnavailable."""
    if settings.backend == "local":
        from core.backends.local import LocalBackend

        return LocalBackend(settings.workspace)
    from core.backends.aws.setup.studio import filled

    settings = filled(settings)
    if not settings.bucket:
        reason = tr("No bucket is named: set SENDERO_BUCKET, or choose one on the Configuration page.")
        raise BackendUnavailable(name="aws", reason=reason)
    from core.backends.aws import AwsBackend

    return AwsBackend(settings)


def get_setup(settings: Settings) -> Setup:
    """Return what the backend that `settings` name needs; there is always one, however little is set."""
    if settings.backend == "local":
        from core.backends.local.setup import LocalSetup

        return LocalSetup(settings)
    from core.backends.aws.setup.account import AwsSetup
    from core.backends.aws.setup.studio import filled

    return AwsSetup(filled(settings))


def training_place(settings: Settings) -> tuple[str, str, dict[str, str]]:
    """Return where Training Jobs on AWS run by `settings`, whichever backend they name: the region, the URI of the
    image there, and the tags by which a job is this workspace's. Raises NoRegionImage.
    """
    from core.backends.aws.setup import place

    return place.training_place(settings)
