"""An endpoint's end: on request, at its expiry, or as a wish where AWS refuses for now.

AWS deletes no endpoint that it is still creating, which may take half an hour. So what is to go is written into the
endpoint's record first, and whoever looks at it next goes on. Only what carries this workspace's tag is ever deleted.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.endpoints import expiry
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session import ownership
from core.backends.aws.session.ownership import CONFIG, ENDPOINT, MODEL
from core.backends.aws.session.refusals import DeletionIncomplete, DeletionPending
from core.backends.base import Endpoint, EndpointStatus
from core.backends.records import now, write_endpoint
from core.errors import NotFound, SenderoError

if TYPE_CHECKING:
    from core.backends.record_types import AwsEndpointRecord

DELETING = 600.0  # seconds that a deletion may take; it is seconds as a rule
CREATING = 15.0  # seconds of patience with one that is still being created
LOOK_EVERY = 2.0
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack")  # AWS refuses a deletion until that is over


def delete(storage: S3Storage, record: AwsEndpointRecord, patience: float = DELETING) -> list[str]:
    """Endpoint, endpoint config, model, schedule and record, each checked to be gone; answers what was there.

    Raises DeletionPending (AWS refuses for now, and the wish is kept), or DeletionIncomplete after `patience` seconds.
    """
    session, name, gone = storage.session, record["name"], []
    if not record.get("ending"):
        record = {**record, "ending": now()}
        write_endpoint(storage, record)
    if _delete_endpoint(storage, name, patience):
        gone.append(f"endpoint {name}")
    for thing in (CONFIG, MODEL):
        if ownership.ours(session, thing, name):
            ownership.delete(session, thing, name)
            if ownership.described(session, thing, name) is not None:
                raise DeletionIncomplete(name=name, reason=f"Its {thing.noun} is still there.")
            gone.append(f"{thing.noun} {name}")
    scheduled = session.settings.scheduler_role or record["ends_by"] == expiry.BY_SCHEDULE
    if scheduled and expiry.unschedule(session, name):
        gone.append(f"schedule {expiry.schedule_name(name)}")
    storage.delete(keys.endpoint(name))
    return gone


def carry_on(storage: S3Storage, record: AwsEndpointRecord, found: Endpoint) -> Endpoint:
    """End an endpoint that somebody wanted gone, or whose time has come and no schedule has ended it.

    What AWS refuses is told beside it, and hides no other endpoint. Raises NotFound once all of it is gone.
    """
    session, name = storage.session, record["name"]
    try:
        if record.get("ending"):
            delete(storage, record, patience=0)
            raise NotFound(thing="endpoint", name=name, listing="endpoints")
        if not ownership.ours(session, ENDPOINT, name):
            return replace(found, status=EndpointStatus.expired, failure=None)
        ownership.delete(session, ENDPOINT, name)
    except NotFound:
        raise
    except (DeletionPending, DeletionIncomplete):
        pass
    except SenderoError as error:
        return replace(found, failure=error.failure)
    return replace(found, status=EndpointStatus.deleting)


def _delete_endpoint(storage: S3Storage, name: str, patience: float) -> bool:
    session, begun, ours = storage.session, time.monotonic(), False
    while (there := ownership.described(session, ENDPOINT, name)) is not None:
        ours = ours or ownership.tagged(session, there["EndpointArn"], ownership.own_tag(session))
        if not ours:
            return False
        status, waited = there["EndpointStatus"], time.monotonic() - begun
        if status != "Deleting":
            try:
                ownership.delete(session, ENDPOINT, name)
            except SenderoError as error:
                if status not in BUSY:
                    raise
                if waited >= min(patience, CREATING):
                    raise DeletionPending(name=name, status=status, reason=error.failure.why) from error
        if waited > patience:
            raise DeletionIncomplete(name=name, reason=f"Its status is {status}.")
        time.sleep(LOOK_EVERY if patience else 0)
    return ours
