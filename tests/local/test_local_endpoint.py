"""Endpoints: serving, expiry, deaths, deletion; what is said of them is true whoever was killed."""

from __future__ import annotations

import io
import os
import random
import shutil
import signal
import socket
import tarfile
from urllib.parse import urlsplit

import pytest
from local_rig import HASTY, PROGRAMS, Rig, runs, until

from core.backends.base import EndpointStatus
from core.backends.local import LocalBackend
from core.errors import EndpointGone, EndpointRefused, JobNotReady, NameTaken, NotFound

pytestmark = pytest.mark.slow(1)  # endpoints as processes, one after the other, which `make fast` leaves out


@pytest.fixture
def trained(rig: Rig) -> Rig:
    rig.run(rig.training())
    return rig


def server(rig: Rig, name: str = "e") -> int:
    return rig.status_file("endpoint", name)["server_pid"]


def closed(url: str) -> bool:
    try:
        with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=1):
            return False
    except ConnectionRefusedError:
        return True


def model_of(text: str, rig: Rig, member: tarfile.TarInfo | None = None) -> None:
    """Replace the model of training job t."""
    with (
        rig.backend.storage.writing("training/t/output/model.tar.gz") as path,
        tarfile.open(path, "w:gz") as tar,
    ):
        info = member or tarfile.TarInfo("xgboost-model")
        if info.isreg():
            info.size = len(text)
        tar.addfile(info, io.BytesIO(text.encode()))


def test_an_endpoint_serves_until_it_is_deleted(trained):
    assert trained.deploy().status == EndpointStatus.creating
    endpoint = trained.endpoint_with("InService")
    assert endpoint.training_job == "t" and endpoint.url.startswith("http://127.0.0.1:")
    assert trained.backend.invoke("e", b"abc") == b"ABCtext/csv"
    assert trained.backend.invoke("e", b"abc", accept="application/json") == b"ABCapplication/json"
    record = trained.backend.storage.read_json("endpoints/e/endpoint.json")
    assert record["training_job"] == "t" and record["contract"] == "training/t/output/contract.json"
    assert "serving e" in trained.log("e")
    pid = server(trained)
    assert trained.backend.delete_endpoint("e") == ["endpoint e", "endpoint config e", "model e"]
    assert closed(endpoint.url) and not runs(pid)
    assert not (trained.workspace / ".runtime/endpoint/e").exists()
    assert not trained.backend.storage.exists("endpoints/e") and trained.backend.endpoints() == []
    for ask in (trained.backend.delete_endpoint, trained.backend.endpoint):
        with pytest.raises(NotFound):
            ask("e")
    with pytest.raises(NotFound):
        trained.backend.invoke("e", b"abc")


def test_what_the_container_refuses_is_told_in_its_words(trained):
    trained.deploy()
    trained.endpoint_with("InService")
    with pytest.raises(EndpointRefused, match=r"Loading csv data failed.*HTTP 415"):
        trained.backend.invoke("e", b"bad")
    assert trained.backend.invoke("e", b"good") == b"GOODtext/csv"


def test_another_process_sees_and_uses_the_same_endpoint(trained):
    trained.deploy()
    trained.endpoint_with("InService")
    other = LocalBackend(trained.workspace, PROGRAMS)
    assert [endpoint.name for endpoint in other.endpoints()] == ["e"]
    assert other.invoke("e", b"abc") == b"ABCtext/csv"


def test_it_ends_itself_at_its_expiry(trained):
    trained.deploy(expires_in=1.5)
    url = trained.endpoint_with("InService").url
    endpoint = trained.endpoint_with("Expired")
    assert endpoint.url is None and closed(url) and not runs(server(trained))
    with pytest.raises(EndpointGone, match="ended itself at its expiry"):
        trained.backend.invoke("e", b"abc")
    assert trained.backend.delete_endpoint("e")


def test_a_name_is_taken_while_it_is_active_and_a_double_click_is_one_endpoint(trained):
    trained.run(trained.training("other", eta=0.9))
    first = trained.deploy()
    assert trained.deploy().created == first.created
    with pytest.raises(NameTaken):
        trained.deploy(training_job="other")
    trained.endpoint_with("InService")
    os.kill(server(trained), signal.SIGKILL)
    trained.endpoint_with("Failed")
    assert trained.deploy(training_job="other").created > first.created
    assert trained.endpoint_with("InService").training_job == "other"


def test_only_a_trained_model_is_deployed(trained):
    trained.run(trained.training("bad", behaviour="fail"))
    with pytest.raises(JobNotReady, match="Failed"):
        trained.deploy(training_job="bad")
    with pytest.raises(NotFound):
        trained.deploy(training_job="nobody")


