"""The backends as a face offers them: name, label, and the settings that are their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.language import mark


@dataclass(frozen=True, slots=True)
class BackendDescription:
    """One choice of `Settings.backend`. `fields` and `more` are settings with the labels that a form shows."""

    name: str
    label: str
    lead: str
    fields: dict[str, str] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)  # less often changed


DESCRIPTIONS = {
    "local": BackendDescription(
        "local", mark("This machine"),
        mark("Jobs and endpoints are processes here: no account, no network, no cost."),
    ),
    "aws": BackendDescription(
        "aws",
        "Amazon SageMaker",
        mark(
            "Jobs and endpoints run in your AWS account and are billed to it. Sendero keeps no credentials: it uses"
            " those that the AWS command line uses."
        ),
        {
            "profile": mark("AWS profile"),
            "region": mark("Region"),
            "bucket": mark("S3 bucket"),
            "prefix": mark("Folder in the bucket"),
            "role": mark("Execution role"),
        },
        {
            "processing_instance": mark("Instance type for EDA"),
            "training_instance": mark("Instance type for training"),
            "training_instances": mark("Instances for training"),
            "spot": mark("Train on managed spot"),
            "max_runtime": mark("Stop a job after"),
            "endpoint_instance": mark("Endpoint: serverless or an instance type"),
            "serverless_memory_mb": mark("Memory of a serverless endpoint (MB)"),
            "serverless_concurrency": mark("Its requests at a time"),
            "scheduler_role": mark("Scheduler role"),
            "kms_key": mark("KMS key"),
            "subnets": mark("Subnets"),
            "security_groups": mark("Security groups"),
            "network_isolation": mark("Jobs have no network"),
            "tags": mark("Tags"),
            "keep_days": mark("Days that results are kept in S3"),
        },
    ),
}  # fmt: skip
