"""A job that SageMaker stopped by itself says so, and what to do; one that a person stopped has nothing to explain."""

from __future__ import annotations

import pytest

from core.backends.aws.jobs.description import describe
from core.backends.aws.session.connection import Session
from core.settings import Settings
from tests.aws_double.ask import trained, training

pytestmark = pytest.mark.aws


def test_a_job_that_took_too_long_says_what_to_set(aws):
    asked = training(aws, "endless", num_round="10000000")
    asked |= {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    aws.client("sagemaker").create_training_job(**asked)
    trained(aws, "endless")
    job = describe(Session(Settings(region=aws.region)), "training", "endless")
    assert (job.status, job.failure.kind) == ("Stopped", "MaxRuntimeExceeded")
    assert "SENDERO_MAX_RUNTIME" in job.failure.remedy


def test_a_job_that_a_person_stopped_has_no_failure(aws):
    aws.client("sagemaker").create_training_job(**training(aws, "stopped", num_round="10000000"))
    aws.client("sagemaker").stop_training_job(TrainingJobName="stopped")
    trained(aws, "stopped")
    assert describe(Session(Settings(region=aws.region)), "training", "stopped").failure is None
