"""Pipelines and their executions as SageMaker keeps them: requests and answers, nothing of the jobs that steps make.

A pipeline is the account's, so its name there ends with digests of the workspace, as a group of versions does: what is
ours is found, and granted, by that, its executions too, which carry no tags.
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from core import keys
from core.backends.aws.resources import registry, request_fields
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session import ownership
from core.backends.aws.session.codes import MISSING, TAKEN, refused_as
from core.backends.aws.session.connection import Answer, Session
from core.backends.aws.session.paging import pages
from core.backends.pipelines import Pipeline, PipelineRequest, keep_definition
from core.backends.records import now
from core.errors import BadName, NameTaken, NotFound, PipelineChanged, SenderoError
from core.names import checked_name, is_name

LISTING = "pipeline list"
LONGEST = 40  # characters of a name: with its ending it is a job's too


def aws_name(session: Session, name: str) -> str:
    """Return what SageMaker calls a pipeline."""
    return f"{name}-{registry.suffix(session.settings)}"


def execution_arn(session: Session, pipeline: str, execution_id: str) -> str:
    """Return the ARN of an execution, in whose first part SageMaker writes small letters."""
    name = aws_name(session, pipeline).lower()
    where = f"{session.partition}:sagemaker:{session.region}:{session.account}"
    return f"arn:{where}:pipeline/{name}/execution/{execution_id}"


def put(storage: S3Storage, request: PipelineRequest) -> Pipeline:
    """Create a pipeline, or update the one that its writer saw. Raises BadName, NameTaken, PipelineChanged, and what
    AWS refuses.

    SageMaker takes no condition: who writes over what another one has just saved is told by what storage keeps.
    """
    session = storage.session
    if len(checked_name(request.name, "pipeline")) > LONGEST:
        raise BadName(name=request.name, thing="pipeline", suggestion=request.name[:LONGEST].strip("-"))
    text = json.dumps(request.definition, ensure_ascii=False)
    named = {"PipelineName": aws_name(session, request.name)}
    defined = {"PipelineDefinition": text, "RoleArn": request_fields.role_arn(session)}
    tags = request_fields.tags(session.settings)
    there = session.find("sagemaker", "describe_pipeline", **named)
    if there and not ownership.tagged(session, there["PipelineArn"], ownership.own_tag(session)):
        raise NameTaken(thing="a pipeline in this account", name=request.name)
    keep_definition(storage, request, json.loads(there["PipelineDefinition"]) if there else None)
    if there:
        session.call("sagemaker", "update_pipeline", **named, **defined)
    else:
        try:
            token = _token(storage, "create", request.name, now())
            session.call(
                "sagemaker", "create_pipeline", **named, **defined, Tags=tags, ClientRequestToken=token
            )
        except SenderoError as error:
            if refused_as(error, TAKEN):  # somebody else made it a moment ago
                raise PipelineChanged(name=request.name) from error
            raise
    forget(storage, request.name)
    return find(storage, request.name)


def find(storage: S3Storage, name: str) -> Pipeline:
    """Return a pipeline as SageMaker has it now, whoever has changed it there. Raises NotFound."""
    if not is_name(name):
        raise NotFound(thing="pipeline", name=name, listing=LISTING)
    session = storage.session

    def describe() -> Answer | None:
        return session.find("sagemaker", "describe_pipeline", PipelineName=aws_name(session, name))

    answer = storage.cache.get(("pipeline", name), describe)
    if answer is None:
        raise NotFound(thing="pipeline", name=name, listing=LISTING)
    return Pipeline(
        name, json.loads(answer["PipelineDefinition"]), answer["LastModifiedTime"].astimezone(UTC)
    )


def names(storage: S3Storage) -> list[str]:
    """Return the names of the pipelines that were put here, some of which may be gone at SageMaker."""
    return storage.folders(keys.PIPELINES)


def start(storage: S3Storage, name: str, parameters: dict[str, str], token: str) -> str:
    """Start an execution, or find the one of this very token; return its id. Raises what AWS refuses."""
    session = storage.session
    answer = session.call(
        "sagemaker",
        "start_pipeline_execution",
        PipelineName=aws_name(session, name),
        PipelineParameters=[{"Name": key, "Value": value} for key, value in parameters.items()],
        ClientRequestToken=_token(storage, "start", name, token),
    )
    forget(storage, name)
    return execution_id(answer["PipelineExecutionArn"])


def execution_id(arn: str) -> str:
    """Return what an ARN of an execution ends with."""
    return arn.rpartition("/")[2]


def executions(storage: S3Storage, name: str) -> list[Answer]:
    """Return what SageMaker lists of the executions of a pipeline, newest first; none where it is gone."""
    session = storage.session
    asked = {"PipelineName": aws_name(session, name), "SortOrder": "Descending"}

    def listed() -> list[Answer]:
        try:
            return list(
                pages(session, "sagemaker", "list_pipeline_executions", "PipelineExecutionSummaries", **asked)
            )
        except SenderoError as error:
            if refused_as(error, MISSING):
                return []
            raise

    return storage.cache.get(("executions", name), listed)


def execution(storage: S3Storage, name: str, identity: str) -> Answer:
    """Return SageMaker's description of an execution. Raises NotFound."""
    session = storage.session
    arn = execution_arn(session, name, identity)
    answer = None
    if is_name(name) and is_name(identity):
        answer = storage.cache.get(
            ("execution", arn),
            lambda: session.find("sagemaker", "describe_pipeline_execution", PipelineExecutionArn=arn),
        )
    if answer is None:
        raise NotFound(thing="run of a pipeline", name=identity, listing=f"pipeline show {name}")
    return answer


