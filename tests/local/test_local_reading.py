"""What is read back: logs by token, lists, records, checks, and keys that stay inside the workspace."""

from __future__ import annotations

import shutil
import time

import pytest
from local_rig import until

from core.backends.base import TAIL, JobStatus, LogChunk
from core.backends.local import checks
from core.backends.requests import JobKind
from core.errors import NotFound
from core.storage import Storage


def test_log_goes_on_from_its_token_and_gives_whole_lines_only(rig, tmp_path):
    gate = tmp_path / "gate"
    rig.backend.launch(rig.processing(["print", "één"], ["wait for", str(gate)], ["print", "twee"]))
    until(lambda: "één" in rig.log("p"))
    first = rig.backend.log("p")
    assert first.text.endswith("\n") and "twee" not in first.text
    gate.touch()
    rig.end("p")
    second = rig.backend.log("p", first.token)
    assert "twee" in second.text and "één" not in second.text
    assert rig.backend.log("p", second.token) == type(second)("", second.token)
    assert first.text + second.text == rig.log("p")


def test_half_a_line_is_kept_for_the_next_answer(rig):
    rig.backend.launch(rig.processing(["print", "ready 1"], ["sleep", 600]))
    rig.word("p", "ready")
    before = rig.backend.log("p")
    with (rig.workspace / ".runtime/processing/p/log.txt").open("ab", buffering=0) as log:
        log.write("half a liné".encode()[:-1])
        assert rig.backend.log("p", before.token) == LogChunk("", before.token)
        log.write("é\n".encode()[1:])
    assert rig.backend.log("p", before.token).text == "half a liné\n"


def test_a_log_of_many_long_lines_arrives_whole(rig):
    text = "é" * 100_000
    rig.run(rig.processing(["print", text], ["print", text], ["print", "last"]))
    lines = rig.log("p").splitlines()
    assert sum(line.count("é") for line in lines) + 2 * sum(line.count("\ufffd") for line in lines) >= 200_000
    assert "last" in lines


def test_jobs_are_newest_first_and_by_kind(rig):
    for name in ("one", "two"):
        rig.run(rig.processing(["print", name], name=name))
    rig.run(rig.training())
    assert [job.name for job in rig.backend.jobs()] == ["t", "two", "one"]
    assert [job.name for job in rig.backend.jobs(JobKind.processing)] == ["two", "one"]
    assert rig.backend.job("t").request["hyperparameters"] == {"num_round": "3"}


def test_an_unknown_or_impossible_name_is_not_found(rig):
    rig.run(rig.processing())
    for name in ("nobody", "../processing/eda", "../processing/p", "", "."):
        for ask in (rig.backend.job, rig.backend.log, rig.backend.metrics, rig.backend.endpoint):
            with pytest.raises(NotFound):
                ask(name)


def test_two_hundred_jobs_are_listed_without_their_logs(rig):
    rig.run(rig.processing(["print", "x"]))
    made = rig.workspace / ".runtime/processing"
    for number in range(200):
        shutil.copytree(made / "p", made / f"p-{number}", ignore=shutil.ignore_patterns("ml"))
    start = time.perf_counter()
    assert len(rig.backend.jobs()) == 201
    print(f"jobs() of 201: {(time.perf_counter() - start) * 1000:.0f} ms")


def test_without_the_runtime_folder_the_record_speaks(rig):
    job = rig.run(rig.processing(["copy", 0]))
    rig.backend.launch(rig.processing(["sleep", 600], name="lost"))
    rig.runner("processing", "lost")
    rig.end_all()
    shutil.rmtree(rig.workspace / ".runtime")
    assert rig.backend.job("p").status == job.status and rig.backend.job("p").ended == job.ended
    assert rig.backend.job("lost").failure.kind == "RunnerKilled"
    assert {found.name for found in rig.backend.jobs()} == {"p", "lost"}


def test_check_passes_here(rig):
    found = {check.name: check for check in checks.checks(rig.workspace)}
    assert {"Python", "Packages", "Workspace", "Disk", "Memory", "Loopback"} == set(found)
    for name in ("Python", "Workspace", "Loopback"):
        assert found[name].result == "pass", found[name]


