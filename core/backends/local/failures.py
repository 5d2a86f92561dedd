"""What can break a local job or endpoint, in the form every face renders."""

from __future__ import annotations

from core.errors import EndpointError, JobError


class RunnerKilled(JobError):
    what = "{thing} was lost: the runner was killed."
    why = "Its process ended without a word: killed, out of memory, or the machine restarted. {reason}"
    remedy = "Launch it again: inputs and earlier results were not touched."


class StepKilled(JobError):
    what = "{thing} failed: its process was killed by {signal}."
    why = "{reason}"
    remedy = "If memory was short, use less data or close other programs; then launch it again."


class AlgorithmError(JobError):
    what = "{thing} failed."
    why = "{reason}"
    remedy = "Read its log (log {name}), fix the cause, and launch again: nothing else was changed."


class NothingToGoOnFrom(JobError):
    what = "No tuning can go on from {name}."
    why = "It keeps no study: an earlier Sendero made it, or it ended before its first trial began."
    remedy = "Start a new one on the same EDA job."


class DiskFull(JobError):
    what = "{thing} failed: the disk is full."
    why = "{reason}"
    remedy = "Free some space in the workspace, then launch it again: nothing was left half written."


class RunnerBroken(JobError):
    what = "{thing} failed: the runner met something it does not know."
    why = "{reason}"
    remedy = "Its log has the traceback; report it with the log."


class EndpointFailed(EndpointError):
    what = "The endpoint {name} failed."
    why = "{reason}"
    remedy = "Read its log (log {name}), then deploy again: the model is kept in storage."


class ModelDamaged(EndpointError):
    what = "The model of {training_job} cannot be read."
    why = "{reason}"
    remedy = (
        "Bring its model.tar.gz back from a copy (verify {training_job} compares it with what the job wrote),"
        " or train again: to deploy it once more does not help."
    )


class ModelKept(EndpointError):
    what = "The endpoint {name} goes on serving the model that it had."
    why = "{reason}"
    remedy = "Read its log (log {name}); a model that cannot be served here cannot be deployed either."


class EndpointStopped(EndpointError):
    what = "The endpoint {name} was stopped from outside."
    why = "Its runner got a signal to end, as at a shutdown of the machine."
    remedy = "Deploy again: the model is kept in storage."
