"""Pipelines that EventBridge Scheduler starts by the clock, and the mail about a run that has failed.

The target is SageMaker's own StartPipelineExecution, so no function stands between. Each start has the schedule's own
id for its token: one that is sent twice starts once. Whether the execution before still goes on it cannot ask.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import hashlib
import json

from core.backends.aws.resources import pipelines
from core.backends.aws.session.codes import TAKEN, refused_as
from core.backends.aws.session.connection import Answer, Parameters, Session
from core.backends.schedules import Schedule, Task
from core.errors import NameTaken, SenderoError

EXECUTION, MOMENT = "<aws.scheduler.execution-id>", "<aws.scheduler.scheduled-time>"  # it fills them in
DISPLAYED = "schedule-"  # begins the name that an execution shows of its schedule
LONGEST_SUBJECT = 100  # characters that SNS takes


def name_of(session: Session, name: str) -> str:
    """Return what the account calls a schedule of this workspace: 64 characters at most."""
    settings = session.settings
    mark = hashlib.sha256(f"{settings.bucket}/{settings.prefix}/{name}".encode()).hexdigest()[:12]
    return f"sendero-run-{name[:39]}-{mark}"


def put(session: Session, schedule: Schedule) -> None:
    """Have the execution of a pipeline started by the clock. Raises NameTaken, and what AWS refuses."""
    request = _request(session, schedule)
    try:
        session.call("scheduler", "create_schedule", **request)
    except SenderoError as error:
        if not refused_as(error, TAKEN):
            raise
        there = _ours(session, schedule.name)
        if there is None:
            raise NameTaken(thing="a schedule in this account", name=request["Name"]) from error
        if there["Target"]["Input"] != request["Target"]["Input"]:  # left over: its record is gone
            session.find("scheduler", "delete_schedule", Name=request["Name"])
            session.call("scheduler", "create_schedule", **request)


def delete(session: Session, name: str) -> list[str]:
    """Delete a schedule of this workspace; return what is gone, as the account calls it."""
    if _ours(session, name) is None:
        return []
    session.find("scheduler", "delete_schedule", Name=name_of(session, name))
    return [f"EventBridge schedule {name_of(session, name)}"]


def tell(session: Session, subject: str, text: str) -> str:
    """Publish to the topic of the settings, whose subscribers get a mail; return what was done, nothing without one."""
    topic = session.settings.topic
    if not topic:
        return ""
    plain = subject.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]
    session.call("sns", "publish", TopicArn=topic, Subject=plain, Message=text)
    return f"Mailed by {topic.rpartition(':')[2]}."


def started_by(execution: Answer) -> str:
    """Return the schedule that Scheduler has started an execution for; "" of any other."""
    shown = execution.get("PipelineExecutionDisplayName", "")
    return shown.removeprefix(DISPLAYED) if shown.startswith(DISPLAYED) else ""


def _request(session: Session, schedule: Schedule) -> Parameters:
    role = session.settings.scheduler_role
    if not role.startswith("arn:"):
        role = f"arn:{session.partition}:iam::{session.account}:role/{role}"
    # The bytes under a data set's name may be others by then, at which Scheduler cannot look: so no result of an
    # earlier execution stands for them.
    given = {"DatasetSha256": MOMENT, **schedule.parameters} if schedule.task == Task.pipeline else {}
    asked = {
        "PipelineName": pipelines.aws_name(session, schedule.pipeline),
        "PipelineParameters": [{"Name": name, "Value": value} for name, value in given.items()],
        "ClientRequestToken": EXECUTION,
        "PipelineExecutionDisplayName": f"{DISPLAYED}{schedule.name}",
    }
    return {
        "Name": name_of(session, schedule.name),
        "Description": _description(session, schedule.name),
        "ScheduleExpression": schedule.when.expression,
        "ScheduleExpressionTimezone": schedule.when.zone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": f"arn:{session.partition}:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
            "RoleArn": role,
            "Input": json.dumps(asked),
            "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
        },
    }


def _description(session: Session, name: str) -> str:
    """Return what says whose schedule it is, as a schedule has no tags."""
    settings = session.settings
    return f"The schedule {name} of Sendero in {settings.bucket}/{settings.prefix}"[:512]


def _ours(session: Session, name: str) -> Answer | None:
    facts = session.find("scheduler", "get_schedule", Name=name_of(session, name))
    return facts if facts and facts.get("Description") == _description(session, name) else None
