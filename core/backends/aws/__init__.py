"""Jobs and endpoints on Amazon SageMaker, through boto3. README.md tells the main way."""

from core.backends.aws.backend import AwsBackend

__all__ = ["AwsBackend"]
