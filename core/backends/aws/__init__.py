"""Jobs and endpoints on Amazon SageMaker, through boto3."""
