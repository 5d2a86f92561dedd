"""The command `track`: a run is logged to MLflow, or all that are not."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from core.cli.answer import Answer, backend_of, say, settings_of
from core.errors import SenderoError
from core.language import tr
from core.numbers import count


def track(args: Namespace) -> Answer:
    """Log the run that is named, else every run with a model that is not logged yet; answer where each is."""
    from core.verbs import tracking  # late: the contract
    from core.verbs.training import deployable

    backend, settings = backend_of(args), settings_of(args)
    names = [args.training_job] if args.training_job else [job.name for job in deployable(backend)]
    done: list[dict[str, object]] = []
    failed: SenderoError | None = None
    for name in names:
        try:
            found = tracking.track(backend, name, settings)
        except SenderoError as error:
            failed = error  # the others would wait for the same server
            break
        done.append({"job": name, **asdict(found)})
        say(f"{name}: {found.state} {found.address or found.run}".rstrip())
    return Answer({"runs": done}, tr("{runs} in MLflow", runs=count(len(done), "run", "runs")), failed)
