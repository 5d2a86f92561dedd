"""The commands over any job: list them, follow a log, stop one, verify what one wrote."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from core.backends.base import Job
from core.cli.answer import Answer, backend_of, say
from core.cli.failures import OutputsDiffer
from core.language import joined, tr
from core.numbers import integer
from core.verbs import jobs as verbs
from core.verbs.notes import notes
from core.verbs.runs import titles
from core.verbs.waiting import follow, wait


def jobs(args: Namespace) -> Answer:
    """List all jobs, newest first."""
    backend = backend_of(args)
    listed = verbs.list_jobs(backend)
    called, noted = titles(listed), notes(backend)
    data = [job.as_dict() | {"title": called[job.name], "note": noted.get(job.name, "")} for job in listed]
    lines = [_line(job, called[job.name], noted.get(job.name, "")) for job in listed]
    return Answer({"jobs": data}, "\n".join(lines) or tr("No jobs yet."))


def _line(job: Job, title: str, note: str) -> str:
    more = [title, note, job.failure.why if job.failure else ""]
    words = "  ".join(" ".join(text.split()) for text in more if text)
    return f"{job.name:<48} {job.kind:<10} {job.status:<10} {job.seconds:8.1f} s  {words}"


def log(args: Namespace) -> Answer:
    """Show the log of a job or an endpoint, so far or (--follow) to its end."""
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
    job = verbs.stop(backend_of(args), args.job)
    return Answer(job.as_dict(), f"{job.name}: {job.status}")


def resume(args: Namespace) -> Answer:
    """Let a prediction job that was stopped or failed go on, and follow it."""
    from core.verbs import prediction  # late: numpy and the encoder

    backend = backend_of(args)
    wait(backend, prediction.resume(backend, args.job).name, say)
    job = verbs.find_job(backend, args.job)
    return Answer(
        job.as_dict(),
        tr("{name}: {status}; collect {name} --output OUT.csv", name=job.name, status=job.status),
    )


def verify(args: Namespace) -> Answer:
    """Compare every output with the manifest; exit 1 when one is missing, changed or unexpected."""
    files = verbs.verify(backend_of(args), args.job)
    odd = [file for file in files if file.state != "ok"]
    lines = [f"{file.state:<10} {integer(file.bytes or 0):>12}  {file.file}" for file in files]
    data = {"ok": not odd, "files": [asdict(file) for file in files]}
    if not odd:
        return Answer(
            data,
            "\n".join(
                [*lines, tr("All {files} outputs are there, byte for byte.", files=integer(len(files)))]
            ),
        )
    reason = joined([tr("{file} is {state}", file=file.file, state=file.state) for file in odd[:20]], ", ")
    return Answer(data, "\n".join(lines), OutputsDiffer(name=args.job, reason=f"{reason}."))
