"""Names of jobs and endpoints. Storage itself: tests/backends/test_storages.py."""

import pytest

from core.errors import BadName
from core.names import checked_name, new_name, new_token, slug


@pytest.mark.parametrize("name", ["", "-a", "a-", "a/b", "..", "a b", "a_b", "x" * 64, "ñ", "a\n"])
def test_bad_names_are_refused(name):
    with pytest.raises(BadName):
        checked_name(name)


@pytest.mark.parametrize("name", ["a", "a--b", "Job-1", "x" * 63])
def test_good_names_pass(name):
    assert checked_name(name) == name


def test_made_names_are_good_and_follow_their_token():
    token = new_token()
    name = new_name("train-Ünïcode data (2)_" + "x" * 80, token)
    assert checked_name(name) == name
    assert new_name("a", token) == new_name("a", token) != new_name("a")
    assert slug("../../etc") == "etc"
