"""The endpoint against predicting in process: what HTTP, reading text and writing text add.

The baseline has its numbers already: a float32 array. Ours gets text and answers text. How many requests it answers
is held against a bare Starlette application, which answers with what it was sent.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import xgboost as xgb

from scripts.benchmarks.measure import BASELINES, ROOT, Plan, Row, clock, plain_environment, taking_turns

COLUMNS = 30
DEPTH = 6
TARGETS = {1: 2.0, 1000: 2.5}
THROUGHPUT = 0.5  # at least
CONNECTIONS = 8
BASELINE = (
    "xgb.DMatrix(array) + predict in process on parsed numbers, with one thread or all, whichever is faster"
)
HEADERS = {"Content-Type": "text/csv", "Accept": "text/csv"}


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return a row a request size: the p50 of POST /invocations over one keep-alive connection on loopback; and one of
    the requests that are answered in a second over several connections.
    """
    trees = 20 if plan.quick else 200
    features, booster = _model(trees)
    (scratch / "model").mkdir()
    booster.save_model(scratch / "model" / "xgboost-model.ubj")
    serve = [sys.executable, "-m", "core.container", "serve", "--prefix", str(scratch), "--fd"]
    with _serving(serve, scratch / "serve.log") as connection:
        return [
            *(
                _row(plan, connection, booster, features[:size], trees, calls)
                for size, calls in ((1, 40 if plan.quick else 200), (1000, 4 if plan.quick else 20))
            ),
            _throughput(plan, connection.port, features[0], scratch),
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


def _throughput(plan: Plan, port: int, row: np.ndarray, scratch: Path) -> Row:
    body = ",".join(map(repr, row.tolist())).encode()
    seconds = 0.3 if plan.quick else 2.0
    echo = [sys.executable, str(BASELINES / "echo.py")]
    times = plan.times(full=7, quick=1)
    with _serving(echo, scratch / "echo.log") as other:
        ways = {
            name: partial(_answered, at, body, seconds) for name, at in (("ours", port), ("echo", other.port))
        }
        runs = taking_turns(ways, times, not plan.quick)
    return Row(
        group="endpoint",
        name=f"requests a second, 1 row, {CONNECTIONS} connections",
        against=f"{BASELINE}; of requests a second a bare Starlette echo",
        unit="/s",
        ours=statistics.median(runs["ours"]),
        baseline=statistics.median(runs["echo"]),
        repetitions=times,
        target=None if plan.quick else THROUGHPUT,
        at_least=True,
        details={name: [round(value) for value in values] for name, values in runs.items()},
    )


def _answered(port: int, body: bytes, seconds: float) -> float:
    """Return how many requests are answered in a second, each connection sending the next one after an answer."""
    head = "POST /invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/csv\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    request = head.encode() + body

    async def connection(end: float) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers = 0
        while time.perf_counter() < end:
            writer.write(request)
            status, _, headers = (await reader.readuntil(b"\r\n\r\n")).lower().partition(b"\r\n")
            if b" 200 " not in status:
                raise RuntimeError(f"The server answered {status.decode()}.")
            await reader.readexactly(int(headers.partition(b"content-length:")[2].partition(b"\r\n")[0]))
            answers += 1
        writer.close()
        return answers

    async def all_of_them() -> float:
        begun = time.perf_counter()
        answers = await asyncio.gather(*(connection(begun + seconds) for _ in range(CONNECTIONS)))
        return sum(answers) / (time.perf_counter() - begun)

    return asyncio.run(all_of_them())


def _spread(values: list[float]) -> dict[str, float]:
    """Return fastest, median and 95th percentile, in milliseconds."""
    p95 = statistics.quantiles(values, n=20)[-1]
    return {
        "fastest": round(min(values), 4),
        "p50": round(statistics.median(values), 4),
        "p95": round(p95, 4),
    }


@contextmanager
def _serving(command: list[str], log_file: Path) -> Iterator[http.client.HTTPConnection]:
    """Yield one connection to a server, a process of its own that is told the number of its socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with log_file.open("wb") as log:
            server = subprocess.Popen(
                [*command, str(listener.fileno())],
                cwd=ROOT,
                env=plain_environment(),
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
            )
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        _await_ping(connection, server, log_file)
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
