"""A Tuning Job: real Training Jobs one after the other, their values drawn by seeded random search.

The first trial has the given hyperparameters unchanged, so that the search can never end worse than where
it began. Each trial is a job like any other: listed, logged, stoppable, deployable.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import time
from typing import TYPE_CHECKING

from core import keys
from core.backends.local.failures import AlgorithmError
from core.backends.local.launch import launch_job
from core.backends.local.run import Run, Stopped
from core.backends.local.runtime import Runtime
from core.backends.local.steps import die_with_parent
from core.backends.metrics import Trial, TuningResult, best_trial, metric_name, trial_of
from core.storage import DiskStorage

if TYPE_CHECKING:
    from core.backends.record_types import TrainingRequestJson, TuningRequestJson

LOG_SCALE_FROM = 100  # high/low from which values are drawn on a log scale, as SageMaker's Auto does


def work(run: Run[TuningRequestJson]) -> str:
    """Do a Tuning Job; return its last message. Raises Stopped, and AlgorithmError where no trial has an objective."""
    request = run.request
    done: list[Trial] = []
    run.phase("Training")
    for number in range(request["max_jobs"]):
        run.stop_asked()
        values = draw(request, number)
        trial = trial_request(request, run.name, number, values)
        run.say(f"{trial['name']}: {describe(values) or 'as given'}")
        run.update(
            progress=number / request["max_jobs"],
            message=f"trial {number + 1} of {request['max_jobs']}: {describe(values) or 'as given'}",
        )
        runtime, stopped = train(run, trial)
        done.append(outcome(request, runtime, values))
        run.say(f"{trial['name']}: {done[-1]['status']}, {request['objective']} = {done[-1]['objective']}")
        if (objective := done[-1]["objective"]) is not None:
            run.metric({"round": number, metric_name(request["objective"]): objective})
        write_result(run, done)  # after every trial, so that pages show the best so far and a kill loses none
        if stopped:
            raise Stopped(f"Stopped after {len(done)} of {request['max_jobs']} trials; they were kept.")
    best = best_trial(done, request["maximize"])
    if best is None:
        reason = "; ".join(f"{trial['training_job']}: {trial['status']}" for trial in done)
        why = f"No trial ended with the objective {request['objective']}: {reason}."
        raise AlgorithmError(thing=run.runtime.thing, name=run.name, reason=why)
    return f"best: {best['training_job']}"


def draw(request: TuningRequestJson, number: int) -> dict[str, str]:
    """Return the values of trial `number`: none for the first, then reproducible for a seed."""
    if number == 0:
        return {}
    chance = random.Random(f"{request['seed']}/{number}")
    integers = integer_names()
    values: dict[str, str] = {}
    for name, (low, high) in sorted(request["ranges"].items()):
        integer = name in integers
        if low > 0 and high / low >= LOG_SCALE_FROM:
            value = math.exp(chance.uniform(math.log(low), math.log(high)))
            value = min(max(value, low), high)  # exp(log(x)) may miss x by a rounding
        elif integer:
            value = chance.randint(math.ceil(low), math.floor(high))
        else:
            value = chance.uniform(low, high)
        values[name] = str(round(value)) if integer else f"{value:.6g}"
    return values


def integer_names() -> frozenset[str]:
    """Return the hyperparameters whose values are whole numbers."""
    from core.container.hyperparameters import describe as schema

    return frozenset(parameter.name for parameter in schema() if parameter.kind == "Integer")


def trial_request(
    request: TuningRequestJson, tuning_job: str, number: int, values: dict[str, str]
) -> TrainingRequestJson:
    """Return the request of trial `number`, named after its tuning job and counted from 001."""
    training = request["training"]
    hyperparameters = training["hyperparameters"] | values
    metric = request["objective"].partition(":")[2]
    if metric not in [name.strip() for name in hyperparameters.get("eval_metric", "").split(",")]:
        hyperparameters |= {"_tuning_objective_metric": request["objective"]}  # as SageMaker's tuner does
    name = f"{tuning_job}-{number + 1:03d}"
    return {**training, "name": name, "hyperparameters": hyperparameters, "tuning_job": tuning_job}


def train(run: Run[TuningRequestJson], trial: TrainingRequestJson) -> tuple[Runtime, bool]:
    """Run one trial to its end, as a child that ends with us; return it, and whether a stop was asked meanwhile."""
    runtime, process = launch_job(
        run.workspace,
        "training",
        trial,
        run.programs,
        share=False,
        preexec=die_with_parent(os.getpid()),
    )
    assert process is not None  # share=False: started, or NameTaken
    while True:
        if run.stop_asked():
            runtime.ask_to_stop()
        try:
            process.wait(timeout=0.1)
            return runtime, run.stop_asked()
        except subprocess.TimeoutExpired:
            show_progress(run, runtime)


def show_progress(run: Run[TuningRequestJson], runtime: Runtime) -> None:
    """Show the progress of a trial as its share of the tuning job's."""
    status = runtime.status()
    share = status.get("progress") if status else None
    number, total = int(runtime.name.rpartition("-")[2]) - 1, run.request["max_jobs"]
    run.progress((number + (share or 0.0)) / total)
    time.sleep(0.1)


def outcome(request: TuningRequestJson, runtime: Runtime, values: dict[str, str]) -> Trial:
    """Return what came of a trial."""
    status = runtime.status()
    try:
        rows = [json.loads(line) for line in runtime.metrics.read_text().splitlines()]
    except FileNotFoundError:
        rows = []
    return trial_of(runtime.name, status["status"] if status else "Failed", values, request, rows)


def write_result(run: Run[TuningRequestJson], trials: list[Trial]) -> None:
    """Write tuning.json. Raises StorageFailed."""
    best = best_trial(trials, run.request["maximize"])
    result: TuningResult = {"trials": trials, "best": best, "objective": run.request["objective"]}
    DiskStorage(run.workspace).write_json(keys.tuning_result(run.name), result)


def describe(values: dict[str, str]) -> str:
    """Return the values of a trial as `eta=0.1, max_depth=6`."""
    return ", ".join(f"{name}={value}" for name, value in values.items())
