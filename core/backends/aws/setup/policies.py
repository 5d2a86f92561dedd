"""The least-privilege IAM policies of one workspace, to paste: the viewer's, the analyst's, the approver's
and those of both roles.

Generated for the actual account, region, bucket, prefix, roles, key and subnets. No action is a wildcard. A
resource is "*" only where IAM offers nothing else, and the statement's Sid then begins with "Any".
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from core import keys
from core.backends.aws.resources import images, mail, registry
from core.backends.aws.session.connection import Session
from core.backends.aws.session.ownership import OWN
from core.backends.aws.setup import iam
from core.backends.aws.setup.iam import Condition, Statement
from core.backends.setup import Document
from core.errors import SenderoError
from core.settings import Settings

JOBS = ("ProcessingJob", "TrainingJob", "HyperParameterTuningJob", "TransformJob")
SERVED = ("Model", "EndpointConfig", "Endpoint")
GROUP, PACKAGE = "ModelPackageGroup", "ModelPackage"
PIPELINE, EXECUTION = "Pipeline", "PipelineExecution"
STEPS = ("ProcessingJob", "TrainingJob")  # what the steps of a pipeline make
# As ARNs name what the operations' names name.
RESOURCES = (
    "processing-job", "training-job", "hyper-parameter-tuning-job", "transform-job", "model", "endpoint-config",
    "endpoint",
)  # fmt: skip
LOG_GROUPS = ("ProcessingJobs", "TrainingJobs", "TransformJobs", "Endpoints/*")

LONGEST = 6144  # characters of a managed policy, blanks not counted
SERVICE = "amazonaws.com"  # of service principals, in China too


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policies are generated for. `caller` is the ARN that asks; empty where it is not known."""

    settings: Settings
    account: str
    region: str
    partition: str = "aws"
    caller: str = ""

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account}:{resource}"

    @property
    def bucket(self) -> str:
        return f"arn:{self.partition}:s3:::{self.settings.bucket or 'YOUR-BUCKET'}"

    @property
    def objects(self) -> str:
        return f"{self.bucket}/{self.settings.prefix}/*"

    def role(self, name: str) -> str:
        """Return the ARN of a role that the settings name by its name or by its ARN."""
        return name if name.startswith("arn:") else self.arn("iam", f"role/{name}", region=False)

    @property
    def execution_role(self) -> str:
        return self.role(self.settings.role or "YOUR-EXECUTION-ROLE")

    @property
    def scheduler_role(self) -> str:
        return self.role(self.settings.scheduler_role or "YOUR-SCHEDULER-ROLE")

    def tagged(self, tags_of: str) -> Condition:
        """Return the condition that a tag (`RequestTag`, `ResourceTag`) names this workspace, or one below it."""
        own = f"{self.settings.bucket}/{self.settings.prefix}"
        return {"StringLike": {f"aws:{tags_of}/{OWN}": [own, f"{own}/*"]}}


def documents(facts: Facts) -> tuple[Document, ...]:
    """Return all policies, each as JSON to paste."""
    return (
        *_managed("viewer-policy", "Policy of whoever only looks",
                  "A customer managed policy. Attach it to those who read runs, reports and endpoints and change"
                  " nothing: they launch, decide, delete and predict nothing. The policies below hold all of it.",
                  viewer(facts)),
        *_managed("user-policy", "Policy of the analyst: the person or role that runs Sendero",
                  "IAM > Policies > Create policy > JSON: a customer managed policy. Attach it to your IAM user or"
                  " role, or to your permission set. CreateTheBucket is needed once; take it out afterwards.",
                  user(facts)),
        *_managed("approver-policy", "Policy of whoever approves models",
                  "A customer managed policy. Attach it to those who approve or reject versions in the registry; the"
                  " policy above lets nobody do that. Who both trains and approves gets both.",
                  approver(facts)),
        Document("execution-role-trust", "Trust policy of the execution role",
                 "IAM > Roles > Create role > Custom trust policy: it lets SageMaker run jobs as the role.",
                 document(trust("sagemaker", facts))),
        *_managed("execution-role-policy", "Policy of the execution role",
                  "A customer managed policy. Attach it to the execution role: what jobs and endpoints may do.",
                  execution_role(facts)),
        Document("scheduler-role-trust", "Trust policy of the scheduler role (not required)",
                 "With this role AWS itself ends an endpoint at its expiry, also when no app is running.",
                 document(trust("scheduler", facts))),
        *_managed("scheduler-role-policy", "Policy of the scheduler role (not required)",
                  "A customer managed policy. It may delete Sendero's endpoints and start its pipelines, nothing else.",
                  scheduler_role(facts)),
    )  # fmt: skip


