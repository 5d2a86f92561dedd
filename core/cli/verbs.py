"""One function a verb: asks `core.pipeline`, and says the answer twice, as data and as text."""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import datasets, inference, pipeline
from core.backends import get_backend
from core.backends.base import Backend, Job
from core.configuration import Configuration
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Answer:
    data: Any
    text: str = ""


def _backend(args: Namespace) -> Backend:
    return get_backend(_settings(args))


def _settings(args: Namespace) -> Settings:
    given = {name: getattr(args, name, None) for name in ("backend", "workspace", "expires_in")}
    return Settings.load(**given)


def _say(text: str) -> None:
    print(text, file=sys.stderr, end="" if text.endswith("\n") else "\n", flush=True)


# --- jobs -----------------------------------------------------------------------------------------------


def eda(args: Namespace) -> Answer:
    backend = _backend(args)
    data = _eda(backend, args)
    lines = [f"{data['job']} {data['status']}: {data['rows']:,} rows, {data['columns']} columns"]
    lines += [f"  {warning['severity']}: {warning['message']}" for warning in data["warnings"]]
    return Answer(data, "\n".join([*lines, f"Next: train --eda {data['job']}"]))


def _eda(backend: Backend, args: Namespace) -> dict[str, Any]:
    dataset = datasets.add(backend.storage, args.data)
    configuration = Configuration(
        dataset=dataset.name,
        target=args.target,
        problem=args.problem,
        split=args.split,
        split_column=args.split_column,
        drop=tuple(args.drop),
        derive=dict(args.derive),
        seed=args.seed,
    )
    job = pipeline.launch_eda(backend, configuration)
    _say(f"EDA job {job.name}")
    job = pipeline.wait(backend, job.name, _say)
    report = pipeline.report(backend, job.name)
    return {
        "job": job.name,
        "status": job.status,
        "outputs": backend.storage.manifest(f"processing/{job.name}/output"),
        "rows": report["overview"]["rows"],
        "columns": report["overview"]["columns"],
        "warnings": report["warnings"],
    }


def train(args: Namespace) -> Answer:
    backend = _backend(args)
    data = _train(backend, args.eda, args)
    return Answer(data, f"{_trained(data)}\nNext: deploy --training {data['job']}")


def _train(backend: Backend, eda_job: str, args: Namespace) -> dict[str, Any]:
    job = pipeline.launch_training(backend, eda_job, args.preset, dict(args.given))
    _say(f"Training job {job.name}")
    job = pipeline.wait(backend, job.name, _say)
    rounds = backend.metrics(job.name)
    return {
        "job": job.name,
        "status": job.status,
        "metrics": rounds[-1] if rounds else {},
        "evaluation": pipeline.evaluation(backend, job.name),
    }


def _trained(data: dict[str, Any]) -> str:
    scores = (data["evaluation"] or {}).get("metrics", {})
    shown = ", ".join(f"{name} {value:.4f}" for name, value in scores.items() if value is not None)
    return f"{data['job']} {data['status']}; on the test split: {shown or 'not evaluated, see its log'}"


def tune(args: Namespace) -> Answer:
    backend = _backend(args)
    job = pipeline.launch_tuning(
        backend, args.eda, args.max_jobs, dict(args.ranges), args.preset, dict(args.given)
    )
    _say(f"Tuning job {job.name}")
    job = pipeline.wait(backend, job.name, _say)
    best = pipeline.tuning_result(backend, job.name)["best"]
    return Answer(
        {"job": job.name, "status": job.status, "best": best},
        f"{job.name} {job.status}; best: {best}\nNext: deploy --training {best['training_job']}",
    )


def jobs(args: Namespace) -> Answer:
    found = _backend(args).jobs()
    return Answer({"jobs": [job.as_dict() for job in found]}, "\n".join(map(_line, found)) or "No jobs yet.")


def _line(job: Job) -> str:
    why = f"  {job.failure.why}" if job.failure else ""
    return f"{job.name:<48} {job.kind:<10} {job.status:<10} {job.seconds:8.1f} s{why}"


def report(args: Namespace) -> Answer:
    backend = _backend(args)
    data = pipeline.report(backend, args.job)
    return Answer(
        data, backend.storage.read_text(f"processing/{args.job}/output/report/EDA_Report.txt").rstrip()
    )


def log(args: Namespace) -> Answer:
    backend, token, text = _backend(args), "", []
    while True:
        # Ask for the status first: what is written after it is then still read.
        active = args.follow and any(job.name == args.job and job.status.active for job in backend.jobs())
        chunk = backend.log(args.job, token)
        token = chunk.token
        text.append(chunk.text)
        if args.follow and chunk.text:
            _say(chunk.text) if args.json else print(chunk.text, end="", flush=True)
        if not active:
            break
        time.sleep(0.3)
    whole = "".join(text)
    return Answer({"job": args.job, "log": whole}, "" if args.follow else whole.rstrip())


def stop(args: Namespace) -> Answer:
    job = _backend(args).stop(args.job)
    return Answer(job.as_dict(), f"{job.name}: {job.status}")


def verify(args: Namespace) -> Answer:
    files = pipeline.verify(_backend(args), args.job)
    lines = [f"{file.state:<10} {file.bytes or 0:>12,}  {file.file}" for file in files]
    good = all(file.state == "ok" for file in files)
    lines.append("Every output is there, byte for byte." if good else "Not every output is as written.")
    return Answer({"ok": good, "files": [asdict(file) for file in files]}, "\n".join(lines))


