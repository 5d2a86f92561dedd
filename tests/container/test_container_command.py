"""The two commands as processes: exit codes, lines as they come, signals, sockets."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import xgboost as xgb
from container_rig import ROOT, lay_out, save, serving, small_model, train_command

from tests.failure_file import parse_failure

pytestmark = pytest.mark.slow(0.3)  # many that add up, which `make fast` leaves out

JOB = {"num_round": "3", "objective": "binary:logistic", "eval_metric": "logloss"}
ENDLESS = JOB | {"num_round": "1000000"}


def start(prefix):
    return subprocess.Popen(
        train_command(prefix), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_job_that_works(tmp_path):
    lay_out(tmp_path, JOB)
    done = subprocess.run(train_command(tmp_path), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [line.split("\t")[0] for line in done.stdout.splitlines() if "\t" in line] == ["[0]", "[1]", "[2]"]
    model = xgb.Booster(model_file=tmp_path / "model/xgboost-model")
    assert model.num_boosted_rounds() == 3
    assert [file.name for file in (tmp_path / "model").iterdir()] == ["xgboost-model"]
    assert not (tmp_path / "output/failure").exists()


def test_a_job_that_fails(tmp_path):
    lay_out(tmp_path, JOB | {"eta": "7"})
    done = subprocess.run(train_command(tmp_path), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    failure = parse_failure((tmp_path / "output/failure").read_text())
    assert (failure.error, failure.message) == ("UserError", "Hyperparameter eta: 7.0 is not in [0, 1]")
    assert "Hyperparameter eta" in done.stderr
    assert str(tmp_path) not in (tmp_path / "output/failure").read_text()


def test_a_missing_configuration_file_exits_with_its_error_number(tmp_path):
    lay_out(tmp_path, JOB)
    (tmp_path / "input/config/hyperparameters.json").unlink()
    done = subprocess.run(train_command(tmp_path), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    failure = parse_failure((tmp_path / "output/failure").read_text())
    assert failure.error == "FileNotFoundError"
    assert (
        failure.message == "[Errno 2] No such file or directory: '/opt/ml/input/config/hyperparameters.json'"
    )


@pytest.mark.parametrize("keep", ["true", "false"])
def test_sigterm_while_training(tmp_path, keep):
    lay_out(tmp_path, ENDLESS | {"save_model_on_termination": keep})
    with start(tmp_path) as job:
        # A round's line is here while the job still runs, so a live curve works; the model of it follows.
        while not job.stdout.readline().startswith("[1]"):
            pass
        job.send_signal(signal.SIGTERM)
        job.communicate(timeout=20)
    if keep == "true":
        assert job.returncode == 0
        assert xgb.Booster(model_file=tmp_path / "model/xgboost-model").num_boosted_rounds() >= 1
        assert [file.name for file in (tmp_path / "model").iterdir()] == ["xgboost-model"]
    else:
        assert job.returncode == -signal.SIGTERM
        assert list((tmp_path / "model").iterdir()) == []


@pytest.mark.parametrize("by_socket", [True, False])
def test_serve_on_a_socket_and_on_a_port(tmp_path, by_socket):
    save(small_model(), tmp_path)
    with serving(tmp_path, by_socket=by_socket) as server:
        assert server.request("GET", "/ping") == (200, "text/html; charset=utf-8", b"")
        status, kind, body = server.request(
            "POST", "/invocations", b"0.9,1,1,1\n0.1,1,1,1", Content_Type="text/csv"
        )
    assert (status, kind) == (200, "text/csv; charset=utf-8")
    first, second = map(float, body.decode().splitlines())
    assert first > 0.5 > second


def test_xgboost_comes_without_scikit_learn_which_others_may_still_import():
    code = (
        "import sys; from core.container import train; assert not [n for n in sys.modules if n.startswith('sklearn')];"
        "import sklearn"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
