"""The storage keys of all that is kept: one function a thing, so that no other module spells where it is.

A key is a path below the root of storage, with slashes. A job is kept in the folder of its kind (`JobKind`), and what
it wrote is below `output/` there, under names that its image or script gives.
"""

from __future__ import annotations

_WEIGHTED = "_weighted"
FEW_ROWS = 2_000  # of a file at most: all of them are kept as they stand, and folds can judge a model by all
SPLIT_NAMES = ("train", "validation", "test")  # folders of an EDA job's output, and the channels of training

CONFIGURATION = "configuration.json"  # what the next EDA job starts from: the plan that was saved last
PLANS = "plans"  # folder of the plan for each data set
DATASETS, ENDPOINTS = "datasets", "endpoints"  # folders of all of each kind
ORDERS = "orders"  # folder of the endpoints that are to be made once their models are trained
REGISTRY = "registry"  # folder of the groups of versions, where the backend keeps them in storage
PIPELINES = "pipelines"  # folder of the pipelines
AUDIT = "audit"  # folder of the log of who did what
SCHEDULES = "schedules"  # folder of what is started by the clock
RENAMES = "renames.json"  # what people have said that columns of their files are called by a model
NOTES, CHOICES = "notes", "choices"  # folders of what people write beside jobs and change again
# What is put beside a model after its job has ended, and put there again: no manifest can hold it.
BESIDE_MODEL = DECISION, CARD, CARD_PAGE, OUT_OF_FOLD = (
    "decision.json",
    "card.json",
    "card.html",
    "out_of_fold.parquet",
)
WATCH, ARRIVED = "watch.json", "arrived"  # in the folder of an endpoint: how far files are from training
DATASET_RECORD, JOB_RECORD = "dataset.json", "job.json"  # written last: a folder without it is unfinished


# --- data sets and endpoints ------------------------------------------------------------------------------


def dataset(name: str) -> str:
    """Return the folder of a data set: its file as it was uploaded, and its record."""
    return f"{DATASETS}/{name}"


def dataset_name(folder: str) -> str:
    """Return the name of the data set that is kept in `folder`."""
    return folder.removeprefix(f"{DATASETS}/")


def dataset_record(name: str) -> str:
    """Return the key of dataset.json."""
    return f"{dataset(name)}/{DATASET_RECORD}"


def plan(dataset: str) -> str:
    """Return the key of what the next EDA job of a data set starts from."""
    return f"{PLANS}/{dataset}.json"


def endpoint(name: str) -> str:
    """Return the folder of an endpoint."""
    return f"{ENDPOINTS}/{name}"


def endpoint_record(name: str) -> str:
    """Return the key of endpoint.json."""
    return f"{endpoint(name)}/endpoint.json"


def order(training_job: str) -> str:
    """Return the key of the endpoint that is to be made once the model of a Training Job is trained."""
    return f"{ORDERS}/{training_job}.json"


def schedule(name: str) -> str:
    """Return the folder of a schedule."""
    return f"{SCHEDULES}/{name}"


def schedule_record(name: str) -> str:
    """Return the key of schedule.json: what is started, and when."""
    return f"{schedule(name)}/schedule.json"


def schedule_lock(name: str) -> str:
    """Return the key of who runs a schedule at this moment."""
    return f"{schedule(name)}/running.json"


def schedule_runs(name: str) -> str:
    """Return the folder of the runs of a schedule."""
    return f"{schedule(name)}/runs"


def schedule_run(name: str, run: str) -> str:
    """Return the key of one run of a schedule."""
    return f"{schedule_runs(name)}/{run}.json"


def schedule_told(name: str, run: str) -> str:
    """Return the folder of how a run ended that the backend has started, as its job has told."""
    return f"{schedule_runs(name)}/{run}"


def scheduled_files(name: str) -> str:
    """Return the folder of which files a schedule has predicted."""
    return f"{schedule(name)}/files"


