"""The verb `run`: the whole path, EDA to a deleted endpoint, with a proof that serving equals training."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from core.backends.base import Backend
from core.cli.answer import Answer, backend_of, say, settings_of
from core.cli.documents import RunDocument
from core.cli.eda import run_eda
from core.cli.endpoints import run_deploy
from core.cli.failures import BelowGate, ServingDiffers
from core.cli.training import run_all_rows, run_training, scores_of
from core.errors import NotFound, SenderoError
from core.language import joined, tr
from core.numbers import count, fixed, integer, percent, share
from core.scratch import Scratch
from core.verbs import endpoints, gate

T = TypeVar("T")


def run(args: Namespace) -> Answer:
    """Do it all: EDA, training, deployment, inference on rows of the test split, deletion; seconds per step.

    A model that is not good enough for `--fail-below` ends it before the deployment.
    """
    backend, expires_in = backend_of(args), settings_of(args).expires_in
    endpoints.lifetime_of(expires_in)  # refused now rather than after minutes of training
    seconds: dict[str, float] = {}

    def step(name: str, act: Callable[[], T]) -> T:
        start = time.monotonic()
        try:
            return act()
        finally:
            seconds[name] = round(time.monotonic() - start, 3)

    eda = step("eda", lambda: run_eda(backend, args))
    training = step("training", lambda: run_training(backend, eda["job"], args))
    gates = [gate.verdict(backend, training["job"], each) for each in args.fail_below]
    for each in gates:
        say(each.sentence)
    if missed := [each.sentence for each in gates if not each.is_reached]:
        told = {
            "eda": eda,
            "training": training,
            "gates": [each.as_dict() for each in gates],
            "seconds": seconds,
        }
        return Answer(told, scores_of(training), BelowGate(name=training["job"], reason=" ".join(missed)))
    served = training
    if args.all_rows:
        served = step("all_rows", lambda: run_all_rows(backend, training["job"]))
    name, kept = endpoints.endpoint_name(training["job"]), args.keep_endpoint
    deleted: tuple[str, ...] = ()
    try:
        step("deploy", lambda: run_deploy(backend, served["job"], name, expires_in))
        predictions = step("predict", lambda: _predict_test(backend, name))
    except BaseException:
        # An endpoint that nobody waits for any more must not stay; the first error is the one to tell.
        _tidy(backend, name)
        raise
    odd = _difference(predictions, eda["job"])
    if odd or not kept:  # one that answers wrongly is not left to be used
        kept = False
        deleted = step("delete", lambda: endpoints.delete(backend, name)).deleted
    data: RunDocument = {
        "eda": eda,
        "training": training,
        "endpoint": {"name": name, "deleted": list(deleted), "kept": kept},
        "predictions": predictions,
        "seconds": seconds,
        "gates": [each.as_dict() for each in gates],
    }
    if args.all_rows:
        data["all_rows"] = served
    return Answer(data, _summary(data), odd)


def _difference(predictions: dict[str, Any], eda_job: str) -> SenderoError | None:
    """Return the proof that serving equals training where it failed; None where it holds."""
    if predictions["agreement"] == 1.0:
        return None
    first = predictions["first"]
    return ServingDiffers(
        agreement=percent(predictions["agreement"], 2),
        compared=integer(predictions["compared"]),
        row=integer(first["row"]),
        reason=first["reason"],
        job=eda_job,
    )


def _tidy(backend: Backend, endpoint: str) -> None:
    try:
        endpoints.delete(backend, endpoint)
    except NotFound:
        return
    except SenderoError as error:
        say(tr("The endpoint {endpoint} is still there: {error}", endpoint=endpoint, error=error))


def _predict_test(backend: Backend, endpoint: str) -> dict[str, Any]:
    from core.verbs import skew

    with Scratch("predictions") as folder:
        check = skew.predict_test_split(backend, endpoint, folder / "predictions.csv")
        return asdict(check) | {"first": check.first and check.first._asdict()}


def _summary(data: RunDocument) -> str:
    warned = [warning["column"] or "" for warning in data["eda"]["warnings"] if warning["code"] == "leakage"]
    predictions, endpoint = data["predictions"], data["endpoint"]
    eda = f"{data['eda']['job']}: {count(data['eda']['rows'], 'row', 'rows')}"
    if warned:
        eda = joined([eda, tr("leakage suspected in {columns}", columns=", ".join(warned))], "; ")
    asked = tr(
        "{rows} of the test split; {agreement} equal to direct prediction",
        rows=count(predictions["rows"], "raw row", "raw rows"),
        agreement=share(predictions["agreement"]),
    )
    if predictions["rejected"]:
        asked = joined([asked, tr("{number} rejected", number=integer(predictions["rejected"]))], "; ")
    kept = tr("kept") if endpoint["kept"] else tr("deleted, checked")
    parts = [
        (tr("EDA"), eda),
        (tr("Training"), scores_of(data["training"])),
        ("", data["training"]["kept"]),
        *([(tr("All rows"), scores_of(data["all_rows"]))] if "all_rows" in data else []),
        (tr("Inference"), asked),
        (tr("Endpoint"), f"{endpoint['name']} {kept}"),
        (tr("Seconds"), ", ".join(f"{name} {fixed(value, 1)}" for name, value in data["seconds"].items())),
    ]
    wide = max(len(label) for label, _ in parts) + 2
    return "\n".join(f"{label:<{wide}}{text}" for label, text in parts)
