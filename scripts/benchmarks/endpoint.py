"""The endpoint against predicting in process: what HTTP, reading text and writing text add.

The baseline has its numbers already: a float32 array. Ours gets text and answers text.
"""

from __future__ import annotations

import http.client
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xgboost as xgb

from scripts.benchmarks.measure import ROOT, Plan, Row, clock, plain_environment, taking_turns

COLUMNS = 30
DEPTH = 6
TARGETS = {1: 4.0, 1000: 6.0}
BASELINE = (
    "xgb.DMatrix(array) + predict in process on parsed numbers, with one thread or all, whichever is faster"
)
HEADERS = {"Content-Type": "text/csv", "Accept": "text/csv"}


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return two rows, one a request size: the p50 of POST /invocations over one keep-alive connection on loopback."""
    trees = 20 if plan.quick else 200
    features, booster = _model(trees)
    (scratch / "model").mkdir()
    booster.save_model(scratch / "model" / "xgboost-model.ubj")
    with _serving(scratch) as connection:
        return [
            _row(plan, connection, booster, features[:size], trees, calls)
            for size, calls in ((1, 40 if plan.quick else 200), (1000, 4 if plan.quick else 20))
        ]


def _model(trees: int) -> tuple[np.ndarray, xgb.Booster]:
    random = np.random.default_rng(0)
    features = random.normal(size=(20_000, COLUMNS)).round(6)
    label = (features[:, :5].sum(axis=1) + random.normal(size=len(features)) > 0).astype(int)
    parameters = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    return features, xgb.train(parameters, xgb.DMatrix(features, label), trees)


def _row(plan: Plan, connection, booster: xgb.Booster, features: np.ndarray, trees: int, calls: int) -> Row:
    size = len(features)
    array = features.astype(np.float32)
    body = "\n".join(",".join(map(repr, row)) for row in features.tolist()).encode()

    def request() -> bytes:
        connection.request("POST", "/invocations", body, HEADERS)
        return connection.getresponse().read()

    def direct(threads: int) -> np.ndarray:
        return booster.predict(xgb.DMatrix(array, nthread=threads))

    def many(act, threads: int) -> list[float]:
        booster.set_param({"nthread": threads})
        return [1000 * clock(act) for _ in range(calls)]

    answered = np.array(request().split(), dtype=float).astype(np.float32)
    if not np.array_equal(answered, direct(1)):
        raise RuntimeError("The endpoint does not answer what the model predicts.")

    times = plan.times(full=15, quick=2)
    ways = {
        "request": lambda: many(request, 1),
        "one thread": lambda: many(lambda: direct(1), 1),
        "all threads": lambda: many(lambda: direct(0), 0),
    }
    runs = {
        name: [value for part in parts for value in part] for name, parts in taking_turns(ways, times).items()
    }
    # More threads are faster on an idle machine and many times slower on a busy one: the better one counts.
    baseline = min(("one thread", "all threads"), key=lambda name: statistics.median(runs[name]))
    return Row(
        group="endpoint",
        name=f"POST /invocations, {size} row{'s' * (size > 1)} of CSV, p50",
        against=BASELINE,
        unit="ms",
        ours=statistics.median(runs["request"]),
        baseline=statistics.median(runs[baseline]),
        repetitions=times * calls,
        target=None if plan.quick else TARGETS[size],
        details={
            "columns": COLUMNS,
            "trees": trees,
            "depth": DEPTH,
            "body_bytes": len(body),
            "baseline": baseline,
            **{name: _spread(values) for name, values in runs.items()},
        },
    )


def _spread(values: list[float]) -> dict[str, float]:
    """Return fastest, median and 95th percentile, in milliseconds."""
    p95 = statistics.quantiles(values, n=20)[-1]
    return {
        "fastest": round(min(values), 4),
        "p50": round(statistics.median(values), 4),
        "p95": round(p95, 4),
    }


@contextmanager
def _serving(prefix: Path) -> Iterator[http.client.HTTPConnection]:
    """Yield a server over `prefix` as a process of its own, and one connection to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "core.container", "serve", "--prefix", str(prefix)]
        with (prefix / "serve.log").open("wb") as log:
            server = subprocess.Popen(
                [*command, "--fd", str(listener.fileno())],
                cwd=ROOT,
                env=plain_environment(),
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
            )
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        _await_ping(connection, server, prefix / "serve.log")
        yield connection
        connection.close()
    finally:
        server.terminate()
        server.wait()


def _await_ping(connection: http.client.HTTPConnection, server: subprocess.Popen, log: Path) -> None:
    while server.poll() is None:
        try:
            connection.request("GET", "/ping")
            if connection.getresponse().read() == b"":
                return
        except OSError:  # also what http.client raises when the server has gone meanwhile
            connection.close()
            time.sleep(0.05)
    raise RuntimeError(f"The server ended:\n{log.read_text()[-2000:]}")