def scheduled_file(name: str, sha256: str) -> str:
    """Return the key of what is known of a file that a schedule has predicted, by its bytes."""
    return f"{scheduled_files(name)}/{sha256}.json"


def scheduled_predictions(name: str) -> str:
    """Return the folder of the predictions that a schedule has made."""
    return f"{schedule(name)}/predictions"


def scheduled_prediction(name: str, file: str) -> str:
    """Return the key of the predictions for one file."""
    return f"{scheduled_predictions(name)}/{file}"


def version(group: str, number: int) -> str:
    """Return the key of a version of a model."""
    return f"{REGISTRY}/{group}/{number}.json"


def endpoint_watch(name: str) -> str:
    """Return the key of what is kept of the files that an endpoint was asked for: how far they are from training."""
    return f"{endpoint(name)}/{WATCH}"


def endpoint_arrived(name: str) -> str:
    """Return the folder of the same of files that jobs of a schedule have predicted, one file each."""
    return f"{endpoint(name)}/{ARRIVED}"


def arrived_file(name: str, moment: str, mark: str) -> str:
    """Return the key of one of them: when it was predicted, and a part of its digest."""
    return f"{endpoint_arrived(name)}/{moment}-{mark}.json"


def endpoint_retraining(name: str) -> str:
    """Return the key of how far the model of an endpoint is trained anew with other rows."""
    return f"{endpoint(name)}/retraining.json"


def watched_rows(endpoint_name: str, file: str) -> str:
    """Return the key of what is kept of the rows of a file that was predicted, so that outcomes find them."""
    return f"{endpoint(endpoint_name)}/predicted/{file}.parquet"


def act(moment: str, mark: str) -> str:
    """Return the key of an act in the audit that Sendero has seen, and not done: its time, and what tells it apart."""
    return f"{AUDIT}/{moment}-{mark}.json"


# --- pipelines ----------------------------------------------------------------------------------------------


def pipeline(name: str) -> str:
    """Return the folder of a pipeline: its definition, what its steps are given, and its executions."""
    return f"{PIPELINES}/{name}"


def pipeline_definition(name: str) -> str:
    """Return the key of pipeline.json: the definition as SageMaker takes it."""
    return f"{pipeline(name)}/pipeline.json"


def pipeline_input(name: str, digest: str) -> str:
    """Return the folder of the EDA configuration of a pipeline; one of other content is in another folder."""
    return f"{pipeline(name)}/inputs/{digest}"


def executions(pipeline_name: str) -> str:
    """Return the folder of the executions of a pipeline."""
    return f"{pipeline(pipeline_name)}/runs"


def execution(pipeline_name: str, execution_id: str) -> str:
    """Return the folder of an execution of a pipeline."""
    return f"{executions(pipeline_name)}/{execution_id}"


def execution_record(pipeline_name: str, execution_id: str) -> str:
    """Return the key of run.json: what an execution was started with, and how its steps stand."""
    return f"{execution(pipeline_name, execution_id)}/run.json"


# --- any job ------------------------------------------------------------------------------------------------


def job(kind: str, name: str) -> str:
    """Return the folder of a job: its record, its input and its output."""
    return f"{kind}/{name}"


def job_record(kind: str, name: str) -> str:
    """Return the key of job.json."""
    return f"{job(kind, name)}/{JOB_RECORD}"


def job_output(kind: str, name: str) -> str:
    """Return the folder of what a job wrote."""
    return f"{job(kind, name)}/output"


def edits_on(folder: str, job: str) -> str:
    """Return the folder of what is written in NOTES or CHOICES beside a job: one file an edit."""
    return f"{folder}/{job}"


def edit(folder: str, job: str, number: int) -> str:
    """Return the key of the edit `number`, from 1, of what is written in NOTES or CHOICES beside a job."""
    return f"{edits_on(folder, job)}/{number:04d}.json"


def predictions_again(kind: str, name: str, file: str) -> str:
    """Return the key of the predictions of a job as they were wanted later: another kind of file, or some columns."""
    return f"{job(kind, name)}/again/{file}"


