"""Prices: what the Price List says, what the table says where it may not be asked, and that nothing is guessed."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from core.backends.aws.money import prices
from core.backends.aws.money.prices import Price
from core.backends.aws.session.errors import AwsRefusal

REGION = "us-east-1"


class Account:
    """A session whose Price List holds `products`, in pages of one; None: it may not be asked."""

    def __init__(self, products: list[dict[str, Any]] | None, region: str = REGION) -> None:
        self.region, self.settings = region, SimpleNamespace(profile="")
        self.products, self.asked = products, []

    def call(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        assert (service, operation) == ("pricing", "get_products")
        self.asked.append(params)
        if self.products is None:
            raise AwsRefusal(request="pricing get_products", reason="AccessDeniedException")
        page = int(params.get("NextToken", 0))
        more = {"NextToken": str(page + 1)} if page + 1 < len(self.products) else {}
        return {"PriceList": [json.dumps(product) for product in self.products[page : page + 1]]} | more


def product(usage: str, *tiers: str, unit: str = "Hrs") -> dict[str, Any]:
    dimensions = {
        f"D{number}": {"unit": unit, "pricePerUnit": {"USD": usd}} for number, usd in enumerate(tiers)
    }
    return {
        "product": {"attributes": {"usagetype": usage}},
        "terms": {"OnDemand": {"T": {"priceDimensions": dimensions}}},
    }


@pytest.fixture(autouse=True)
def clean():
    prices.forget()
    yield
    prices.forget()


def test_the_price_list_is_asked_once_a_day_for_all_uses_of_a_type():
    account = Account(
        [
            product("USE1-Studio:JupyterLab-ml.m5.large", "9.9"),
            product("USE1-Train:ml.m5.large", "0.2"),
            product("USE1-Host:ml.m5.large", "0.3"),
        ]
    )
    assert prices.hourly(account, "Hosting", "ml.m5.large").usd == 0.3
    assert prices.hourly(account, "Training", "ml.m5.large").usd == 0.2
    assert "AWS Price List" in prices.hourly(account, "Training", "ml.m5.large").source
    assert len(account.asked) == 3  # its three pages, once
    fields = {each["Field"]: each["Value"] for each in account.asked[0]["Filters"]}
    assert fields == {"regionCode": REGION, "instanceName": "ml.m5.large"}


def test_a_day_later_it_is_asked_again(monkeypatch):
    account = Account([product("USE1-Host:ml.m5.large", "0.3")])
    monkeypatch.setattr(prices, "clock", lambda: 0.0)
    prices.hourly(account, "Hosting", "ml.m5.large")
    monkeypatch.setattr(prices, "clock", lambda: 86_399.0)
    prices.hourly(account, "Hosting", "ml.m5.large")
    assert len(account.asked) == 1
    monkeypatch.setattr(prices, "clock", lambda: 86_401.0)
    prices.hourly(account, "Hosting", "ml.m5.large")
    assert len(account.asked) == 2


def test_who_may_not_read_prices_gets_the_table_with_its_date_and_is_not_asked_at_every_turn():
    account = Account(None)
    price = prices.hourly(account, "Training", "ml.m5.xlarge")
    assert price == Price(0.23, "An estimate from Sendero's own price table, as of 2026-09-24.")
    assert prices.hourly(account, "Hosting", "ml.t2.medium").usd == 0.056
    assert len(account.asked) == 1


def test_what_the_price_list_lacks_or_garbles_comes_from_the_table():
    broken = product("USE1-Host:ml.m5.large", "not a number") | {"serviceCode": "AmazonSageMaker"}
    account = Account([broken, {"product": None}, product("USE1-Host:ml.m5.large", "0.0")])
    assert prices.hourly(account, "Hosting", "ml.m5.large").usd == 0.115


def test_a_type_without_a_number_is_not_known_rather_than_guessed():
    price = prices.hourly(Account([]), "Training", "ml.c7i.48xlarge")
    assert price.usd is None
    assert "ml.c7i.48xlarge for Training in us-east-1" in price.source and "https://" in price.source
    assert prices.hourly(Account([], "eu-north-1"), "Training", "ml.m5.large").usd is None


def test_the_first_tier_of_serverless_inference_is_free_and_not_its_price():
    account = Account([product("USE1-ServerlessInf:Mem-2GB", "0.0", "0.00005", unit="seconds")])
    assert prices.serverless_second(account, 2048).usd == 0.00005
    assert prices.serverless_second(account, 3072).usd == 0.00006  # the table's
    assert prices.data_gb(account).usd == 0.016


def test_every_number_of_the_table_has_a_source_of_a_day():
    table = json.loads(prices.TABLE.read_text())
    rows = [
        row
        for components in table["hourly"].values()
        for types in components.values()
        for row in types.values()
    ]
    rows += [row for sizes in table["serverless_second"].values() for row in sizes.values()]
    rows += table["data_gb"].values()
    assert len(rows) > 40
    for usd, source in rows:
        assert usd > 0
        assert len(table["sources"][source]["date"]) == len("2026-09-24") and table["sources"][source]["what"]
    assert {component for region in table["hourly"].values() for component in region} <= set(prices.USAGE)
