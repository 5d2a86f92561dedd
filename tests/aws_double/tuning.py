"""Tuning jobs: trials really trained, one after another, with values drawn from the ranges."""

from __future__ import annotations

import json
import math
import random
import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .answers import AwsError, invalid
from .jobs import ENDED, JobFailed, Jobs, JobStopped
from .quotas import TRIALS, TRIALS_AT_ONCE, Claim, instances
from .tables import Facts
from .training import TrainingJobs, usage

MOST_RANGES = 30
COUNTERS = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
COUNTED = {"Completed": "Completed", "Stopped": "Stopped", "Failed": "NonRetryableError"}


class TuningJobs(Jobs):
    """CreateHyperParameterTuningJob and the operations of its kind."""

    noun, kind = "HyperParameterTuningJob", "hyper-parameter-tuning-job"
    words = "hyperparameter tuning job"

    def __init__(self, training: TrainingJobs) -> None:
        super().__init__(training.account)
        self.training = training
        self._trials: defaultdict[str, list[str]] = defaultdict(list)

    def missing(self, name: str, arn: str) -> AwsError:
        return AwsError(
            "ResourceNotFound", f"Amazon SageMaker can't find a tuning job called {name}. Type another name."
        )

    def taken(self, name: str, arn: str) -> AwsError:
        words = f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different name."
        return AwsError("ResourceInUse", words)

    def check(self, asked: Facts) -> None:
        self.training.check(asked["TrainingJobDefinition"])
        self._check_search(asked)

    def facts_in(self, asked: Facts) -> Facts:
        return super().facts_in(asked) | {
            "TrainingJobStatusCounters": dict.fromkeys(COUNTERS, 0),
            "ObjectiveStatusCounters": {"Succeeded": 0, "Pending": 0, "Failed": 0},
        }

    def claims(self, asked: Facts) -> Iterable[Claim]:
        return ()  # its trials are Training Jobs, and count as such

    def _check_search(self, asked: Facts) -> None:
        """What is wrong with the objective, the ranges, or how many trials there are and run side by side."""
        settings, definition = asked["HyperParameterTuningJobConfig"], asked["TrainingJobDefinition"]
        objective = settings.get("HyperParameterTuningJobObjective") or definition["TuningObjective"]
        metric, known = objective["MetricName"], self.account.image.metrics
        if metric not in known:
            raise invalid(
                f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for the algorithm. "
                f"Choose a valid objective metric: [{', '.join(sorted(known))}]."
            )
        ranges = settings.get("ParameterRanges") or definition["HyperParameterRanges"]
        names = [each["Name"] for kind in ranges.values() for each in kind]
        if len(names) > MOST_RANGES or not names:
            raise invalid(
                f"A tuning job has between 1 and {MOST_RANGES} hyperparameter ranges, not {len(names)}."
            )
        if both := set(names) & set(definition.get("StaticHyperParameters", {})):
            raise invalid(f"Hyperparameters are static or have a range, not both: {', '.join(sorted(both))}")
        limits, resources = settings["ResourceLimits"], definition["ResourceConfig"]
        at_once = limits["MaxParallelTrainingJobs"]
        self.quotas.check(
            (
                Claim(TRIALS, limits.get("MaxNumberOfTrainingJobs", 1), "Jobs"),
                Claim(TRIALS_AT_ONCE, at_once, "Jobs"),
                *instances(
                    resources["InstanceType"], usage(definition), at_once * resources["InstanceCount"]
                ),
            )
        )

    def list_training_jobs_for_hyper_parameter_tuning_job(self, asked: Facts) -> Facts:
        self.table.get(asked["HyperParameterTuningJobName"])
        rows = [self._summary(name) for name in self._trials[asked["HyperParameterTuningJobName"]]]
        if asked.get("SortBy") == "FinalObjectiveMetricValue":
            rows = [row for row in rows if "FinalHyperParameterTuningJobObjectiveMetric" in row]
            rows.sort(
                key=lambda row: row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
                reverse=asked.get("SortOrder") == "Descending",
            )
            return {"TrainingJobSummaries": rows[: asked.get("MaxResults", 10)]}
        return self.training.table.list("ListTrainingJobsForHyperParameterTuningJob", asked, rows)

    # --- the life of one --------------------------------------------------------------------------------

    def work(self, name: str, facts: Facts, stop: threading.Event) -> None:
        settings, definition = facts["HyperParameterTuningJobConfig"], facts["TrainingJobDefinition"]
        objective = settings.get("HyperParameterTuningJobObjective") or definition["TuningObjective"]
        draw = random.Random(settings.get("RandomSeed", name))
        ranges = settings.get("ParameterRanges") or definition["HyperParameterRanges"]
        for number in range(1, settings["ResourceLimits"]["MaxNumberOfTrainingJobs"] + 1):
            self.phase(name, f"Trial {number}", stop)
            trial = f"{name}-{number:03d}-{draw.getrandbits(32):08x}"
            self._train(name, trial, definition, draw_values(ranges, draw), objective, stop)
            self._count(name, objective)
        if not self.table.get(name).get("BestTrainingJob"):
            attempts = settings["ResourceLimits"]["MaxNumberOfTrainingJobs"]
            raise JobFailed(
                f"No training job succeeded after {attempts} attempts. Please take a look at the training job failures "
                "to get more details."
            )

    def end(self, name: str, status: str, **facts: Any) -> None:
        super().end(name, status, HyperParameterTuningEndTime=self.account.now(), **facts)

    def _train(
        self,
        name: str,
        trial: str,
        definition: Facts,
        values: dict[str, str],
        objective: Facts,
        stop: threading.Event,
    ) -> None:
        asked = {
            key: value
            for key, value in definition.items()
            if key not in ("StaticHyperParameters", "DefinitionName")
        }
        asked["TrainingJobName"] = trial
        asked["HyperParameters"] = definition.get("StaticHyperParameters", {}) | values
        # SageMaker tells its own algorithms what they are tuned on.
        asked["HyperParameters"]["_tuning_objective_metric"] = objective["MetricName"]
        self.training.create(asked)
        self.training.table.update(
            trial, TuningJobArn=self.table.arn(name), _tuned=values, _objective=objective
        )
        self._trials[name].append(trial)
        self._count(name, objective)
        told = False
        while self.training.table.get(trial)["TrainingJobStatus"] not in ENDED:
            if stop.wait(0.05) and not told:
                told = True
                self._stop_trial(trial)
            if self.account.closing.is_set():
                raise JobStopped
        if stop.is_set():
            self._count(name, objective)
            raise JobStopped

    def _stop_trial(self, trial: str) -> None:
        try:
            self.training.stop({"TrainingJobName": trial})
        except AwsError:  # it has ended in this moment
            return

    def _count(self, name: str, objective: Facts) -> None:
        rows = [self._summary(trial) for trial in self._trials[name]]
        counters = dict.fromkeys(COUNTERS, 0)
        for row in rows:
            counters[COUNTED.get(row["TrainingJobStatus"], "InProgress")] += 1
        judged = [row for row in rows if "FinalHyperParameterTuningJobObjectiveMetric" in row]
        failed = sum(row["TrainingJobStatus"] == "Failed" for row in rows)
        states = {"Succeeded": len(judged), "Pending": len(rows) - len(judged) - failed, "Failed": failed}
        facts: Facts = {"TrainingJobStatusCounters": counters, "ObjectiveStatusCounters": states}
        if judged:
            best = max if objective["Type"] == "Maximize" else min
            facts["BestTrainingJob"] = best(
                judged, key=lambda row: row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
            )
        self.table.update(name, **facts)

    def _summary(self, trial: str) -> Facts:
        row = self.training.table.get(trial)
        names = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime")
        names += ("TrainingJobStatus", "FailureReason", "LastModifiedTime")
        found = {name: row[name] for name in names if name in row} | {
            "TunedHyperParameters": row.get("_tuned", {})
        }
        objective = row.get("_objective", {})
        values = [
            m["Value"]
            for m in row.get("FinalMetricDataList", ())
            if m["MetricName"] == objective.get("MetricName")
        ]
        if values and row["TrainingJobStatus"] == "Completed":
            found["FinalHyperParameterTuningJobObjectiveMetric"] = objective | {"Value": values[0]}
            found["ObjectiveStatus"] = "Succeeded"
        return found


def draw_values(ranges: Facts, draw: random.Random) -> dict[str, str]:
    """One value per range, as the strings that SageMaker hands to the container."""
    values: dict[str, str] = {}
    for each in ranges.get("IntegerParameterRanges", ()):
        values[each["Name"]] = str(round(_between(each, draw)))
    for each in ranges.get("ContinuousParameterRanges", ()):
        values[each["Name"]] = repr(_between(each, draw))
    for each in ranges.get("CategoricalParameterRanges", ()):
        values[each["Name"]] = json.dumps(draw.choice(each["Values"])).strip('"')
    return values


def _between(each: Facts, draw: random.Random) -> float:
    low, high = float(each["MinValue"]), float(each["MaxValue"])
    if each.get("ScalingType") == "Logarithmic":
        return math.exp(draw.uniform(math.log(low), math.log(high)))
    return draw.uniform(low, high)
