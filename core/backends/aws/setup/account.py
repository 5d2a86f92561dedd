"""What an AWS account needs before jobs can run in it: checked, as policies to paste, and the bucket on request."""

from __future__ import annotations

from core.backends.aws.session.connection import session_for
from core.backends.aws.setup import bucket, policies, preflight, templates
from core.backends.setup import Check, Document, StoragePlan
from core.settings import Settings


class AwsSetup:
    """The account, region, bucket and roles that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def check(self) -> list[Check]:
        """Return whether jobs and endpoints can run here, one check a fact. Raises nothing."""
        return preflight.checks(self.settings)

    def documents(self) -> tuple[Document, ...]:
        """Return the IAM policies of these settings, with placeholders where the caller is not known."""
        return policies.documents(policies.facts_of(session_for(self.settings)))

    def templates(self) -> dict[str, str]:
        """Return the policies and roles for CloudFormation and for Terraform."""
        facts = policies.facts_of(session_for(self.settings))
        return {"cloudformation": templates.cloudformation(facts), "terraform": templates.terraform(facts)}

    def storage_plan(self) -> StoragePlan | None:
        """Return what creating the bucket would do."""
        return bucket.plan(self.settings)

    def create_storage(self) -> list[str]:
        """Create the bucket. Raises BucketNameTaken, WrongBucketRegion, BucketAccessDenied."""
        return bucket.create(session_for(self.settings))
