"""Everything that a visit keeps in `st.session_state`, each under one name and with its type.

Nothing that matters is kept here: jobs, endpoints and settings are read from the backend, and what a page shows is in
its address. A reload forgets all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NotRequired, TypedDict, TypeVar, cast

import streamlit as st

from core.names import new_token
from core.verbs.launching import SECOND_CLICK

if TYPE_CHECKING:
    from core.backends.inventory import Inventory
    from core.backends.registry import ModelVersion
    from core.configuration import Configuration
    from core.encoding.fit import Fit
    from core.errors import Failure
    from core.ui.work import Work
    from core.verbs.asked_row import EncodedRow
    from core.verbs.notes import Note
    from core.verbs.predict import Prediction
    from core.verbs.receipt import Receipt

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One entry of the session state; under a widget's key, what the widget holds."""

    key: str

    def get(self) -> T | None:
        """Return what is kept, or None."""
        return cast("T | None", st.session_state.get(self.key))

    def set(self, value: T) -> None:
        """Keep `value`. Of a widget that is drawn already Streamlit refuses it."""
        st.session_state[self.key] = value

    def is_kept(self) -> bool:
        """Return whether anything is kept, be it None: of a widget, whether it was on the page at the last run."""
        return self.key in st.session_state

    def start(self, value: T) -> T:
        """Keep `value` unless something is kept; return what is kept then."""
        return cast("T", st.session_state.setdefault(self.key, value))

    def take(self) -> T | None:
        """Return what is kept, or None, and forget it."""
        return cast("T | None", st.session_state.pop(self.key, None))


