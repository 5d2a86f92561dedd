"""The verbs over jobs: launch one and wait, look at it, read it, stop it, verify what it wrote."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from dataclasses import asdict
from typing import Any

from core import hyperparameters, resources
from core.backends.base import Backend, Job
from core.cli.answer import Answer, backend_of, readable, resources_of, say, say_cost
from core.cli.failures import OutputsDiffer
from core.configuration import Configuration
from core.errors import BadExpression, BadSetting
from core.reading.dialect import Overrides
from core.verbs import evaluate as judging
from core.verbs import pipeline
from core.verbs.waiting import follow, wait, wait_judged


def eda(args: Namespace) -> Answer:
    """Processing Job, waits."""
    data = run_eda(backend_of(args), args)
    lines = [f"{data['job']} {data['status']}: {data['rows']:,} rows, {data['columns']} columns"]
    lines += [f"  {warning['severity']}: {warning['message']}" for warning in data["warnings"]]
    return Answer(data, "\n".join([*lines, f"Next: train --eda {data['job']}"]))


def run_eda(backend: Backend, args: Namespace) -> dict[str, Any]:
    """Add the data set, launch the EDA job, wait, and answer the verb's data."""
    from core import datasets

    for given in (args.derive, args.treat):
        twice = [name for name, count in Counter(name for name, _ in given).items() if count > 1]
        if twice and given is args.derive:
            raise BadExpression(name=twice[0], reason="It is given twice.")
        if twice:
            raise BadSetting(name="treat", reason=f"'{twice[0]}' is given twice.", source="--treat")
    asked = Overrides(
        args.delimiter, args.encoding, args.decimal, args.date_format, args.skip_lines, args.header
    )
    with backend.storage.fetched(args.data) as file:
        dataset = datasets.add(backend.storage, readable(file), asked=asked)
    for note in dataset.sniffed().notes:
        say(f"{note.message} {note.doubt}".strip())
    configuration = Configuration(
        dataset=dataset.name,
        target=args.target,
        problem=args.problem,
        split=args.split,
        split_column=args.split_column,
        drop=tuple(dict.fromkeys(args.drop)),
        derive=dict(args.derive),
        treat=dict(args.treat),
        seed=args.seed,
        engine=args.engine,
        positive=args.positive,
        drop_rare=args.drop_rare,
        keep_text=tuple(dict.fromkeys(args.keep_text)),
    )
    where = resources_of(args)
    say_cost(backend, lambda: resources.estimate_eda(backend, configuration, where))
    job = pipeline.launch_eda(backend, configuration, resources=where)
    say(f"EDA job {job.name}")
    job = wait(backend, job.name, say)
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
    """Training Job, waits."""
    data = run_training(backend_of(args), args.eda, args)
    return Answer(data, f"{scores(data)}\n{data['kept']}\nNext: deploy --training {data['job']}")


def run_training(backend: Backend, eda_job: str, args: Namespace) -> dict[str, Any]:
    """Launch the Training Job, wait, and answer the verb's data."""
    where = resources_of(args)
    say_cost(backend, lambda: resources.estimate_training(backend, eda_job, where))
    job = pipeline.launch_training(backend, eda_job, args.preset, dict(args.given), resources=where)
    say(f"Training job {job.name}")
    for sentence in hyperparameters.not_to_be_read(job.request["hyperparameters"]):
        say(sentence)
    job = wait(backend, job.name, say)
    rounds, evaluation = backend.metrics(job.name), pipeline.evaluation(backend, job.name)
    kept = rounds, job.request["hyperparameters"], job.status
    return {
        "job": job.name,
        "status": job.status,
        "metrics": hyperparameters.kept_row(*kept),
        "kept": hyperparameters.kept_words(*kept),
        # The test metrics stand at its top too: `evaluation.auc` is what a script asks for.
        "evaluation": evaluation and evaluation["metrics"] | evaluation,
        "unjudged": job.unjudged,  # why there is none
    }