def _managed(name: str, title: str, help: str, statements: list[Statement]) -> list[Document]:
    """Return a customer managed policy, in as many parts as its limit makes it; all of them are to be attached."""
    parts = split(statements)
    if len(parts) == 1:
        return [Document(name, title, help, document(parts[0]))]
    return [
        Document(
            f"{name}-{number}" if number > 1 else name,
            f"{title}, part {number} of {len(parts)}",
            f"{help} It is too long for one: attach all {len(parts)} parts.",
            document(part),
        )
        for number, part in enumerate(parts, 1)
    ]


def split(statements: list[Statement]) -> list[list[Statement]]:
    """Return the statements in as few policies as IAM's limit allows, in their order."""
    parts: list[list[Statement]] = [[]]
    for statement in statements:
        if parts[-1] and len(re.sub(r"\s", "", document([*parts[-1], statement]))) >= LONGEST:
            parts.append([])
        parts[-1].append(statement)
    return parts


def facts_of(session: Session) -> Facts:
    """Return the facts of a session, with placeholders for what only a signed-in caller would know."""
    try:
        who, region = session.identity(), session.region
    except SenderoError:
        return Facts(session.settings, "YOUR-ACCOUNT", session.settings.region or "YOUR-REGION")
    return Facts(session.settings, who["Account"], region, session.partition, iam.principal(session))


def user(facts: Facts) -> list[Statement]:
    """Return what whoever runs the app or the command line may do."""
    made = [facts.arn("sagemaker", f"{kind}/*") for kind in RESOURCES]
    group, package = _registered(facts)
    pipeline = _pipeline(facts)
    roles = [facts.execution_role, facts.scheduler_role]
    ours = facts.tagged("ResourceTag")
    statements = [
        allow("CreateTagged", [f"sagemaker:Create{kind}" for kind in (*JOBS, *SERVED, GROUP, PIPELINE)]
               + ["sagemaker:AddTags"], [*made, group, pipeline], facts.tagged("RequestTag")),
        *_seeing(facts),
        allow("EndOnlyOurs", [f"sagemaker:Stop{kind}" for kind in JOBS]
               + [f"sagemaker:Delete{kind}" for kind in SERVED]
               + ["sagemaker:InvokeEndpoint", "sagemaker:UpdateEndpoint"], made, ours),
        # An execution carries no tags, and is in the name of its pipeline, which ends as the workspace's groups do.
        allow("RunPipelines", ["sagemaker:UpdatePipeline", "sagemaker:DeletePipeline",
                               f"sagemaker:Start{EXECUTION}", f"sagemaker:Stop{EXECUTION}"], [pipeline]),
        allow("RegisterAsPending", [f"sagemaker:Create{PACKAGE}"], [group, package],
               {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}}),
        *_storage(facts, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]),
        allow("SeeTheBucket", ["s3:GetBucketLocation", "s3:GetBucketPublicAccessBlock", "s3:GetBucketPolicyStatus"],
               [facts.bucket]),
        allow("CreateTheBucket", ["s3:CreateBucket", "s3:PutBucketPublicAccessBlock", "s3:PutEncryptionConfiguration",
                                   "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:PutLifecycleConfiguration",
                                   "s3:GetLifecycleConfiguration"],
               [facts.bucket]),
        allow("PassTheExecutionRole", ["iam:PassRole"], [facts.execution_role],
               {"StringEquals": {"iam:PassedToService": f"sagemaker.{SERVICE}"}}),
        allow("SeeTheRoles", ["iam:GetRole"], [*roles, *own_role(facts)]),
        allow("TryThePolicies", ["iam:SimulatePrincipalPolicy"],
              list(dict.fromkeys([facts.execution_role, identity(facts), *own_role(facts)]))),
        allow("PassTheSchedulerRole", ["iam:PassRole"], [facts.scheduler_role],
               {"StringEquals": {"iam:PassedToService": f"scheduler.{SERVICE}"}}),
        allow("Schedule", ["scheduler:CreateSchedule", "scheduler:GetSchedule", "scheduler:DeleteSchedule"],
               [facts.arn("scheduler", "schedule/default/*")]),
    ]  # fmt: skip
    return statements + _topic(facts) + _key(facts, "s3", "sagemaker")


def viewer(facts: Facts) -> list[Statement]:
    """Return what whoever only looks may do: read what is kept and what AWS says of it. It writes nothing."""
    return _looking(facts) + _key(facts, "s3")


def approver(facts: Facts) -> list[Statement]:
    """Return what whoever approves models may do beside looking: say so, have it in the audit, tidy the registry."""
    group, package = _registered(facts)
    statements = [
        *_looking(facts),
        allow("Approve", [f"sagemaker:Update{PACKAGE}"], [package]),
        allow("TidyTheRegistry", [f"sagemaker:Delete{kind}" for kind in (GROUP, PACKAGE)], [group, package]),
        allow("WriteTheAudit", ["s3:PutObject"], [facts.objects.removesuffix("*") + f"{keys.AUDIT}/*"]),
    ]  # fmt: skip
    return statements + _key(facts, "s3")


