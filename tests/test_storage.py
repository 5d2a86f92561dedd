"""Whole writes or none, manifests, and names that cannot become paths."""

import hashlib

import pytest

from core.errors import BadName, StorageFailed
from core.storage import DiskStorage, checked_name, new_name, new_token, slug


@pytest.fixture
def storage(tmp_path):
    return DiskStorage(tmp_path)


def test_a_write_that_fails_leaves_what_was_there(storage):
    storage.write_bytes("a/b.txt", b"old")
    with pytest.raises(RuntimeError), storage.writing("a/b.txt") as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert storage.read_bytes("a/b.txt") == b"old"
    assert [path.name for path in storage.path("a").iterdir()] == ["b.txt"]


def test_manifest_holds_bytes_and_sha256(storage):
    storage.write_bytes("job/output/x/one.csv", b"1,2\n")
    storage.write_json("job/job.json", {"é": 1})
    digest = hashlib.sha256(b"1,2\n").hexdigest()
    assert storage.manifest("job/output") == {"x/one.csv": {"bytes": 4, "sha256": digest}}
    assert storage.read_json("job/job.json") == {"é": 1}


@pytest.mark.parametrize("key", ["../outside", "a/../../b", "/etc/passwd"])
def test_keys_cannot_leave_the_root(storage, key):
    with pytest.raises(StorageFailed):
        storage.path(key)


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


def test_a_vanished_file_says_so(storage):
    with pytest.raises(StorageFailed, match="gone"):
        storage.read_text("nothing.txt")
