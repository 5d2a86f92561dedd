"""Expiry of an endpoint: by a one-time schedule where a role for it is set, else by whoever reads it next.

The schedule needs no Lambda: its target is SageMaker's own DeleteEndpoint, and it deletes itself afterwards.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from core.backends.aws.session.codes import TAKEN, refused_as
from core.backends.aws.session.connection import Answer, Parameters, Session
from core.errors import NameTaken, SenderoError
from core.language import mark

BY_SCHEDULE = "EventBridge Scheduler"
BY_APP = mark("this app, while it runs")

LONGEST_NAME = 64


def schedule_name(endpoint: str) -> str:
    """Return the schedule's name for an endpoint: its own, or, where that is too long, its beginning and a hash."""
    name = f"sendero-{endpoint}"
    if len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(endpoint.encode()).hexdigest()[:12]
    return f"{name[: LONGEST_NAME - len(mark) - 1]}-{mark}"


def ends_by(session: Session) -> str:
    """Return who will end an endpoint that is deployed now, in words for the page."""
    return BY_SCHEDULE if session.settings.scheduler_role else BY_APP


def schedule(session: Session, endpoint: str, expires: datetime) -> None:
    """Have `endpoint` deleted at `expires`, where a role for that is set. Raises NameTaken.

    A schedule of that name is this very request, whose answer was lost; or what an earlier endpoint of that name
    has left, which is replaced; or somebody else's.
    """
    if not session.settings.scheduler_role:
        return
    request = _request(session, endpoint, expires)
    try:
        session.call("scheduler", "create_schedule", **request)
    except SenderoError as error:
        if not refused_as(error, TAKEN):
            raise
        existing = _ours(session, endpoint)
        if existing is None:
            raise NameTaken(thing="a schedule in this account", name=request["Name"]) from error
        if existing["ScheduleExpression"] != request["ScheduleExpression"]:
            session.find("scheduler", "delete_schedule", Name=request["Name"])
            session.call("scheduler", "create_schedule", **request)


def unschedule(session: Session, endpoint: str) -> bool:
    """Delete the schedule that this workspace made for `endpoint`; return whether there was one."""
    if _ours(session, endpoint) is None:
        return False
    return session.find("scheduler", "delete_schedule", Name=schedule_name(endpoint)) is not None


def _request(session: Session, endpoint: str, expires: datetime) -> Parameters:
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
    """Return what says whose schedule it is, as a schedule has no tags."""
    settings = session.settings
    return f"Deletes the endpoint {endpoint}, deployed by Sendero from {settings.bucket}/{settings.prefix}"[
        :512
    ]


def _ours(session: Session, endpoint: str) -> Answer | None:
    """Return the schedule of `endpoint`, if it is there, aims at this endpoint, and was made from this workspace."""
    facts = session.find("scheduler", "get_schedule", Name=schedule_name(endpoint))
    if facts is None or facts.get("Description") != _description(session, endpoint):
        return None
    return facts if facts["Target"].get("Input") == json.dumps({"EndpointName": endpoint}) else None
