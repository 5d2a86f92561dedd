"""The leaderboard: what ranks where and is chosen, what is read how often, and that every metric has its words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core import keys, metric_words
from core.backends.local import LocalBackend
from core.errors import ChoiceChanged, JobNotReady
from core.judging import scores as scores_of_rows
from core.verbs import choices, leaderboard, progress
from core.verbs.jobs import list_jobs
from core.verbs.leaderboard import Results, Target

LATE = Target("late", "flights")


@pytest.fixture
def backend(tmp_path) -> LocalBackend:
    """Records of two EDA jobs of one target, and of one of another."""
    local = LocalBackend(tmp_path / "workspace")
    for name, target in (("eda-one", "late"), ("eda-two", "late"), ("eda-other", "origin")):
        config = {"target": target}
        record(local, "processing", name, {"config": config, "inputs": {"input": "datasets/flights"}})
    return local


def record(backend, kind: str, name: str, request: dict, status: str = "Completed") -> None:
    count = len(backend.jobs())
    backend.storage.write_json(
        keys.job_record(kind, name),
        {"name": name, "kind": kind, "status": status, "created": f"2026-11-23T10:{count:02d}:00.000Z"}
        | {"request": {"name": name, **request}},
    )


def trained(
    backend,
    name: str,
    auc: float | None = None,
    status: str = "Completed",
    eda="eda-one",
    validation: float | None = None,
    **more,
) -> None:
    request = {"hyperparameters": {}, "processing_job": eda} | more
    record(backend, "training", name, request, status)
    if auc is not None:
        judged = {"problem": "binary", "rows": 9, "metrics": {"auc": auc}}
        if validation is not None:
            judged["validation"] = {"rows": 9, "metrics": {"auc": validation}}
        backend.storage.write_json(keys.evaluation(name), judged)


def read(backend, target=LATE, known=None) -> leaderboard.Leaderboard:
    return leaderboard.read(backend, list_jobs(backend), target, known)


def names(board) -> list[str]:
    return [run.job.name for run in board.runs]


def test_the_best_is_first_and_what_has_no_result_last(backend):
    trained(backend, "good", 0.8)
    trained(backend, "failed", status="Failed")
    trained(backend, "unjudged")
    trained(backend, "better", 0.9, eda="eda-two")
    trained(backend, "elsewhere", 0.99, eda="eda-other")
    board = read(backend)
    assert (board.metric, names(board)) == ("auc", ["better", "good", "unjudged", "failed"])
    assert [run.model for run in board.runs] == ["better", "good", "unjudged", ""]
    assert board.best().job.name == "better" and board.best("eda-one").job.name == "good"
    assert names(read(backend, Target("origin", "flights"))) == ["elsewhere"]


def test_validation_ranks_and_the_model_of_all_rows_stands_with_the_one_that_chose_its_rounds(backend):
    """What is best on test by chance is not offered; a model of all rows has no validation of its own."""
    for name, test, validation in (("lucky", 0.9, 0.7), ("good", 0.8, 0.75), ("old", 0.95, None)):
        trained(backend, name, test, validation=validation)
    trained(backend, "whole", 0.81, all_rows_of="good")
    board = read(backend)
    assert (board.split, names(board)) == ("validation", ["whole", "good", "lucky", "old"])
    assert board.runs[0].figures("validation") == {"auc": 0.75} and board.runs[0].figures("test") == {
        "auc": 0.81
    }
    for name in names(board):
        backend.storage.write_bytes(keys.model(name), b"")
    assert progress.models(backend)[0].name == "whole"
    assert progress.pipeline_progress(backend).next.query == {"training": "whole"}
    choices.choose(backend, "lucky")
    assert progress.models(backend)[0].name == "lucky"
    assert progress.pipeline_progress(backend).next.query == {"training": "lucky"}


def test_a_tuning_job_stands_where_its_best_trial_does(backend):
    trained(backend, "plain", 0.8)
    training = {"hyperparameters": {}, "processing_job": "eda-one"}
    record(backend, "tuning", "tune-1", {"training": training, "ranges": {}, "max_jobs": 2})
    trained(backend, "tune-1-001", 0.7, tuning_job="tune-1")
    trained(backend, "tune-1-002", 0.9, tuning_job="tune-1")
    best = {"training_job": "tune-1-002", "values": {}, "objective": 0.4, "status": "Completed"}
    backend.storage.write_json(keys.tuning_result("tune-1"), {"trials": [best], "best": best})
    board = read(backend)
    assert names(board) == ["tune-1", "plain"]
    assert board.runs[0].model == "tune-1-002" and board.runs[0].scores.metrics == {"auc": 0.9}
    assert [run.job.name for run in board.runs[0].trials] == ["tune-1-002", "tune-1-001"]
    assert board.find("tune-1-001").title.startswith("trial 1")


def test_a_result_is_read_once_and_a_damaged_one_is_none(backend):
    trained(backend, "good", 0.8)
    trained(backend, "damaged")
    backend.storage.path(keys.evaluation("damaged")).parent.mkdir(parents=True)
    backend.storage.path(keys.evaluation("damaged")).write_text("{")
    known = Results()
    assert names(read(backend, known=known)) == ["good", "damaged"]
    backend.storage.path(keys.evaluation("good")).unlink()
    assert read(backend, known=known).runs[0].scores.metrics == {"auc": 0.8}
    assert read(backend).metric == ""


@pytest.fixture
def clock(monkeypatch):
    """Each mark is a minute after the last one."""
    start = datetime(2026, 11, 30, tzinfo=UTC)
    times = (start + timedelta(minutes=n) for n in range(100))
    monkeypatch.setattr(choices, "now", lambda: next(times).isoformat())


@pytest.fixture
def models(backend, clock):
    for name, eda in (("one", "eda-one"), ("two", "eda-two"), ("elsewhere", "eda-other")):
        trained(backend, name, 0.8, eda=eda)
        backend.storage.write_bytes(keys.model(name), b"")
    return backend


def chosen(backend) -> list[str]:
    return [mark.job for mark in choices.chosen(choices.marks(backend), backend.jobs()).values()]


def test_the_last_mark_for_a_target_counts_until_it_is_taken_back(models):
    assert choices.choice_for(models, LATE) is None
    for name in ("one", "elsewhere", "two"):
        choices.choose(models, name)
    assert chosen(models) == ["two", "elsewhere"]
    assert [job.name for job in progress.models(models)] == ["two", "elsewhere", "one"]
    choices.choose(models, "two", is_chosen=False)
    assert chosen(models) == ["elsewhere"]
    choices.choose(models, "one")
    mark = choices.choice_for(models, LATE)
    assert mark and mark.job == "one" and mark.who and mark.at.minute == 4


def test_a_mark_is_read_once_and_a_damaged_one_is_none(models):
    choices.choose(models, "one")
    known = {}
    (key,) = models.storage.files(keys.CHOICES)
    assert choices.marks(models, known) and key in known
    models.storage.write_bytes(key, b"[]")
    assert choices.marks(models, known)[0].job == "one"
    assert choices.marks(models) == []


def test_only_a_model_is_chosen_and_of_two_marks_at_once_one_is_told(models):
    record(models, "training", "failed", {"hyperparameters": {}, "processing_job": "eda-one"}, "Failed")
    with pytest.raises(JobNotReady):
        choices.choose(models, "failed")
    with ThreadPoolExecutor(8) as people:
        futures = [people.submit(choices.choose, models, "one") for _ in range(8)]
    refused = [future.exception() for future in futures if future.exception()]
    assert all(isinstance(each, ChoiceChanged) for each in refused)
    assert len(models.storage.files(keys.CHOICES)) == 8 - len(refused)


@pytest.mark.parametrize(
    ("problem", "classes"), [("binary", ["no", "yes"]), ("multiclass", ["a", "b", "c"]), ("regression", [])]
)
def test_every_metric_of_an_evaluation_has_its_words(problem, classes):
    label = np.arange(30) % max(len(classes), 2)
    raw = np.tile([0.2, 0.3, 0.5], (30, 1)) if problem == "multiclass" else np.linspace(0, 1, 30)
    scores = scores_of_rows.of(label, raw, problem, classes)
    assert set(scores["metrics"]) <= set(metric_words.METRICS)
    assert set(metric_words.HEADLINE[problem]) <= set(scores["metrics"])


@pytest.mark.parametrize(
    ("name", "value", "rows", "text"),
    [
        ("accuracy", 0.7775, 1200, "78%"),
        ("accuracy", 0.7775, 20_000, "77.8%"),
        ("accuracy", 0.9996, 1200, ">99.9%"),
        ("accuracy", 0.998, 1200, "99.8%"),
        ("accuracy", 1.0, 1200, "100%"),
        ("auc", 0.72526, 1200, "0.725"),
        ("rmse", 31070.4, 9, "31,070"),
    ],
)
def test_a_metric_has_the_digits_that_hold(name, value, rows, text):
    assert metric_words.written(name, value, rows) == text
