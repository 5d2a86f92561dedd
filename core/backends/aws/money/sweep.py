"""The whole account in one region: every endpoint, whose it is and what it costs, and what else is left over.

Nothing is changed here: `removal.py` deletes what is chosen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from core.backends.aws.money import prices
from core.backends.aws.resources import mail
from core.backends.aws.session.connection import Answer, Session
from core.backends.aws.session.ownership import OWN
from core.backends.aws.session.paging import pages
from core.backends.inventory import BillableResource, Inventory
from core.errors import SenderoError
from core.language import listed as enumerated
from core.language import mark, tr

LONGEST = timedelta(days=28)  # of a job, and so of what an execution of a pipeline may take
GOING_ON = ("Executing", "Stopping")
MAKERS = ("createdby", "created-by", "owner", "user", "team", "project", "aws:cloudformation:stack-name")

# Kind -> list, its key, describe, name, where the instances stand in the description
JOBS = {
    "training": (
        "list_training_jobs", "TrainingJobSummaries", "describe_training_job", "TrainingJobName",
        ("ResourceConfig",),
    ),
    "processing": (
        "list_processing_jobs", "ProcessingJobSummaries", "describe_processing_job", "ProcessingJobName",
        ("ProcessingResources", "ClusterConfig"),
    ),
    "tuning": (
        "list_hyper_parameter_tuning_jobs", "HyperParameterTuningJobSummaries", "describe_hyper_parameter_tuning_job",
        "HyperParameterTuningJobName", ("TrainingJobDefinition", "ResourceConfig"),
    ),
    "transform": (
        "list_transform_jobs", "TransformJobSummaries", "describe_transform_job", "TransformJobName",
        ("TransformResources",),
    ),
}  # fmt: skip
NOT_LISTED = {
    "training": mark("Training jobs could not be listed: {why}"),
    "processing": mark("Processing jobs could not be listed: {why}"),
    "tuning": mark("Tuning jobs could not be listed: {why}"),
    "execution": mark("Pipelines could not be listed: {why}"),
    "schedule": mark("EventBridge schedules could not be listed: {why}"),
    "rule": mark("EventBridge rules could not be listed: {why}"),
    "transform": mark("Transform jobs could not be listed: {why}"),
}


def sweep(session: Session, kept: frozenset[str] = frozenset()) -> Inventory:
    """Return all that runs in the account and region, oldest first, without the schedules that are `kept` elsewhere.

    Raises what listing endpoints raises.
    """
    priced = list(_endpoints(session))
    endpoints = {resource.name for resource, _ in priced}
    not_listable: list[str] = []
    for unlisted, listed in (
        *((NOT_LISTED[kind], lambda kind=kind: list(_jobs(session, kind))) for kind in JOBS),
        (NOT_LISTED["execution"], lambda: [(each, "") for each in _executions(session)]),
        (
            NOT_LISTED["schedule"],
            lambda: [(each, "") for each in _schedules(session, endpoints, kept)],
        ),
        (
            NOT_LISTED["rule"],
            lambda: [(each, "") for each in _rules(session)],
        ),
    ):
        try:
            priced += listed()
        except SenderoError as error:  # who may not list one kind still sees the others
            not_listable.append(tr(unlisted, why=error.failure.why))
    resources = sorted((resource for resource, _ in priced), key=_age)
    sources = " ".join(dict.fromkeys(source for _, source in priced if source))
    scope = tr("account {account}, {region}", account=session.account, region=session.region)
    return Inventory(scope, tuple(resources), tuple(not_listable), sources)


def _age(resource: BillableResource) -> tuple[bool, float]:
    return (resource.created is None, resource.created.timestamp() if resource.created else 0.0)


# --- endpoints --------------------------------------------------------------------------------------------


def _endpoints(session: Session) -> Iterator[tuple[BillableResource, str]]:
    for listed in pages(session, "sagemaker", "list_endpoints", "Endpoints"):
        name = listed["EndpointName"]
        endpoint = session.find("sagemaker", "describe_endpoint", EndpointName=name)
        if endpoint is None:  # deleted meanwhile
            continue
        config = session.find(
            "sagemaker", "describe_endpoint_config", EndpointConfigName=endpoint["EndpointConfigName"]
        )
        instance, per_hour, source = _price(session, endpoint, config)
        owner, ours = _owner(session, endpoint["EndpointArn"])
        yield (
            BillableResource(
                kind="endpoint",
                name=name,
                status=endpoint["EndpointStatus"],
                instance=instance,
                created=endpoint["CreationTime"],
                owner=owner,
                ours=ours,
                per_hour=per_hour,
            ),
            source,
        )


def _price(session: Session, endpoint: Answer, config: Answer | None) -> tuple[str, float | None, str]:
    """Return the instances in words, USD an hour while idle, and the price's source; idle serverless costs nothing."""
    counts = {
        variant["VariantName"]: variant.get("CurrentInstanceCount")
        for variant in endpoint.get("ProductionVariants", ())
    }
    words: list[str] = []
    total: float | None = 0.0
    source = ""
    for variant in (config or {}).get("ProductionVariants", ()):
        if serverless := variant.get("ServerlessConfig"):
            words.append(tr("serverless, {memory} MB", memory=serverless["MemorySizeInMB"]))
            warm = serverless.get("ProvisionedConcurrency")
            total = None if warm else total  # kept warm is billed, and at a price that is in no table of ours
            continue
        count = counts.get(variant["VariantName"])
        count = variant.get("InitialInstanceCount", 1) if count is None else count
        words.append(f"{count} x {variant['InstanceType']}")
        price = prices.hourly(session, "Hosting", variant["InstanceType"])
        source = price.source
        total = None if price.usd is None or total is None else total + count * price.usd
    if not words:
        return tr("not known: its endpoint config is gone"), None, ""
    return enumerated(words), total, source


