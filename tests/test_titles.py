"""What people call a run: made from its request alone, as the list of jobs has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core import hyperparameters
from core.backends.base import Job, JobStatus
from core.backends.requests import (
    JobKind,
    ProcessingRequest,
    Request,
    TrainingRequest,
    TransformRequest,
    TuningRequest,
    request_json,
)
from core.verbs.runs import settings_of, title, titles

EDA = ProcessingRequest(
    "eda-flights-20261123-101500-ab12", "eda_script.py", {"target": "late"}, {"input": "datasets/flights"}
)


def job(request: Request) -> Job:
    return Job(
        request.name,
        request.kind,
        JobStatus.completed,
        "Completed",
        datetime.now(UTC),
        request=request_json(request),
    )


def training(
    name: str = "train-flights-20261123-101500-ab12", preset: str = "balanced", **given: str
) -> TrainingRequest:
    values = hyperparameters.resolve(preset, "binary", 2, given)
    return TrainingRequest(name, values, {}, "contract.json", None, EDA.name)


def tuning(count: int, **ranges: tuple[float, float]) -> TuningRequest:
    name = "tune-flights-20261123-101500-ab12"
    wide = ranges or hyperparameters.DEFAULT_RANGES
    return TuningRequest(name, training(), wide, "validation:logloss", False, count, 0)


def trial(tuning_job: str, end: str) -> Job:
    found = job(training(f"tune-short-{end}", eta="0.2"))
    found.request["tuning_job"] = tuning_job
    return found


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "flights"),
        ({"drop": ["arr_delay"]}, "flights, without arr_delay"),
        ({"drop": ["a", "b", "c", "d", "e"]}, "flights, without a, b, c, 2 more"),
        ({"derive": {"speed": "distance/air_time"}}, "flights, with speed"),
        ({"split": "time", "split_column": "date"}, "flights, split by date"),
        ({"treat": {"zip": "categorical"}, "seed": 7}, "flights, zip as categorical, seed 7"),
    ],
)
def test_an_eda_is_called_by_its_data_and_what_was_changed(config, words):
    assert title(job(replace(EDA, config={"target": "late", **config}))) == words


@pytest.mark.parametrize(
    ("preset", "given", "words"),
    [
        ("balanced", {}, "balanced"),
        ("balanced", {"eta": "0.05", "max_depth": "3"}, "depth 3, eta 0.05"),
        ("balanced", {"early_stopping_rounds": ""}, "no early stopping"),
        ("balanced", {"objective": "binary:hinge"}, "binary:hinge, error"),
        ("balanced", {"gamma": "4"}, "gamma 4"),
        ("seed", {}, "as in the notebook"),
        ("seed", {"max_depth": "7"}, "as in the notebook, depth 7"),
    ],
)
def test_a_training_is_called_by_what_differs_from_its_preset(preset, given, words):
    assert title(job(training(preset=preset, **given))) == words


def test_a_tuning_its_trials_and_predictions_speak_of_each_other():
    search = job(tuning(12))
    local, aws = (trial(search.name, end) for end in ("002", "003-1a2b3c4d"))
    rows = job(TransformRequest("transform-flights-20261123-101500-ab12", local.name, "rows.csv", "june.csv"))
    more = replace(tuning(20), parent="tune-x", max_seconds=600)
    assert title(job(more)) == "20 more trials, 10 min at most"
    assert title(search) == "12 trials" and title(job(tuning(1, eta=(0.1, 0.2)))) == "1 trial, over eta"
    assert title(local) == "trial 2, eta 0.2"
    assert titles([search, local, aws, rows]) == {
        search.name: "12 trials",
        local.name: "trial 2 of 12, eta 0.2",
        aws.name: "trial 3 of 12, eta 0.2",
        rows.name: "june.csv, by trial 2 of 12, eta 0.2",
    }


def test_a_job_whose_record_is_damaged_has_its_technical_name():
    damaged = Job("train-x", JobKind.training, JobStatus.failed, "Failed", datetime.now(UTC))
    assert title(damaged) == "train-x"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"max_depth": "3", "early_stopping_rounds": ""},
        {"eval_metric": "aucpr"},
        {"objective": "binary:hinge"},
        {"num_round": "10", "lambda": "2"},
    ],
)
def test_a_run_is_run_again_with_what_it_was_given(given):
    request = training(preset="seed" if "lambda" in given else "balanced", **given)
    preset, changed = settings_of(job(request))
    assert hyperparameters.resolve(preset, "binary", 2, changed) == request.hyperparameters