# --- EDA: Processing Jobs -------------------------------------------------------------------------------------


def eda_output(eda_job: str, part: str = "") -> str:
    """Return the folder of what an EDA job wrote, or of one part: a split, report, contract, histograms, test_raw."""
    output = job_output("processing", eda_job)
    return f"{output}/{part}" if part else output


def weighted(split: str) -> str:
    """Return the part of an EDA job's output that holds a split with the weight of each row after its label."""
    return f"{split}{_WEIGHTED}"


def unweighted(channel: str) -> str:
    """Return the folder of the same rows without weights, of any other channel the folder itself."""
    return channel.removesuffix(_WEIGHTED)


def report(eda_job: str) -> str:
    """Return the key of report.json."""
    return f"{eda_output(eda_job, 'report')}/report.json"


def report_text(eda_job: str) -> str:
    """Return the key of EDA_Report.txt."""
    return f"{eda_output(eda_job, 'report')}/EDA_Report.txt"


def fitted_contract(eda_job: str) -> str:
    """Return the key of the feature contract that an EDA job fitted."""
    return f"{eda_output(eda_job, 'contract')}/contract.json"


def raw_test_rows(eda_job: str) -> str:
    """Return the key of the test split's rows as they stand in the file."""
    return f"{eda_output(eda_job, 'test_raw')}/test_raw.csv"


def raw_rows(eda_job: str) -> str:
    """Return the key of all rows as they stand in the file, split after split, where there are few of them."""
    return f"{eda_output(eda_job, 'test_raw')}/all_raw.csv"


def eda_input(eda_job: str) -> str:
    """Return the folder of an EDA job's config, where it is handed over through storage."""
    return f"{job('processing', eda_job)}/input"


def eda_config(eda_job: str) -> str:
    """Return the key of an EDA job's config, where it is handed over through storage."""
    return f"{eda_input(eda_job)}/config.json"


def eda_manifest_folder(eda_job: str) -> str:
    """Return the folder of the manifest that an EDA job wrote itself, beside its output."""
    return f"{job('processing', eda_job)}/manifest"


def eda_manifest(eda_job: str) -> str:
    """Return the key of the manifest that an EDA job wrote itself."""
    return f"{eda_manifest_folder(eda_job)}/manifest.json"


# --- training and tuning --------------------------------------------------------------------------------------


def tracking(training_job: str) -> str:
    """Return the key of whether a run is logged to MLflow, and where."""
    return f"{job('training', training_job)}/mlflow.json"


def training_output(training_job: str) -> str:
    """Return the folder of a model with its contract and its evaluation."""
    return job_output("training", training_job)


def model(training_job: str) -> str:
    """Return the key of model.tar.gz."""
    return f"{training_output(training_job)}/model.tar.gz"


def model_contract(training_job: str) -> str:
    """Return the key of the contract that rows for this model are encoded with."""
    return f"{training_output(training_job)}/contract.json"


def evaluation(training_job: str) -> str:
    """Return the key of evaluation.json: the model on the test split."""
    return f"{training_output(training_job)}/evaluation.json"


def decision(training_job: str) -> str:
    """Return the key of decision.json: the threshold at which the model's rows are acted on."""
    return f"{training_output(training_job)}/{DECISION}"


def predictions(training_job: str) -> str:
    """Return the key of predictions.parquet: what the model says of each row of validation and test."""
    return f"{training_output(training_job)}/predictions.parquet"


def out_of_fold(training_job: str) -> str:
    """Return the key of the same of all rows, each by the fold's model that has not seen it."""
    return f"{training_output(training_job)}/{OUT_OF_FOLD}"


def card(training_job: str) -> str:
    """Return the key of card.json, the model card."""
    return f"{training_output(training_job)}/{CARD}"


def card_html(training_job: str) -> str:
    """Return the key of card.html, the model card as a page."""
    return f"{training_output(training_job)}/{CARD_PAGE}"


