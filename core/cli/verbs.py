"""All verbs by name (DESIGN, section 3). Each asks `core.verbs.pipeline` and its like, and answers an `Answer`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from core.cli.answer import Answer
from core.cli.app import app
from core.cli.batch import collect, transform
from core.cli.endpoints import delete, deploy, endpoints, predict
from core.cli.jobs import eda, evaluate, jobs, log, report, stop, train, tune, verify
from core.cli.place import check, cost, policies, storage, sweep
from core.cli.promote import promote
from core.cli.whole import run

JOB_VERBS = (run, eda, train, tune, evaluate, jobs, report, log, stop, verify)
ENDPOINT_VERBS = (deploy, predict, delete, endpoints)
BATCH_VERBS = (transform, collect)
PLACE_VERBS = (check, cost, policies, storage, sweep)
VERBS: dict[str, Callable[[Namespace], Answer]] = {
    verb.__name__: verb for verb in (*JOB_VERBS, *ENDPOINT_VERBS, *BATCH_VERBS, promote, *PLACE_VERBS, app)
}
