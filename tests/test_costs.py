"""The meter and the sweep above the seam: arithmetic by hand, and what a name stands for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.backends.inventory import BillableResource, Deletion, Inventory
from core.errors import NotFound
from core.storage import DiskStorage
from core.verbs import costs

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def item(kind: str, name: str, per_hour: float | None = 0.0, hours: float = 1.0) -> BillableResource:
    created = datetime.now(UTC) - timedelta(hours=hours)
    return BillableResource(
        kind, name, "InService", "1 x ml.m5.large", created, "not Sendero's", False, per_hour
    )


def test_a_meter_is_its_price_by_its_age_and_by_a_month_of_730_hours():
    meter = costs.meter(0.115, NOW - timedelta(hours=26), NOW)
    assert meter.per_hour == 0.115
    assert meter.so_far == pytest.approx(2.99)  # 26 x 0.115
    assert meter.per_month == pytest.approx(83.95)  # 730 x 0.115
    assert costs.words(meter) == "0.115 USD an hour, 2.99 so far, 83.95 a month"
    assert meter.as_dict() == {"per_hour": 0.115, "so_far": 2.99, "per_month": 83.95}


def test_serverless_costs_nothing_while_idle_and_a_clock_that_is_behind_refunds_nothing():
    assert costs.words(costs.meter(0.0, NOW - timedelta(days=9), NOW)) == "nothing while idle"
    assert costs.meter(0.5, NOW + timedelta(hours=1), NOW).so_far == 0.0


def test_a_sum_with_a_price_that_is_not_known_is_not_known():
    known, unknown = costs.meter(0.5, NOW, NOW), costs.meter(None, NOW, NOW)
    assert costs.total([known, known]).per_month == 730.0
    assert costs.total([known, unknown]).per_hour is None
    assert costs.total([]).per_hour == 0.0


class Cloud:
    """A backend that is only swept."""

    def __init__(self, storage: DiskStorage, *found: BillableResource) -> None:
        self.storage, self.found, self.deleted = storage, found, []

    def sweep(self) -> Inventory:
        return Inventory("account 1", self.found, ())

    def delete_resource(self, wanted: BillableResource) -> Deletion:
        self.deleted.append(wanted)
        return Deletion(("endpoint x",), ("model m: endpoint config c names it",))


def test_a_name_stands_for_the_endpoint_before_a_job_of_that_name(tmp_path):
    cloud = Cloud(DiskStorage(tmp_path), item("training", "x"), item("endpoint", "x", hours=5))
    receipt = costs.delete_resource(cloud, "x")
    assert [each.kind for each in cloud.deleted] == ["endpoint"]
    assert receipt.deleted == ("endpoint x",) and receipt.kept == ("model m: endpoint config c names it",)
    assert receipt.ran_seconds == pytest.approx(5 * 3600, abs=60)


def test_what_no_sweep_finds_is_not_deleted(tmp_path):
    cloud = Cloud(DiskStorage(tmp_path), item("endpoint", "x"))
    with pytest.raises(NotFound, match="sweep"):
        costs.delete_resource(cloud, "y")
    assert not cloud.deleted
