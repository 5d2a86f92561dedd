"""A container small enough to misbehave on request: `python container.py train|serve ...`.

What it does is said by hyperparameters (train) or by the model file's text (serve), so that a test can have
a slow, deaf, failing or dying container without touching the one that ships.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def train(prefix: Path) -> None:
    hyperparameters = json.loads((prefix / "input/config/hyperparameters.json").read_text())
    behaviour, gate = hyperparameters.get("behaviour", ""), hyperparameters.get("gate")
    if behaviour == "fail":
        (prefix / "output/failure").write_text("Customer Error: eta is out of range")
        sys.exit(1)
    if behaviour == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour == "saves":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    model = prefix / "model/xgboost-model"
    print(f"child {os.getpid()}", flush=True)
    for number in range(int(hyperparameters["num_round"])):
        loss = float(hyperparameters.get("eta", "0.3")) / (number + 1)
        print(f"[{number}]\ttrain-logloss:{loss:.5f}\tvalidation-logloss:{loss + 0.01:.5f}")
        model.with_name(".saving").write_text(behaviour or "good")
        os.replace(model.with_name(".saving"), model)
        while gate and not Path(gate).exists():
            time.sleep(0.01)
        time.sleep(float(hyperparameters.get("round_seconds", "0")))
    if behaviour == "grandchild":
        grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(f"grandchild {grandchild.pid}", flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model = ""

    def do_GET(self) -> None:
        self.answer(503 if self.model == "sick" else 200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.model == "dies":
            os._exit(3)
        if self.model.startswith("gate:"):
            print("asked", os.getpid(), flush=True)
            while not Path(self.model.removeprefix("gate:")).exists():
                time.sleep(0.01)
        if self.model.startswith("counts:"):
            return self.count(body, Path(self.model.removeprefix("counts:")))
        if body == b"bad":
            self.answer(415, b"Loading csv data failed with Exception")
        else:
            self.answer(200, body.upper() + self.headers["Accept"].encode())

    def count(self, body: bytes, folder: Path) -> None:
        """Answer the first cell of each row; note that of the first one, and wait where the test says so."""
        cells = [line.partition(b",")[0] for line in body.splitlines()]
        with (folder / "asked").open("ab", buffering=0) as asked:
            asked.write(cells[0] + b"\n")
        while (folder / "closed").exists() and float(cells[0]) >= float((folder / "closed").read_text() or 0):
            time.sleep(0.01)
        self.answer(200, b"\n".join(cells) + b"\n")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(prefix: Path, fd: int, name: str) -> None:
    Handler.model = (prefix / "model/xgboost-model").read_text()
    if Handler.model == "broken":
        sys.exit("the model cannot be loaded")
    if Handler.model == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket = socket.socket(fileno=fd)
    print(f"serving {name}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("verb")
    parser.add_argument("--prefix", type=Path)
    parser.add_argument("--fd", type=int)
    parser.add_argument("--endpoint-name")
    given = parser.parse_args()
    if given.verb == "train":
        train(given.prefix)
    else:
        serve(given.prefix, given.fd, given.endpoint_name)
