"""The backends as a face offers them: name, label, and the settings that are their own."""

from __future__ import annotations

from dataclasses import dataclass, field


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
        "local", "This machine", "Jobs and endpoints are processes here: no account, no network, no cost."
    ),
    "aws": BackendDescription(
        "aws",
        "Amazon SageMaker",
        "Jobs and endpoints run in your AWS account and are billed to it. Sendero keeps no credentials: it uses those"
        " that the AWS command line uses.",
        {
            "profile": "AWS profile",
            "region": "Region",
            "bucket": "S3 bucket",
            "prefix": "Folder in the bucket",
            "role": "Execution role",
        },
        {
            "processing_instance": "Instance type for EDA",
            "training_instance": "Instance type for training",
            "training_instances": "Instances for training",
            "spot": "Train on managed spot",
            "max_runtime": "Stop a job after",
            "endpoint_instance": "Endpoint: serverless or an instance type",
            "serverless_memory_mb": "Memory of a serverless endpoint (MB)",
            "serverless_concurrency": "Its requests at a time",
            "scheduler_role": "Scheduler role",
            "kms_key": "KMS key",
            "subnets": "Subnets",
            "security_groups": "Security groups",
            "network_isolation": "Jobs have no network",
            "tags": "Tags",
            "keep_days": "Days that results are kept in S3",
        },
    ),
}  # fmt: skip
