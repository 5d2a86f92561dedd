"""Every error a person can meet, as a class that says what failed, why, and what to do next.

A class is named by what the user can do about it. It is raised with the facts as keyword arguments;
`what`, `why` and `remedy` are templates over those facts, so that a page, the command line and a job's
`failure` print the same three sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, NotRequired, Self, TypedDict

from core.language import mark, tr
from core.retelling import kept, told


class FailureJson(TypedDict):
    """A `Failure` as JSON holds it."""

    kind: str
    what: str
    why: str
    remedy: str
    written: NotRequired[dict[str, object]]  # what the sentences were written from (`core/retelling.py`)


@dataclass(frozen=True, slots=True)
class Failure:
    """What broke, why, what to do next: the form in which an error is stored, shown and printed."""

    kind: str
    what: str
    why: str
    remedy: str

    def as_dict(self) -> FailureJson:
        """Return the failure as it is told."""
        return {"kind": self.kind, "what": self.what, "why": self.why, "remedy": self.remedy}

    def as_kept(self) -> FailureJson:
        """Return the failure for a file, with what it was written from: who reads it may have another language."""
        written = {"what": kept(self.what), "why": kept(self.why), "remedy": kept(self.remedy)}
        return {**self.as_dict(), "written": written}

    @classmethod
    def from_dict(cls, value: FailureJson) -> Self:
        """Return the failure that a file holds, in the reader's language where it can be. Raises KeyError."""
        if not {"what", "why", "remedy"} <= value.keys():
            raise KeyError("half a failure")
        return cls(value["kind"], told(value, "what"), brief(told(value, "why")), told(value, "remedy"))


class SenderoError(Exception):
    """Base of all errors that faces render. Subclasses fill the three templates."""

    what: ClassVar[str] = "Something in Sendero failed."
    why: ClassVar[str] = "{reason}"
    remedy: ClassVar[str] = "Read the log of the job; if that does not help, report it with the log."

    def __init__(self, **facts: object) -> None:
        facts.setdefault("reason", "")
        if facts.get("thing") in THINGS:
            facts["thing"] = tr(str(facts["thing"]))
        self.facts = facts
        self.failure = Failure(
            kind=type(self).__name__,
            what=tr(type(self).what, **facts),
            why=tr(type(self).why, **facts),
            remedy=tr(type(self).remedy, **facts),
        )
        super().__init__(f"{self.failure.what} {self.failure.why} {self.failure.remedy}".replace("  ", " "))

    def __reduce__(self):
        return (_rebuild, (type(self), self.facts))


class ReportedFailure(SenderoError):
    """Re-raises a failure that a job step has already reported, with its own kind and remedy."""

    what = "{what}"
    why = "{why}"
    remedy = "{remedy}"

    def __init__(self, **facts: object) -> None:
        super().__init__(**facts)
        if "kind" in facts:
            self.failure = replace(self.failure, kind=str(facts["kind"]))


class DataError(SenderoError):
    """Base: the data, or what was asked of them, does not do."""


class JobError(SenderoError):
    """Base: a job cannot be started, stopped or used, or has failed."""


class EndpointError(SenderoError):
    """Base: an endpoint is not there, refuses rows, or answers what cannot be read."""


class AwsError(SenderoError):
    """Base: AWS refuses, is out of reach, or says that something failed there."""


class TooBusy(SenderoError):
    """Base: nothing is wrong but too much at a time; the same request may be sent again in a while."""

    remedy = "Ask again in a moment."


def brief(reason: str) -> str:
    """Return what is to be read of a container's failure, which holds a traceback as the real one's does: the end."""
    if "Traceback" not in reason:
        return reason
    noise = ("Traceback", "Stack trace:", "<frames>", "[bt]", "(exit code")
    lines = [line.strip() for line in reason.splitlines()]
    return next((line for line in reversed(lines) if line and not line.startswith(noise)), reason)


def _rebuild(cls: type[SenderoError], facts: dict[str, object]) -> SenderoError:
    return cls(**facts)


# --- settings, names, storage ------------------------------------------------------------------------


