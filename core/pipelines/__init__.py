"""Pipelines as SageMaker defines them: made from a finished run, checked, and read by whoever executes one."""