def test_kill_9_of_the_server_is_told(trained):
    trained.deploy()
    trained.endpoint_with("InService")
    assert trained.backend.invoke("e", b"abc")
    os.kill(server(trained), signal.SIGKILL)
    failure = trained.endpoint_with("Failed").failure
    assert failure.kind == "EndpointFailed" and "SIGKILL" in failure.why
    with pytest.raises(EndpointGone, match="SIGKILL"):
        trained.backend.invoke("e", b"abc")
    assert trained.backend.delete_endpoint("e")


def test_kill_9_of_the_runner_ends_the_server_and_is_told(trained):
    trained.deploy()
    url = trained.endpoint_with("InService").url
    pid = server(trained)
    os.kill(trained.runner("endpoint", "e"), signal.SIGKILL)
    assert trained.endpoint_with("Failed").failure.kind == "RunnerKilled"
    until(lambda: not runs(pid) and closed(url), "the server to die with its runner")
    with pytest.raises(EndpointGone, match="the runner was killed"):
        trained.backend.invoke("e", b"abc")
    assert trained.backend.delete_endpoint("e")


def test_sigterm_from_outside_is_a_failure_that_says_so(trained):
    trained.deploy()
    trained.endpoint_with("InService")
    os.kill(trained.runner("endpoint", "e"), signal.SIGTERM)
    assert trained.endpoint_with("Failed").failure.kind == "EndpointStopped"


def test_a_deaf_server_is_deleted_all_the_same(trained):
    trained.backend = LocalBackend(trained.workspace, HASTY)
    model_of("deaf", trained)
    trained.deploy()
    trained.endpoint_with("InService")
    pid = server(trained)
    assert trained.backend.delete_endpoint("e") and not runs(pid)


def test_deleting_while_it_is_being_created(trained):
    trained.deploy()
    assert trained.backend.delete_endpoint("e") and trained.backend.endpoints() == []


def test_a_model_that_cannot_be_served_fails_with_the_log(trained):
    model_of("broken", trained)
    trained.deploy()
    failure = trained.endpoint_with("Failed").failure
    assert "the model cannot be loaded" in failure.why


def test_a_server_that_never_gets_healthy_fails(trained):
    model_of("sick", trained)
    trained.deploy()
    assert "status 503" in trained.endpoint_with("Failed").failure.why
    assert not runs(server(trained))


def link(kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo("xgboost-model")
    member.type, member.linkname = kind, "/etc/passwd"
    return member


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../escaped"),
        tarfile.TarInfo("/tmp/sendero-escaped"),
        link(tarfile.SYMTYPE),
        link(tarfile.LNKTYPE),
        link(tarfile.FIFOTYPE),
    ],
    ids=["parent", "absolute", "symlink", "hardlink", "fifo"],
)
def test_an_archive_that_is_not_plain_files_is_refused(trained, member):
    model_of("good", trained, member)
    trained.deploy()
    failure = trained.endpoint_with("Failed").failure
    assert "unpack" in failure.what and ("leaves the folder" in failure.why or "plain file" in failure.why)
    assert not (trained.workspace / ".runtime/endpoint/e/ml/escaped").exists()


@pytest.mark.parametrize("damage", ["cut", "flipped", "not gzip"])
def test_a_damaged_archive_is_told(trained, damage):
    key = "training/t/output/model.tar.gz"
    model_of(random.Random(0).randbytes(200_000).hex(), trained)
    data = trained.backend.storage.read_bytes(key)
    middle = len(data) // 2
    damaged = {
        "cut": data[:middle],
        "flipped": data[: middle - 20]
        + bytes(byte ^ 255 for byte in data[middle - 20 : middle])
        + data[middle:],
        "not gzip": b"PK" + data,
    }
    trained.backend.storage.write_bytes(key, damaged[damage])
    trained.deploy()
    failure = trained.endpoint_with("Failed").failure
    assert failure.kind == "StorageFailed" and "damaged" in failure.why


def test_a_deletion_that_was_interrupted_can_be_done_again(trained):
    trained.deploy()
    trained.endpoint_with("InService")
    trained.end_all()
    shutil.rmtree(trained.workspace / ".runtime/endpoint")
    assert [endpoint.status for endpoint in trained.backend.endpoints()] == ["Failed"]
    assert trained.backend.delete_endpoint("e") and trained.backend.endpoints() == []


def test_two_who_delete_at_once_delete_once(trained):
    trained.deploy()
    trained.endpoint_with("InService")
    children = []
    for _ in range(3):
        if (pid := os.fork()) == 0:
            code = 1
            try:
                trained.backend.delete_endpoint("e")
                code = 0
            except NotFound:
                code = 3
            finally:
                os._exit(code)
        children.append(pid)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children)
    assert codes == [0, 3, 3] and trained.backend.endpoints() == []
