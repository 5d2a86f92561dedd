"""Who ends an endpoint at its expiry: a one-time schedule where a role for it is set, else whoever looks at it.

The schedule needs no Lambda: its target is SageMaker's own DeleteEndpoint, and it deletes itself afterwards.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from core.backends.aws.session import MISSING, TAKEN, Session, refused_as
from core.errors import SenderoError

BY_SCHEDULE = "EventBridge Scheduler"
BY_APP = "this app, while it runs"
LONGEST_NAME = 64


def schedule_name(endpoint: str) -> str:
    """The schedule's name for an endpoint (at most 63 characters long itself)."""
    return f"sendero-{endpoint}"[:LONGEST_NAME]


def ends_by(session: Session) -> str:
    """Who will end an endpoint that is deployed now, in words for the page."""
    return BY_SCHEDULE if session.settings.scheduler_role else BY_APP


def schedule(session: Session, endpoint: str, expires: datetime) -> None:
    """Have `endpoint` deleted at `expires`, where a role for that is set."""
    role = session.settings.scheduler_role
    if not role:
        return
    if not role.startswith("arn:"):
        role = f"arn:{session.partition}:iam::{session.account}:role/{role}"
    try:
        session.call(
            "scheduler",
            "create_schedule",
            Name=schedule_name(endpoint),
            Description=f"Deletes the endpoint {endpoint}, deployed by Sendero",
            ScheduleExpression=f"at({expires.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={
                "Arn": f"arn:{session.partition}:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
                "RoleArn": role,
                "Input": json.dumps({"EndpointName": endpoint}),
            },
        )
    except SenderoError as error:
        if not refused_as(error, TAKEN):
            raise


def unschedule(session: Session, endpoint: str) -> bool:
    """Delete the schedule of `endpoint`; was there one?"""
    try:
        session.call("scheduler", "delete_schedule", Name=schedule_name(endpoint))
    except SenderoError as error:
        if refused_as(error, MISSING):
            return False
        raise
    return True