def _owner(session: Session, arn: str) -> tuple[str, bool]:
    """Return whose a resource is, by its tags, and whether it was made from this workspace."""
    try:
        rows = session.call("sagemaker", "list_tags", ResourceArn=arn)["Tags"]
    except SenderoError:
        return tr("not known: its tags may not be read"), False
    tags = {row["Key"]: row["Value"] for row in rows}
    if workspace := tags.get(OWN):
        ours = workspace == f"{session.settings.bucket}/{session.settings.prefix}"
        return (
            tr("this workspace") if ours else tr("Sendero in s3://{workspace}", workspace=workspace)
        ), ours
    makers = [f"{key}={value}" for key, value in tags.items() if key.lower() in MAKERS]
    if makers:
        return tr("not Sendero's ({tags})", tags=", ".join(makers)), False
    return tr("not Sendero's"), False


# --- jobs and schedules -----------------------------------------------------------------------------------


def _jobs(session: Session, kind: str) -> Iterator[tuple[BillableResource, str]]:
    listing, rows, describe, field, path = JOBS[kind]
    for row in pages(session, "sagemaker", listing, rows, StatusEquals="InProgress"):
        job = session.find("sagemaker", describe, **{field: row[field]})
        if job is None:
            continue
        cluster = job
        for step in path:
            cluster = cluster.get(step, {})
        instance, count = cluster.get("InstanceType"), cluster.get("InstanceCount", 1)
        # A tuning job's trials are training jobs, and are listed with their price.
        price = (
            prices.hourly(session, prices.OF_KIND[kind], instance) if instance and kind != "tuning" else None
        )
        per_hour = count * price.usd if price and price.usd is not None else None
        owner, ours = _owner(session, row[f"{field.removesuffix('Name')}Arn"])
        yield (
            BillableResource(
                kind=kind,
                name=row[field],
                status=job[f"{field.removesuffix('Name')}Status"],
                instance=_machines(kind, count, instance),
                created=job["CreationTime"],
                owner=owner,
                ours=ours,
                per_hour=0.0 if kind == "tuning" else per_hour,
            ),
            price.source if price else "",
        )


def _machines(kind: str, count: int, instance: str | None) -> str:
    if not instance:
        return tr("not known")
    return (
        tr("trials of {machines}", machines=f"{count} x {instance}")
        if kind == "tuning"
        else f"{count} x {instance}"
    )


def _executions(session: Session) -> Iterator[BillableResource]:
    """Yield the executions of pipelines that go on: each costs what its jobs cost, which are listed with their price,
    and has more of them made.
    """
    since = datetime.now(UTC) - LONGEST
    for pipeline in pages(session, "sagemaker", "list_pipelines", "PipelineSummaries"):
        if pipeline.get("LastExecutionTime", since) <= since:
            continue
        asked = {"PipelineName": pipeline["PipelineName"], "CreatedAfter": since}
        rows = "PipelineExecutionSummaries"
        for row in pages(session, "sagemaker", "list_pipeline_executions", rows, **asked):
            if row["PipelineExecutionStatus"] in GOING_ON:
                owner, ours = _owner(session, pipeline["PipelineArn"])
                yield BillableResource(
                    kind="execution",
                    name=f"{pipeline['PipelineName']}/{row['PipelineExecutionArn'].rpartition('/')[2]}",
                    status=row["PipelineExecutionStatus"],
                    instance=tr("the jobs of its steps"),
                    created=row.get("StartTime"),
                    owner=owner,
                    ours=ours,
                    per_hour=0.0,
                )


def _schedules(session: Session, endpoints: set[str], kept: frozenset[str]) -> Iterator[BillableResource]:
    """Yield the schedules that delete an endpoint which does not exist any more, and those that start a pipeline."""
    for row in pages(session, "scheduler", "list_schedules", "Schedules"):
        operation = row["Target"]["Arn"].rpartition(":")[2]
        starts = operation == "startPipelineExecution"
        if row["Name"] in kept or not (starts or operation == "deleteEndpoint"):
            continue
        schedule = session.call(
            "scheduler", "get_schedule", Name=row["Name"], GroupName=row.get("GroupName", "default")
        )
        if _target(schedule) in endpoints:
            continue
        yield BillableResource(
            kind="schedule",
            name=row["Name"],
            status=row.get("State", "ENABLED"),
            instance=tr("starts a pipeline") if starts else "",
            created=row.get("CreationDate"),
            owner=tr("Sendero's, by its name") if row["Name"].startswith("sendero-") else tr("not known"),
            ours=False,
            per_hour=None if starts else 0.0,  # what it starts costs, and how much is not known here
        )


def _rules(session: Session) -> Iterator[BillableResource]:
    """Yield the rules that mail what has ended: they cost nothing, the mails what SNS takes."""
    for row in pages(session, "events", "list_rules", "Rules", size="Limit", NamePrefix=mail.PREFIX):
        ours = row.get("Description") == mail.description(session.settings)
        yield BillableResource(
            kind="rule",
            name=row["Name"],
            status=row.get("State", "ENABLED"),
            instance=tr("mails what has ended"),
            created=None,
            owner=tr("this workspace") if ours else tr("Sendero's, by its name"),
            ours=ours,
            per_hour=0.0,
        )


def _target(schedule: Answer) -> str:
    try:
        return json.loads(schedule["Target"]["Input"])["EndpointName"]
    except (KeyError, TypeError, ValueError):
        return ""
