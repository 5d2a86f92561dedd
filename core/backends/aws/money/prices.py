"""What AWS asks for an hour or a second: from its Price List API where we may read it, else from a dated table.

The table, `prices.json`, holds only numbers that somebody read in a price list or a bill, each with its source and
date; what it lacks is answered with None, never with a guess. Free tier, discounts and taxes are in neither.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from core.backends.aws.session.connection import Session
from core.errors import SenderoError

TABLE = Path(__file__).with_name("prices.json")
KEPT = 86_400.0  # seconds that an answer is good for: prices change by the month
REFUSED_FOR = 3_600.0  # seconds until somebody who may not read prices is asked about again

# Component -> what the Price List's usage types call it, e.g. USE1-Host:ml.m5.large
USAGE = {"Processing": "Processing", "Training": "Train", "Hosting": "Host", "Transform": "Tsform"}
OF_KIND = {
    "processing": "Processing",
    "training": "Training",
    "tuning": "Training",
    "transform": "Transform",
    "endpoint": "Hosting",
}


@dataclass(frozen=True, slots=True)
class Price:
    """A price in USD and, in a sentence, whose it is and of which day; None where nobody told one."""

    usd: float | None
    source: str


def hourly(session: Session, component: str, instance_type: str) -> Price:
    """One instance of `instance_type` for an hour of Processing, Training, Hosting or Transform."""
    usage = rf"(\w+-)?{USAGE[component]}:{re.escape(instance_type)}"
    live = _live(session, usage, "hrs", instanceName=instance_type)
    if live is not None:
        return live
    row = _table()["hourly"].get(session.region, {}).get(component, {}).get(instance_type)
    return _told(row, f"{instance_type} for {component} in {session.region}")


def serverless_second(session: Session, memory_mb: int) -> Price:
    """One second in which a serverless endpoint of `memory_mb` works. Idle, it costs nothing."""
    usage = rf"(\w+-)?ServerlessInf:Mem-{memory_mb // 1024}GB"
    live = _live(session, usage, "second", productFamily="ML Serverless")
    if live is not None:
        return live
    row = _table()["serverless_second"].get(session.region, {}).get(str(memory_mb))
    return _told(row, f"serverless inference in {session.region}")


def data_gb(session: Session) -> Price:
    """One GB sent to an endpoint, or answered by it."""
    return _told(_table()["data_gb"].get(session.region), f"an endpoint's data in {session.region}")


# --- the table --------------------------------------------------------------------------------------------


@cache
def _table() -> dict[str, Any]:
    return json.loads(TABLE.read_text(encoding="utf-8"))


def _told(row: list[Any] | None, what: str) -> Price:
    if row is None:
        return Price(None, f"No price is known of {what}: see {_table()['page']}")
    day = _table()["sources"][row[1]]["date"]
    return Price(row[0], f"An estimate from Sendero's own price table, as of {day}.")


# --- the Price List API -----------------------------------------------------------------------------------

_held: dict[tuple[Any, ...], tuple[float, list[dict[str, Any]]]] = {}  # whose, where, what -> when, products
_refused: dict[tuple[Any, ...], float] = {}  # whose, where -> when
_lock = threading.Lock()
_clock: Callable[[], float] = time.monotonic


def forget() -> None:
    """Ask AWS again: settings or permissions have changed."""
    with _lock:
        _held.clear()
        _refused.clear()


def _live(session: Session, usage: str, unit: str, **filters: str) -> Price | None:
    """The price of the product whose usage type is `usage`, or None where the API does not tell."""
    for product in _products(session, filters):
        try:
            usd = (
                _usd(product, unit)
                if re.fullmatch(usage, product["product"]["attributes"]["usagetype"])
                else 0
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # not the shape that is documented: then it tells us nothing
        if usd > 0:
            return Price(usd, f"An estimate from the AWS Price List, read {_today()}.")
    return None


def _usd(product: dict[str, Any], unit: str) -> float:
    """The highest of the product's on-demand prices: the first of several tiers is the free one."""
    dimensions = [
        dimension
        for term in product["terms"]["OnDemand"].values()
        for dimension in term["priceDimensions"].values()
        if dimension["unit"].lower().startswith(unit)
    ]
    return max(float(dimension["pricePerUnit"]["USD"]) for dimension in dimensions)


def _products(session: Session, filters: dict[str, str]) -> list[dict[str, Any]]:
    who = (session.settings.profile, session.region)
    key = (*who, *sorted(filters.items()))
    with _lock:  # held while asking: the tabs that open at once wait for one answer
        now = _clock()
        if key in _held and now - _held[key][0] < KEPT:
            return _held[key][1]
        if who in _refused and now - _refused[who] < REFUSED_FOR:
            return []
        try:
            found = _ask(session, {"regionCode": session.region, **filters})
        except (SenderoError, ValueError):  # not allowed, not reachable, no such service: the table answers
            _refused[who] = now
            return []
        _held[key] = (now, found)
        return found


def _ask(session: Session, filters: dict[str, str]) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {
        "ServiceCode": "AmazonSageMaker",
        "FormatVersion": "aws_v1",
        "Filters": [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in filters.items()],
    }
    found: list[dict[str, Any]] = []
    while True:
        page = session.call("pricing", "get_products", **asked)
        found += [json.loads(product) for product in page["PriceList"]]
        if not page.get("NextToken"):
            return found
        asked["NextToken"] = page["NextToken"]


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
