"""The model card of a Training Job: made from what its jobs left, and kept beside the model."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from core import keys
from core.backends.base import Backend
from core.card import facts
from core.card.facts import Card, DecisionFacts, Failing
from core.card.sections import html
from core.encoding.contract import Contract
from core.errors import SenderoError
from core.judging import decision_file, decision_words, failure_words
from core.judging.failures import Failures
from core.report.schema import Report
from core.verbs import notes, runs
from core.verbs.eda import read_contract, report_of
from core.verbs.failures import failures_of
from core.verbs.jobs import list_jobs
from core.verbs.judged import decision_of
from core.verbs.training import evaluation_of, model_of

WORST = 8  # slices that are named


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card beside its model: what it says, the same as a page, and where that is."""

    card: Card
    page: bytes
    address: str


def card_of(backend: Backend, training_job: str, failures: Failures | None = None) -> Card:
    """Return the card of a model as it is now; `failures` are its own, where they are known already.

    Raises NotFound, JobNotReady, StorageFailed, StorageDamaged.
    """
    job = model_of(backend, training_job)
    record = backend.storage.read_json(keys.job_record("training", job.name))
    eda_job = job.request.get("processing_job") or ""
    packed = (record.get("manifest") or {}).get("output/model.tar.gz", {})
    contract = read_contract(backend.storage, keys.model_contract(job.name))
    return facts.make(
        model={
            "training_job": job.name,
            "title": runs.title(job, list_jobs(backend)),
            "eda_job": eda_job,
            "trained": job.ended.isoformat(timespec="seconds") if job.ended else None,
            "sha256": packed.get("sha256"),
            "note": notes.note(backend, job.name).text,
        },
        contract=contract,
        report=_report(backend, eda_job),
        settings=job.hyperparameters,
        versions=record.get("versions") or {},
        evaluation=evaluation_of(backend, job.name),
        decision=_decision(backend, job.name, contract),
        failing=_failing(failures or _failures(backend, job.name)),
    )


def keep_card(backend: Backend, training_job: str, failures: Failures | None = None) -> KeptCard:
    """Write card.json and card.html beside the model as they are now, and return them. Raises as `card_of`."""
    card = card_of(backend, training_job, failures)
    page, where = html(card).encode(), keys.card_html(training_job)
    documents = {
        where: page,
        keys.card(training_job): json.dumps(card, indent=1, ensure_ascii=False).encode(),
    }
    for key, data in documents.items():
        if not backend.storage.exists(key) or backend.storage.read_bytes(key) != data:
            backend.storage.write_bytes(key, data)
    return KeptCard(card, page, f"{backend.storage.root}/{where}")


def _decision(backend: Backend, training_job: str, contract: Contract) -> DecisionFacts | None:
    decision = decision_of(backend, training_job)
    if decision is None:
        return None
    said = (
        decision_words.rule(decision, contract.label.positive or ""),
        decision_words.costs(decision),
        f"Decided by {decision_words.signed(decision)}.",
    )
    return {"words": list(said), "file": decision_file.as_json(decision)}


def _failures(backend: Backend, training_job: str) -> Failures | None:
    """Return where a model fails; None where its raw test rows are not here."""
    with suppress(SenderoError):
        return failures_of(backend, training_job)
    return None


def _failing(failures: Failures | None) -> list[Failing]:
    """Return the worst slices of the test rows."""
    if failures is None:
        return []
    return [
        {
            "rows_where": failure_words.name(each),
            "rows": each.rows,
            "value": failure_words.span(failures, each.value),
        }
        for each in failures.worse[:WORST]
    ]


def _report(backend: Backend, eda_job: str) -> Report | None:
    """Return the report of the EDA job; None where the job is not there any more."""
    with suppress(SenderoError):
        return report_of(backend, eda_job) if eda_job else None
    return None
