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
from typing import Any

from core.backends.local.failures import AlgorithmError
from core.backends.local.launch import launch_job
from core.backends.local.programs import Programs
from core.backends.local.run import Run, Stopped
from core.backends.local.runtime import Runtime
from core.backends.local.steps import die_with_parent
from core.backends.metrics import best_trial, metric_name, trial_of
from core.storage import DiskStorage

LOG_SCALE_FROM = 100  # high/low from which values are drawn on a log scale, as SageMaker's Auto does


def work(run: Run) -> str:
    request = run.request
    done: list[dict[str, Any]] = []
    run.phase("Training")
    for number in range(request["max_jobs"]):
        run.stop_asked()
        values = draw(request, number)
        trial = trial_request(request, run.name, number, values)
        run.say(f"{trial['name']}: {describe(values) or 'as given'}")
        run.tell(
            progress=number / request["max_jobs"],
            message=f"trial {number + 1} of {request['max_jobs']}: {describe(values) or 'as given'}",
        )
        runtime, stopped = train(run, trial)
        done.append(outcome(request, runtime, values))
        run.say(f"{trial['name']}: {done[-1]['status']}, {request['objective']} = {done[-1]['objective']}")
        if done[-1]["objective"] is not None:
            run.metric({"round": number, metric_name(request["objective"]): done[-1]["objective"]})
        write_result(run, done)  # after every trial, so that pages show the best so far and a kill loses none
        if stopped:
            raise Stopped(f"Stopped after {len(done)} of {request['max_jobs']} trials; they were kept.")
    best = best_trial(done, request["maximize"])
    if best is None:
        reason = "; ".join(f"{trial['training_job']}: {trial['status']}" for trial in done)
        why = f"No trial ended with the objective {request['objective']}: {reason}."
        raise AlgorithmError(thing=run.runtime.thing, name=run.name, reason=why)
    return f"best: {best['training_job']}"


def draw(request: dict[str, Any], number: int) -> dict[str, str]:
    """The values of trial `number`: none for the first, then reproducible for a seed."""
    if number == 0:
        return {}
    chance = random.Random(f"{request['seed']}/{number}")
    integers = integer_names()
    values = {}
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
    from core.container.hyperparameters import describe as schema

    return frozenset(parameter.name for parameter in schema() if parameter.kind == "Integer")


def trial_request(
    request: dict[str, Any], tuning_job: str, number: int, values: dict[str, str]
) -> dict[str, Any]:
    training = request["training"]
    hyperparameters = training["hyperparameters"] | values
    metric = request["objective"].partition(":")[2]
    if metric not in [name.strip() for name in hyperparameters.get("eval_metric", "").split(",")]:
        hyperparameters |= {"_tuning_objective_metric": request["objective"]}  # as SageMaker's tuner does
    return training | {"name": f"{tuning_job}-{number + 1:03d}", "hyperparameters": hyperparameters}


def train(run: Run, trial: dict[str, Any]) -> tuple[Runtime, bool]:
    """One trial from launch to end, as a child that ends with us. True when a stop was asked meanwhile."""
    runtime, process = launch_job(
        run.workspace,
        "training",
        trial,
        Programs(**run.programs),
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


def show_progress(run: Run, runtime: Runtime) -> None:
    status = runtime.status() or {}
    number, total = int(runtime.name.rpartition("-")[2]) - 1, run.request["max_jobs"]
    run.progress((number + (status.get("progress") or 0.0)) / total)
    time.sleep(0.1)


def outcome(request: dict[str, Any], runtime: Runtime, values: dict[str, str]) -> dict[str, Any]:
    status = (runtime.status() or {}).get("status", "Failed")
    try:
        rows = [json.loads(line) for line in runtime.metrics.read_text().splitlines()]
    except FileNotFoundError:
        rows = []
    return trial_of(runtime.name, status, values, request, rows)


def write_result(run: Run, trials: list[dict[str, Any]]) -> None:
    best = best_trial(trials, run.request["maximize"])
    result = {"trials": trials, "best": best, "objective": run.request["objective"]}
    DiskStorage(run.workspace).write_json(f"tuning/{run.name}/output/tuning.json", result)


def describe(values: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())