def _topic(facts: Facts) -> list[Statement]:
    """Return what mails need: those that we send, and the rules by which EventBridge sends others to the same topic."""
    topic = facts.settings.topic
    if not topic:
        return []
    rules = [facts.arn("events", f"rule/{mail.PREFIX}*-{registry.suffix(facts.settings)}*")]
    return [
        allow("TellWhatFailed", ["sns:Publish"], [topic]),
        allow("MakeRulesForSageMaker", ["events:PutRule"], rules, {"StringEquals": {"events:source": "aws.sagemaker"}}),
        allow("MailToTheTopicOnly", ["events:PutTargets"], rules, {"ArnEquals": {"events:TargetArn": topic}}),
        allow("SeeAndEndRules", ["events:DescribeRule", "events:RemoveTargets", "events:DeleteRule"], rules),
    ]  # fmt: skip


def _looking(facts: Facts) -> list[Statement]:
    """Return what whoever reads and writes nothing needs."""
    return [
        *_seeing(facts),
        allow("SeeSchedules", ["scheduler:GetSchedule"], [facts.arn("scheduler", "schedule/default/*")]),
        *_storage(facts, ["s3:GetObject"]),
    ]


def _seeing(facts: Facts) -> list[Statement]:
    """Return what everybody needs to see what AWS says of jobs, endpoints, versions and pipelines."""
    made = [facts.arn("sagemaker", f"{kind}/*") for kind in RESOURCES]
    _, package = _registered(facts)
    return [
        allow("See", [f"sagemaker:Describe{kind}" for kind in (*JOBS, *SERVED, PACKAGE)]
               + ["sagemaker:ListTags", "sagemaker:ListTrainingJobsForHyperParameterTuningJob"], [*made, package]),
        _seeing_pipelines(facts),
        # Lists, quotas and prices know no resources.
        allow("AnyList", [f"sagemaker:List{kind}s" for kind in (*JOBS, *SERVED, GROUP, PACKAGE, PIPELINE)]
               + ["scheduler:ListSchedules", "events:ListRules", "servicequotas:ListServiceQuotas",
                  "pricing:GetProducts", "cloudwatch:GetMetricData"], ["*"]),
        allow("ReadLogs", ["logs:DescribeLogStreams", "logs:GetLogEvents"], _log_groups(facts)),
    ]  # fmt: skip


def _seeing_pipelines(facts: Facts) -> Statement:
    seen = ["DescribePipeline", f"Describe{EXECUTION}", f"List{EXECUTION}s", f"List{EXECUTION}Steps",
            "ListPipelineParametersForExecution", "ListTags"]  # fmt: skip
    return allow(
        "SeePipelines", [f"sagemaker:{each}" for each in seen], [facts.arn("sagemaker", "pipeline/*")]
    )


def execution_role(facts: Facts) -> list[Statement]:
    """Return what jobs and endpoints may do, as the role that SageMaker runs them under, and pipelines, which make
    jobs and versions as that role too. Programs in jobs can ask for nothing where the network is isolated.
    """
    steps = [facts.arn("sagemaker", f"{kind}/*") for kind in RESOURCES[: len(STEPS)]]
    group, package = _registered(facts)
    statements = [
        *_storage(facts, ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]),
        allow("WriteLogs", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams",
                             "logs:PutLogEvents"], _log_groups(facts)),
        # Metrics know no resources; the namespace bounds them.
        allow("AnyMetric", ["cloudwatch:PutMetricData"], ["*"],
               {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}),
        # A token is for the whole registry.
        allow("AnyRegistryToken", ["ecr:GetAuthorizationToken"], ["*"]),
        # The images are AWS's own: their accounts differ from region to region.
        allow("PullTheImages", ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
               [f"arn:{facts.partition}:ecr:{facts.region}:*:repository/{name}" for name in images.REPOSITORIES]),
    ]  # fmt: skip
    statements += [
        allow("MakeTheStepsJobs", [f"sagemaker:Create{kind}" for kind in STEPS] + ["sagemaker:AddTags"], steps,
               facts.tagged("RequestTag")),
        allow("SeeTheStepsJobs", [f"sagemaker:Describe{kind}" for kind in STEPS], steps),
        allow("StopTheStepsJobs", [f"sagemaker:Stop{kind}" for kind in STEPS], steps, facts.tagged("ResourceTag")),
        allow("RegisterAsPending", [f"sagemaker:Create{PACKAGE}"], [group, package],
               {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}}),
        allow("PassItselfToTheJobs", ["iam:PassRole"], [facts.execution_role],
               {"StringEquals": {"iam:PassedToService": f"sagemaker.{SERVICE}"}}),
    ]  # fmt: skip
    return statements + _network(facts) + _key(facts, "s3", "sagemaker")


