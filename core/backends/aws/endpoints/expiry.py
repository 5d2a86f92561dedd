"""Who ends an endpoint at its expiry: a one-time schedule where a role for it is set, else whoever looks at it.

The schedule needs no Lambda: its target is SageMaker's own DeleteEndpoint, and it deletes itself afterwards.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from core.backends.aws.session.codes import TAKEN, refused_as
from core.backends.aws.session.connection import Session
from core.errors import NameTaken, SenderoError

BY_SCHEDULE = "EventBridge Scheduler"
BY_APP = "this app, while it runs"
LONGEST_NAME = 64


def schedule_name(endpoint: str) -> str:
    """The schedule's name for an endpoint: itself, or, where it is too long, its beginning and a hash of it all."""
    name = f"sendero-{endpoint}"
    if len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(endpoint.encode()).hexdigest()[:12]
    return f"{name[: LONGEST_NAME - len(mark) - 1]}-{mark}"


def ends_by(session: Session) -> str:
    """Who will end an endpoint that is deployed now, in words for the page."""
    return BY_SCHEDULE if session.settings.scheduler_role else BY_APP


def schedule(session: Session, endpoint: str, expires: datetime) -> None:
    """Have `endpoint` deleted at `expires`, where a role for that is set. Raises NameTaken.

    A schedule of that name is this very request, whose answer was lost; or what an earlier endpoint of that name
    has left, which is replaced; or somebody else's.
    """
    if not session.settings.scheduler_role:
        return
    asked = _request(session, endpoint, expires)
    try:
        session.call("scheduler", "create_schedule", **asked)
    except SenderoError as error:
        if not refused_as(error, TAKEN):
            raise
        there = _ours(session, endpoint)
        if there is None:
            raise NameTaken(thing="a schedule in this account", name=asked["Name"]) from error
        if there["ScheduleExpression"] != asked["ScheduleExpression"]:
            session.find("scheduler", "delete_schedule", Name=asked["Name"])
            session.call("scheduler", "create_schedule", **asked)


def unschedule(session: Session, endpoint: str) -> bool:
    """Delete the schedule that this workspace made for `endpoint`; was there one?"""
    if _ours(session, endpoint) is None:
        return False
    return session.find("scheduler", "delete_schedule", Name=schedule_name(endpoint)) is not None


def _request(session: Session, endpoint: str, expires: datetime) -> dict[str, Any]:
    role = session.settings.scheduler_role
    if not role.startswith("arn:"):
        role = f"arn:{session.partition}:iam::{session.account}:role/{role}"
    return {
        "Name": schedule_name(endpoint),
        "Description": _description(session, endpoint),
        "ScheduleExpression": f"at({expires.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": f"arn:{session.partition}:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
            "RoleArn": role,
            "Input": json.dumps({"EndpointName": endpoint}),
        },
    }


def _description(session: Session, endpoint: str) -> str:
    """Whose schedule it is: a schedule carries no tags."""
    settings = session.settings
    return f"Deletes the endpoint {endpoint}, deployed by Sendero from {settings.bucket}/{settings.prefix}"[
        :512
    ]


def _ours(session: Session, endpoint: str) -> dict[str, Any] | None:
    """The schedule of `endpoint`, if it is there, aims at this endpoint, and was made from this workspace."""
    there = session.find("scheduler", "get_schedule", Name=schedule_name(endpoint))
    if there is None or there.get("Description") != _description(session, endpoint):
        return None
    return there if there["Target"].get("Input") == json.dumps({"EndpointName": endpoint}) else None