class Log(TypedDict):
    """What has been read of a job's log, and the token that the next part begins at."""

    text: str
    token: str


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row that was asked, what the endpoint answered, in how many milliseconds, and the row as it was encoded."""

    record: Mapping[str, str | None]
    answer: Mapping[str, object]
    milliseconds: float
    encoded: EncodedRow = field(compare=False, repr=False)


class Rows(TypedDict):
    """What is selected in a table: rows by number, and cells by row and column."""

    rows: list[int]
    cells: list[tuple[int, str]]
    columns: NotRequired[list[str]]


class TableSelection(TypedDict):
    """What a table with `on_select` keeps."""

    selection: Rows


Edits = Mapping[int, Mapping[str, object]]  # {row: {heading: what a cell was edited to}}


class EditorState(TypedDict):
    """What an editor of a table keeps."""

    edited_rows: Edits


# --- launches and deletions -----------------------------------------------------------------------------


def token(form: str) -> Entry[tuple[str, float]]:
    """The token that names what a click on `form` launches, and until when (`time.monotonic`) another click has it."""
    return Entry(f"{form}-token")


@contextmanager
def click(form: str) -> Iterator[str]:
    """Yield the token of a click on `form`: the name made with it has the time of the click.

    A second click ends the run of the first where that draws or reads the session next, which may be before or after
    it has launched; it gets the same token, and finds the first one's job.
    """
    kept = token(form).get()
    made = kept[0] if kept and monotonic() < kept[1] else new_token()
    token(form).set((made, inf))
    try:
        yield made
        token(form).take()
    except Exception:  # refused: whoever corrects it clicks anew
        token(form).take()
        raise
    except BaseException:  # Streamlit ends the run, for a second click or for any other
        token(form).set((made, monotonic() + SECOND_CLICK))
        raise


# The page that a click has led to last, and what that is to select.
LED_TO: Entry[tuple[str, dict[str, str]]] = Entry("led-to")
ENDPOINT_FORM: Entry[str] = Entry("endpoint-form")  # another one, blank, once its endpoint is made
ENDPOINT_MORE: Entry[bool] = Entry("endpoint-more")  # a menu
ENDPOINT_REPLACED: Entry[str] = Entry("endpoint-replaced")  # what was done, in a sentence


def taken_away(training_job: str) -> Entry[bytes]:
    """The zip of a model that this visit has taken away."""
    return Entry(f"export-{training_job}")


ENDPOINT_DELETED: Entry[Receipt] = Entry("receipt")
RUN_DELETED: Entry[Receipt] = Entry("run-receipt")
INVENTORY: Entry[Inventory] = Entry("swept")  # held while somebody reads and types
SWEEP_DELETED: Entry[Receipt] = Entry("sweep-receipt")
SCHEDULE_DONE: Entry[str] = Entry("schedule-done")  # what was done to a schedule, in a sentence


# --- Configuration --------------------------------------------------------------------------------------

PLACE_OPEN: Entry[bool] = Entry("place-open")  # the dialog on where jobs run
CHECKS_OPEN: Entry[bool] = Entry("place-checks")  # an expander
DROP_ZONE: Entry[int] = Entry("drop-zone")  # another one, empty, once its file is added
REFUSED_FILE: Entry[tuple[str, Failure]] = Entry("refused-file")  # an upload that could not be added, and why
DATASET_DELETED: Entry[Receipt] = Entry("dataset-receipt")
S3_ADDRESS: Entry[str] = Entry("s3-address")
SHOWN_PLAN: Entry[Configuration] = Entry("shown-plan")  # what the EDA page showed at its last run


def plan_changes(dataset: str) -> Entry[dict[str, Any]]:
    """The fields of the plan for a data set that this visit has changed and not saved: {field: value}."""
    return Entry(f"plan-changes-{dataset}")


def plan_seen(dataset: str) -> Entry[Configuration]:
    """The plan for a data set that the changes of this visit are made in."""
    return Entry(f"plan-seen-{dataset}")


def columns_seen(dataset: str) -> Entry[tuple[int, Edits]]:
    """Which editor of columns this is, and what was edited in it when it was drawn last."""
    return Entry(f"columns-seen-{dataset}")


def columns_edits(dataset: str, number: int) -> Entry[EditorState]:
    """The editor `number` of the columns of a data set."""
    return Entry(f"columns-{dataset}-{number}")


def plan_field(name: str, dataset: str) -> Entry[object]:
    """A field of the plan for a data set."""
    return Entry(f"plan-{name}-{dataset}")


# --- Training -------------------------------------------------------------------------------------------

BOARD: Entry[TableSelection] = Entry("board")  # the table of runs
TICKED: Entry[list[str]] = Entry("ticked-runs")  # jobs to compare


def form_number(form: str) -> Entry[int]:
    """Which form of hyperparameters this is: another one, as its preset has it, once somebody resets it."""
    return Entry(f"form-number-{form}")


def against(job: str) -> Entry[str]:
    """The run that a run is compared with."""
    return Entry(f"against-{job}")


def compared_curves(job: str, offered: tuple[str, ...]) -> Entry[str]:
    """Which of the curves that are `offered` is drawn of two runs."""
    return Entry(f"compared-curves-{job}-{hash(offered)}")


RUN_DIALOG: Entry[str] = Entry("run-dialog")  # which is open: train, again, tune, delete and a name
RUN_AGAIN: Entry[str] = Entry("run-again")  # whose values the dialog `again` begins with


def run_tab(has_result: bool) -> Entry[str]:
    """The open tab of trainings that have a result, and of all other runs: one that ends opens with its result."""
    return Entry(f"run-tab-{has_result}")


QUALITY_CURVE: Entry[str] = Entry("quality-curve")  # ROC, or precision by recall
WHY_BY: Entry[str] = Entry("why-by")  # contribution or gain
WHY_CLASS: Entry[str] = Entry("why-class")  # of several classes


def why_table(names: tuple[str, ...]) -> Entry[TableSelection]:
    """The selection in the table of the columns `names` that a model goes by, which are in its order."""
    return Entry(f"why-columns-{hash(names)}")


def why_row(job: str) -> Entry[int]:
    """Which of the explained rows of a model is shown."""
    return Entry(f"why-row-{job}")


def version_why(version: str) -> Entry[str]:
    """Why a version is approved or rejected."""
    return Entry(f"version-why-{version}")


def version_shown(version: str) -> Entry[ModelVersion]:
    """A version as the page showed it at its last run."""
    return Entry(f"version-shown-{version}")


def note_field(job: str) -> Entry[str]:
    """The field of the note on a run."""
    return Entry(f"note-{job}")


def note_shown(job: str) -> Entry[Note]:
    """The note on a run that its field is over: as it was when the menu opened, or when it was saved last."""
    return Entry(f"note-shown-{job}")


def run_menu(job: str) -> Entry[bool]:
    """Whether the menu of a run is open."""
    return Entry(f"more-{job}")


def decision_field(training_job: str, name: str) -> Entry[bool | str]:
    """A switch or a choice of the decision on a model."""
    return Entry(f"decide-{training_job}-{name}")


def decision_number(training_job: str, name: str) -> Entry[str]:
    """A field for a number of the decision on a model, as it is typed."""
    return Entry(f"decide-{training_job}-{name}")


def decision_column(training_job: str, name: str) -> Entry[int]:
    """The column that an amount of the decision on a model is taken times, by its place in the choice."""
    return Entry(f"decide-{training_job}-{name}")


def decision_threshold(training_job: str, asked: tuple[object, ...]) -> Entry[float]:
    """The slider of the decision on a model, where this is `asked`: amounts and capacity."""
    return Entry(f"decide-{training_job}-threshold-{hash(asked)}")


def decision_seen(training_job: str) -> Entry[int]:
    """The number of the decision that stood on the page last."""
    return Entry(f"decide-{training_job}-seen")


def decision_saved(training_job: str) -> Entry[int]:
    """The number of the decision that this visit has saved."""
    return Entry(f"decide-{training_job}-saved")


def failures_part(training_job: str) -> Entry[str]:
    """What is looked at of where a model fails."""
    return Entry(f"failures-part-{training_job}")


def slices_by(training_job: str) -> Entry[str]:
    """The column by which the slices of a model's test rows are shown."""
    return Entry(f"slices-by-{training_job}")


