"""A workspace that is damaged, gone, not writable or full, and settings that are broken: said clearly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import data
from tests.cli.conftest import checked, leftovers, names
from tests.conftest import FLIGHTS, end_everything, run_cli

pytestmark = pytest.mark.slow(1)

DAMAGE = {
    "cut short": b'{"name": "x", "columns": [',
    "empty": b"",
    "no object": b"[1]",
    "binary": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_named(copy, call, damage):
    """contract.json, report.json, job.json, evaluation.json, dataset.json: each verb that reads one says which."""
    eda, training = names(copy, "processing")[0], names(copy, "training")[0]

    def broken(key: str, *args: object) -> None:
        file = copy / key
        before = file.read_bytes()
        file.write_bytes(DAMAGE[damage])
        error = call(copy, *args, code=1).data["error"]
        assert error["kind"] == "StorageDamaged" and key in error["what"], error
        file.write_bytes(before)

    broken(f"processing/{eda}/output/contract/contract.json", "train", "--eda", eda)
    broken(f"processing/{eda}/output/report/report.json", "report", eda)
    broken(f"processing/{eda}/job.json", "verify", eda)
    broken("datasets/flights-late/dataset.json", "eda", FLIGHTS, "--target", "late")
    # Without its runtime folder a job is known by its record alone.
    shutil.rmtree(copy / ".runtime" / "training" / training)
    (copy / f"training/{training}/job.json").write_bytes(DAMAGE[damage])
    listed = {job["name"]: job for job in call(copy, "jobs").data["jobs"]}
    assert listed[eda]["status"] == "Completed", "one damaged record does not hide the others"
    assert listed[training]["failure"]["kind"] == "StorageDamaged"


def test_a_contract_of_another_version_is_refused(copy, call):
    eda = names(copy, "processing")[0]
    file = copy / f"processing/{eda}/output/contract/contract.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))
    error = call(copy, "train", "--eda", eda, code=1).data["error"]
    assert error["kind"] == "StorageDamaged" and "99" in error["why"]


def test_a_saved_configuration_that_is_damaged_says_so_and_can_be_replaced(workspace, call, tmp_path):
    from core import configuration
    from core.errors import StorageDamaged
    from core.storage import DiskStorage

    storage = DiskStorage(workspace)
    for text in ("{", "[]", "{}", '{"dataset": "a", "target": "b", "colour": "red"}'):
        (workspace / "configuration.json").write_text(text)
        with pytest.raises(StorageDamaged, match=r"configuration\.json"):
            configuration.load(storage)
    call(workspace, "eda", data.coins(tmp_path / "coins.csv"), "--target", "side", "--drop", "batch")
    assert configuration.load(storage) == configuration.Configuration(
        "side", dataset="coins", drop=("batch",)
    )


def test_a_job_that_was_refused_is_not_the_saved_configuration(workspace, call, tmp_path):
    call(workspace, "eda", data.coins(tmp_path / "coins.csv"), "--target", "nope", code=1)
    assert not (workspace / "configuration.json").exists()


def test_channels_are_checked_before_training(copy, call):
    eda = names(copy, "processing")[0]
    train = copy / f"processing/{eda}/output/train/train.csv"
    text = train.read_text()
    for bad in ("late,a\n" + text, "", "\n".join(line + ",1" for line in text.splitlines()), None):
        train.unlink() if bad is None else train.write_text(bad)
        error = call(copy, "train", "--eda", eda, code=1).data["error"]
        assert error["kind"] == "BadChannel" and "train" in error["what"]
    assert len(names(copy, "training")) == 1


def test_verify_finds_a_missing_a_changed_and_an_extra_file(copy, call):
    eda = names(copy, "processing")[0]
    output = copy / "processing" / eda / "output"
    whole = call(copy, "verify", eda).data
    assert whole["ok"] and {file["state"] for file in whole["files"]} == {"ok"}
    (output / "report/report.html").unlink()
    table = output / "train/train.csv"
    table.write_bytes(table.read_bytes().replace(b"1", b"2", 1))  # the same size
    (output / "train/more.csv").write_text("1,2\n")
    answer = call(copy, "verify", eda, code=1).data
    odd = {file["file"]: file["state"] for file in answer["files"] if file["state"] != "ok"}
    assert odd == {
        "output/report/report.html": "missing",
        "output/train/train.csv": "changed",
        "output/train/more.csv": "unexpected",
    }
    assert not answer["ok"]
    assert all(file.removeprefix("output/") in answer["error"]["why"] for file in odd)


def test_a_model_that_is_gone_or_damaged(copy, call):
    training = names(copy, "training")[0]
    model = copy / f"training/{training}/output/model.tar.gz"
    model.write_bytes(model.read_bytes()[:500])
    error = call(copy, "deploy", "--training", training, "--name", "half", code=1).data["error"]
    assert error["kind"] == "StorageDamaged"
    model.unlink()
    error = call(copy, "deploy", "--training", training, code=1).data["error"]
    assert error["kind"] == "JobNotReady"
    assert call(copy, "endpoints").data == {"endpoints": []}


def test_an_endpoint_that_was_killed_or_has_expired_says_which(copy, call, flights, tmp_path):
    training = names(copy, "training")[0]
    rows, out = flights(5), tmp_path / "out.csv"
    call(copy, "deploy", "--training", training, "--name", "doomed")
    status = json.loads((copy / ".runtime/endpoint/doomed/status.json").read_text())
    os.kill(status["pid"], signal.SIGKILL)
    error = call(copy, "predict", "doomed", rows, "--output", out, code=1).data["error"]
    assert error["kind"] == "EndpointGone" and "killed" in error["why"] + error["what"]
    [listed] = call(copy, "endpoints").data["endpoints"]
    assert listed["status"] == "Failed"
    assert call(copy, "delete", "doomed").data["deleted"]

    from datetime import UTC, datetime

    answer = call(copy, "deploy", "--training", training, "--name", "brief", "--expires-in", "10s")
    assert "--all-rows yes" in answer.err  # of so few rows the page would train on all of them
    deployed = answer.data
    until = datetime.fromisoformat(deployed["expires"])
    call(copy, "log", "brief", "--follow")  # ends with the endpoint
    assert datetime.now(UTC) >= until
    error = call(copy, "predict", "brief", rows, "--output", out, code=1).data["error"]
    assert error["kind"] == "EndpointGone" and "expiry" in error["why"]
    assert not out.exists()
    assert call(copy, "delete", "brief").data["deleted"]


@pytest.mark.parametrize(
    "verb", [["jobs"], ["endpoints"], ["check"], ["cost"], ["log", "x"], ["eda"]], ids=" ".join
)
def test_a_workspace_that_is_a_file(call, tmp_path, verb):
    file = data.coins(tmp_path / "coins.csv")
    args = [*verb, file, "--target", "side"] if verb == ["eda"] else verb
    before = file.read_bytes()
    error = call(file, *args, code=1).data["error"]
    assert error["kind"] == "BadSetting" and "workspace" in error["what"]
    assert file.read_bytes() == before


def test_a_workspace_that_is_not_there_yet_is_empty(call, tmp_path):
    """Looking makes no folder: only a verb that has something to keep does."""
    nowhere = tmp_path / "not" / "yet"
    assert call(nowhere, "jobs").data == {"jobs": []}
    assert call(nowhere, "endpoints").data == {"endpoints": []}
    assert call(nowhere, "cost").data["jobs"] == []
    assert not nowhere.exists()


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A disk of its own of 8 MB. Only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=False, capture_output=True)
    end_everything(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """Take every byte of a disk but `leave`."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    continue
            except OSError:
                continue
    os.truncate(ballast, max(0, ballast.stat().st_size - leave))
    return ballast