def parameters(storage: S3Storage, name: str, identity: str) -> dict[str, str]:
    """Return the parameters that an execution was started with."""
    operation, rows = "list_pipeline_parameters_for_execution", "PipelineParameters"
    return {row["Name"]: row["Value"] for row in _of_execution(storage, name, identity, operation, rows)}


def steps(storage: S3Storage, name: str, identity: str) -> list[Answer]:
    """Return the steps that have begun, in that order."""
    operation, rows = "list_pipeline_execution_steps", "PipelineExecutionSteps"
    found = _of_execution(storage, name, identity, operation, rows)
    return sorted(found, key=lambda row: row["StartTime"])


def stop(storage: S3Storage, name: str, identity: str) -> None:
    """Ask an execution to stop. Raises what AWS refuses."""
    arn = execution_arn(storage.session, name, identity)
    token = _token(storage, "stop", identity, now())
    storage.session.call(
        "sagemaker", "stop_pipeline_execution", PipelineExecutionArn=arn, ClientRequestToken=token
    )
    forget(storage, name)


def delete(storage: S3Storage, name: str) -> None:
    """Delete a pipeline, and all that is kept of it here. What is gone already is fine."""
    session = storage.session
    token = _token(storage, "delete", name, now())
    session.find(
        "sagemaker", "delete_pipeline", PipelineName=aws_name(session, name), ClientRequestToken=token
    )
    storage.delete(keys.pipeline(name))
    forget(storage, name)


def forget(storage: S3Storage, name: str) -> None:
    """Forget what was read of a pipeline and of executions: it was just changed by us."""
    for key in (("pipeline", name), ("executions", name)):
        storage.cache.drop(key)
    for kind in ("execution", "list_pipeline_execution_steps"):
        storage.cache.drop_kind(kind)


def _of_execution(storage: S3Storage, name: str, identity: str, operation: str, rows: str) -> list[Answer]:
    session = storage.session
    arn = execution_arn(session, name, identity)
    return storage.cache.get(
        (operation, arn), lambda: list(pages(session, "sagemaker", operation, rows, PipelineExecutionArn=arn))
    )


def _token(storage: S3Storage, *parts: str) -> str:
    """Return the token of a request: one that is sent twice, as its answer was lost, is done once."""
    return hashlib.sha256(" ".join((storage.root, *parts)).encode()).hexdigest()
