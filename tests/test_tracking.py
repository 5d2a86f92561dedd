"""Runs in MLflow, against a real tracking server on loopback: one is started, for one test."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import xgboost as xgb

from core import keys
from core.settings import Settings
from core.verbs import registry, tracking
from core.verbs.training import evaluation_of, rounds_of
from tests.backends.conftest import open_place
from tests.backends.once import run_once
from tests.backends.place import Place, until
from tests.page_rig import button, open_page, texts

pytestmark = pytest.mark.slow
MANAGED = {
    "SENDERO_MLFLOW": "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/mine",
    "AWS_ACCESS_KEY_ID": "of-the-test",
    "AWS_SECRET_ACCESS_KEY": "of-the-test",
}


@pytest.fixture
def place(request, tmp_path_factory, tmp_path):
    yield from open_place(request, "local", tmp_path)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@contextmanager
def mlflow_server(folder: Path, port: int) -> Iterator[None]:
    """A tracking server with all that it keeps in `folder`: as files, for a database takes it longer to make."""
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--backend-store-uri", f"file://{folder}/store"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    environment = os.environ | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(
        command, stdout=log, stderr=log, env=environment, cwd=folder, start_new_session=True
    )

    def answers() -> bool:
        assert server.poll() is None, (folder / "server.log").read_text()
        try:
            return urlopen(f"http://127.0.0.1:{port}/health", timeout=2).status == 200
        except OSError:
            return False

    try:
        until(answers, "the tracking server")
        yield
    finally:
        os.killpg(server.pid, 15)
        server.wait()
        log.close()


def ask(server: str, what: str, **parameters: object) -> dict:
    body = json.dumps(parameters).encode()
    request = Request(f"{server}/api/2.0/mlflow/{what}", body, {"Content-Type": "application/json"})
    return json.load(urlopen(request, timeout=30))


def get(server: str, what: str) -> dict:
    return json.load(urlopen(f"{server}/api/2.0/mlflow/{what}", timeout=30))


def test_a_run_is_in_mlflow_once_and_a_server_that_is_down_fails_nothing(
    place, tmp_path_factory, tmp_path, monkeypatch
):
    eda = run_once(tmp_path_factory, place, "eda", Place.eda)
    model = run_once(tmp_path_factory, place, "model", lambda place: place.train(eda.name))
    backend, port = place.backend, free_port()
    server = f"http://127.0.0.1:{port}"
    for name, value in (
        place.environment() | {"SENDERO_MLFLOW": f"http://me:secret@127.0.0.1:{port}"}
    ).items():
        monkeypatch.setenv(name, value)
    assert tracking.track_quietly(backend, model.name).startswith(
        f"{model.name} was not logged to MLflow at {server}."
    )
    known = tracking.tracking_of(backend, model.name)
    assert known.state == tracking.FAILED and known.reason and "secret" not in json.dumps(known.reason)
    at = open_page("Training", job=model.name)
    assert not at.exception and f"It is not in MLflow: {known.reason}" in texts(at).replace("\\", "")

    folder = tmp_path / "server"
    folder.mkdir()
    with mlflow_server(folder, port):
        settings = Settings.load()
        with ThreadPoolExecutor(3) as others:  # the button, and hurried hands in other tabs
            clicked = button(at, "Log it to MLflow").click()
            list(others.map(lambda _: tracking.start(backend, model.name, settings), range(3)))
        assert "It is being logged to MLflow" in texts(clicked.run())
        until(
            lambda: tracking.tracking_of(backend, model.name).state != tracking.LOGGING, "the run in MLflow"
        )
        done = tracking.track(backend, model.name, settings)
        assert done.state == tracking.LOGGED, done.reason
        assert done.address == f"{server}/#/experiments/{done.experiment}/runs/{done.run}"

        (run,) = ask(server, "runs/search", experiment_ids=[done.experiment])["runs"]
        assert run["info"]["run_id"] == done.run and run["info"]["status"] == "FINISHED"
        assert {each["key"]: each["value"] for each in run["data"]["params"]} == model.hyperparameters
        figures = {each["key"]: each["value"] for each in run["data"]["metrics"]}
        accuracy = evaluation_of(backend, model.name)["metrics"]["accuracy"]
        assert [figures[f"test_accuracy{end}"] for end in ("", "_low", "_high")] == pytest.approx(
            list(accuracy.values())
        )
        curve = [row["validation-mlogloss"] for row in rounds_of(backend, model.name)]
        seen = get(server, f"metrics/get-history?run_id={done.run}&metric_key=validation-mlogloss")
        assert [each["value"] for each in seen.get("metrics", [])] == pytest.approx(curve)
        files = {each["path"] for each in get(server, f"artifacts/list?run_id={done.run}")["files"]}
        assert files == {
            "report.html",
            "EDA_Report.txt",
            "evaluation.json",
            "contract.json",
            "card.html",
            "model",
        }
        (saved,) = folder.glob(f"artifacts/*/{done.run}/artifacts/model/model.ubj")
        assert (
            xgb.Booster(model_file=saved).num_boosted_rounds() == evaluation_of(backend, model.name)["rounds"]
        )
        at = open_page("Training", job=model.name)
        (link,) = [each.proto for each in at.get("link_button") if each.proto.label == "MLflow"]
        assert link.url == done.address

        # A managed one is named by its ARN, for which the SDK's plugin knows an address, and signs. Its artifacts are
        # in a store to which the client writes itself.
        ask(server, "experiments/update", experiment_id=done.experiment, new_name="before")
        (name,) = [each["value"] for each in run["data"]["tags"] if each["key"] == "mlflow.runName"]
        group = registry.group_for(backend, model.name)
        ask(server, "experiments/create", name=group, artifact_location=f"file://{folder}/managed")
        for variable, value in MANAGED.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", server)
        backend.storage.delete(keys.tracking(model.name))
        tracking.start(backend, model.name, Settings.load())
        until(
            lambda: tracking.tracking_of(backend, model.name).state != tracking.LOGGING, "the managed server"
        )
        managed = tracking.tracking_of(backend, model.name)
        assert (managed.state, managed.server) == (tracking.LOGGED, MANAGED["SENDERO_MLFLOW"]), managed.reason
        (same,) = ask(server, "runs/search", experiment_ids=[managed.experiment])["runs"]
        assert same["data"]["params"] == run["data"]["params"] and list(
            folder.glob("managed/*/artifacts/model")
        )
        assert name in [each["value"] for each in same["data"]["tags"]]
