"""Numbers as people write them, in every place that shows one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import locales, numbers
from core.cli.main import main


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
    assert numbers.count(1, "column", "columns") == "1 column"
    assert numbers.count(7043, "row", "rows") == "7,043 rows" and numbers.count(0, "row", "rows") == "0 rows"
    assert numbers.count(2, "class", "classes") == "2 classes"


@pytest.fixture
def reader():
    """Let the numbers be written for the reader of a locale, until the test ends."""
    yield lambda name: locales.follow(lambda: name)
    locales.follow(str)


# As a browser writes them: Intl.NumberFormat of Chromium 156, with the decimals that are there.
@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("es-ES", ["1.234.567,500", "7043", "31.070", "-0,25", "45,3\xa0%"]),
        ("es_MX.UTF-8", ["1,234,567.500", "7,043", "31,070", "-0.25", "45.3%"]),
        ("de-DE", ["1.234.567,500", "7.043", "31.070", "-0,25", "45,3\xa0%"]),
        ("fr_FR@euro", ["1\u202f234\u202f567,500", "7\u202f043", "31\u202f070", "-0,25", "45,3\xa0%"]),
        ("en-IN", ["12,34,567.500", "7,043", "31,070", "-0.25", "45.3%"]),
        ("pt-PT", ["1\xa0234\xa0567,500", "7043", "31\xa0070", "-0,25", "45,3%"]),
        ("it", ["1.234.567,500", "7043", "31.070", "-0,25", "45,3%"]),
        ("tlh-001", ["1,234,567.500", "7,043", "31,070", "-0.25", "45.3%"]),
    ],
)
def test_a_reader_finds_the_marks_of_their_locale(reader, locale, written):
    reader(locale)
    fixed, integer = numbers.fixed, numbers.integer
    found = [fixed(1234567.5, 3), integer(7043), integer(31070), fixed(-0.25, 2), numbers.percent(0.453, 1)]
    assert found == written


@given(st.floats(-1e15, 1e15), st.integers(0, 6))
def test_a_locale_changes_marks_and_never_a_digit(value, places):
    english = numbers.fixed(value, places)
    locales.follow(lambda: "de-DE")
    try:
        german = numbers.fixed(value, places)
    finally:
        locales.follow(str)
    assert german.translate(str.maketrans(".,", ",.")) == english or float(english.replace(",", "")) == 0


def test_the_command_line_writes_as_its_environment_says(reader, monkeypatch, tmp_path, capsys):
    reader("")
    for name in ("LC_ALL", "LC_NUMERIC"):
        monkeypatch.setenv(name, "")
    for language, written in (("es_ES.UTF-8", "12.000"), ("C.UTF-8", "12,000")):
        monkeypatch.setenv("LANG", language)
        assert main(["jobs", "--workspace", str(tmp_path)]) == 0
        assert numbers.integer(12_000) == written