def scheduler_role(facts: Facts) -> list[Statement]:
    """Return what EventBridge Scheduler may do at an endpoint's expiry, and when a pipeline is to be started."""
    ours = facts.tagged("ResourceTag")
    return [
        allow("DeleteOnlyOurs", ["sagemaker:DeleteEndpoint"], [facts.arn("sagemaker", "endpoint/*")], ours),
        allow("StartOurPipelines", [f"sagemaker:Start{EXECUTION}"], [_pipeline(facts)]),
    ]


def trust(service: str, facts: Facts) -> list[Statement]:
    """Return who may act as the role: `service`, on behalf of this account only (the confused deputy)."""
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.{SERVICE}"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": facts.account}},
        }
    ]


def _storage(facts: Facts, actions: list[str]) -> list[Statement]:
    below = {"StringLike": {"s3:prefix": [facts.settings.prefix, f"{facts.settings.prefix}/*"]}}
    return [
        allow("List", ["s3:ListBucket"], [facts.bucket], below),
        allow("Files", actions, [facts.objects]),
    ]


def _registered(facts: Facts) -> tuple[str, str]:
    """Return the ARNs of the groups of this workspace, and of the versions in them: a group and a number."""
    named = f"*-{registry.suffix(facts.settings)}*"
    return facts.arn("sagemaker", f"model-package-group/{named}"), facts.arn(
        "sagemaker", f"model-package/{named}"
    )


def _pipeline(facts: Facts) -> str:
    """Return the ARN of the pipelines of this workspace, which that of each execution begins with."""
    return facts.arn("sagemaker", f"pipeline/*-{registry.suffix(facts.settings)}*")


def _log_groups(facts: Facts) -> list[str]:
    return [facts.arn("logs", f"log-group:/aws/sagemaker/{name}:*") for name in LOG_GROUPS]


def _network(facts: Facts) -> list[Statement]:
    if not facts.settings.subnets:
        return []
    interfaces = [facts.arn("ec2", f"subnet/{name}") for name in facts.settings.subnets]
    interfaces += [facts.arn("ec2", f"security-group/{name}") for name in facts.settings.security_groups]
    cards = ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface",
             "ec2:DeleteNetworkInterfacePermission"]  # fmt: skip
    listed = ["NetworkInterfaces", "Vpcs", "DhcpOptions", "Subnets", "SecurityGroups"]
    return [
        allow("JoinTheNetwork", cards, [facts.arn("ec2", "network-interface/*"), *interfaces]),
        allow("AnyNetwork", [f"ec2:Describe{name}" for name in listed], ["*"]),  # EC2 describes no single one
    ]


def _key(facts: Facts, *services: str) -> list[Statement]:
    key = facts.settings.kms_key
    if not key:
        return []
    arn = key if key.startswith("arn:") else facts.arn("kms", f"key/{key}")
    alias: Condition = {}
    if ":alias/" in arn or "/alias/" in arn:  # IAM knows keys by their id only, and an alias as a condition
        alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{arn.rpartition('alias/')[2]}"}}
        arn = facts.arn("kms", "key/*")
    through = [f"{service}.{facts.region}.{SERVICE}" for service in services]
    return [
        allow("UseTheKey", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], [arn], alias),
        allow("LendTheKey", ["kms:CreateGrant"], [arn],
               {**alias, "Bool": {"kms:GrantIsForAWSResource": "true"}, "StringLike": {"kms:ViaService": through}}),
    ]  # fmt: skip


def identity(facts: Facts) -> str:
    """Return the caller as IAM names it: the role, where the caller is a session of one."""
    caller = facts.caller
    if ":assumed-role/" in caller:  # its path could not be asked for
        return facts.role(caller.split("/")[1])
    return caller or facts.arn("iam", "user/YOUR-USER", region=False)


def own_role(facts: Facts) -> list[str]:
    """Return ARNs of the caller's role, in whatever path it is: single sign-on and Studio keep theirs in one."""
    caller = facts.caller
    if ":assumed-role/" in caller:
        name = caller.split("/")[1]
    elif ":role/" in caller:
        name = caller.rpartition("/")[2]
    else:
        return []
    return [facts.role(name), facts.arn("iam", f"role/*/{name}", region=False)]


def allow(
    sid: str, actions: list[str], resources: list[str], condition: Condition | None = None
) -> Statement:
    """Return a statement that allows `actions`; its JSON is sorted, so that equal settings print equal text."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resources}
    if condition:
        statement["Condition"] = condition
    return statement


def document(statements: list[Statement]) -> str:
    """Return a policy as JSON to paste."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
