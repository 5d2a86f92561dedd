"""A damaged record is the failure of what it tells of, in words: it hides nothing else, whatever is in it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import datasets
from core.backends.local.backend import LocalBackend
from core.backends.records import jsonable
from core.backends.requests import JobKind
from core.errors import NotFound, SenderoError
from core.storage import DiskStorage
from core.verbs import tuning

WHEN = "2026-11-25T10:00:00.000Z"
KINDS = [kind.value for kind in JobKind]
FAILURE = {"kind": "JobFailed", "what": "The job failed.", "why": "For a reason.", "remedy": "Fix it."}


def record(kind: str, name: str, status: str) -> dict:
    return {
        "name": name, "kind": kind, "status": status, "phase": status, "created": WHEN, "started": WHEN, "ended": WHEN,
        "progress": 1.0, "message": "done", "failure": FAILURE if status == "Failed" else None, "exit_code": 0,
        "peak_memory_bytes": 1, "request": {"name": name, "hyperparameters": {}}, "manifest": {},
    }  # fmt: skip


def endpoint(name: str) -> dict:
    return {"name": name, "kind": "endpoint", "status": "Failed", "training_job": "one", "created": WHEN,
            "expires": WHEN, "failure": FAILURE, "url": None, "pid": 1, "server_pid": 2, "port": 3}  # fmt: skip


def lay(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A workspace with two jobs of each kind, two endpoints and two data sets, as they stand when all has ended."""
    root = tmp_path_factory.mktemp("workspace")
    for kind in KINDS:
        for name, status in ((f"{kind}-good", "Completed"), (f"{kind}-odd", "Failed")):
            lay(root / kind / name / "job.json", record(kind, name, status))
            lay(root / ".runtime" / kind / name / "status.json", record(kind, name, status))
            lay(root / ".runtime" / kind / name / "request.json", {"request": {}, "programs": {}})
            (root / ".runtime" / kind / name / "metrics.jsonl").write_text('{"round": 0, "x": 1}\n')
            (root / ".runtime" / kind / name / "lock").write_text(" " * 4096)
    trial = {"training_job": "training-good", "values": {}, "objective": 0.5, "status": "Completed"}
    for name in ("tuning-good", "tuning-odd"):
        lay(
            root / "tuning" / name / "output" / "tuning.json",
            {"trials": [trial], "best": trial, "objective": "x"},
        )
    for name in ("good", "odd"):
        lay(root / "endpoints" / name / "endpoint.json", endpoint(name))
        lay(root / ".runtime" / "endpoint" / name / "status.json", endpoint(name))
        (root / f"{name}.csv").write_text("a,b\n1,2\n2,3\n")
        datasets.add(DiskStorage(root), root / f"{name}.csv", name=f"{name}-data", progress=None)
    return root


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(
    ["Completed", "InProgress", "Failed", WHEN, "2026-11-25", "training", "9" * 400]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=6,
)
BYTES = st.binary(max_size=40) | st.sampled_from(
    [
        b"",
        b"[" * 200_000,
        b"9" * 5_000,
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b'{"a":' * 5_000,
        b"NaN",
        b"null",
        b"[]",
        b"{}",
    ]
)


@st.composite
def damage(draw):
    """What is done to a record: other bytes, another value, or a field gone or with another value."""
    how = draw(st.sampled_from(["bytes", "value", "gone", "field", "field", "field", "field"]))
    if how == "bytes":
        return how, draw(BYTES)
    return how, draw(VALUES), draw(st.integers(0, 30))


def damaged(data: bytes, how: tuple) -> bytes:
    if how[0] == "bytes":
        return how[1]
    if how[0] == "value":
        return json.dumps(how[1]).encode()
    content = json.loads(data) if data.strip() else {"status": "Failed"}
    field = sorted(content)[how[2] % len(content)] if content else "name"
    if how[0] == "gone":
        content.pop(field, None)
    else:
        content[field] = how[1]
    return json.dumps(content).encode()


JOB_FILES = [
    *(
        f".runtime/{kind}/{kind}-odd/{file}"
        for kind in KINDS
        for file in ("status.json", "request.json", "lock")
    ),
    *(f".runtime/{kind}/{kind}-odd/metrics.jsonl" for kind in ("training", "tuning")),
    *(f"{kind}/{kind}-odd/job.json" for kind in KINDS),
    "tuning/tuning-odd/output/tuning.json",
    ".runtime/endpoint/odd/status.json",
    "endpoints/odd/endpoint.json",
    "datasets/odd-data/dataset.json",
]
usual = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.slow(4)
@usual
@given(
    st.lists(
        st.tuples(st.sampled_from(JOB_FILES), damage()),
        min_size=1,
        max_size=3,
        unique_by=lambda each: each[0],
    ),
    st.booleans(),
)
@example([(".runtime/training/training-odd/status.json", ("bytes", b'{"status": []}'))], False)
@example([(".runtime/endpoint/odd/status.json", ("field", "Stopped", 8))], False)
@example([(".runtime/endpoint/odd/status.json", ("field", "Completed", 8))], False)
@example([(".runtime/endpoint/odd/status.json", ("gone", 0, 9))], False)
@example([("datasets/odd-data/dataset.json", ("bytes", b"{}"))], False)
def test_nothing_else_is_hidden_by_a_damaged_record(place, tmp_path_factory, damages, without_runtime):
    root = tmp_path_factory.mktemp("copy")
    try:
        shutil.copytree(place, root, dirs_exist_ok=True, copy_function=os.link)
        for file, how in damages:
            path = root / file
            content = damaged(path.read_bytes(), how)
            path.unlink()  # a link to the whole one
            path.write_bytes(content)
        if without_runtime:
            shutil.rmtree(root / ".runtime")
        told(LocalBackend(root))
    finally:
        shutil.rmtree(root)


def told(backend: LocalBackend) -> None:
    jobs = {job.name: job for job in backend.jobs()}
    assert set(jobs) == {f"{kind}-{name}" for kind in KINDS for name in ("good", "odd")}
    for kind in KINDS:
        assert jobs[f"{kind}-good"].status == "Completed"
    for name, job in jobs.items():
        json.dumps(job.as_dict(), allow_nan=False)
        assert backend.job(name).status == job.status
        assert job.failure is None or all(map(str.strip, job.failure.as_dict().values()))
        json.dumps(backend.metrics(name))
    for endpoint in backend.endpoints():
        json.dumps(jsonable(endpoint.as_dict()))
    assert {"good", "odd"} == {endpoint.name for endpoint in backend.endpoints()}
    found = {dataset.name for dataset in datasets.list_datasets(backend.storage)}
    assert "good-data" in found and len(found) + len(datasets.damaged(backend.storage)) == 2
    assert tuning.result_of(backend, "tuning-good")["best"]
    for ask in (
        lambda: tuning.result_of(backend, "tuning-odd"),
        lambda: datasets.preview(backend.storage, "odd-data"),
        lambda: datasets.load(backend.storage, "odd-data").as_dict(),
    ):
        try:
            ask()
        except SenderoError as error:
            assert not isinstance(error, NotFound)


def test_the_words_name_the_record_and_what_is_odd_in_it(place, tmp_path):
    shutil.copytree(place, tmp_path / "copy")
    lay(
        tmp_path / "copy/training/training-odd/job.json",
        record("training", "training-odd", "Failed") | {"created": 5},
    )
    shutil.rmtree(tmp_path / "copy/.runtime/training")
    job = LocalBackend(tmp_path / "copy").job("training-odd")
    assert (job.status, job.failure.kind) == ("Failed", "StorageDamaged")
    assert job.failure.why == "It holds what cannot be its created."
