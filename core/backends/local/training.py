"""A Training Job: the container's files as SageMaker writes them, train, upload the model, evaluate it."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core import keys
from core.archive import pack_model
from core.backends.local.cut_model import cut_at_best_round
from core.backends.local.evaluation import command_of, evaluation_command, put_evaluation, put_judged
from core.backends.local.failures import AlgorithmError
from core.backends.local.run import Run, Stopped
from core.backends.local.runtime import last_lines, write_json
from core.backends.local.staging import put_whole, stage
from core.backends.local.steps import StepEnd, raise_step_failure, run_step
from core.backends.metrics import metric_row
from core.backends.records import read_job
from core.errors import BRING_BACK, SenderoError, StorageFailed
from core.language import joined, tr
from core.numbers import integer
from core.program import signal_words
from core.storage import DiskStorage

if TYPE_CHECKING:
    from core.backends.record_types import TrainingRequestJson, TuningRequestJson

MODEL = "xgboost-model"


def work(run: Run[TrainingRequestJson]) -> str:
    """Do a Training Job; return its last message. Raises Stopped, AlgorithmError, and what its step failed by."""
    ml = run.ml
    write_inputs(run)
    run.stop_point()
    run.phase("Training")
    watch = RoundWatch(run)
    command = [*run.programs.container, "train", "--prefix", str(ml)]
    end = run_step(run, command, watch)
    # `_kfold` leaves xgboost-model-0, -1, ... as the image does.
    has_model = any(path.stat().st_size for path in (ml / "model").glob(f"{MODEL}*"))
    if end.stopped:
        # As SageMaker does: what the container saved before it left is kept. One that did not leave by
        # itself, with exit code 0, may have been in the middle of saving.
        if has_model and watch.rounds and end.returncode == 0:
            rows = [json.loads(line) for line in run.runtime.metrics.read_text().splitlines()]
            rounds = cut_at_best_round(ml / "model" / MODEL, rows, run.request["hyperparameters"])
            run.status["kept_rounds"] = rounds
            upload(run)
            raise Stopped(
                tr(
                    "Stopped after {rounds} rounds; the model of the first {kept} was kept.",
                    rounds=watch.rounds,
                    kept=rounds,
                )
            )
        raise Stopped(tr("Stopped after {rounds} rounds; no model was kept.", rounds=watch.rounds))
    if end.returncode:
        raise_step_failure(run, end, ml / "output" / "failure")
    run.status["exit_code"] = 0
    if not has_model:
        reason = tr("Training ended without an error, but wrote no model.")
        raise AlgorithmError(thing=run.runtime.thing, name=run.name, reason=reason)
    run.stop_point()
    upload(run)
    return evaluate(run, test) if (test := run.request.get("test")) else ""


def write_inputs(run: Run[TrainingRequestJson]) -> None:
    """Write `input/config/*.json` and `input/data/<channel>/`, as SageMaker writes them for File mode."""
    request, ml = run.request, run.ml
    config = ml / "input" / "config"
    for folder in (config, ml / "model", ml / "output" / "data"):
        folder.mkdir(parents=True, exist_ok=True)
    write_json(config / "hyperparameters.json", {k: str(v) for k, v in request["hyperparameters"].items()})
    channel = {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    write_json(config / "inputdataconfig.json", dict.fromkeys(request["channels"], channel))
    group = {"instance_group_name": "homogeneousCluster", "instance_type": "local", "hosts": ["algo-1"]}
    resources = {
        "current_host": "algo-1",
        "current_instance_type": "local",
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }
    write_json(config / "resourceconfig.json", resources)
    run.phase("Downloading")
    for key, folder in sources(request):
        size = stage(run.workspace, key, ml / "input" / "data" / folder)
        run.say(f"{key} -> input/data/{folder} ({integer(size)} bytes)")


def sources(request: TrainingRequestJson) -> Iterator[tuple[str, str]]:
    """Yield (storage key, folder below input/data) of all that is trained on.

    Two folders in one channel are laid side by side, under the names that they have in storage, as SageMaker lays out
    what a manifest lists.
    """
    more = request.get("more_rows")
    for channel, key in request["channels"].items():
        if channel == "train" and more:
            yield key, f"{channel}/{PurePosixPath(key).name}"
            yield more, f"{channel}/{PurePosixPath(more).name}"
        else:
            yield key, channel


class RoundWatch:
    """Metric lines (`[0]\\ttrain-logloss:0.1\\t...`) as rows of metrics.jsonl, and as progress."""

    def __init__(self, run: Run[TrainingRequestJson]) -> None:
        self.run = run
        self.rounds = 0
        try:
            self.total = int(run.request["hyperparameters"]["num_round"])
        except (KeyError, ValueError):  # the container refuses it in its own words
            self.total = 0

    def __call__(self, line: str) -> None:
        row = metric_row(line)
        if row is None:
            return
        self.rounds = int(row["round"]) + 1
        self.run.metric(row)
        if self.total:
            self.run.progress(
                self.rounds / self.total,
                tr("round {rounds} of {total}", rounds=self.rounds, total=self.total),
            )


def upload(run: Run[TrainingRequestJson]) -> None:
    """Put `output/` with the model and its contract into storage, in one move. Raises StorageFailed."""
    run.phase("Uploading")
    folder = run.ml / "upload"
    folder.mkdir(parents=True, exist_ok=True)
    pack_model(run.ml / "model", folder / "model.tar.gz")
    contract = DiskStorage(run.workspace).path(run.request["contract"])
    try:
        shutil.copyfile(contract, folder / "contract.json")
    except FileNotFoundError:
        facts = {
            "key": run.request["contract"],
            "reason": tr("The feature contract is gone."),
            "advice": BRING_BACK,
        }
        raise StorageFailed(action="read", **facts) from None
    if repeated := run.request.get("all_rows_of"):
        decision = DiskStorage(run.workspace).path(keys.decision(repeated))
        with contextlib.suppress(FileNotFoundError):  # nobody has decided yet
            shutil.copyfile(decision, folder / decision.name)
    put_whole(folder, run.workspace, keys.training_output(run.name))


def evaluate(run: Run[TrainingRequestJson], test_key: str) -> str:
    """Judge the model on the test split; return a message where that failed: the model is kept all the same.

    Raises Stopped.
    """
    run.phase("Evaluating")
    storage, result = DiskStorage(run.workspace), run.ml / "output" / "evaluation.json"
    contract = storage.path(keys.model_contract(run.name))
    staged = {"test": test_key}
    if validation := run.request["channels"].get("validation"):
        staged["validation"] = keys.unweighted(validation)
    splits = {name: run.ml / "evaluation" / name for name in staged}
    try:
        for name, key in staged.items():
            stage(run.workspace, key, splits[name])
        end = run_step(run, evaluation_command(run.programs, run.ml / "model", contract, splits, result))
        if end.stopped:
            raise Stopped(tr("Stopped while evaluating; the model was kept."))
        if end.returncode:
            return not_evaluated(run, step_words(run, end))
        put_evaluation(storage, run.name, result)
    except SenderoError as error:
        return not_evaluated(run, joined([error.failure.what, error.failure.why]))
    except OSError as error:
        return not_evaluated(run, tr("no evaluation was written ({reason})", reason=error.strerror))
    return ""


def step_words(run: Run[object], end: StepEnd) -> str:
    """Return in a line why a step failed."""
    killed = end.returncode < 0 and signal_words(end.returncode)[1]
    return killed or last_lines(run.runtime.log, 1) or tr("exit code {code}", code=end.returncode)


def judge_winner(run: Run[TuningRequestJson], training_job: str) -> str:
    """Judge the best trial of a tuning job on the test split, which no other trial sees; return why it is not judged.

    One that is judged already, by a tuning job that went before, is left as it is. Raises Stopped.
    """
    storage = DiskStorage(run.workspace)
    if storage.exists(keys.evaluation(training_job)):
        return ""
    run.phase("Evaluating")
    result = run.ml / "output" / "evaluation.json"
    result.parent.mkdir(parents=True, exist_ok=True)
    try:
        record = read_job(storage, "training", training_job)
        end = run_step(run, command_of(storage, record, run.programs, result))
        if end.stopped:
            raise Stopped(tr("Stopped while evaluating the best trial; all trials were kept."))
        if end.returncode:
            return not_evaluated(run, step_words(run, end))
        put_judged(storage, record, result)
    except SenderoError as error:
        return not_evaluated(run, joined([error.failure.what, error.failure.why]))
    return ""


def not_evaluated(run: Run[object], why: str) -> str:
    """Note why the model was not evaluated; return the job's message."""
    message = tr("The model is trained and kept; evaluating it failed: {why}", why=why)
    run.status["unjudged"] = why
    run.say(message)
    return message