class BadSetting(SenderoError):
    what = "The setting {name} cannot be used."
    why = "{reason}"
    remedy = "Change it where it was set: {source}."


class EngineMissing(SenderoError):
    what = "The engine '{engine}' cannot run here."
    why = "{reason}"
    remedy = "Install Java 17 and pyspark>=3.5,<3.6, or leave the engine to be chosen (duckdb)."


class BadName(SenderoError):
    what = "'{name}' cannot be used as the name of this {thing}."
    why = "SageMaker allows 1-63 letters, digits and single hyphens, and no hyphen at either end."
    remedy = "Use a name such as '{suggestion}'."


class NameTaken(SenderoError):
    what = "There is already {thing} named '{name}'."
    why = "A name stays with what it named first, so that a result can always be traced."
    remedy = "Choose another name, or leave it empty: then one is made."


class NotFound(SenderoError):
    what = "There is no {thing} named '{name}'."
    why = "It was never made in this workspace, or it was deleted."
    remedy = "See what there is: {listing}."


class StorageFailed(SenderoError):
    what = "Could not {action} {key}."
    why = "{reason}"
    remedy = "{advice}"

    def __init__(self, **facts: object) -> None:
        facts["advice"] = tr(str(facts.get("advice") or TRY_AGAIN))
        if facts.get("action") in ACTIONS:
            facts["action"] = tr(str(facts["action"]))
        super().__init__(**facts)


# What storage does, as an error names it.
ACTIONS = frozenset(
    (
        mark("copy"),
        mark("delete"),
        mark("encode"),
        mark("fetch"),
        mark("find the script"),
        mark("go on with"),
        mark("keep"),
        mark("open"),
        mark("read"),
        mark("read the input"),
        mark("start"),
        mark("stop"),
        mark("unpack"),
        mark("upload"),
        mark("write"),
    )
)
# What is already there, or is not, as an error names it.
THINGS = frozenset(
    (
        mark("endpoint"),
        mark("job"),
        mark("pipeline"),
        mark("schedule"),
        mark("version"),
        mark("order"),
        mark("log"),
        mark("run of a pipeline"),
        mark("retraining of"),
        mark("an endpoint"),
        mark("an endpoint in this account"),
        mark("a pipeline in this account"),
        mark("a rule in this account"),
        mark("a schedule in this account"),
    )
)
# What to do about storage that failed: whoever raises the error knows which of them fits.
TRY_AGAIN = mark("Nothing was left half written. Fix the cause, then try again.")
FREE_SPACE = mark("Nothing was left half written. Free some space, then try again.")
FIX_PERMISSIONS = mark("Nothing was left half written. Fix the permissions, then try again.")
BRING_BACK = mark("Bring it back from a copy, or run the step again that makes it.")
MOVE_ASIDE = mark("Move what is in the way, or give another name.")


class StorageDamaged(SenderoError):
    what = "{key} in the workspace is damaged."
    why = "{reason}"
    remedy = "Bring it back from a copy, or delete it and run the step again that wrote it."


class BadNote(SenderoError):
    what = "The note was not saved."
    why = "It has {length} characters; a note may have {longest}."
    remedy = "Shorten it, then save again."


class NoteChanged(SenderoError):
    what = "The note was not saved: somebody else changed the note on {name} meanwhile."
    why = "It now says: {text}"
    remedy = "Put both together, then save again."


class PlanChanged(SenderoError):
    what = "The plan for {dataset} is not saved as you changed it: {who} has saved the same meanwhile."
    why = "{changes}"
    remedy = "Save yours all the same, or go on with what is saved."


class ChoiceChanged(SenderoError):
    what = "The choice was not saved: somebody else marked {name} at the same moment."
    why = "Of two marks at once only the first is kept."
    remedy = "Look which run is chosen now, and choose again if you still want to."


class AlreadyOrdered(SenderoError):
    what = "The endpoint was not ordered: one of the model {name} is ordered already."
    why = "{who} has ordered it, and it is made once the model of all rows is trained."
    remedy = "Wait for that endpoint, or withdraw it first: Make no endpoint, on the page Inference."


