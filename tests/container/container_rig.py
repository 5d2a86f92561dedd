"""The container as others start it: a folder, a command, a port."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb

from core.backends.metrics import metric_row
from core.container.train import run

ROOT = Path(__file__).resolve().parent.parent.parent
CHANNEL = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
COLUMNS = 4


def lay_out(prefix: Path, hyperparameters: dict, *, rows: int = 60, content_type: str = "text/csv") -> None:
    """A training job on rows of `label, COLUMNS numbers` whose label follows the first column."""
    configuration = prefix / "input/config"
    configuration.mkdir(parents=True)
    channels = {name: CHANNEL | {"ContentType": content_type} for name in ("train", "validation")}
    resources = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
    files = {"hyperparameters": hyperparameters, "inputdataconfig": channels, "resourceconfig": resources}
    for name, content in files.items():
        (configuration / f"{name}.json").write_text(json.dumps(content))
    random = np.random.default_rng(5)
    for name in channels:
        folder = prefix / "input/data" / name
        folder.mkdir(parents=True)
        values = random.random((rows, COLUMNS)).round(3)
        labels = (values[:, :1] > 0.5).astype(int)
        np.savetxt(folder / f"{name}.csv", np.hstack([labels, values]), delimiter=",", fmt="%g")


def train_here(prefix: Path) -> tuple[str, list[dict[str, float]]]:
    """Train in this process; answers the failure, empty without one, and the metrics of each round."""
    logging.disable()
    try:
        with contextlib.redirect_stdout(io.StringIO()) as told:
            run(prefix)
    finally:
        logging.disable(logging.NOTSET)
    failure = prefix / "output/failure"
    rows = [row for line in told.getvalue().splitlines() if (row := metric_row(line))]
    return (failure.read_text() if failure.exists() else ""), rows


def train_command(prefix: Path) -> list[str]:
    return [sys.executable, "-m", "core.container", "train", "--prefix", str(prefix)]


def small_model(objective: str = "binary:logistic", **parameters: object) -> xgb.Booster:
    """A model of COLUMNS columns."""
    random = np.random.default_rng(1)
    rows = random.random((80, COLUMNS))
    labels = (rows[:, 0] * (parameters.get("num_class", 2))).astype(int)
    return xgb.train({"objective": objective, "max_depth": 3, **parameters}, xgb.DMatrix(rows, labels), 4)


def save(model: xgb.Booster, prefix: Path, name: str = "xgboost-model", kind: str = "ubj") -> None:
    (prefix / "model").mkdir(parents=True, exist_ok=True)
    (prefix / "model" / name).write_bytes(bytes(model.save_raw(kind)))


@dataclass
class Server:
    """A running `serve`."""

    port: int
    process: subprocess.Popen

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, str, bytes]:
        """Status, content type and body; header names with `_` for `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()
        finally:
            connection.close()


@contextmanager
def serving(prefix: Path, *arguments: str, by_socket: bool = True, **environment: str) -> Iterator[Server]:
    """Run `serve` on a free port: an inherited socket, or a port number that was free a moment ago."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    command = [sys.executable, "-m", "core.container", "serve", "--prefix", str(prefix), *arguments]
    where = ["--fd", str(listening.fileno())] if by_socket else ["--port", str(port)]
    if not by_socket:
        listening.close()
    descriptors = [listening.fileno()] if by_socket else []
    process = subprocess.Popen(
        command + where,
        pass_fds=descriptors,
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    listening.close()
    server = Server(port, process)
    try:
        if not by_socket:
            _wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            server.request("GET", "/ping")
            return
        except OSError:
            if time.monotonic() > deadline or server.process.poll() is not None:
                raise
            time.sleep(0.05)
