"""Jobs on SageMaker: their requests, logs and results."""