class RetrainingStarted(SenderoError):
    what = "The model of {name} is trained anew already."
    why = "{who} started that at {at}, with {file}. What you started is left to itself: its EDA job is {job}."
    remedy = (
        "Look at the endpoint: its verdict is told there. Start yours again after it if you still want to."
    )


class VersionChanged(SenderoError):
    what = "Your word on {version} was not saved: somebody else decided meanwhile."
    why = "{verdict}"
    remedy = "Look at the version, and decide again if yours is to stand instead."


class BadSchedule(SenderoError):
    what = "This cannot be scheduled."
    why = "{reason}"
    remedy = "Change what it starts or when: --every day --at 07:00, --every week --on Monday --at 07:00."


class FilesFailed(SenderoError):
    what = "{files} could not be predicted; {done} could."
    why = "{reason}"
    remedy = "Mend the files, or take them away: the next run tries each again that was not predicted."


class HasChanged(SenderoError):
    what = "What arrives at {name} has changed."
    why = "In {files} since the last run these columns, by which the model goes, are not as in training: {columns}."
    remedy = "Look at the tab Watch of the endpoint. Train anew with rows of today: retrain."


class NotRegistered(SenderoError):
    what = "{done} But it is no version in the registry yet."
    why = "{reason}"
    remedy = "Fix the cause, then: register {name}."


class NotTracked(SenderoError):
    what = "{name} was not logged to MLflow at {server}."
    why = "{reason}"
    remedy = "The run itself stands. Once the server answers: track {name}."


class NotApproved(SenderoError):
    what = "{version} was not deployed: it is not approved."
    why = "{reason}"
    remedy = "Whoever may approve it does so first: approve {version} --why REASON."


class DecisionChanged(SenderoError):
    what = "The decision was not saved: somebody else decided on this model meanwhile."
    why = "{reason}"
    remedy = "Look at that decision, and save again if yours is to stand instead."


class BadDecision(SenderoError):
    what = "This cannot be decided."
    why = "{reason}"
    remedy = "Give two amounts (--miss 5 --false-alarm 1), a capacity (--capacity 200 --of 1000) or --threshold 0.2."


class BadReferral(SenderoError):
    what = "A person cannot be asked about these rows."
    why = "{reason}"
    remedy = "Give a range with the threshold in it (--ask 0.1:0.3), or leave it out."


class NotJudged(SenderoError):
    what = "The predictions of {name} on its validation and test splits are not here."
    why = "It was not judged, or by a version of Sendero that did not keep them."
    remedy = "Judge it again: evaluate {name}, or More on its page. Then go on here."


class NothingToDecide(SenderoError):
    what = "There is nothing to decide by a threshold for {name}."
    why = "It predicts {reason}; a threshold decides between two classes."
    remedy = "Use its predictions as they are."


class NoRawRows(SenderoError):
    what = "Where {name} fails cannot be told in the words of your file: its raw test rows are not here."
    why = "{reason}"
    remedy = "Run EDA and training again in this workspace; a promoted model has them where it was trained."


class CannotCompare(SenderoError):
    what = "{first} and {second} cannot be compared."
    why = "{reason}"
    remedy = "{advice}"


class StillInUse(SenderoError):
    what = "{name} cannot be deleted now; nothing was deleted."
    why = "{reason}"
    remedy = "{advice}"


# --- data ---------------------------------------------------------------------------------------------


class DataNotReadable(DataError):
    what = "{file} cannot be read as a table."
    why = "{reason}"
    remedy = (
        "Give a CSV file or a workbook with a header line and at least one row of data, or a Parquet file."
    )


class NoSuchColumn(DataError):
    what = "There is no column '{column}' in {file}."
    why = "Its columns are: {columns}."
    remedy = "Name one of them, spelled as in the header."


class BadTarget(DataError):
    what = "The column '{column}' cannot be the target."
    why = "{reason}"
    remedy = "Choose a column with at least two classes, or with numbers, and enough rows of each."


class BlankClass(BadTarget):
    why = "{reason} Taken for blank: {words}."
    remedy = "If such a word is a class, keep it: --keep-text with '{column}', or on the Configuration page."


