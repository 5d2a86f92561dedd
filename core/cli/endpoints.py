"""The verbs over endpoints: deploy, predict, delete, list."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.backends.base import Backend
from core.cli.answer import Answer, backend_of, readable, resources_of, say, say_cost, settings_of
from core.verbs import pipeline
from core.verbs.waiting import wait_in_service

if TYPE_CHECKING:
    from core.verbs.predict import Prediction


def deploy(args: Namespace) -> Answer:
    """Create an endpoint, wait until it is InService."""
    data = run_deploy(
        backend_of(args), args.training, args.name, settings_of(args).expires_in, resources_of(args)
    )
    at = f" at {data['url']}" if data["url"] else f" on {data['instance']}"
    text = f"{data['endpoint']} {data['status']}{at}, until {data['expires']}; ended by {data['ends_by']}"
    return Answer(data, text)


def run_deploy(
    backend: Backend, training_job: str, name: str, expires_in: str, resources: dict[str, str] | None = None
) -> dict[str, Any]:
    """Create the endpoint, wait until it answers, and answer the verb's data."""
    say_cost(backend, lambda: backend.estimate("endpoint", resources or {}, 0))
    endpoint = pipeline.deploy(backend, training_job, name, expires_in, resources=resources)
    say(f"Endpoint {endpoint.name}")
    data = wait_in_service(backend, endpoint.name).as_dict()
    return {
        "endpoint": data["name"],
        "status": data["status"],
        "url": data["url"],
        "expires": data["expires"],
        "instance": data["instance"],
        "ends_by": data["ends_by"],
    }


def predict(args: Namespace) -> Answer:
    """Raw rows to predictions, in the same order."""
    from core.verbs import predict as inference

    done = inference.predict(
        backend_of(args), args.endpoint, readable(args.rows), args.output, progress, not args.keep_formulas
    )
    return predictions(done)


def predictions(done: Prediction) -> Answer:
    """What became of the rows, and what was odd about them."""
    data = asdict(done) | {"output": str(done.output), "ignored": list(done.ignored)}
    data["notes"] = list(done.notes)
    data["reasons"] = [{"row": row, "reason": reason} for row, reason in done.reasons]
    text = f"{done.rows:,} rows, {done.rejected:,} rejected, written to {done.output}"
    text += "".join(f"\n  row {row:,} rejected: {reason}" for row, reason in done.reasons)
    if done.rejected > len(done.reasons):
        text += f"\n  and {done.rejected - len(done.reasons):,} more: see its column flags"
    for what, counts in (("unseen", done.unseen), ("out of range", done.out_of_range)):
        text += "".join(f"\n  {column}: {count:,} {what}" for column, count in counts.items())
    text += "".join(f"\n  {note}" for note in done.notes)
    if done.guarded:
        text += f"\n  {done.guarded:,} cells that a spreadsheet would run got an apostrophe (--keep-formulas)"
    if done.ignored:
        text += f"\n  columns not used: {', '.join(done.ignored)}"
    return Answer(data, text)


def progress(share: float, message: str) -> None:
    """How far it is, as a line of log."""
    say(f"{share:4.0%} {message}")


def delete(args: Namespace) -> Answer:
    """Endpoint, endpoint config and model, gone and checked."""
    receipt = pipeline.delete(backend_of(args), args.endpoint)
    return Answer(receipt.as_dict(), "Deleted: " + ", ".join(receipt.deleted))


def endpoints(args: Namespace) -> Answer:
    """All endpoints, with age and expiry."""
    found = backend_of(args).endpoints()
    lines = [
        f"{item.name:<40} {item.status:<10} {item.url or '':<24} since {item.created:%Y-%m-%d %H:%M}"
        + (f" until {item.expires:%Y-%m-%d %H:%M} UTC" if item.expires else "")
        for item in found
    ]
    return Answer({"endpoints": [item.as_dict() for item in found]}, "\n".join(lines) or "No endpoints.")
