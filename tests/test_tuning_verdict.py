"""Whether a tuning paid, in words, by hand-made trials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scipy.stats import spearmanr

from core.backends.base import Job, JobStatus
from core.backends.requests import JobKind
from core.verbs.tuning_verdict import gain_words, rank_correlation, verdict

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
JOB = Job(
    name="tune",
    kind=JobKind.tuning,
    status=JobStatus.completed,
    phase="Completed",
    created=BEGAN,
    ended=BEGAN + timedelta(minutes=7),
    request={"max_jobs": 20, "ranges": {"eta": (0.1, 0.5), "gamma": (0, 5)}},  # pyright: ignore[reportArgumentType]
)


def trial(number: int, objective: float | None, **more: Any) -> dict[str, Any]:
    values = {"eta": f"{number / 10}", "gamma": f"{(number * 7) % 5}"} if number else {}
    facts = {"training_job": f"t-{number}", "values": values, "objective": objective, "status": "Completed"}
    return facts | more


def result(*trials: dict[str, Any], best: int, **more: Any) -> Any:
    return {
        "trials": list(trials),
        "best": {key: trials[best][key] for key in ("training_job", "values", "objective")},
        "objective": "validation:logloss",
    } | more


def gain(value: float, half: float) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half, "rows": 1083, "tried": 19}


@pytest.mark.parametrize(
    "found, sentence, choose",
    [
        (gain(0.002, 0.009), "Best beats your start by 0.002 ± 0.009 in log loss: keep the start.", "t-0"),
        (gain(0.0304, 0.0121), "Best beats your start by 0.03 ± 0.01 in log loss: take the best.", "t-1"),
        (None, "Best beats your start by 0.020 in log loss; how sure that is, is not known.", "t-1"),
    ],
)
def test_the_best_is_taken_where_it_is_surely_better(found, sentence, choose):
    told = verdict(JOB, result(trial(0, 0.5), trial(1, 0.48), best=1, gain=found))
    assert (told.gain, told.choose) == (sentence, choose)
    assert ("1,083 rows" in told.basis and "luckiest of 19" in told.basis) == bool(found)


def test_a_start_that_nothing_beats_is_kept_and_one_that_was_not_tried_is_said():
    told = verdict(JOB, result(trial(0, 0.4), trial(1, 0.48), trial(2, 0.5), best=0))
    assert (told.gain, told.choose) == ("None of the 2 other trials beats your start: keep the start.", "t-0")
    told = verdict(JOB, result(trial(1, 0.48), trial(2, 0.5), best=0))
    assert told.gain.startswith("No trial with the values that you gave") and told.choose == "t-1"


def test_the_cost_says_what_was_ended_early_and_that_time_was_up():
    trials = (trial(0, 0.5), trial(1, 0.6, ended_early=True, status="Stopped"))
    told = verdict(JOB, result(*trials, best=0, seconds=125, at_once=2, out_of_time=True))
    assert told.cost == "2 trials in 2 min, 2 at a time, 1 ended early, its time was up."
    told = verdict(JOB, result(*trials, best=0), per_hour=0.115)
    assert (told.cost, told.usd) == ("2 trials in 7 min, 1 ended early.", None)  # their times are not known


def test_the_cost_in_money_is_the_time_of_all_trials():
    trials = (trial(0, 0.5, seconds=600.0), trial(1, 0.6, seconds=1200.0), trial(2, None, seconds=0.0))
    told = verdict(JOB, result(*trials, best=0), per_hour=0.12)
    assert told.usd == pytest.approx(0.06) and "They cost about 0.06 USD at on-demand prices" in told.cost
    few = verdict(JOB, result(trial(0, 0.5, seconds=9.0), best=0), per_hour=0.12)
    assert "less than 0.01 USD" in few.cost
    assert verdict(JOB, result(*trials, best=0)).usd is None  # nothing is paid


def test_the_knob_that_mattered_is_named_by_its_share_or_else_by_rank():
    shares = {"by": "PED-ANOVA", "shares": {"eta": 0.7, "gamma": 0.3}}
    told = verdict(JOB, result(trial(0, 0.5), best=0, importance=shares))
    assert (
        told.knobs == "What mattered most to reach the best quarter: eta 70.0%, then gamma 30.0% (PED-ANOVA)."
    )
    falling = [trial(number, 1 / number) for number in range(1, 16)]
    told = verdict(JOB, result(*falling, best=14))
    assert told.knobs == "What mattered most: eta, more was better (rank correlation 1)."
    assert verdict(JOB, result(*falling[:5], best=4)).knobs == ""


def test_a_rank_correlation_is_spearmans():
    first, second = [3.0, 1.0, 2.0, 2.0, 5.0], [1.0, 4.0, 2.0, 3.0, 0.0]
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert rank_correlation([1.0, 1.0], [1.0, 2.0]) == 0


def test_a_share_is_told_in_points_and_a_number_in_its_own_size():
    assert gain_words("error", gain(0.0123, 0.02)) == "1 ± 2 points"
    assert gain_words("rmse", gain(12.3, 45.6)) == "12 ± 46"
