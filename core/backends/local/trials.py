"""A trial of a tuning job while it goes on: a Training Job whose metric file is followed, and ended early where it is
clearly behind."""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.backends.local.launch import launch_job
from core.backends.local.run import Run
from core.backends.local.runtime import Runtime
from core.backends.local.steps import die_with_parent
from core.backends.metrics import Trial, metric_name, trial_of
from core.language import mark

if TYPE_CHECKING:
    from core.backends.record_types import TrainingRequestJson, TuningRequestJson

SHORTEST = 10  # rounds by whose gain it is judged how far a trial would still come
ENDED_EARLY = mark("Ended early by its tuning job: at its present rate it would stay behind the best trial.")


@dataclass(slots=True)
class RunningTrial:
    """A trial under way: its job, what it tries, and what its rounds have shown so far."""

    number: int  # from 0, within its tuning job
    asked: int | None  # the study's number of it; None where the study does not know its values
    values: dict[str, str]
    runtime: Runtime
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    rows: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    read: int = 0  # bytes of its metric file
    ended_early: bool = False

    def ended(self) -> bool:
        """Return whether its runner is gone."""
        return self.process.poll() is not None

    def share(self) -> float:
        """Return how far it has come, from 0 to 1."""
        status = self.runtime.status()
        return (status.get("progress") if status else None) or 0.0

    def follow(self) -> None:
        """Read the rounds that its metric file has gained."""
        try:
            with self.runtime.metrics.open("rb") as file:
                file.seek(self.read)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self.read += len(whole)
        self.rows += [json.loads(line) for line in whole.splitlines()]

    def end_early(self) -> None:
        """Ask it to stop, because it is behind."""
        self.ended_early = True
        self.runtime.ask_to_stop(ENDED_EARLY)

    def outcome(self, request: TuningRequestJson) -> Trial:
        """Return what came of it, once it has ended."""
        self.follow()
        status = self.runtime.status()
        word = status["status"] if status else "Failed"
        early = self.ended_early and word == "Stopped"
        # What one that was ended early had reached is its best round so far, as while it went on.
        known = "InProgress" if early else word
        trial = trial_of(self.runtime.name, known, self.values, request, self.rows)
        trial["status"], trial["seconds"] = word, round(time.monotonic() - self.began, 1)
        if early:
            trial["ended_early"] = True
        return trial


def start(
    run: Run[TuningRequestJson], number: int, asked: int | None, values: dict[str, str], threads: int
) -> RunningTrial:
    """Start trial `number`, as a child that ends with us. `threads` of 0: as many as there are. Raises NameTaken."""
    request = trial_request(run.request, run.name, number, values, threads)
    runtime, process = launch_job(
        run.workspace,
        "training",
        request,
        run.programs,
        share=False,
        preexec=die_with_parent(os.getpid()),
    )
    assert process is not None  # share=False: started, or NameTaken
    return RunningTrial(number, asked, values, runtime, process)


def trial_request(
    request: TuningRequestJson, tuning_job: str, number: int, values: dict[str, str], threads: int = 0
) -> TrainingRequestJson:
    """Return the request of trial `number`, named after its tuning job and counted from 001, and judged on no test."""
    training = request["training"]
    hyperparameters = training["hyperparameters"] | values
    if threads and "nthread" not in hyperparameters:
        hyperparameters |= {"nthread": str(threads)}
    metric = request["objective"].partition(":")[2]
    if metric not in [name.strip() for name in hyperparameters.get("eval_metric", "").split(",")]:
        hyperparameters |= {"_tuning_objective_metric": request["objective"]}  # as SageMaker's tuner does
    name = f"{tuning_job}-{number + 1:03d}"
    return {
        **training,
        "name": name,
        "hyperparameters": hyperparameters,
        "test": None,
        "tuning_job": tuning_job,
    }


def is_clearly_behind(
    values: Sequence[float], best: float | None, maximize: bool, hyperparameters: Mapping[str, str]
) -> bool:
    """Return whether a trial with these objectives by round would stay behind `best` to its last round.

    A learning curve flattens: what a trial gained in its last rounds, kept up to its end, is more than it will gain.
    """
    rounds = int(hyperparameters.get("num_round", 0))
    patience = int(hyperparameters.get("early_stopping_rounds") or 0)
    stretch = max(SHORTEST, (patience or rounds // 5) // 2)
    if best is None or len(values) < 2 * stretch:
        return False
    sign = 1 if maximize else -1
    climbs = [sign * value for value in values]
    now, before = max(climbs), max(climbs[:-stretch])
    bound = now + (now - before) / stretch * max(rounds - len(values), 0)
    return bound < sign * best


def objectives(rows: Sequence[Mapping[str, float]], objective: str) -> list[float]:
    """Return the objective of each round that shows one."""
    name = metric_name(objective)
    return [row[name] for row in rows if math.isfinite(row.get(name, math.nan))]
