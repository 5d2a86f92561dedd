"""Which columns name rows, by what they are called and what they hold."""

from __future__ import annotations

import pytest

from core.eda.profile.kinds import kind_of, named_like_a_key

SPREAD = {
    "type": "BIGINT",
    "rows": 100,
    "missing": 0,
    "distinct": 100,
    "minimum": 100_000,
    "maximum": 900_000,
}
KEYS = """CustomerID LoanID customerId id_cliente IDCliente idCliente CUSTOMERID userid order.id ID uuid row_id"""
NUMBERS = (
    "CLIENTNUM,policy_nr,OrderNumber,PolicyKey,product_code,numero_de_cliente,Customer Number,Order #,"
    "Row Number,Nº cliente"
)
NUMBERED = [*KEYS.split(), *NUMBERS.split(",")]
MEASURED = """humid paid grid ideal idade Idaho population number_of_orders num_orders n_clients num_words orders
    loan_amount patient_age room_number account_balance case_count distance"""


@pytest.mark.parametrize("name", NUMBERED)
@pytest.mark.parametrize("kind", ["BIGINT", "DOUBLE"])
def test_a_number_named_like_a_key_that_no_two_rows_share_is_one(name, kind):
    assert kind_of(name, SPREAD | {"type": kind})[0] == "identifier"
    assert kind_of(name, SPREAD | {"distinct": 60})[0] == "numeric"
    assert kind_of(name, SPREAD | {"type": "DOUBLE", "minimum": -2.36})[0] == "numeric"
    assert kind_of(name, SPREAD | {"rows": 40, "distinct": 40})[0] == "numeric"


@pytest.mark.parametrize("name", MEASURED.split())
def test_what_counts_or_measures_is_a_number_though_no_two_rows_share_it(name):
    assert kind_of(name, SPREAD) == ("numeric", None)
    assert not named_like_a_key(name)


def test_keys_that_rows_share_are_told_by_their_name():
    assert [name for name in NUMBERED if named_like_a_key(name)] == KEYS.split()
