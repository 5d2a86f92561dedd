"""One suite over every storage: a disk and S3 answer alike."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import NotFound, SenderoError, StorageDamaged, StorageFailed
from core.settings import Settings
from core.storage import DiskStorage, Storage

PART = 8 * 2**20  # the SDK sends larger files in parts


def s3_storage(rig, cache: float = 0.0) -> Storage:
    from core.backends.aws.resources.storage import S3Storage
    from core.backends.aws.session.cache import Cache
    from core.backends.aws.session.connection import Session

    settings = Settings.load(backend="aws", bucket=rig.bucket, role=rig.role)
    return S3Storage(Session(settings), rig.bucket, "team/sendero", Cache(cache))


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.aws)])
def storage(request, tmp_path) -> Storage:
    if request.param == "disk":
        return DiskStorage(tmp_path / "workspace")
    return s3_storage(request.getfixturevalue("aws"))


def test_what_is_written_is_read(storage):
    storage.write_json("job/job.json", {"é": 1})
    assert storage.read_json("job/job.json") == {"é": 1}
    storage.write_bytes("job/job.json", b"[]")
    with pytest.raises(StorageDamaged, match="no object"):
        storage.read_json("job/job.json")


def test_a_write_that_fails_leaves_what_was_there(storage):
    storage.write_bytes("a/b.txt", b"old")
    with pytest.raises(RuntimeError), storage.writing("a/b.txt") as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert storage.read_bytes("a/b.txt") == b"old"
    assert storage.files("a") == ["a/b.txt"]


def test_a_large_file_arrives_whole_and_tells_its_progress(storage):
    told, threads = [], set()

    def tell(share: float) -> None:
        told.append(share)
        threads.add(threading.current_thread())

    with storage.writing("data/big.csv", tell) as temporary:
        temporary.write_bytes(b"0123456789\n" * (PART // 8))
    assert storage.size("data/big.csv") == 11 * (PART // 8)
    assert storage.sha256("data/big.csv") == hashlib.sha256(b"0123456789\n" * (PART // 8)).hexdigest()
    if told:  # a disk has no way to go
        assert told == sorted(told) and told[-1] == 1.0
        assert threads == {threading.current_thread()}  # a page draws in its own thread only


def test_the_manifest_tells_what_is_there(storage):
    storage.write_bytes("job/output/x/one.csv", b"1,2\n")
    storage.write_bytes("job/output_of_another/two.csv", b"")
    digest = hashlib.sha256(b"1,2\n").hexdigest()
    assert storage.manifest("job/output") == {"x/one.csv": {"bytes": 4, "sha256": digest}}


def test_names_that_begin_alike_are_not_mistaken_for_one_another(storage):
    for key in ("test-1/a.csv", "test.csv", "test_raw/a.csv", "tes/a.csv"):
        storage.write_bytes(key, b"1")
    assert not storage.exists("test") and storage.files("test") == []
    storage.write_bytes("test/a.csv", b"1")
    assert storage.exists("test") and storage.exists("test/a.csv") and not storage.exists("test/a")
    assert storage.files("test") == ["test/a.csv"]


def test_folders_are_named_once_and_files_are_none(storage):
    for key in ("jobs/b/x/1", "jobs/b/2", "jobs/a/1", "jobs/stray.txt"):
        storage.write_bytes(key, b"1")
    assert storage.folders("jobs") == ["a", "b"]
    assert storage.folders("nothing") == []


def test_a_file_and_a_folder_can_be_had_on_this_machine(storage):
    storage.write_bytes("split/train/part-0.csv", b"0,1\n")
    storage.write_bytes("split/train/sub/part-1.csv", b"1,2\n")
    with storage.local("split/train/part-0.csv") as file:
        assert file.read_bytes() == b"0,1\n" and file.name == "part-0.csv"
    with storage.local("split/train") as folder:
        found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.csv"))
    assert found == ["part-0.csv", "sub/part-1.csv"]


def test_deleting_takes_a_folder_and_nothing_beside_it(storage):
    for key in ("a/1", "a/b/2", "a-b/3", "a.txt"):
        storage.write_bytes(key, b"1")
    storage.delete("a")
    assert not storage.exists("a") and storage.exists("a-b/3") and storage.exists("a.txt")
    storage.delete("a.txt")
    storage.delete("a.txt")  # again: nothing there is no error
    assert not storage.exists("a.txt")


@pytest.mark.parametrize("key", ["../outside", "a/../../b", "/etc/passwd"])
def test_keys_cannot_leave_the_root(storage, key):
    for act in (storage.exists, storage.read_bytes, storage.size, lambda key: storage.write_bytes(key, b"")):
        with pytest.raises(StorageFailed):
            act(key)


def test_what_is_gone_says_so(storage):
    for act in (storage.read_text, storage.size, storage.sha256):
        with pytest.raises(StorageFailed, match="gone"):
            act("nothing.txt")


def test_an_address_elsewhere_is_refused_or_fetched(storage, tmp_path):
    (tmp_path / "my.csv").write_text("a\n1\n")
    with storage.fetched(str(tmp_path / "my.csv")) as file:
        assert file.read_text() == "a\n1\n"
    with pytest.raises(StorageFailed), storage.fetched("s3://nobody-has-this/x.csv"):
        raise AssertionError("not reached")


def test_a_log_keeps_every_line_of_all_who_write_and_gives_the_newest(storage):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: storage.append("log", b"%d" % number), range(24)))
    storage.append("log", b"last")
    lines = storage.lines("log")
    assert sorted(lines[:-1], key=int) == [b"%d" % number for number in range(24)] and lines[-1] == b"last"
    assert storage.lines("log", last=3) == lines[-3:] and storage.lines("nothing") == []


# --- S3 alone -----------------------------------------------------------------------------------------


@pytest.mark.aws
def test_a_bucket_is_walked_through_and_a_table_fetched(aws):
    storage = s3_storage(aws)
    client = aws.client("s3")
    client.create_bucket(Bucket="elsewhere")
    for key in ("raw/2013/a.csv", "raw/b.csv", "raw/"):
        client.put_object(Bucket="elsewhere", Key=key, Body=b"a\n1\n")
    assert [entry.address for entry in storage.browse("s3://elsewhere")] == ["s3://elsewhere/raw/"]
    found = [(entry.address, entry.bytes) for entry in storage.browse("s3://elsewhere/raw/")]
    assert found == [("s3://elsewhere/raw/2013/", 0), ("s3://elsewhere/raw/b.csv", 4)]
    with storage.fetched("s3://elsewhere/raw/2013/a.csv") as file:
        assert file.name == "a.csv" and file.read_bytes() == b"a\n1\n"


@pytest.mark.aws
def test_only_the_whole_lines_of_a_files_head_are_fetched(aws):
    storage = s3_storage(aws)
    storage.write_bytes("big.csv", b"a,b\n" + b"1,2\n" * 1000)
    with storage.local("big.csv", first=10) as file:
        assert file.read_bytes() == b"a,b\n1,2\n"
    storage.write_bytes("small.csv", b"a,b\n1,2")
    with storage.local("small.csv", first=100) as file:
        assert file.read_bytes() == b"a,b\n1,2"


@pytest.mark.aws
def test_every_request_to_our_bucket_expects_us_as_its_owner(aws, tmp_path):
    storage = s3_storage(aws)
    (tmp_path / "big").write_bytes(b"x" * (PART + 1))
    storage.upload(tmp_path / "big", "big")
    storage.write_bytes("small", b"1")
    storage.copy("small", "copy")
    storage.exists("small"), storage.files(""), storage.folders(""), storage.sha256("small")
    with storage.local("big"):
        pass
    storage.delete("big")
    sent = [request for request in aws.recorder.requests if request.service == "s3"]
    assert len({request.operation for request in sent}) >= 8
    odd = [
        request.operation
        for request in sent
        if request.parameters.get("ExpectedBucketOwner") != aws.account_id
    ]
    assert odd == []


@pytest.mark.aws
def test_an_upload_that_is_cut_short_leaves_nothing(aws, tmp_path):
    storage = s3_storage(aws)
    (tmp_path / "big").write_bytes(b"x" * (3 * PART))
    aws.faults.fail("s3", "UploadPart", times=100)
    with pytest.raises(SenderoError):
        storage.upload(tmp_path / "big", "datasets/big/big.csv")
    aws.faults.clear()
    assert storage.files("datasets") == []
    assert aws.client("s3").list_multipart_uploads(Bucket=aws.bucket).get("Uploads", []) == []


@pytest.mark.aws
def test_a_kms_key_goes_with_every_object(aws, tmp_path):
    storage = s3_storage(aws)
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    storage.session.settings = storage.session.settings.model_copy(update={"kms_key": key})
    storage.write_bytes("a", b"1")
    (tmp_path / "b").write_bytes(b"x" * (PART + 1))
    storage.upload(tmp_path / "b", "b")
    for name in ("a", "b"):
        head = aws.client("s3").head_object(Bucket=aws.bucket, Key=f"team/sendero/{name}")
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


@pytest.mark.aws
def test_many_who_look_at_once_ask_once(aws):
    from concurrent.futures import ThreadPoolExecutor

    storage = s3_storage(aws, cache=60)
    storage.write_bytes("report.json", b"{}")
    before = len(aws.recorder.requests)
    with ThreadPoolExecutor(10) as tabs:
        assert set(tabs.map(lambda _: storage.read_bytes("report.json"), range(50))) == {b"{}"}
    assert len([call for call in aws.recorder.requests[before:] if call.operation == "GetObject"]) == 1
    storage.write_bytes("report.json", b"[1]")
    assert storage.read_bytes("report.json") == b"[1]"  # what we change ourselves is seen at once


@pytest.mark.aws
def test_a_training_file_is_cut_at_line_ends_without_fetching_it(aws, tmp_path):
    from core.backends.aws.jobs.shards import sharded, train_manifest
    from core.backends.requests import TrainingRequest

    storage = s3_storage(aws)
    rows = b"".join(b"%d,%d.5,%d\n" % (row % 2, row, row * 7) for row in range(900_000))
    (tmp_path / "train.csv").write_bytes(rows)
    storage.upload(tmp_path / "train.csv", "processing/e/output/train/train.csv")
    channels = {name: f"processing/e/output/{name}" for name in ("train", "validation")}
    request = TrainingRequest("t", {}, channels, "contract", None, "e", more_rows=channels["validation"])
    storage.write_bytes("processing/e/output/validation/part-00000.csv", b"1,2,3\n")
    before = len(aws.recorder.requests)
    found = sharded(storage, request, 3)
    assert found["validation"] == channels["validation"]
    parts = [storage.read_bytes(key) for key in storage.files(found["train"])]
    assert len(parts) == 3 and b"".join(parts) == rows
    assert all(part.endswith(b"\n") and len(part) > len(rows) / 4 for part in parts)
    copied = [call for call in aws.recorder.requests[before:] if call.operation == "UploadPartCopy"]
    assert len(copied) == 3
    # Trained on all rows: one list, of which each instance gets its share, with every row in it once.
    first, *names = json.loads(storage.read_text(train_manifest(storage, request, found["train"])))
    listed = [
        storage.read_bytes(f"{first['prefix'].removeprefix(f'{storage.root}/')}{name}") for name in names
    ]
    assert sorted(listed) == sorted([*parts, b"1,2,3\n"])


def test_of_two_who_create_one_key_at_once_one_is_told_no(storage):
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda i: storage.create("x/.claim", b"%d" % i), range(8)))
    assert sorted(told) == [False] * 7 + [True]
    assert storage.read_bytes("x/.claim") == b"%d" % told.index(True)


def test_of_two_who_change_one_file_nothing_is_lost(storage):
    assert storage.update("x/n.json", lambda was: b"0" if was is None else b"never")

    def add(_: int) -> bool:
        return storage.update("x/n.json", lambda was: b"%d" % (int(was) + 1))

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(add, range(12)))
    assert sum(told) and storage.read_bytes("x/n.json") == b"%d" % sum(told)


def test_a_folder_that_goes_while_one_waits_for_it_lets_no_two_in(tmp_path):
    """Who changes nothing in an empty folder removes it: who waited for its lock then waits for the new one's."""
    storage, inside, seen = DiskStorage(tmp_path), threading.Event(), []

    def late(before):
        seen.append(inside.is_set())
        return (before or b"") + b"late"

    def waiting(before):
        inside.set()
        other = threading.Thread(target=storage.update, args=("records/a", late))
        other.start()
        other.join(0.3)
        inside.clear()
        threads.append(other)
        return b"first, "

    def gives_up(before):
        threads.append(threading.Thread(target=storage.update, args=("records/a", waiting)))
        threads[0].start()
        time.sleep(0.2)  # until it waits; were it slower the test would see nothing, and pass
        raise NotFound(thing="it", name="a", listing="all")

    threads: list[threading.Thread] = []
    with pytest.raises(NotFound):
        storage.update("records/a", gives_up)
    for index in (0, 1):
        threads[index].join()
    assert seen == [False] and storage.read_bytes("records/a") == b"first, late"


@pytest.mark.aws
def test_a_file_in_s3_that_changes_under_its_change_stays_as_the_other_left_it(aws):
    storage = s3_storage(aws)
    storage.write_bytes("x/n.json", b"1")

    def slow(was: bytes | None) -> bytes:
        storage.write_bytes("x/n.json", b"2")
        return b"3"

    assert not storage.update("x/n.json", slow)
    assert storage.read_bytes("x/n.json") == b"2"


def test_a_file_at_hand_is_the_one_that_is_there_now(storage):
    storage.write_bytes("a/b.parquet", b"old")
    first = storage.at_hand("a/b.parquet")
    assert first.read_bytes() == b"old" and storage.at_hand("a/b.parquet") == first
    storage.write_bytes("a/b.parquet", b"new")
    assert storage.at_hand("a/b.parquet").read_bytes() == b"new"
    with pytest.raises(StorageFailed):
        storage.at_hand("a/c.parquet")