def fold(training_job: str, number: int, split: str) -> str:
    """Return the folder of a split of the fold `number`, from 1, of a model that is cross-validated."""
    return f"{job('training', training_job)}/folds/{number}/{split}"


def evaluation_folder(training_job: str) -> str:
    """Return the folder in which an evaluation arrives before it is put beside the model."""
    return f"{job('training', training_job)}/evaluation"


def gain(training_job: str) -> str:
    """Return where judging the best trial of a tuning job writes by how much it beats the given values."""
    return f"{evaluation_folder(training_job)}/gain.json"


def arrived(training_job: str, key: str) -> str:
    """Return where what belongs at `key` beside the model has arrived, before it was put there."""
    return f"{evaluation_folder(training_job)}/{key.rpartition('/')[2]}"


def shards(training_job: str) -> str:
    """Return the folder of the training split in as many parts as there are instances."""
    return f"{job('training', training_job)}/channels/train"


def train_manifest(training_job: str) -> str:
    """Return the key of the list of files in a training channel, where they are not those of one folder."""
    return f"{job('training', training_job)}/channels/train.manifest"


def checkpoints(training_job: str) -> str:
    """Return the folder from which training goes on after an interruption."""
    return f"{job('training', training_job)}/checkpoints"


def tuning_result(tuning_job: str) -> str:
    """Return the key of tuning.json: the trials, and the best of them."""
    return f"{job_output('tuning', tuning_job)}/tuning.json"


def study(tuning_job: str) -> str:
    """Return the key of what a tuning job's search knows: another one can go on from it."""
    return f"{job('tuning', tuning_job)}/study.jsonl"


# --- Batch Transform --------------------------------------------------------------------------------------------


def transform_output(transform_job: str) -> str:
    """Return the folder of a transform job's answers."""
    return job_output("transform", transform_job)


def transform_rows(transform_job: str) -> str:
    """Return the key of the encoded rows that a transform job answers."""
    return f"{job('transform', transform_job)}/input/rows.csv"


def transform_raw_rows(transform_job: str) -> str:
    """Return the key of the same rows as they were given."""
    return f"{job('transform', transform_job)}/input/raw.csv"


def transform_summary(transform_job: str) -> str:
    """Return the key of what was noticed about the rows when they were encoded."""
    return f"{job('transform', transform_job)}/input/told.json"


def transform_drift(transform_job: str) -> str:
    """Return the key of how far the rows of a transform job are from training."""
    return f"{job('transform', transform_job)}/input/drift.json"


def transformed_rows(transform_job: str, file: str) -> str:
    """Return the key of what is kept of the rows of a transform job, so that outcomes find them."""
    return f"{job('transform', transform_job)}/predicted/{file}.parquet"


# --- Prediction Jobs ---------------------------------------------------------------------------------------------


def prediction_rows(prediction_job: str, file: str) -> str:
    """Return the key of the file that a Prediction Job predicts, as it was given."""
    return f"{job('prediction', prediction_job)}/rows/{file}"


def prediction_answers(prediction_job: str) -> str:
    """Return the folder of what the endpoint has answered so far: from there a Prediction Job goes on."""
    return f"{job('prediction', prediction_job)}/answers"


def prediction_output(prediction_job: str) -> str:
    """Return the folder of the predictions and their summary."""
    return job_output("prediction", prediction_job)


def predicted_rows(prediction_job: str, suffix: str = ".csv") -> str:
    """Return the key of predictions.csv, or of another kind: the rows with what the endpoint says of each."""
    return f"{prediction_output(prediction_job)}/predictions{suffix}"


def prediction_decision(prediction_job: str) -> str:
    """Return the key of the decision that the predictions were written by, where there was one."""
    return f"{prediction_output(prediction_job)}/decided.json"


def prediction_summary(prediction_job: str) -> str:
    """Return the key of what became of the rows, in numbers."""
    return f"{prediction_output(prediction_job)}/summary.json"
