"""An endpoint's life: unpack the model, serve it on a loopback port, end at the expiry or when asked."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from core.backends.local.failures import EndpointFailed, EndpointStopped, ModelDamaged
from core.backends.local.replacement import replace_if_asked
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
from core.backends.local.steps import Pump
from core.backends.records import optional_time
from core.language import tr

if TYPE_CHECKING:
    from core.backends.record_types import EndpointRequestJson


def work(run: Run[EndpointRequestJson]) -> str:
    """Serve until the expiry. Raises EndpointFailed when the server dies, Stopped when asked to end."""
    run.phase("Downloading")
    run.update(model_sha256=fetch_model(run, run.request["training_job"]))

    run.phase("Starting")
    process, port = start_server(run)
    pump = Pump(run, process)
    try:
        wait_for_ping(run, pump, port, lambda: leave_if_asked(run))
        run.say(f"InService at http://{HOST}:{port}")
        run.update(status="InService", phase="InService", url=f"http://{HOST}:{port}")
        serve_until_expiry(run, pump)
    except Unreadable as failure:
        raise ModelDamaged(training_job=run.request["training_job"], reason=failure.reason) from failure
    except NotServing as failure:
        raise EndpointFailed(name=run.name, reason=failure.reason) from failure
    finally:
        end_server(run, pump)
    run.say("expired")
    return tr("It ended itself at its expiry.")


def serve_until_expiry(run: Run[EndpointRequestJson], pump: Pump) -> None:
    """Carry the server's log until the endpoint's expiry. Raises NotServing, Stopped, EndpointStopped."""
    # Wall clock on purpose: an endpoint promised until 14:00 is not there at 15:00 after a laptop's sleep.
    while (expires := _expiry(run)) and time.time() < expires.timestamp():
        if not pump.turn():
            raise died(run, pump, tr("The server died."))
        replace_if_asked(run, pump)
        leave_if_asked(run)


def _expiry(run: Run[EndpointRequestJson]) -> datetime | None:
    """Return when the endpoint ends; where somebody has asked for another time, take that first."""
    expires = run.runtime.asked_expiry()
    if expires and expires != run.status.get("expires"):
        run.say(f"ends at {expires}")
        run.update(expires=expires)
    return optional_time(run.status.get("expires"))


def leave_if_asked(run: Run[EndpointRequestJson]) -> None:
    """End a run that was asked to end. Raises Stopped, or EndpointStopped where a signal asked."""
    if run.stop_asked():
        if run.signalled and not run.runtime.asked_to_stop():
            raise EndpointStopped(name=run.name)
        raise Stopped("Deleted.")
