"""A Tuning Job: real Training Jobs, as many at once as this machine has room for, their values asked of a study.

The first trial has the given hyperparameters unchanged, so that the search can never end worse than where
it began. Each trial is a job like any other: listed, logged, stoppable, deployable; but the test split is asked of the
best one only, so that it is not used up. The search ends after so many
trials or so many seconds, whichever comes first, and another tuning job can go on from it.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from core import keys
from core.backends.local import memory, trials
from core.backends.local.failures import AlgorithmError
from core.backends.local.run import Run, Stopped
from core.backends.local.staging import stage
from core.backends.local.steps import run_step
from core.backends.local.training import judge_winner
from core.backends.local.trials import RunningTrial
from core.backends.metrics import Trial, TuningResult, best_trial, checked_trials, metric_name, start_of
from core.language import joined, mark, tr
from core.storage import DiskStorage

if TYPE_CHECKING:
    from core.backends.record_types import TuningRequestJson

TICK = 0.1  # seconds between two looks at the trials
# Bytes of memory that a trial takes: Python, XGBoost and its runner, and for each byte of its channels as many as were
# measured for cells of one digit, which grow most.
PROCESS = 200 * 2**20
EACH_BYTE = 5
NO_TIME = mark("Its tuning job had no time left.")


def work(run: Run[TuningRequestJson]) -> str:
    """Do a Tuning Job; return its last message. Raises Stopped, and AlgorithmError where no trial has an objective."""
    run.phase("Training")
    tuning = Tuning(run)
    try:
        tuning.begin()
        while tuning.goes_on():
            tuning.start_trials()
            tuning.look()
            time.sleep(TICK)
    except BaseException:
        tuning.abandon()
        raise
    tuning.measure_gain(tuning.write_result(ended=True))
    if run.stop_asked():
        kept = tr(
            "Stopped after {done} of {trials} trials; they were kept.",
            done=len(tuning.done),
            trials=run.request["max_jobs"],
        )
        raise Stopped(kept)
    best = best_trial(tuning.all_trials(), run.request["maximize"])
    if best is None:
        raise AlgorithmError(thing=run.runtime.thing, name=run.name, reason=tuning.no_result())
    unjudged = judge_winner(run, best["training_job"])
    return (
        tr("best: {training_job}", training_job=best["training_job"])
        if not unjudged
        else joined([tr("best: {training_job}.", training_job=best["training_job"]), unjudged])
    )


class Tuning:
    """The search of one tuning job: what is under way, what has ended, and what may still start."""

    def __init__(self, run: Run[TuningRequestJson]) -> None:
        self.run, self.request = run, run.request
        self.began = time.monotonic()
        self.storage = DiskStorage(run.workspace)
        self.parent = self.request.get("parent", "")
        self.earlier = earlier_trials(self.storage, self.parent)
        self.done: dict[int, Trial] = {}  # by number, as they end
        self.running: list[RunningTrial] = []
        self.started = 0
        self.at_once, self.threads = room(self.storage, self.request)
        self._all_told = False  # that they shall stop

    def begin(self) -> None:
        """Start the trial with the given hyperparameters, unless an earlier tuning job has it; open the study."""
        if not start_of(self.earlier):
            self._start(None, {})
        from core.backends.local.study import (
            Study,  # late, the first trial runs: Optuna takes a quarter of a second
        )

        path = self.storage.path
        self.study = Study(
            self.request,
            path(keys.study(self.run.name)),
            path(keys.study(self.parent)) if self.parent else None,
        )
        for trial in self.running:
            trial.asked = self.study.begin_with(self.request["training"]["hyperparameters"])

    # --- how long -------------------------------------------------------------------------------------------

    def goes_on(self) -> bool:
        """Return whether a trial runs, or may still start."""
        return bool(self.running) or self._may_start()

    def _may_start(self) -> bool:
        return self.started < self.request["max_jobs"] and not self._must_end()

    def _must_end(self) -> str:
        """Return why no trial goes on any more; nothing while they do."""
        if self.run.stop_asked():
            return mark("Its tuning job was stopped.")
        return NO_TIME if self.out_of_time() else ""

    def seconds(self) -> float:
        """Return how long it has been going on."""
        return time.monotonic() - self.began

    def out_of_time(self) -> bool:
        """Return whether its time is up."""
        limit = self.request.get("max_seconds", 0)
        return bool(limit) and self.seconds() >= limit

    # --- trials ---------------------------------------------------------------------------------------------

    def start_trials(self) -> None:
        """Start as many trials as there is room for."""
        while len(self.running) < self.at_once and self._may_start():
            self._start(*self.study.ask())

    def _start(self, asked: int | None, values: dict[str, str]) -> None:
        trial = trials.start(self.run, self.started, asked, values, self.threads)
        self.running.append(trial)
        self.started += 1
        self.run.say(f"{trial.runtime.name}: {describe(values)}")
        self.run.update(
            message=tr("trial {started} of {trials}", started=self.started, trials=self.request["max_jobs"])
        )

    def look(self) -> None:
        """Take in what the trials have done meanwhile; end those that are behind, and all where it must end."""
        if not self._all_told and (why := self._must_end()):
            self._all_told = True
            for trial in self.running:
                trial.runtime.ask_to_stop(why)
        for trial in list(self.running):
            if trial.ended():
                self.running.remove(trial)
                self._take(trial)
            elif not trial.ended_early and not self._all_told:
                self._end_if_behind(trial)
        come = len(self.done) + sum(trial.share() for trial in self.running)
        limit = self.request.get("max_seconds", 0)
        self.run.progress(max(come / self.request["max_jobs"], self.seconds() / limit if limit else 0.0))

    def _end_if_behind(self, trial: RunningTrial) -> None:
        """End a trial that would not reach the best one; never that with the given hyperparameters."""
        trial.follow()
        best = best_trial(self.all_trials(), self.request["maximize"])
        if not trial.values or best is None:
            return
        given = self.request["training"]["hyperparameters"] | trial.values
        values = trials.objectives(trial.rows, self.request["objective"])
        if trials.is_clearly_behind(values, best["objective"], self.request["maximize"], given):
            self.run.say(f"{trial.runtime.name}: behind after {len(values)} rounds, and asked to stop")
            trial.end_early()

    def _take(self, trial: RunningTrial) -> None:
        """Take in what came of a trial that has ended: every time, so that pages show it and a kill loses none."""
        outcome = trial.outcome(self.request)
        self.done[trial.number] = outcome
        objective, early = outcome["objective"], outcome.get("ended_early", False)
        word = "ended early" if early else outcome["status"]
        self.run.say(f"{trial.runtime.name}: {word}, {self.request['objective']} = {objective}")
        if objective is not None:
            self.run.metric({"round": trial.number, metric_name(self.request["objective"]): objective})
        if trial.asked is not None:
            judged = objective if early or outcome["status"] == "Completed" else None
            self.study.tell(trial.asked, judged)
        self.write_result()

    def abandon(self) -> None:
        """Let the trials that run end in order, where the search itself has failed."""
        for trial in self.running:
            trial.runtime.ask_to_stop(mark("Its tuning job has failed."))
        for trial in self.running:
            trial.process.wait()

    # --- what came of it --------------------------------------------------------------------------------------

    def all_trials(self) -> list[Trial]:
        """Return those of the tuning jobs that it goes on from, then its own."""
        return [*self.earlier, *(self.done[number] for number in sorted(self.done))]

    def write_result(self, ended: bool = False) -> TuningResult:
        """Write tuning.json; return what it holds. Raises StorageFailed."""
        found = self.all_trials()
        result: TuningResult = {
            "trials": found,
            "best": best_trial(found, self.request["maximize"]),
            "objective": self.request["objective"],
            "seconds": round(self.seconds(), 1),
            "at_once": self.at_once,
        }
        if ended:
            result["out_of_time"] = self.out_of_time() and self.started < self.request["max_jobs"]
            if importance := self.study.importance():
                result["importance"] = importance
        self._write(result)
        return result

    def measure_gain(self, result: TuningResult) -> None:
        """Add to tuning.json by how much the best trial beats the given values. Raises StorageFailed."""
        best, start = result["best"], start_of(result["trials"])
        if not best or not start or best["training_job"] == start["training_job"] or self.run.stop_asked():
            return
        models = [self.storage.path(keys.model(each["training_job"])) for each in (start, best)]
        validation = self.run.ml / "input" / "data" / "validation"
        output = self.run.ml / "gain.json"
        split = keys.unweighted(self.request["training"]["channels"]["validation"])
        stage(self.run.workspace, split, validation)
        tried = sum(trial["objective"] is not None for trial in result["trials"]) - 1  # beside the start
        end = run_step(self.run, [
            *self.run.programs.gain, "--start", str(models[0]), "--best", str(models[1]),
            "--validation", str(validation), "--metric", self.request["objective"].partition(":")[2],
            "--tried", str(tried), "--output", str(output),
        ])  # fmt: skip
        if not end.returncode and output.exists():
            result["gain"] = json.loads(output.read_text())
            self._write(result)

    def _write(self, result: TuningResult) -> None:
        self.storage.write_json(keys.tuning_result(self.run.name), result)

    def no_result(self) -> str:
        """Return why there is no best trial."""
        if self.out_of_time():
            return tr(
                "No trial ended within its {seconds} seconds.", seconds=self.request.get("max_seconds", 0)
            )
        ends = "; ".join(f"{trial['training_job']}: {trial['status']}" for trial in self.all_trials())
        return tr(
            "No trial ended with the objective {objective}: {ends}.",
            objective=self.request["objective"],
            ends=ends,
        )


def room(storage: DiskStorage, request: TuningRequestJson) -> tuple[int, int]:
    """Return how many trials may run at once, and how many threads each may have; 0 where one has them all.

    A core is worth most to a trial of its own: a second thread takes less than half of the time away. Each trial has
    the channels in its memory.
    """
    training = request["training"]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    size = sum(storage.size(key) for folder in training["channels"].values() for key in storage.files(folder))
    free = memory.free()
    fit = cores if free is None else int(free // (PROCESS + EACH_BYTE * size))
    wanted = int(training["hyperparameters"].get("nthread", "1"))
    at_once = max(1, min(cores // wanted, fit, request["max_jobs"]))
    return at_once, cores // at_once if at_once > 1 else 0


def earlier_trials(storage: DiskStorage, parent: str) -> list[Trial]:
    """Return the trials from which a tuning job goes on that are still there. Raises StorageDamaged."""
    key = keys.tuning_result(parent)
    if not parent or not storage.exists(key):
        return []
    known = checked_trials(storage.read_json(key), key)["trials"]
    return [trial for trial in known if storage.exists(keys.job_record("training", trial["training_job"]))]


def describe(values: dict[str, str]) -> str:
    """Return the values of a trial as `eta=0.1, max_depth=6`."""
    return ", ".join(f"{name}={value}" for name, value in values.items()) or "as given"