# --- pipelines ------------------------------------------------------------------------------------------


def pipeline_name(job: str) -> Entry[str]:
    """What the pipeline is to be called that is saved from a run."""
    return Entry(f"pipeline-name-{job}")


def pipeline_asked(job: str) -> Entry[tuple[str, str, float | None]]:
    """The pipeline that was to be saved from a run, whose name another one has: name, metric and threshold."""
    return Entry(f"pipeline-asked-{job}")


def pipeline_field(pipeline: str, parameter: str) -> Entry[str]:
    """The field of a parameter of the next run of a pipeline."""
    return Entry(f"pipeline-{pipeline}-{parameter}")


PIPELINE_DONE: Entry[str] = Entry("pipeline-done")  # what was saved or deleted, in a sentence


# --- jobs and endpoints ---------------------------------------------------------------------------------


def trained_on(training_job: str) -> Entry[str]:
    """On which rows a model that is deployed is to be trained."""
    return Entry(f"trained-on-{training_job}")


def log(job: str) -> Entry[Log]:
    """What has been read of a job's log."""
    return Entry(f"log-{job}")


def asked_row(training_job: str) -> Entry[AskedRow]:
    """The row that a model was asked last in the form, with the answer."""
    return Entry(f"asked-row-{training_job}")


def kept_row(training_job: str) -> Entry[AskedRow]:
    """The row that was kept to hold others against."""
    return Entry(f"kept-row-{training_job}")


def varied_column(training_job: str) -> Entry[str]:
    """The column whose other values are shown for the row that was asked."""
    return Entry(f"varied-{training_job}")


def beside_model(training_job: str) -> Entry[str | None]:
    """The training job whose model answers a row of the form beside the one that was asked."""
    return Entry(f"beside-{training_job}")


def filled_row(training_job: str) -> Entry[tuple[int, Mapping[str, str | None]]]:
    """Which form of a model this is, and the row that its fields were filled with."""
    return Entry(f"filled-row-{training_job}")


def row_field(training_job: str, number: int, column: str) -> Entry[str | date | None]:
    """A field of the form `number` that asks a model."""
    return Entry(f"field-{training_job}-{number}-{column}")


def blank_fields(training_job: str, number: int) -> Entry[list[str]]:
    """The columns whose cells are blank in the form `number` for a row of a model, whatever stands in their fields."""
    return Entry(f"blank-{training_job}-{number}")