class BadPositive(BadTarget):
    what = "The column '{column}' has no such positive class."
    remedy = (
        "Name one of two classes, or none: then the words decide, or the rarer class is the positive one."
    )


class RareClass(BadTarget):
    remedy = (
        "Leave out the rows of such classes (--drop-rare, or on the Configuration page), merge them with another "
        "class in the file, or gather more of them."
    )


class BadExpression(DataError):
    what = "The derived column '{name}' cannot be computed."
    why = "{reason}"
    remedy = "Write an expression of column names and numbers, such as avg_color=(R+G+B)/3."


class BadSplit(DataError):
    what = "The data cannot be split that way."
    why = "{reason}"
    remedy = "Choose another split, or another split column, on the Configuration page or with --split."


class BadWeight(DataError):
    what = "The rows cannot be weighted by '{column}'."
    why = "{reason}"
    remedy = "Repair the column, or choose another or none, on the Configuration page or with --weight."


class BadOutput(DataError):
    what = "Predictions cannot be written to {file}."
    why = "{reason}"
    remedy = "Give the name of a new file with --output."


class NothingToPredict(DataError):
    what = "No row of {file} can be predicted."
    why = "Every row is rejected, the first because: {reason}."
    remedy = "Fix the rows, or leave the cell blank: a blank is a missing value."


class MissingColumns(DataError):
    what = "The rows lack columns that the model was trained on: {columns}."
    why = "Columns are matched by name; the file has {found}."
    remedy = "{advice}"

    def __init__(self, **facts: object) -> None:
        facts["advice"] = facts.get("advice") or tr(
            "Add the missing columns to the header (cells may stay blank), then try again."
        )
        super().__init__(**facts)


# --- jobs -----------------------------------------------------------------------------------------------


class BadHyperparameter(JobError):
    what = "These hyperparameters cannot be used."
    why = "{reason}"
    remedy = "{advice}"

    def __init__(self, **facts: object) -> None:
        facts.setdefault("advice", tr("Change the value; the Training page lists every range."))
        super().__init__(**facts)


class BadChannel(JobError):
    what = "The {channel} channel cannot be trained on."
    why = "{reason}"
    remedy = "Run the EDA step again: it writes numbers only, label first, without a header."


class JobFailed(JobError):
    what = "The job {name} failed."
    why = "{reason}"
    remedy = "Read its log (log {name}), fix the cause, and launch again: nothing else was changed."


class JobNotReady(JobError):
    what = "The job {name} has no result to use."
    why = "Its status is {status}."
    remedy = "Wait until it is done, or choose a job that is."


class CannotJudge(JobError):
    what = "The model of {name} cannot be judged."
    why = "{reason}"
    remedy = "Train on the splits of an EDA job that is there: its test split judges the model."


class CannotCrossValidate(JobError):
    what = "{name} cannot be cross-validated."
    why = "{reason}"
    remedy = "Judge it by its test split."


class CannotExplain(JobError):
    what = "The model of {name} cannot say its reasons."
    why = "{reason}"
    remedy = "Judge the model again; if that fails too, train it again."


class CannotExport(JobError):
    what = "The model of {name} cannot be taken away."
    why = "{reason}"
    remedy = "Predict by an endpoint or by transform, which read every row that training can."


class TooManyRows(DataError):
    what = "{rows} rows are too many to explain in one answer."
    why = "An answer holds at most {most}."
    remedy = "Name a file for them with --output: it gets one line of JSON a row."


class TooManyPasted(DataError):
    what = "{rows} rows are more than the grid takes."
    why = "It takes {most} at a time."
    remedy = "Save them as a file, and give that: it may have any number of rows."


class PipelineTaken(NameTaken):
    what = "There is already a pipeline named '{name}', and it is another one."
    why = "Saved over it, this one changes: {changes}."
    remedy = "Choose another name; or replace it: pipeline save {name} --training {training_job} --replace."


class PipelineChanged(JobError):
    what = "The pipeline {name} was not saved."
    why = "Somebody else has saved or deleted it at this moment."
    remedy = "Look at it as it is now (pipeline show {name}), then save yours again."


