"""Each column's share in what is added to the answers, and whether its interval has the truth in it."""

import numpy as np
import pytest

from core.encoding.contract import Column, Contract, Label
from core.judging.reasons import Margins
from core.judging.shares import gains_by_column, shares

COLUMNS = (
    Column("when", "datetime", features={"when_month": "month", "when_hour": "hour"}),
    Column("kind", "categorical", features={"kind": "code"}),
    Column("size", "numeric", features={"size": "value"}),
)


def test_shares_and_their_intervals_have_the_truth_in_them():
    chance = np.random.default_rng(3)
    spread = np.array([3.0, 2.0, 1.0])  # of a normal distribution, whose mean size is in proportion
    inside = np.zeros(3)
    for _ in range(400):
        added = chance.normal(size=(120, 1, 3)) * spread
        added[:, :, 1] += 0.5 * added[:, :, 0]
        found = {s.column: s.share for s in shares(Margins(("a", "b", "c"), added, np.zeros((120, 1))))}
        sizes = np.array([3.0, np.hypot(2.0, 1.5), 1.0])
        for index, (name, truth) in enumerate(zip("abc", sizes / sizes.sum(), strict=True)):
            inside[index] += found[name].low <= truth <= found[name].high
    assert ((inside / 400 > 0.92) & (inside / 400 < 0.98)).all()
    assert sum(share.value for share in found.values()) == pytest.approx(1)


def test_gain_is_added_up_by_column_too():
    contract = Contract(Label("y", "regression"), COLUMNS)
    gains = [("size", 0.5), ("when_hour", 0.25), ("when_month", 0.15), ("kind", 0.1)]
    found = gains_by_column(contract, gains)
    assert [(each.column, round(each.share.value, 6)) for each in found] == [
        ("size", 0.5),
        ("when", 0.4),
        ("kind", 0.1),
    ]
