"""What can be wrong with a pipeline's definition, in the form every face renders."""

from __future__ import annotations

from core.errors import SenderoError


class BadDefinition(SenderoError):
    what = "This is no pipeline that SageMaker would take."
    why = "{reason}"
    remedy = "Save the pipeline again from a finished run: pipeline save NAME --training JOB."


class BadReference(SenderoError):
    what = "The pipeline asks for {reference}, which is not there."
    why = "{reason}"
    remedy = "Save the pipeline again from a finished run, and run it once more."


class BadParameter(SenderoError):
    what = "The parameter {name} cannot be used."
    why = "{reason}"
    remedy = "See what it takes: pipeline show NAME."


class CannotCompareMetric(SenderoError):
    what = "The condition of the pipeline cannot be told."
    why = "{reason}"
    remedy = "Use more rows, so that the metric has an interval, or save the pipeline with another --metric."