# --- endpoints ------------------------------------------------------------------------------------------


def deploy(args: Namespace) -> Answer:
    data = _deploy(_backend(args), args.training, args.name, _settings(args).expires_in)
    return Answer(data, f"{data['endpoint']} {data['status']} at {data['url']}, until {data['expires']}")


def _deploy(backend: Backend, training_job: str, name: str, expires_in: str) -> dict[str, Any]:
    endpoint = pipeline.deploy(backend, training_job, name, expires_in)
    _say(f"Endpoint {endpoint.name}")
    data = pipeline.wait_in_service(backend, endpoint.name).as_dict()
    return {
        "endpoint": data["name"],
        "status": data["status"],
        "url": data["url"],
        "expires": data["expires"],
    }


def predict(args: Namespace) -> Answer:
    done = inference.predict(_backend(args), args.endpoint, args.rows, args.output, _progress)
    data = asdict(done) | {"output": str(done.output), "ignored": list(done.ignored)}
    text = f"{done.rows:,} rows, {done.rejected:,} rejected, written to {done.output}"
    for what, counts in (("unseen", done.unseen), ("out of range", done.out_of_range)):
        text += "".join(f"\n  {column}: {count:,} {what}" for column, count in counts.items())
    return Answer(data, text)


def _progress(share: float, message: str) -> None:
    _say(f"{share:4.0%} {message}")


def delete(args: Namespace) -> Answer:
    receipt = pipeline.delete(_backend(args), args.endpoint)
    return Answer(receipt.as_dict(), "Deleted: " + ", ".join(receipt.deleted))


def endpoints(args: Namespace) -> Answer:
    found = _backend(args).endpoints()
    lines = [
        f"{item.name:<40} {item.status:<10} {item.url or '':<24} since {item.created:%Y-%m-%d %H:%M}"
        f" until {item.expires:%Y-%m-%d %H:%M} UTC"
        for item in found
    ]
    return Answer({"endpoints": [item.as_dict() for item in found]}, "\n".join(lines) or "No endpoints.")


# --- this place -----------------------------------------------------------------------------------------


def check(args: Namespace) -> Answer:
    checks = _backend(args).check()
    lines = [f"{item.result:<8}{item.name}: {item.detail} {item.remedy}".rstrip() for item in checks]
    good = all(item.result != "fail" for item in checks)
    return Answer({"ok": good, "checks": [asdict(item) for item in checks]}, "\n".join(lines))


def cost(args: Namespace) -> Answer:
    backend = _backend(args)
    running = [item.name for item in backend.endpoints() if item.status.active]
    active = [job.name for job in backend.jobs() if job.status.active]
    note = "Nothing here is billed: jobs and endpoints run on this machine."
    data = {"currency": "USD", "per_hour": 0.0, "endpoints": running, "jobs": active, "note": note}
    return Answer(data, f"{note} Running: {len(running)} endpoints, {len(active)} jobs.")


# --- the whole path -------------------------------------------------------------------------------------


def run(args: Namespace) -> Answer:
    backend = _backend(args)
    seconds: dict[str, float] = {}

    def step(name: str, act: Callable[[], Any]) -> Any:
        start = time.monotonic()
        try:
            return act()
        finally:
            seconds[name] = round(time.monotonic() - start, 3)

    eda_data = step("eda", lambda: _eda(backend, args))
    training = step("training", lambda: _train(backend, eda_data["job"], args))
    endpoint = step("deploy", lambda: _deploy(backend, training["job"], "", _settings(args).expires_in))
    deleted: list[str] = []
    try:
        predictions = step("predict", lambda: _predict_test(backend, endpoint["endpoint"]))
    finally:
        # Also when inference failed: an endpoint that nobody waits for any more must not stay.
        if not args.keep_endpoint:
            receipt = step("delete", lambda: pipeline.delete(backend, endpoint["endpoint"]))
            deleted = list(receipt.deleted)
    data = {
        "eda": eda_data,
        "training": training,
        "endpoint": {"name": endpoint["endpoint"], "deleted": deleted, "kept": args.keep_endpoint},
        "predictions": predictions,
        "seconds": seconds,
    }
    return Answer(data, _summary(data))


def _predict_test(backend: Backend, endpoint: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return asdict(inference.predict_test_split(backend, endpoint, Path(folder) / "predictions.csv"))


def _summary(data: dict[str, Any]) -> str:
    warned = [warning["column"] for warning in data["eda"]["warnings"] if warning["code"] == "leakage"]
    predictions, endpoint = data["predictions"], data["endpoint"]
    lines = [
        f"EDA        {data['eda']['job']}: {data['eda']['rows']:,} rows"
        + (f"; leakage suspected in {', '.join(warned)}" if warned else ""),
        f"Training   {_trained(data['training'])}",
        f"Inference  {predictions['rows']:,} raw rows of the test split;"
        f" {predictions['agreement']:.2%} equal to direct prediction",
        f"Endpoint   {endpoint['name']} " + ("kept" if endpoint["kept"] else "deleted, checked"),
        "Seconds    " + ", ".join(f"{name} {value:.1f}" for name, value in data["seconds"].items()),
    ]
    return "\n".join(lines)


JOB_VERBS = (run, eda, train, tune, jobs, report, log, stop, verify)
ENDPOINT_VERBS = (deploy, predict, delete, endpoints)
VERBS: dict[str, Callable[[Namespace], Answer]] = {
    verb.__name__: verb for verb in (*JOB_VERBS, *ENDPOINT_VERBS, check, cost)
}
