"""Deletion of an endpoint: on request, at its expiry, or later where AWS refuses for now.

AWS deletes no endpoint that it is still creating, which may take half an hour. So the request is written into the
endpoint's record first, and whoever reads it next goes on. Only what carries this workspace's tag is ever deleted.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.endpoints import expiry
from core.backends.aws.endpoints.versions import versions_of
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session import ownership
from core.backends.aws.session.ownership import CONFIG, ENDPOINT, MODEL
from core.backends.aws.session.refusals import DeletionIncomplete, DeletionPending
from core.backends.base import Endpoint, EndpointStatus
from core.backends.records import change_endpoint, now
from core.errors import NotFound, SenderoError
from core.language import tr

if TYPE_CHECKING:
    from core.backends.record_types import AwsEndpointRecord

DELETING = 600.0  # seconds that a deletion may take; it is seconds as a rule
CREATING = 15.0  # seconds of patience with one that is still being created
POLL_SECONDS = 2.0
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack")  # AWS refuses a deletion until that is over


def delete(storage: S3Storage, record: AwsEndpointRecord, patience: float = DELETING) -> list[str]:
    """Delete endpoint, endpoint config, model, schedule and record, each checked; return what was deleted, in words.

    Raises DeletionPending (AWS refuses for now; the request is kept), or DeletionIncomplete after `patience` seconds.
    """
    session, name, gone = storage.session, record["name"], []
    if not record.get("ending"):
        record = change_endpoint(storage, name, _ending)
    if _delete_endpoint(storage, name, patience):
        gone.append(tr("endpoint {endpoint}", endpoint=name))
    for kind, made in [(kind, made) for kind in (CONFIG, MODEL) for made in versions_of(record)]:
        if ownership.ours(session, kind, made):
            ownership.delete(session, kind, made)
            if ownership.description(session, kind, made) is not None:
                raise DeletionIncomplete(
                    name=name, reason=tr("Its {part} is still there.", part=tr(kind.noun))
                )
            gone.append(f"{kind.noun} {made}")
    scheduled = session.settings.scheduler_role or record["ends_by"] == expiry.BY_SCHEDULE
    if scheduled and expiry.unschedule(session, name):
        gone.append(tr("schedule {schedule}", schedule=expiry.schedule_name(name)))
    storage.delete(keys.endpoint(name))
    return gone


def _ending(record: AwsEndpointRecord) -> AwsEndpointRecord:
    return {**record, "ending": record.get("ending") or now()}


def carry_on(storage: S3Storage, record: AwsEndpointRecord, endpoint: Endpoint) -> Endpoint:
    """Go on deleting an endpoint that is to be deleted, or that has expired and no schedule has ended it.

    Return it as it is now, with what AWS refuses as its failure. Raises NotFound once all of it is deleted.
    """
    session, name = storage.session, record["name"]
    try:
        if record.get("ending"):
            delete(storage, record, patience=0)
            raise NotFound(thing="endpoint", name=name, listing="endpoints")
        if not ownership.ours(session, ENDPOINT, name):
            return replace(endpoint, status=EndpointStatus.expired, failure=None)
        ownership.delete(session, ENDPOINT, name)
    except NotFound:
        raise
    except (DeletionPending, DeletionIncomplete):
        pass
    except SenderoError as error:
        return replace(endpoint, failure=error.failure)
    return replace(endpoint, status=EndpointStatus.deleting)


def _delete_endpoint(storage: S3Storage, name: str, patience: float) -> bool:
    session, begun, ours = storage.session, time.monotonic(), False
    while (facts := ownership.description(session, ENDPOINT, name)) is not None:
        ours = ours or ownership.tagged(session, facts["EndpointArn"], ownership.own_tag(session))
        if not ours:
            return False
        status, waited = facts["EndpointStatus"], time.monotonic() - begun
        if status != "Deleting":
            try:
                ownership.delete(session, ENDPOINT, name)
            except SenderoError as error:
                if status not in BUSY:
                    raise
                if waited >= min(patience, CREATING):
                    raise DeletionPending(name=name, status=status, reason=error.failure.why) from error
        if waited > patience:
            raise DeletionIncomplete(name=name, reason=tr("Its status is {status}.", status=status))
        time.sleep(POLL_SECONDS if patience else 0)
    return ours
