"""All commands by name (docs/design.md, section 3). Each calls the verbs of `core.verbs`, and answers an `Answer`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from core.cli.answer import Answer
from core.cli.app import app
from core.cli.audit import audit, lineage
from core.cli.card import card
from core.cli.code import code
from core.cli.comparison import compare
from core.cli.costs import cost, sweep
from core.cli.cross_validation import cross_validate
from core.cli.decide import decide
from core.cli.eda import eda, report
from core.cli.endpoints import delete, deploy, endpoints, prolong
from core.cli.explain import explain
from core.cli.export import export
from core.cli.hyperparameters import hyperparameters
from core.cli.jobs import jobs, log, resume, stop, verify
from core.cli.pipelines import pipeline
from core.cli.predict import predict
from core.cli.promote import promote
from core.cli.registry import approve, register, reject, versions
from core.cli.replace import replace
from core.cli.retrain import retrain
from core.cli.run import run
from core.cli.runs import choose, delete_dataset, delete_run, note
from core.cli.schedules import schedule
from core.cli.setup import check, policies, storage
from core.cli.slices import slices
from core.cli.track import track
from core.cli.training import all_rows, evaluate, train, tune
from core.cli.transform import collect, transform
from core.cli.twin import twin
from core.cli.watch import watch

COMMANDS: dict[str, Callable[[Namespace], Answer]] = {
    command.__name__.replace("_", "-"): command
    for command in (
        *(run, eda, twin, train, tune, all_rows, evaluate, jobs, report, log, stop, resume, verify),
        *(compare, cross_validate, decide, explain, slices),
        *(register, versions, approve, reject),
        *(note, choose, card, delete_run, delete_dataset, audit, lineage),
        *(deploy, predict, prolong, replace, retrain, delete, endpoints, transform, collect, promote, export),
        *(watch, pipeline, schedule, code, track),
        *(hyperparameters, check, cost, policies, storage, sweep, app),
    )
}
