"""Numbers as people write them, in every place that shows one."""

from __future__ import annotations

import pytest

from core import numbers


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (31070.4, 4, "31,070"), (31070, 2, "31,070"), (1234.5678, 6, "1234.57"), (0.5, 6, "0.5"),
        (0.00001234, 6, "0.00001234"), (-4.0, 6, "-4"), (1.5e17, 6, "150,000,000,000,000,000"), (0, 6, "0"),
        (1e300, 6, "1e+300"), (float("inf"), 6, "inf"), (None, 6, "-"), ("2013-01-01", 6, "2013-01-01"),
        (True, 6, "True"),
    ],
)  # fmt: skip
def test_a_number_has_its_thousands_marked_and_no_power_of_ten_that_anybody_could_read_without(
    value, digits, written
):
    assert numbers.number(value, digits) == written


def test_digits_hold_in_a_measure_and_a_share_is_never_more_than_it_says():
    assert [numbers.score(value) for value in (0.8, 0.81349, 0.0, 12.3456, 31070.4, None)] == [
        "0.800", "0.813", "0.000", "12.35", "31,070", "-",
    ]  # fmt: skip
    assert [numbers.share(part) for part in (0, 0.0001, 0.1702, 0.9999, 1, None)] == [
        "0%", "<0.1%", "17.0%", ">99.9%", "100%", "-",
    ]  # fmt: skip


def test_a_count_has_its_noun_in_the_number_that_it_needs():
    assert numbers.count(1, "column") == "1 column"
    assert numbers.count(7043, "row") == "7,043 rows" and numbers.count(0, "row") == "0 rows"
    assert numbers.count(2, "class", "classes") == "2 classes"
