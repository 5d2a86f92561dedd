"""A Processing Job from launch to its files in storage."""

from __future__ import annotations

import hashlib
import json
import pickle

import pytest
from local_rig import runs, until

from core.backends.base import JobStatus
from core.errors import Failure, JobFailed, ReportedFailure
from core.verbs.waiting import wait


def test_output_arrives_in_storage_with_a_record_of_it(rig):
    job = rig.run(rig.processing(["copy", 0]))
    assert (job.status, job.phase, job.progress, job.exit_code) == ("Completed", "Completed", 1.0, 0)
    data = rig.backend.storage.read_bytes("processing/p/output/iris.csv")
    assert data == b"a,b\n1,2\n3,4\n"
    record = rig.backend.storage.read_json("processing/p/job.json")
    assert record["manifest"] == {
        "output/iris.csv": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    }
    assert record["status"] == "Completed" and record["ended"] and record["request"]["script"] == "job.py"
    assert {"python", "sendero", "duckdb"} <= record["versions"].keys()


def test_times_are_in_order_and_memory_is_measured(rig):
    job = rig.run(rig.processing(["grow", 80 * 2**20]))
    assert job.created <= job.started <= job.ended
    assert 80 * 2**20 < job.peak_memory_bytes < 200 * 2**20


def test_inputs_are_staged_by_name_without_hidden_files(rig):
    storage = rig.backend.storage
    storage.write_bytes("datasets/iris/.iris.csv.1234.tmp", b"half")
    storage.write_bytes("extra/one.txt", b"1")
    inputs = {"input": "datasets/iris", "extra": "extra/one.txt"}
    rig.run(rig.processing(["list", 0], inputs=inputs))
    lines = rig.log("p").splitlines()
    assert {"input/iris.csv", "extra/one.txt"} <= set(lines)
    assert not any(".tmp" in line for line in lines if not line.startswith("-- "))


def test_a_job_goes_on_seeing_the_bytes_it_was_launched_on(rig, tmp_path):
    gate = tmp_path / "gate"
    rig.backend.launch(rig.processing(["print", "ready 1"], ["wait for", str(gate)], ["copy", 0]))
    rig.word("p", "ready")
    rig.backend.storage.write_bytes("datasets/iris/iris.csv", b"replaced")
    gate.touch()
    rig.end("p")
    assert rig.backend.storage.read_bytes("processing/p/output/iris.csv").startswith(b"a,b")


def test_the_step_runs_in_the_project_without_credentials(rig, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    names = ["AWS_SECRET_ACCESS_KEY", "OMP_NUM_THREADS", "PYTHONPATH", "PYTHONUNBUFFERED"]
    rig.run(rig.processing(["environment", names]))
    seen = json.loads(next(line for line in rig.log("p").splitlines() if line.startswith("{")))
    assert seen["AWS_SECRET_ACCESS_KEY"] is None
    assert (seen["OMP_NUM_THREADS"], seen["PYTHONUNBUFFERED"]) == ("3", "1")
    assert seen["PYTHONPATH"] == seen["cwd"]


def test_progress_and_log_are_live(rig, tmp_path):
    gate = tmp_path / "gate"
    do = [["print", "progress 35% Counting histograms"], ["warn", "careful"], ["wait for", str(gate)]]
    rig.backend.launch(rig.processing(*do))
    job = until(lambda: (found := rig.backend.job("p")).progress and found)
    assert (job.status, job.phase) == ("InProgress", "Processing")
    assert (job.progress, job.message) == (0.35, "Counting histograms")
    until(lambda: "careful" in rig.log("p").splitlines())
    gate.touch()
    assert rig.end("p").message == ""


def test_failure_tells_the_message_file(rig):
    job = rig.run(
        rig.processing(["write", "half.csv"], ["message", "The target has one class."], ["exit", 3])
    )
    assert (job.status, job.exit_code, job.failure.kind) == ("Failed", 3, "AlgorithmError")
    assert "The target has one class." in job.failure.why
    assert not rig.backend.storage.exists("processing/p/output")
    record = rig.backend.storage.read_json("processing/p/job.json")
    assert Failure.from_dict(record["failure"]) == job.failure and record["manifest"] == {}


def test_failure_without_a_message_tells_the_last_lines(rig):
    job = rig.run(rig.processing(["print", "reading"], ["exit", "ValueError: no such column"]))
    assert "ValueError: no such column" in job.failure.why and "-- " not in job.failure.why


def test_failure_names_an_input_that_is_gone(rig):
    job = rig.run(rig.processing(inputs={"input": "datasets/nowhere"}))
    assert job.status == JobStatus.failed and "datasets/nowhere" in job.failure.what


def test_failure_names_a_script_that_is_not_there(rig):
    job = rig.run(rig.processing(script="nowhere.py"))
    assert job.status == JobStatus.failed and "nowhere.py" in job.failure.what


def test_what_a_step_leaves_running_ends_with_it(rig):
    job = rig.run(rig.processing(["grandchild", 0]))
    assert job.status == JobStatus.completed
    assert not runs(rig.word("p", "grandchild"))


def test_a_failure_that_the_step_knows_keeps_its_kind_and_its_remedy(rig):
    told = {"kind": "BadTarget", "what": "The column {x} cannot be.", "why": "One class.", "remedy": "Other."}
    job = rig.run(rig.processing(["message", "In one line."], ["failure", told], ["exit", 1]))
    assert job.failure.as_dict() == told
    with pytest.raises(ReportedFailure) as raised:
        wait(rig.backend, "p", str)
    assert raised.value.failure == job.failure
    assert pickle.loads(pickle.dumps(raised.value)).failure == job.failure


@pytest.mark.parametrize("told", [{"kind": "BadTarget"}, [], "text", {"what": 1, "more": 2}])
def test_half_a_told_failure_is_none(rig, told):
    job = rig.run(rig.processing(["message", "In one line."], ["failure", told], ["exit", 1]))
    assert (job.failure.kind, job.failure.why) == ("AlgorithmError", "In one line. (exit code 1)")


TRACEBACK = 'framework error: \nTraceback (most recent call last):\n  File "x.py"\n\nlabel must be >= 0\n'


def test_of_a_traceback_the_reason_is_kept_and_the_log_has_it_whole(rig):
    job = rig.run(rig.processing(["message", TRACEBACK], ["exit", 1]))
    assert job.failure.why == "label must be >= 0 (exit code 1)"
    record = rig.backend.storage.read_json("processing/p/job.json")
    assert Failure.from_dict(record["failure"]) == job.failure
    assert TRACEBACK in rig.log("p")
    with pytest.raises(JobFailed, match="label must be >= 0"):
        wait(rig.backend, "p", str)


def test_a_traceback_on_stderr_alone_is_brief_too(rig):
    frames = "\n".join(f'  File "{i}.py", line {i}' for i in range(20))
    text = f"Traceback (most recent call last):\n{frames}\nValueError: no such column"
    job = rig.run(rig.processing(["print", text], ["exit", 1]))
    assert job.failure.why == "ValueError: no such column (exit code 1)"


def test_a_record_of_an_earlier_version_is_read_briefly(rig):
    rig.run(rig.processing(["exit", 1]))
    file = rig.workspace / ".runtime/processing/p/status.json"
    status = json.loads(file.read_text())
    del status["failure"]["written"]
    status["failure"]["why"] = TRACEBACK
    file.write_text(json.dumps(status))
    assert rig.backend.job("p").failure.why == "label must be >= 0"