def test_a_full_disk_on_every_verb_that_writes(disk, call, tmp_path):
    """Said as such; nothing is half there; and after some tidying the same call works."""
    file, out = data.coins(tmp_path / "coins.csv", rows=600), disk / "out.csv"

    def storage() -> set[Path]:
        return {path for path in disk.rglob("*") if ".runtime" not in path.parts}

    def refused(*args: object, leave: int = 0) -> None:
        before = storage()
        ballast = fill(disk, leave)
        answer = call(disk, *args, code=1)
        assert "full" in answer.data["error"]["why"].lower(), answer.data
        ballast.unlink()
        assert leftovers(disk) == []
        for path in storage() - before:
            # Whole things may stay: the data set, the configuration, the record of a job that failed.
            if path.is_dir() and path.parent.name in ("datasets", "processing", "training", "endpoints"):
                assert any((path / record).exists() for record in ("dataset.json", "job.json")), path
            assert path.name not in ("output", "out.csv"), path

    refused("eda", file, "--target", "side")
    refused("eda", file, "--target", "side", leave=60_000)  # the copy fits, the outputs do not
    eda = call(disk, "eda", file, "--target", "side").data["job"]
    refused("train", "--eda", eda, "--set", "num_round=3")
    training = call(disk, "train", "--eda", eda, "--set", "num_round=3").data["job"]
    refused("deploy", "--training", training, "--name", "coin")
    call(disk, "deploy", "--training", training, "--name", "coin")
    refused("predict", "coin", file, "--output", out)
    assert not out.exists()
    assert call(disk, "predict", "coin", file, "--output", out).data["rows"] == 600
    fill(disk)
    assert call(disk, "delete", "coin").data["deleted"], "what frees space works on a full disk"


