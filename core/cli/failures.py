"""What can go wrong in the command line alone, in the form every face renders."""

from __future__ import annotations

from core.errors import SenderoError


class OutputsDiffer(SenderoError):
    what = "The outputs of the job {name} are not as it wrote them."
    why = "{reason}"
    remedy = "Do not rely on them: bring the files back from a copy, or run the step again."


class ServingDiffers(SenderoError):
    what = "The endpoint does not answer as the model does: {agreement} of {compared} test rows agree."
    why = "The first that does not is row {row} of the raw test rows: {reason}."
    remedy = (
        "Do not serve this model: see test_raw.csv of the job {job} at that row, fix the data, run again."
    )


class BelowGate(SenderoError):
    what = "The model of {name} is not good enough: it was not deployed."
    why = "{reason}"
    remedy = "Look at it on the Training page, try other settings or more rows, or ask for less."


class ChecksFailed(SenderoError):
    what = "This backend cannot work here."
    why = "{reason}"
    remedy = "{advice}"


class NotConfirmed(SenderoError):
    what = "Nothing was deleted."
    why = "Deleting {name} was not confirmed. {reason}"
    remedy = "Type its name when you are asked for it, or add {flag}."


class Unexpected(SenderoError):
    what = "Sendero met an error that it does not know."
    why = "{reason}"
    remedy = "{advice}"


class Interrupted(SenderoError):
    what = "Stopped waiting."
    why = "It was interrupted from outside."
    remedy = "A job that was launched goes on by itself: see jobs, and stop JOB to end it."
