"""No body within the limit takes more memory than 300 MB, whatever is in it: measured at a real server."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
import pytest
from container_rig import COLUMNS, Server, save, serving, small_model

from core.container import recordio

pytestmark = pytest.mark.slow(1)  # bodies of many megabytes, which `make fast` leaves out

LIMIT = 6 * 1024 * 1024
MOST = 300  # MB
CSV, LIBSVM, RECORDIO = "text/csv", "text/libsvm", "application/x-recordio-protobuf"


def full(unit: bytes, end: bytes = b"") -> bytes:
    """A body as large as one may be, of `unit` again and again."""
    return unit * ((LIMIT - len(end)) // len(unit)) + end


def sparse(shape: int) -> bytes:
    """A record of one value in a row that says to have `shape` columns."""
    tensor = recordio.field(1, struct.pack("<f", 1.0)) + recordio.field(2, b"\0")
    tensor += recordio.field(3, recordio.varint(shape))
    return recordio.frame(
        recordio.field(1, recordio.field(1, b"values") + recordio.field(2, recordio.field(2, tensor)))
    )


BODIES = {
    "one row of commas": (CSV, full(b",")),
    "a million commas": (CSV, b"," * 1_000_000),
    "one row of numbers": (CSV, full(b"12,", b"1")),
    "one row of words": (CSV, full(b"ab;", b"1")),
    "rows of blanks": (CSV, full(b",,,\n", b"1,,,")),
    "rows of one digit": (CSV, full(b"1\n")),
    "rows of nothing": (CSV, b"1" + b"\n" * (LIMIT - 2) + b"1"),
    "a long cell among short rows": (CSV, full(b"1,2,3,4\n", b"1" * 1_500 + b",2,3,4")),
    "60,000 rows and a cell of 1,500 digits": (CSV, b"1, 2,3,4\n" * 60_000 + b"1" * 1_500 + b",2,3,4"),
    "rows of two lengths": (CSV, full(b"1,2\n", b"1,2,3")),
    "one cell": (CSV, b"1," + b"1" * (LIMIT - 2)),
    "wide letters": (CSV, full("\U0001d7cf,\U0001d7cf\n".encode())),
    "items": (LIBSVM, full(b"1:1 ")),
    "lines of an item": (LIBSVM, full(b"1:1\n")),
    "a far column": (LIBSVM, full(b"1:1 ", b"2000000000:1")),
    "an item of many digits": (LIBSVM, full(b"1:1 ", b"1:" + b"1" * 1_500)),
    "a far row": (LIBSVM, b"1:1" + b"\n" * (LIMIT - 10) + b"1:1"),
    "records that say to be wide": (RECORDIO, full(sparse(100_000))),
    "a record that says to be endless": (RECORDIO, sparse(2**40)),
}


def peak(pid: int) -> float:
    """The most memory that a process has had, in MB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    yield from served(tmp_path_factory.mktemp("binary"), small_model())


@pytest.fixture(scope="module")
def twelve_classes(tmp_path_factory):
    yield from served(tmp_path_factory.mktemp("classes"), small_model("multi:softprob", num_class=12))


def served(prefix, model):
    save(model, prefix)
    with serving(prefix) as running:
        body = b"\n".join([b"1,2,3,4"] * 40_000)
        assert running.request("POST", "/invocations", body, Content_Type=CSV)[0] == 200  # all is loaded
        yield running


@pytest.mark.parametrize("name", BODIES)
def test_no_body_takes_much_memory(binary, name):
    ask(binary, *BODIES[name])


@pytest.mark.parametrize("name", ["rows of blanks", "wide letters"])
def test_nor_does_the_answer_for_many_classes(twelve_classes, name):
    ask(twelve_classes, *BODIES[name])


def ask(server: Server, kind: str, body: bytes) -> None:
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")  # the peak begins anew
    before = peak(server.process.pid)
    status, _, answer = server.request("POST", "/invocations", body, Content_Type=kind)
    assert status in (200, 400, 413, 415)
    assert peak(server.process.pid) - before < MOST
    if status == 200:
        rows = np.fromstring(answer[:100_000].rpartition(b"\n")[0].replace(b"\n", b","), sep=",")
        assert np.isfinite(rows).all()
    assert server.request("POST", "/invocations", b",".join([b"1"] * COLUMNS), Content_Type=CSV)[0] == 200