def test_a_disk_that_may_only_be_read(disk, trained, call, tmp_path):
    """Looking works, and what would write says why not."""
    folder = disk / "workspace"
    shutil.copytree(trained, folder, ignore=shutil.ignore_patterns("endpoint*", "ml"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    eda, training = names(folder, "processing")[0], names(folder, "training")[0]
    for verb in (["jobs"], ["endpoints"], ["report", eda], ["log", training], ["verify", eda], ["cost"]):
        call(folder, *verb)
    file = data.coins(tmp_path / "coins.csv")
    for verb in (
        ["eda", file, "--target", "side"], ["train", "--eda", eda], ["deploy", "--training", training],
        ["check"],
    ):  # fmt: skip
        error = call(folder, *verb, code=1).data["error"]
        assert "permission" in error["why"] or "may not" in error["why"], error


@pytest.mark.parametrize("text", ["{broken", "[]", '"x"', '{"colour": 1}', '{"backend": "moon"}', "\xff"])
def test_a_settings_file_that_is_broken(workspace, call, tmp_path, text):
    (tmp_path / "sendero.json").write_bytes(text.encode("latin-1"))
    error = call(workspace, "jobs", code=1).data["error"]
    assert error["kind"] == "BadSetting" and "sendero.json" in error["what"] + error["remedy"]


def test_a_defect_ends_in_words_and_a_file_with_the_details(workspace, monkeypatch, capsys):
    from core.cli import commands
    from core.cli.main import main

    def broken(args):
        raise ZeroDivisionError("by naught")

    monkeypatch.setitem(commands.COMMANDS, "jobs", broken)
    assert main(["jobs", "--json", "--workspace", str(workspace)]) == 1
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert error["kind"] == "Unexpected" and "ZeroDivisionError: by naught" in error["why"]
    assert "Traceback" not in err
    details = Path(error["remedy"].split(" are in ")[1].split(": ")[0])
    assert "Traceback" in details.read_text() and "broken" in details.read_text()
    details.unlink()


def test_whoever_stops_reading_breaks_nothing(trained):
    """`... log JOB | head -1`: no traceback."""
    from tests.conftest import ROOT

    training = names(trained, "training")[0]
    command = f"{ROOT}/.venv/bin/python" if (ROOT / ".venv").exists() else "python"
    line = f"{command} {ROOT}/scripts/pipeline.py log {training} --follow --workspace {trained} | head -1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("-- ") and done.stderr == ""


def test_broken_input_in_a_real_process(workspace, tmp_path):
    """The same as in this process: exit code, one document, no traceback."""
    (tmp_path / "empty.csv").touch()
    answer = run_cli(workspace, "eda", tmp_path / "empty.csv", "--target", "x", code=1)
    assert checked(answer, 1).data["error"]["kind"] == "DataNotReadable"
