"""Mail about what has ended: rules of EventBridge that hand it to the topic of the settings, whoever has started it.

SageMaker sends EventBridge an event at each change of a status, once or more often. An execution is ours by the name of
its pipeline, a job by its tags. The topic's own policy has to let EventBridge publish: docs/aws.md says how.
https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import json

from core.backends.aws.resources import registry
from core.backends.aws.session.connection import Answer, Parameters, Session
from core.backends.aws.session.failures import AwsRefusal
from core.backends.aws.session.ownership import OWN
from core.backends.aws.session.paging import pages
from core.errors import NameTaken
from core.settings import Settings

PREFIX = "sendero-mail-"
TARGET = "topic"  # the id of a rule's one target
ENDED = ["Completed", "Failed", "Stopped"]
EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
JOBS = [
    f"SageMaker {kind} Job State Change"
    for kind in ("Training", "HyperParameter Tuning", "Transform", "Processing")
]


def name_of(settings: Settings, kind: str) -> str:
    """Return what the account calls a rule of this workspace: as a pipeline's, its name ends with digests of it."""
    return f"{PREFIX}{kind}-{registry.suffix(settings)}"


def description(settings: Settings) -> str:
    """Return what says whose a rule is."""
    return f"Mail about what has ended, of Sendero in {settings.bucket}/{settings.prefix}"[:512]


def put(session: Session) -> None:
    """Have the end of executions and jobs mailed, where a topic is set. Raises NameTaken, and what AWS refuses."""
    topic, said = session.settings.topic, description(session.settings)
    if not topic:
        return
    for name, (pattern, words) in _rules(session.settings).items():
        there = session.find("events", "describe_rule", Name=name)
        if there is not None and not _ours(session, there):
            raise NameTaken(thing="a rule in this account", name=name)
        session.call("events", "put_rule", Name=name, Description=said, EventPattern=json.dumps(pattern))
        target = {"Id": TARGET, "Arn": topic, "InputTransformer": words}
        answer = session.call("events", "put_targets", Rule=name, Targets=[target])
        if answer["FailedEntryCount"]:
            failed = answer["FailedEntries"][0]
            reason = f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}"
            raise AwsRefusal(request="events put_targets", reason=reason)


def is_on(session: Session) -> bool:
    """Return whether all of this workspace's rules are there. Raises what AWS refuses."""
    rows = pages(session, "events", "list_rules", "Rules", size="Limit", NamePrefix=PREFIX)
    return {row["Name"] for row in rows if _ours(session, row)} >= _rules(session.settings).keys()


def delete(session: Session) -> list[str]:
    """Delete this workspace's rules; return what is gone, as the account calls it."""
    gone: list[str] = []
    if not session.settings.topic:  # whoever has none may have no right to look for rules
        return gone
    for name in _rules(session.settings):
        there = session.find("events", "describe_rule", Name=name)
        if there is not None and _ours(session, there):
            gone.append(remove(session, name))
    return gone


def remove(session: Session, name: str) -> str:
    """Delete a rule, whose target has to go first; return what is gone."""
    session.find("events", "remove_targets", Rule=name, Ids=[TARGET])
    session.call("events", "delete_rule", Name=name)
    return f"EventBridge rule {name}"


def _ours(session: Session, rule: Answer) -> bool:
    return rule.get("Description") == description(session.settings)


def _rules(settings: Settings) -> dict[str, tuple[Parameters, Parameters]]:
    """Return, by the rules' names, which events each takes, and what is made of one."""
    where = f"s3://{settings.bucket}/{settings.prefix}"
    return {
        name_of(settings, "executions"): (
            {
                "source": ["aws.sagemaker"],
                "detail-type": [EXECUTION],
                "detail": {
                    "pipelineArn": [{"suffix": f"-{registry.suffix(settings)}"}],
                    "currentPipelineExecutionStatus": ["Succeeded", "Failed", "Stopped"],
                },
            },
            _sentence(
                f"Sendero, {where}: an execution of a pipeline has ended. Its status: <status>. <execution>",
                status="$.detail.currentPipelineExecutionStatus",
                execution="$.detail.pipelineExecutionArn",
            ),
        ),
        name_of(settings, "jobs"): (
            {
                "source": ["aws.sagemaker"],
                "detail-type": JOBS,
                "detail": {
                    # The jobs of a pipeline's steps have no name of ours: of them the execution tells.
                    "Tags": {
                        OWN: [f"{settings.bucket}/{settings.prefix}"],
                        "sendero:job": [{"exists": True}],
                    },
                    "$or": [
                        # Of its trials the tuning job tells.
                        {"TrainingJobStatus": ENDED, "TuningJobArn": [None, {"exists": False}]},
                        {"HyperParameterTuningJobStatus": ENDED},
                        {"TransformJobStatus": ENDED},
                        # EDA and judging are short, and most of them are watched.
                        {"ProcessingJobStatus": ["Failed", "Stopped"]},
                    ],
                },
            },
            # An event has one of the four; EventBridge leaves out what is not there.
            _sentence(
                f"Sendero, {where}: a job has ended. Its status: <training><tuning><transform><processing>. <job>",
                training="$.detail.TrainingJobStatus",
                tuning="$.detail.HyperParameterTuningJobStatus",
                transform="$.detail.TransformJobStatus",
                processing="$.detail.ProcessingJobStatus",
                job="$.resources[0]",
            ),
        ),
    }


def _sentence(text: str, **paths: str) -> Parameters:
    """Return how EventBridge makes a text of an event, in which it fills in what stands at `paths`.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    return {"InputPathsMap": paths, "InputTemplate": json.dumps(text)}