def typed_row(training_job: str) -> Entry[Mapping[str, str | None]]:
    """The row that was last in the form of a model: Streamlit forgets the fields once another page is open."""
    return Entry(f"row-of-{training_job}")


def sample_row(endpoint: str) -> Entry[Mapping[str, str]]:
    """The row that the snippets of an endpoint show."""
    return Entry(f"code-{endpoint}")


class Predicted(NamedTuple):
    """What was predicted of an upload: what became of it, the file that was written, and its first rows as texts."""

    prediction: Prediction
    file: bytes
    names: list[str]
    first: list[list[str]]


class Pasted(NamedTuple):
    """Which grid for pasted rows this is, the rows that it began with, and what was answered to each, if it was."""

    number: int
    rows: Sequence[Mapping[str, str | None]]
    answers: Sequence[Mapping[str, object]]


def pasted_rows(training_job: str) -> Entry[Pasted]:
    """The grid for rows that are pasted for a model."""
    return Entry(f"pasted-{training_job}")


def rows_overrides(form: str) -> Entry[Mapping[str, Any]]:
    """What somebody says of how the file in a form is read, as `Overrides` takes it."""
    return Entry(f"said-{form}")


def rows_rename(form: str, column: str) -> Entry[str | None]:
    """The column of the file in a form that is one of the model's under another name."""
    return Entry(f"rename-{form}-{column}")


def rows_fit(place: str) -> Entry[tuple[object, Fit | Failure]]:
    """Which file was last in the form of an endpoint, or of Batch Transform, and how it fits the model, or why it
    cannot be read."""
    return Entry(f"fit-{place}")


def rows_zone(endpoint: str) -> Entry[int]:
    """Which form for a file this is: another one, blank, once a job has its file."""
    return Entry(f"rows-zone-{endpoint}")


def outcomes_joined(endpoint: str) -> Entry[str]:
    """What came of the outcomes that were added last."""
    return Entry(f"outcomes-joined-{endpoint}")


def uploaded_predictions(endpoint: str) -> Entry[Work[Predicted]]:
    """The upload's way through an endpoint."""
    return Entry(f"predictions-{endpoint}")


def writing_again(job: str) -> Entry[Work[str]]:
    """The work that writes a Prediction Job's predictions as another kind of file, whose name it returns."""
    return Entry(f"again-{job}")


def waking(endpoint: str) -> Entry[Work[float]]:
    """The request that wakes an endpoint when its form opens; it answers the seconds that this took."""
    return Entry(f"waking-{endpoint}")


def assembling(job: str, wanted: object) -> Entry[Work[str]]:
    """The work that writes a transform job's predictions as they are `wanted`, a `predict.Wanted`."""
    return Entry(f"assembling-{job}-{wanted}")


def assembled(job: str, wanted: object) -> Entry[str]:
    """The file with the predictions of a transform job as they were `wanted`, by which `written` finds it."""
    return Entry(f"transformed-{job}-{wanted}")


# --- choices --------------------------------------------------------------------------------------------


def open_part(key: str) -> Entry[str]:
    """The tab that is open, of those that the address names as `?<key>=`."""
    return Entry(f"open-{key}")


def picked(key: str) -> Entry[str]:
    """The widget whose choice is in the address as `?<key>=`."""
    return Entry(f"pick-{key}")


def fix_chosen(job: str, number: int) -> Entry[bool]:
    """Whether the fix of the warning `number` of a report is chosen."""
    return Entry(f"fix-{job}-{number}")


LAUNCH_FIXES: Entry[bool] = Entry("launch-fixes")  # the button: True in the run that a click on it starts


def launched_from(job: str) -> Entry[str]:
    """The EDA job that was launched from the report of `job`."""
    return Entry(f"launched-from-{job}")


def columns_table(job: str, names: tuple[str, ...]) -> Entry[TableSelection]:
    """The selection in the table of a report's columns `names`.

    A selection is a row's number: under another filter or order the same number is another column.
    """
    return Entry(f"report-columns-{job}-{hash(names)}")