def test_check_says_what_is_wrong(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    found = checks.writable(tmp_path / "file")
    assert found.result == "fail" and found.remedy
    monkeypatch.setattr(checks, "requirements", lambda: [("duckdb", ">=99"), ("pandas", ">=1")])
    assert checks.packages().result == "warn" and "duckdb" in checks.packages().detail
    monkeypatch.setattr(checks, "requirements", lambda: [("no-such-package", "")])
    assert checks.packages().result == "fail"


@pytest.mark.parametrize(
    ("found", "ranges", "fit"),
    [
        ("3.2.0", "==3.2.0", True),
        ("3.2", "==3.2.0", True),
        ("3.10", ">=3.9,<4", True),
        ("4.0.0rc1", ">=3.9,<4", False),
        ("2.9", ">=2.10,<3", False),
    ],
)
def test_versions_are_compared_as_numbers(found, ranges, fit):
    assert checks.fits(found, ranges) is fit


def test_a_stray_folder_hides_no_job(rig):
    rig.run(rig.processing())
    for kind in ("processing", "endpoint"):
        (rig.workspace / ".runtime" / kind / "stray").mkdir(parents=True)
    (rig.workspace / "training" / "empty").mkdir(parents=True)
    assert [job.name for job in rig.backend.jobs()] == ["p"]
    assert rig.backend.endpoints() == []
    with pytest.raises(NotFound):
        rig.backend.job("stray")


def test_a_record_that_vanishes_while_it_is_read_hides_no_job(rig, monkeypatch):
    rig.run(rig.processing())
    (rig.workspace / ".runtime/processing/gone").mkdir()
    rig.backend.storage.write_json("processing/gone/job.json", {})
    read = Storage.read_json

    def vanish(storage, key, *fields):
        storage.path(key).unlink(missing_ok=True)
        return read(storage, key, *fields)

    monkeypatch.setattr(Storage, "read_json", vanish)
    assert [job.name for job in rig.backend.jobs()] == ["p"]


def test_a_record_that_may_not_be_read_is_shown(rig):
    rig.run(rig.processing())
    rig.backend.storage.path("processing/odd/job.json").mkdir(parents=True)  # a folder in the record's place
    found = {job.name: job for job in rig.backend.jobs()}
    assert found["odd"].failure.kind == "StorageFailed" and found["p"].status == "Completed"


def test_a_long_log_can_be_read_from_near_its_end(rig, monkeypatch):
    rig.run(rig.processing(["print", "short"]))
    assert rig.backend.log("p", TAIL) == rig.backend.log("p"), "a short log is its own tail"
    log = rig.workspace / ".runtime/processing/p/log.txt"
    lines = "".join(f"line {number} \u00e9\n" for number in range(30_000))
    log.write_text(lines * 40)
    whole = rig.backend.log("p")
    assert len(whole.text.encode()) < log.stat().st_size, "the first chunk is not the whole"
    end = rig.backend.log("p", TAIL)
    assert end.text.endswith("line 29999 \u00e9\n") and end.text.startswith("line ")
    assert len(end.text.encode()) <= 200_000 and end.token == str(log.stat().st_size)
    assert rig.backend.log("p", end.token).text == ""


def test_a_recorded_job_without_a_runtime_folder_has_an_empty_log(rig):
    """So is a job for a moment at its launch, and for good where somebody cleared .runtime."""
    rig.run(rig.processing())
    shutil.rmtree(rig.backend.workspace / ".runtime" / "processing" / "p")
    assert rig.backend.job("p").status == JobStatus.completed
    assert rig.backend.log("p").text == ""
    assert rig.backend.metrics("p") == []


def test_a_runtime_folder_without_a_status_is_a_lost_job(rig):
    """Not one that is read for ever."""
    rig.run(rig.processing())
    runtime = rig.backend.workspace / ".runtime" / "processing" / "p"
    shutil.rmtree(runtime)
    runtime.mkdir()
    record = rig.backend.storage.read_json("processing/p/job.json")
    rig.backend.storage.write_json("processing/p/job.json", record | {"status": "InProgress"})
    assert rig.backend.job("p").failure.kind == "RunnerKilled"
