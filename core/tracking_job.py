"""The program that logs a run to MLflow: `python -m core.tracking_job TRAINING_JOB --claimed TIME`.

A page starts it, which cannot wait for a server. How it ends stands beside the run, where the page reads it.
"""

from __future__ import annotations

import argparse
import sys

from core.errors import SenderoError


def main(arguments: list[str] | None = None) -> int:
    """Log the run and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("training_job")
    for name in ("--claimed", "--backend", "--workspace"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)

    from core.backends import get_backend
    from core.settings import Settings
    from core.verbs.tracking import track

    settings = Settings.load(backend=options.backend, workspace=options.workspace)
    try:
        track(get_backend(settings), options.training_job, settings, options.claimed)
    except SenderoError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