class ScheduleTaken(NameTaken):
    what = "There is already a schedule named '{name}', and it is another one."
    why = "{words}."
    remedy = "Choose another name; or delete that one first: schedule remove {name}."


class CannotSavePipeline(JobError):
    what = "No pipeline can be saved from {name}."
    why = "{reason}"
    remedy = "{advice}"


class StepFailed(JobError):
    what = "The step {step} of the pipeline {pipeline} failed."
    why = "{reason}"
    remedy = "Read the log of its job, fix the cause, and run it again: what is done already is not done once more."


class ModelRefused(JobError):
    what = "The pipeline {pipeline} registered no model."
    why = "{reason}"
    remedy = (
        "Look at the evaluation of {training_job}. Where such a model is good enough, run it with a lower bar:"
        " pipeline run {pipeline} --set Threshold=NUMBER."
    )


class ExecutionLost(JobError):
    what = "The run {name} was lost: its process ended without a word."
    why = "{reason}"
    remedy = "Run it again (pipeline run {pipeline}): what is done already is not done once more."


class CannotStop(JobError):
    what = "{name} cannot be stopped."
    why = "Its status is {status}; only what is in progress can be stopped."
    remedy = "There is nothing to do."


# --- endpoints ------------------------------------------------------------------------------------------


class EndpointGone(EndpointError):
    what = "The endpoint {name} does not answer."
    why = "{reason}"
    remedy = "Deploy the training job again: the model is kept in storage."


class CallersBreak(EndpointError):
    what = "The model of {training_job} would break callers of {name}."
    why = "{reason}"
    remedy = (
        "Change them first, or deploy it as an endpoint of its own, or accept it: --accept-changes, the tick."
    )


class CannotReplace(EndpointError):
    what = "The model of {name} was not replaced."
    why = "{reason}"
    remedy = "Choose another Training Job (jobs lists them); the endpoint goes on as it was."


class NothingJoined(DataError):
    what = "The outcomes in {file} tell nothing of what was predicted."
    why = "{reason}"
    remedy = (
        "Predict files that have the key as one of their columns, and give --key COLUMN as these call it."
    )


class CannotRetrain(EndpointError):
    what = "The model of {name} is not trained anew with this file."
    why = "{reason}"
    remedy = "Give a file with the columns of the model and with the column that it predicts."


class OtherModel(EndpointError):
    what = "The predictions by {name} cannot be finished."
    why = "They were begun with the model of {before}; the endpoint now serves that of {now}."
    remedy = "Predict the file anew: answers of two models are not put into one file."


class ServesAnother(EndpointError):
    what = "The schedule {schedule} predicts with another model than the endpoint {name} serves."
    why = "It was made for the model of {before}; the endpoint now serves that of {now}."
    remedy = "Make the schedule once more, by the same words: it takes that model, and keeps what it has predicted."


class ServesAnotherFile(EndpointError):
    what = "The reasons of this answer cannot be told."
    why = "The endpoint serves another model than the file that is stored for {training_job} now."
    remedy = (
        "Bring the stored model back from a copy (verify {training_job} compares it), or deploy it again."
    )


class EndpointRefused(EndpointError):
    what = "The endpoint {name} refused the rows."
    why = "{reason}"
    remedy = "Check that the rows were made with the contract of the same EDA job as the model."


class BadAnswer(EndpointError):
    what = "The endpoint's answer cannot be read as predictions."
    why = "{reason}"
    remedy = "Check that the endpoint serves a model that was trained with this contract."


class RowTooLarge(EndpointError):
    what = "A row is too large to send."
    why = "One row alone takes more than the {limit} bytes that a request may have."
    remedy = "Leave out columns and train again: such a long row cannot be sent."


class CannotSweep(SenderoError):
    what = "{name} cannot be deleted by a sweep."
    why = "It is a {kind} job, which ends by itself."
    remedy = "Stop it where it was started: stop {name}, or in the console of SageMaker."


class BackendUnavailable(SenderoError):
    what = "The backend '{name}' cannot be used."
    why = "{reason}"
    remedy = "Use the local backend: set SENDERO_BACKEND=local, or leave it unset."
