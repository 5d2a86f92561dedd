"""Another model for an endpoint that serves: its runner hands it to the same server, whose connections stay open."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.backends.local.failures import EndpointFailed, ModelKept
from core.backends.local.run import Run
from core.backends.local.server import fetch_model
from core.backends.local.steps import Pump
from core.container.replacement import KEPT, REPLACED, SIGNAL
from core.errors import SenderoError
from core.language import tr

if TYPE_CHECKING:
    from core.backends.record_types import EndpointRequestJson

NEXT, BEFORE = "model.next", "model.before"  # folders beside the model that is served


def replace_if_asked(run: Run[EndpointRequestJson], pump: Pump) -> None:
    """Serve another model where one was asked for since the last time; say in the status whether it is served."""
    asked = run.runtime.asked_model()
    if asked is None or asked[0] == run.status.get("replaced"):
        return
    request, training_job = asked
    before = run.status.get("training_job", "")
    try:
        digest = _replace(run, pump, training_job)
    except (SenderoError, OSError) as error:
        failure = (
            error if isinstance(error, SenderoError) else EndpointFailed(name=run.name, reason=str(error))
        )
        run.say(f"the model of {before} is kept: {failure}")
        run.update(replaced=request, unreplaced=failure.failure.as_kept())
        return
    run.say(f"the model of {training_job} is served in the place of that of {before}")
    run.update(
        replaced=request, unreplaced=None, training_job=training_job, previous=before, model_sha256=digest
    )


def _replace(run: Run[EndpointRequestJson], pump: Pump, training_job: str) -> str:
    """Have the server take the model of `training_job`; return its digest. Raises ModelKept, and as `fetch_model`."""
    serving, following, before = (run.ml / name for name in ("model", NEXT, BEFORE))
    try:
        digest = fetch_model(run, training_job, NEXT)
        _exchange(serving, following, before)
        if reason := _refused(run, pump):
            _exchange(serving, before, following)
            raise ModelKept(name=run.name, reason=reason)
        return digest
    finally:
        for folder in (following, before):
            shutil.rmtree(folder, ignore_errors=True)


def _exchange(serving: Path, by: Path, aside: Path) -> None:
    """Put the folder `by` in the place of `serving`, which is put aside; nobody reads there but when it is told to."""
    os.replace(serving, aside)
    os.replace(by, serving)


def _refused(run: Run[EndpointRequestJson], pump: Pump) -> str:
    """Tell the server to read its folder again; return why it keeps what it had, or nothing once it does not."""
    said: list[str] = []
    deadline = time.monotonic() + run.programs.ping_deadline
    pump.on_line = said.append
    pump.process.send_signal(SIGNAL)
    try:
        while pump.turn() and time.monotonic() < deadline:
            for line in said:
                if line.endswith(REPLACED):
                    return ""
                if KEPT in line:
                    return line.partition(KEPT)[2].removeprefix(": ")
    finally:
        pump.on_line = None
    return tr("The server did not say that it has read the other model.")
