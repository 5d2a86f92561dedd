"""Batch Transform: every line of the rows through a served model, no endpoint; the answers whole or absent."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from core import keys
from core.backends.local.failures import AlgorithmError, ModelDamaged
from core.backends.local.invoke import post
from core.backends.local.run import Run, Stopped
from core.backends.local.server import (
    HOST,
    NotServing,
    Unreadable,
    died,
    end_server,
    fetch_model,
    start_server,
    wait_for_ping,
)
from core.backends.local.staging import put_whole, stage
from core.backends.local.steps import Pump
from core.errors import EndpointGone, EndpointRefused
from core.language import mark, tr
from core.numbers import fixed, integer

if TYPE_CHECKING:
    from core.backends.record_types import TransformRequestJson

STOP_POLL = 0.05  # seconds between two looks for a stop while a request is answered
LAST_BREATH = 1.0  # seconds in which a server that broke a connection may still be ending
GONE = mark("The server does not answer any more.")
CHUNK = 1 << 20  # bytes of a request, of the 6 MiB that the container takes: progress moves, a stop is heard
# As SageMaker runs the container for a transform job; the XGBoost image then writes a line a row.
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
ENVIRONMENT = {"SAGEMAKER_BATCH": "true", "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD"}


def work(run: Run[TransformRequestJson]) -> str:
    """Answer the rows chunk by chunk. Raises AlgorithmError, Stopped."""
    run.phase("Downloading")
    rows = staged(run)
    fetch_model(run, run.request["training_job"])
    run.stop_point()

    run.phase("Starting")
    process, port = start_server(run, ENVIRONMENT)
    pump, sender = Pump(run, process), ThreadPoolExecutor(1)
    try:
        wait_for_ping(run, pump, port, lambda: leave_if_asked(run))
        run.phase("Transforming")
        transform(run, pump, sender, f"http://{HOST}:{port}", rows)
    except Unreadable as failure:
        raise ModelDamaged(training_job=run.request["training_job"], reason=failure.reason) from failure
    except NotServing as failure:
        raise AlgorithmError(thing=run.runtime.thing, name=run.name, reason=failure.reason) from failure
    finally:
        end_server(run, pump)
        sender.shutdown()  # after the server's end, which ends what is still being asked

    run.stop_point()
    run.phase("Uploading")
    put_whole(run.ml / "upload", run.workspace, keys.transform_output(run.name))
    return ""


def staged(run: Run[TransformRequestJson]) -> Path:
    """Return the path of the rows as they were at the launch."""
    key, folder = run.request["rows"], run.ml / "input" / "data"
    size = stage(run.workspace, key, folder)
    run.say(f"{key} -> input/data ({integer(size)} bytes)")
    return folder / Path(key).name


def transform(run: Run[TransformRequestJson], pump: Pump, sender: Executor, url: str, rows: Path) -> None:
    """Write `upload/<file>.out`: the answers to all chunks, in order, as SageMaker's AssembleWith Line joins them."""
    folder, size, sent = run.ml / "upload", max(rows.stat().st_size, 1), 0
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{rows.name}.out").open("wb") as answers:
        for body in chunks(rows):
            leave_if_asked(run)
            pump.turn(0)
            answers.write(invoke(run, pump, sender, url, body).rstrip(b"\n") + b"\n")
            sent += len(body)
            run.progress(
                sent / size,
                tr(
                    "{sent} of {size} MB of rows",
                    sent=fixed(sent / 1e6, 1),
                    size=fixed(size / 1e6, 1),
                ),
            )


def chunks(rows: Path) -> Iterator[bytes]:
    """Yield the file cut at line ends into bodies of about CHUNK bytes, a longer line whole."""
    with rows.open("rb") as file:
        while block := file.read(CHUNK):
            yield block + (b"" if block.endswith(b"\n") else file.readline())


def invoke(run: Run[TransformRequestJson], pump: Pump, sender: Executor, url: str, body: bytes) -> bytes:
    """Return the container's answer to one body; meanwhile its log is carried and a stop is heard.

    Raises AlgorithmError with the container's own words, NotServing, Stopped.
    """
    answer = sender.submit(post, run.name, url, body, "text/csv", "text/csv", lambda: tr(GONE))
    while True:
        try:
            return answer.result(STOP_POLL)
        except TimeoutError:
            leave_if_asked(run)
            pump.turn(0)
        except EndpointRefused as error:
            reason = " ".join(error.failure.why.split())
            raise AlgorithmError(thing=run.runtime.thing, name=run.name, reason=reason) from error
        except EndpointGone as error:
            raise gone(run, pump, error) from error


def gone(run: Run[TransformRequestJson], pump: Pump, error: EndpointGone) -> NotServing:
    """Return why nobody answers: the server died, or it took too long."""
    try:
        pump.process.wait(LAST_BREATH)
    except subprocess.TimeoutExpired:
        return NotServing(error.failure.why)
    while pump.turn():
        continue
    return died(run, pump, tr("The server died."))


def leave_if_asked(run: Run[TransformRequestJson]) -> None:
    """End the job if it was asked to stop. Raises Stopped."""
    if run.stop_asked():
        raise Stopped(tr("Stopped while transforming; no output was kept."))
