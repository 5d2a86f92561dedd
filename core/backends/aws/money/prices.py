"""What AWS charges for an hour or a second: from its Price List API where we may read it, else from a dated table.

The table, `prices.json`, holds only numbers that somebody read in a price list or a bill, each with its source and
date; what it lacks is None, never a guess. Free tier, discounts and taxes are in neither.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypedDict

from core.backends.aws.session.cache import Cache
from core.backends.aws.session.connection import Answer, Session
from core.errors import SenderoError
from core.language import tr

TABLE = Path(__file__).with_name("prices.json")
KEPT = 86_400.0  # seconds that an answer is good for: prices change by the month
REFUSED_FOR = 3_600.0  # seconds without requests after one that was refused

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
    """A price in USD (None: not known) and, in a sentence, its source and date."""

    usd: float | None
    source: str


def hourly(session: Session, component: str, instance_type: str) -> Price:
    """Return the price of `instance_type` for an hour of Processing, Training, Hosting or Transform."""
    usage = rf"(\w+-)?{USAGE[component]}:{re.escape(instance_type)}"
    live = _live(session, usage, "hrs", instanceName=instance_type)
    if live is not None:
        return live
    row = _table()["hourly"].get(session.region, {}).get(component, {}).get(instance_type)
    return _from_table(
        row,
        tr(
            "No price is known of {instance} for {component} in {region}: see {page}",
            instance=instance_type,
            component=component,
            region=session.region,
            page=_table()["page"],
        ),
    )


def serverless_second(session: Session, memory_mb: int) -> Price:
    """Return the price of a second in which a serverless endpoint of `memory_mb` works. Idle, it costs nothing."""
    usage = rf"(\w+-)?ServerlessInf:Mem-{memory_mb // 1024}GB"
    live = _live(session, usage, "second", productFamily="ML Serverless")
    if live is not None:
        return live
    row = _table()["serverless_second"].get(session.region, {}).get(str(memory_mb))
    return _from_table(
        row,
        tr(
            "No price is known of serverless inference in {region}: see {page}",
            region=session.region,
            page=_table()["page"],
        ),
    )


def data_gb(session: Session) -> Price:
    """Return the price of one GB sent to an endpoint, or answered by it."""
    return _from_table(
        _table()["data_gb"].get(session.region),
        tr(
            "No price is known of an endpoint's data in {region}: see {page}",
            region=session.region,
            page=_table()["page"],
        ),
    )


# --- the table --------------------------------------------------------------------------------------------


Row = tuple[float, str]  # USD, and a key of `sources`; in JSON a list of two


class Source(TypedDict):
    """Where numbers were read, and when (ISO date)."""

    date: str
    what: str


class Table(TypedDict):
    """prices.json; prices are by region, then by component and instance type or by MB."""

    page: str
    sources: dict[str, Source]
    hourly: dict[str, dict[str, dict[str, Row]]]
    serverless_second: dict[str, dict[str, Row]]
    data_gb: dict[str, Row]


@cache
def _table() -> Table:
    return json.loads(TABLE.read_text(encoding="utf-8"))


def _from_table(row: Row | None, unknown: str) -> Price:
    if row is None:
        return Price(None, unknown)
    day = _table()["sources"][row[1]]["date"]
    return Price(row[0], tr("An estimate from Sendero's own price table, as of {day}.", day=day))


# --- the Price List API -----------------------------------------------------------------------------------

Product = Answer  # a document of the Price List; `_usd` says what is read of it
clock: Callable[[], float] = time.monotonic  # tests set it
_cache = Cache(KEPT, lambda: clock())


def forget() -> None:
    """Read prices from AWS again: settings or permissions have changed."""
    _cache.clear()


def _live(session: Session, usage: str, unit: str, **filters: str) -> Price | None:
    """Return the price of the product whose usage type is `usage`; None where the API has none."""
    for product in _products(session, filters):
        try:
            usd = (
                _usd(product, unit)
                if re.fullmatch(usage, product["product"]["attributes"]["usagetype"])
                else 0
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # not the shape that is documented: then it says nothing
        if usd > 0:
            return Price(usd, tr("An estimate from the AWS Price List, read {day}.", day=_today()))
    return None


def _usd(product: Product, unit: str) -> float:
    """Return the highest of the product's on-demand prices: the first of several tiers is the free one."""
    dimensions = [
        dimension
        for term in product["terms"]["OnDemand"].values()
        for dimension in term["priceDimensions"].values()
        if dimension["unit"].lower().startswith(unit)
    ]
    return max(float(dimension["pricePerUnit"]["USD"]) for dimension in dimensions)


def _products(session: Session, filters: dict[str, str]) -> list[Product]:
    account = (session.settings.profile, session.region)
    refusal, products = ("refusal", *account), ("products", *account, *sorted(filters.items()))
    if not _cache.holds(products) and _cache.holds(refusal, factor=REFUSED_FOR / KEPT):
        return []
    try:
        return _cache.get(products, lambda: _read(session, {"regionCode": session.region, **filters}))
    except (SenderoError, ValueError):  # not allowed, not reachable, no such service: the table has to do
        _cache.put(refusal, True)
        return []


def _read(session: Session, filters: dict[str, str]) -> list[Product]:
    """Return all products that pass `filters`, from every page. Raises what AWS refuses, ValueError."""
    terms = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in filters.items()]
    request = {"ServiceCode": "AmazonSageMaker", "FormatVersion": "aws_v1", "Filters": terms}
    products: list[Product] = []
    more: dict[str, str] = {}
    while True:
        page = session.call("pricing", "get_products", **request, **more)
        products += [json.loads(product) for product in page["PriceList"]]
        if not page.get("NextToken"):
            return products
        more = {"NextToken": page["NextToken"]}


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