def evaluate(args: Namespace) -> Answer:
    """Judge a model on the test split once more, waits."""
    backend = backend_of(args)
    say_cost(backend, lambda: judging.estimate(backend, args.training_job))
    job = judging.evaluate(backend, args.training_job)
    job = wait_judged(backend, job.name, say)
    found = pipeline.evaluation(backend, job.name) or {}
    data = {"job": job.name, "status": job.status}
    return Answer(data | found, scores(data | {"evaluation": found}))


def scores(data: dict[str, Any]) -> str:
    """One line: the job, and its metrics on the test split."""
    metrics = (data["evaluation"] or {}).get("metrics", {})
    shown = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items() if value is not None)
    if why := data.get("unjudged"):
        shown = f"not judged, because: {why} (evaluate {data['job']} judges it again)"
    return f"{data['job']} {data['status']}; on the test split: {shown or 'not judged'}"


def tune(args: Namespace) -> Answer:
    """Tuning job, waits."""
    backend, where = backend_of(args), resources_of(args)
    say_cost(backend, lambda: resources.estimate_training(backend, args.eda, where, args.max_jobs))
    job = pipeline.launch_tuning(
        backend,
        args.eda,
        args.max_jobs,
        dict(args.ranges),
        args.preset,
        dict(args.given),
        resources=where,
    )
    say(f"Tuning job {job.name}")
    job = wait(backend, job.name, say)
    best = (pipeline.tuning_result(backend, job.name) or {}).get("best")
    text = f"{job.name} {job.status}; best: {best}"
    if best:
        text += f"\nNext: deploy --training {best['training_job']}"
    return Answer({"job": job.name, "status": job.status, "best": best}, text)


def jobs(args: Namespace) -> Answer:
    """All jobs, newest first."""
    found = backend_of(args).jobs()
    return Answer({"jobs": [job.as_dict() for job in found]}, "\n".join(map(_line, found)) or "No jobs yet.")


def _line(job: Job) -> str:
    why = f"  {' '.join(job.failure.why.split())}" if job.failure else ""
    return f"{job.name:<48} {job.kind:<10} {job.status:<10} {job.seconds:8.1f} s{why}"


def report(args: Namespace) -> Answer:
    """The report of an EDA job: the data of report.json, or the text of EDA_Report.txt."""
    backend = backend_of(args)
    data = pipeline.report(backend, args.job)
    if args.json:
        return Answer(data)
    text = backend.storage.read_text(f"processing/{args.job}/output/report/EDA_Report.txt")
    return Answer(data, text.rstrip())


def log(args: Namespace) -> Answer:
    """The log of a job or an endpoint, so far or (--follow) to its end."""
    text: list[str] = []

    def tell(chunk: str) -> None:
        text.append(chunk)
        if args.follow:
            # Whoever asks for JSON gets the log whole in it, and live on stderr.
            say(chunk) if args.json else print(chunk, end="", flush=True)

    follow(backend_of(args), args.job, tell, until_end=args.follow)
    whole = "".join(text)
    return Answer({"job": args.job, "log": whole}, "" if args.follow else whole.rstrip())


def stop(args: Namespace) -> Answer:
    """Ask a job to stop."""
    job = backend_of(args).stop(args.job)
    return Answer(job.as_dict(), f"{job.name}: {job.status}")


def verify(args: Namespace) -> Answer:
    """Every output against the manifest; exit 1 when one is missing, changed or unexpected."""
    files = pipeline.verify(backend_of(args), args.job)
    odd = [file for file in files if file.state != "ok"]
    lines = [f"{file.state:<10} {file.bytes or 0:>12,}  {file.file}" for file in files]
    data = {"ok": not odd, "files": [asdict(file) for file in files]}
    if not odd:
        return Answer(data, "\n".join([*lines, f"{len(files)} outputs are there, byte for byte."]))
    reason = ", ".join(f"{file.file} is {file.state}" for file in odd[:20])
    return Answer(data, "\n".join(lines), OutputsDiffer(name=args.job, reason=f"{reason}."))
