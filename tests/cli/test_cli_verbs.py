"""Each verb's answer: at least the keys that other programs rely on (docs/design.md, section 3), on stdout alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest

from tests.cli import data
from tests.cli.conftest import checked, names
from tests.conftest import ROOT, run_cli

pytestmark = pytest.mark.slow(3)

# The contract, copied: a key that goes missing breaks programs that are not in this repository.
KEYS = {
    "eda": {"job", "status", "outputs", "rows", "columns", "warnings"},
    "train": {"job", "status", "metrics", "evaluation"},
    "tune": {"job", "best"},
    "compare": {
        "metric",
        "difference",
        "low",
        "high",
        "verdict",
        "paired",
        "metrics",
        "settings",
        "data",
        "contract",
    },
    "deploy": {"endpoint", "status", "url", "expires"},
    "prolong": {"name", "status", "expires"},
    "replace": {"endpoint", "from", "to", "contract"},
    "predict": {"rows", "rejected", "unseen"},
    "delete": {"deleted"},
    "note": {"job", "text", "number"},
    "choose": {"job", "is_chosen", "who", "at", "before"},
    "delete-run": {"name", "deleted", "kept", "bytes", "left_behind"},
    "jobs": {"jobs"},
    "endpoints": {"endpoints"},
    "report": {"overview", "warnings"},
    "log": {"job", "log"},
    "verify": {"ok", "files"},
    "check": {"ok", "checks"},
    "cost": {"per_hour", "endpoints", "jobs"},
}
OUTPUTS = {
    "report/EDA_Report.txt", "report/report.json", "report/report.html", "contract/contract.json",
    "train/train.csv", "validation/validation.csv", "test/test.csv",
}  # fmt: skip


def test_every_step_by_itself(workspace, tmp_path):
    """eda, train, tune, deploy, predict, delete: one after the other, as real processes."""
    file = data.coins(tmp_path / "coins.csv")
    eda = checked(run_cli(workspace, "eda", file, "--target", "side", "--derive", "twice=weight*2"), 0).data
    assert set(eda) >= KEYS["eda"] and eda["status"] == "Completed"
    assert set(eda["outputs"]) >= OUTPUTS
    assert all(set(facts) == {"bytes", "sha256"} for facts in eda["outputs"].values())
    assert (eda["rows"], eda["columns"]) == (200, 4)

    train = checked(run_cli(workspace, "train", "--eda", eda["job"], "--set", "num_round=3"), 0)
    assert set(train.data) >= KEYS["train"] and train.data["evaluation"]["metrics"]
    assert "validation-logloss" in train.data["metrics"]
    kept = train.data["evaluation"]["rounds"] - 1
    assert train.data["metrics"]["round"] == kept and f"round {kept}" in train.data["kept"]
    assert "[0]\ttrain-" in train.err, "the job's log is on stderr"

    tune = checked(
        run_cli(
            workspace, "tune", "--eda", eda["job"], "--max-jobs", 2, "--range", "eta=0.1:0.3",
            "--set", "num_round=2",
        ), 0,
    ).data  # fmt: skip
    assert set(tune) >= KEYS["tune"] and 0.1 <= float(tune["best"]["values"]["eta"]) <= 0.3

    compared = run_cli(workspace, "compare", train.data["job"], tune["job"]).data
    assert set(compared) >= KEYS["compare"] and compared["paired"] and compared["rows"] == 20
    assert compared["second"]["job"] == tune["best"]["training_job"]
    again = run_cli(workspace, "compare", tune["job"], train.data["job"]).data
    assert again["difference"] == -compared["difference"] and "eta" in again["settings"]

    model = tune["best"]["training_job"]
    deploy = run_cli(workspace, "deploy", "--training", model, "--name", "coin-1", "--expires-in", "9m").data
    assert set(deploy) >= KEYS["deploy"]
    assert (deploy["endpoint"], deploy["status"]) == ("coin-1", "InService")
    again = run_cli(workspace, "deploy", "--training", model, "--name", "coin-1").data
    assert again == deploy, "the same model under the same name is the same endpoint"
    other = ["deploy", "--training", train.data["job"], "--name", "coin-1"]
    assert checked(run_cli(workspace, *other, code=1), 1).data["error"]["kind"] == "NameTaken"

    longer = run_cli(workspace, "prolong", "coin-1", "--by", "1h").data
    assert set(longer) >= KEYS["prolong"] and longer["status"] == "InService"
    later = datetime.fromisoformat(longer["expires"]) - datetime.fromisoformat(deploy["expires"])
    assert later == timedelta(hours=1)

    other = run_cli(workspace, "replace", "coin-1", "--training", train.data["job"]).data
    assert set(other) >= KEYS["replace"] and (other["from"], other["to"]) == (model, train.data["job"])
    assert run_cli(workspace, "replace", "coin-1", "--back").data["to"] == model

    predict = run_cli(workspace, "predict", "coin-1", file, "--output", tmp_path / "out.csv").data
    assert set(predict) >= KEYS["predict"] and predict["rows"] == 200 and predict["ignored"] == []
    delete = run_cli(workspace, "delete", "coin-1").data
    assert delete["deleted"] == ["endpoint coin-1", "endpoint config coin-1", "model coin-1"]
    gone = checked(run_cli(workspace, "delete", "coin-1", code=1), 1).data
    assert gone["error"]["kind"] == "NotFound"


def test_looking_changes_nothing_and_answers_its_keys(trained, call):
    eda, training = names(trained, "processing")[0], names(trained, "training")[0]
    for verb, *rest in (
        ["jobs"], ["endpoints"], ["report", eda], ["log", training], ["log", training, "--follow"],
        ["verify", eda], ["verify", training], ["check"], ["cost"],
    ):  # fmt: skip
        assert set(call(trained, verb, *rest).data) >= KEYS[verb], verb
    listed = call(trained, "jobs").data["jobs"]
    assert [job["name"] for job in listed][-2:] == [training, eda], "newest first"
    assert all({"name", "kind", "status", "created", "seconds", "failure"} <= set(job) for job in listed)


def test_without_json_it_speaks_to_a_person(trained):
    """Text on stdout, and the first thing that `eda` says of a report is in it."""
    command = [sys.executable, str(ROOT / "scripts" / "pipeline.py")]
    eda = names(trained, "processing")[0]
    done = subprocess.run([*command, "report", eda, "--workspace", trained], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert "Basic" in done.stdout or "BASIC" in done.stdout
    done = subprocess.run(
        [*command, "report", "nope", "--workspace", trained], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(":")[0].strip() for line in done.stderr.splitlines()][1:] == ["Why", "Next"]


@pytest.mark.parametrize(
    "args",
    [
        [], ["nope"], ["eda"], ["eda", "x.csv"], ["train"], ["train", "--eda", "x", "--preset", "nope"],
        ["train", "--eda", "x", "--set", "eta"], ["tune", "--eda", "x", "--max-jobs", "0"],
        ["tune", "--eda", "x"], ["tune", "--max-jobs", "2"], ["tune", "--eda", "x", "--minutes", "0"],
        ["tune", "--more", "x", "--max-jobs", "2", "--set", "eta=0.1"],
        ["tune", "--eda", "x", "--max-jobs", "2", "--range", "eta=low:high"],
        ["eda", "x.csv", "--target", "y", "--problem", "guess"], ["eda", "x.csv", "--target", "y", "--seed", "z"],
        ["predict", "name", "rows.csv"], ["jobs", "--backend", "moon"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_bad_usage_is_2(workspace, call, args):
    call(workspace, *args, code=2)


def test_a_long_job_is_followed_listed_and_stopped(copy, call):
    """`log --follow` ends with its job; `stop` keeps what was trained so far; a second stop is refused."""
    eda = names(copy, "processing")[0]
    command = [sys.executable, str(ROOT / "scripts" / "pipeline.py")]
    where = ["--workspace", str(copy), "--json"]
    long = ["train", "--eda", eda, "--set", "num_round=100000", "--set", "early_stopping_rounds="]
    train = subprocess.Popen(
        [*command, *long, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    name = train.stderr.readline().split()[-1]
    assert [job for job in call(copy, "cost").data["jobs"]] == [name]
    unready = call(copy, "deploy", "--training", name, code=1).data["error"]
    assert unready["kind"] == "JobNotReady" and "InProgress" in unready["why"]
    assert call(copy, "verify", name, code=1).data["error"]["kind"] == "JobNotReady"
    follow = subprocess.Popen([*command, "log", name, "--follow", *where], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while "[0]\ttrain-" not in call(copy, "log", name).data["log"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert call(copy, "stop", name).data["status"] in ("Stopping", "Stopped")
    out, err = train.communicate()
    assert train.returncode == 1 and "Traceback" not in err
    assert "Stopped" in json.loads(out)["error"]["why"]
    followed = json.loads(follow.communicate()[0])
    assert follow.returncode == 0 and " Stopped " in followed["log"].splitlines()[-1]
    assert call(copy, "stop", name, code=1).data["error"]["kind"] == "CannotStop"


def test_a_verb_that_is_killed_politely_says_so_in_json(copy):
    """SIGTERM while waiting: the job goes on, and whoever reads stdout still gets a document."""
    eda = names(copy, "processing")[0]
    waiting = subprocess.Popen(
        [
            sys.executable, str(ROOT / "scripts" / "pipeline.py"), "train", "--eda", eda,
            "--set", "num_round=100000", "--set", "early_stopping_rounds=", "--workspace", str(copy), "--json",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    name = waiting.stderr.readline().split()[-1]
    waiting.terminate()
    out, err = waiting.communicate()
    assert waiting.returncode == 1 and "Traceback" not in err
    assert json.loads(out)["error"]["kind"] == "Interrupted"
    [job] = [job for job in run_cli(copy, "jobs").data["jobs"] if job["name"] == name]
    assert job["status"] == "InProgress"
