"""Estimates, reckoned again by hand: prices are given, so that only the arithmetic and the words are tested."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.backends.aws.money import cost, prices
from core.backends.aws.money.prices import Price
from core.settings import Settings

SESSION = SimpleNamespace(region="us-east-1", settings=Settings(backend="aws"))
WHERE = {"instance_type": "ml.m5.large", "instance_count": "1", "spot": "no", "max_runtime": "2h"}


@pytest.fixture(autouse=True)
def priced(monkeypatch):
    hourly = {"ml.t3.medium": 0.10, "ml.m5.large": 0.10, "ml.m5.xlarge": 0.25}
    monkeypatch.setattr(
        prices, "hourly", lambda session, component, kind: Price(hourly.get(kind), f"{component} prices.")
    )
    monkeypatch.setattr(prices, "serverless_second", lambda session, memory: Price(0.00004, "Serverless."))
    monkeypatch.setattr(prices, "data_gb", lambda session: Price(0.016, ""))


def test_a_job_is_bounded_by_its_start_and_by_its_longest_run():
    told = cost.estimate(SESSION, "processing", WHERE, size=90_000_000)
    assert told.per_hour == 0.10
    assert told.low == pytest.approx(0.10 * (120 + 18) / 3600)  # two minutes, and 90 MB at 5 MB a second
    assert told.high == pytest.approx(0.20)  # two hours
    assert told.source == "Processing prices."
    assert "assumes 2 minutes to start and 5 MB of data a second" in told.text
    assert told.text.startswith("0.00 to 0.20 USD.") and "stopped after 2h" in told.text


def test_instances_and_trials_multiply():
    told = cost.estimate(SESSION, "tuning", WHERE | {"instance_count": "2"}, size=0, jobs=5)
    # Two trials at a time on 2 x 0.10, and for a while the one with the given values.
    assert told.per_hour == pytest.approx(0.60)
    # 5 trials of 2 x 0.10, and one evaluation at 0.10
    assert told.high == pytest.approx(5 * 2 * 0.20 + 0.20)  # of two hours each
    assert told.low == pytest.approx((5 * 0.20 + 0.10) * 120 / 3600)  # of two minutes each
    assert "2 x ml.m5.large, 5 times" in told.basis and told.source == "Training prices."


def test_a_training_job_is_told_with_its_evaluation():
    told = cost.estimate(SESSION, "training", WHERE | {"instance_type": "ml.m5.xlarge"}, size=0)
    assert told.high == pytest.approx(0.70)  # two hours at 0.25, and the evaluation's two hours at 0.10
    assert "With its evaluation, 0.00 to 0.20 USD." in told.text
    elsewhere = SimpleNamespace(region="us-east-1", settings=Settings(processing_instance="ml.trn9.huge"))
    unknown = cost.estimate(elsewhere, "training", WHERE, size=0)
    assert unknown.high is None and unknown.source == "Processing prices."


def test_a_transform_job_ends_with_its_rows_as_nothing_limits_its_time():
    told = cost.estimate(SESSION, "transform", {"instance_type": "ml.m5.large"}, size=90_000_000)
    assert told.low == pytest.approx(0.10 * (120 + 18) / 3600)
    assert told.high == pytest.approx(0.10 * (120 + 180) / 3600)  # 90 MB at half a MB a second
    assert "nothing stops it earlier" in told.basis and told.source == "Transform prices."
    unknown = cost.estimate(SESSION, "transform", {"instance_type": "ml.trn9.huge"}, size=0)
    assert unknown.high is None and "until the rows are done" in unknown.basis


def test_spot_is_an_upper_bound_and_no_saving_is_promised():
    told = cost.estimate(SESSION, "training", WHERE | {"spot": "yes"}, size=0)
    # Spot is for training: its evaluation is a job as any other.
    assert told.low == pytest.approx(0.10 * 120 / 3600) and told.high == pytest.approx(0.40)
    assert "nobody knows how much beforehand" in told.basis and "%" not in told.basis


def test_data_that_cannot_be_done_in_time_costs_no_more_than_the_longest_run():
    told = cost.estimate(SESSION, "processing", WHERE | {"max_runtime": "15m"}, size=10**12)
    assert told.low == told.high == pytest.approx(0.025)


def test_a_type_without_a_price_is_not_known_rather_than_cheap():
    told = cost.estimate(SESSION, "training", WHERE | {"instance_type": "ml.trn9.huge"}, size=0)
    assert (told.low, told.high, told.per_hour) == (None, None, None)
    assert told.text.startswith("not known.")


def test_a_real_time_endpoint_is_told_by_the_hour_and_by_the_month():
    told = cost.estimate(SESSION, "endpoint", {"instance_type": "ml.m5.xlarge", "memory_mb": "2048"}, 0)
    assert (told.low, told.high, told.per_hour) == (0.25, 0.25, 0.25)
    assert "182.50 USD in a month of 730 hours" in told.text  # 0.25 x 730


def test_a_serverless_endpoint_costs_nothing_idle_and_says_what_its_work_costs():
    where = {"instance_type": "serverless", "memory_mb": "2048"}
    told = cost.estimate(SESSION, "endpoint", where, 0)
    assert (told.low, told.high, told.per_hour) == (0.0, 0.0, 0.0)
    assert "0.00004 USD with 2048 MB" in told.text and "0.016 USD" in told.text
    assert cost.idle_per_hour(SESSION, where) == 0.0
    assert cost.idle_per_hour(SESSION, {"instance_type": "ml.m5.large"}) == 0.10
