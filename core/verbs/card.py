"""The model card of a Training Job: made from what its jobs left, and kept beside the model."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from core import keys
from core.backends.base import Backend, Job, JobStatus
from core.card import facts
from core.card.again import Training
from core.card.facts import Card, DecisionFacts, Failing
from core.card.sections import html
from core.encoding.contract import Contract
from core.errors import SenderoError
from core.judging import decision_file, decision_words, failure_words
from core.judging.failures import Failures
from core.language import tr
from core.locales import for_everybody
from core.numbers import count, integer
from core.report.schema import Report
from core.verbs import cross_validation, notes, runs
from core.verbs.eda import read_contract, report_of
from core.verbs.failures import failures_of
from core.verbs.jobs import existing_job, list_jobs
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
        training=training_of(backend, job),
        trained_on=_trained_on(job),
        cross_validated=_cross_validated(backend, job.name),
    )


def page_of(backend: Backend, training_job: str) -> bytes:
    """Return the card of a model as a page in the reader's language. Raises as `card_of`."""
    return html(card_of(backend, training_job)).encode()


@for_everybody()
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


def training_of(backend: Backend, job: Job) -> Training | None:
    """Return what `train` and the verb after it are asked for a model; None where its first model is not there."""
    then = "all-rows" if runs.all_rows_of(job) else "cross-validate" if runs.fold_of(job) else ""
    first = existing_job(backend, runs.all_rows_of(job) or runs.fold_of(job) or job.name)
    if first is None:
        return None
    preset, given = runs.settings_of(first)
    if first.status == JobStatus.stopped and first.kept_rounds:  # nobody can stop it there again
        given |= {"num_round": str(first.kept_rounds), "early_stopping_rounds": ""}
    return Training(preset, given, int(first.resources.get("instance_count") or 1), then)


def _trained_on(job: Job) -> str:
    """Return what a model learned from where that is more than the train split, in a sentence; else nothing."""
    first = runs.all_rows_of(job)
    if not first:
        return ""
    rounds = count(int(job.hyperparameters["num_round"]), "round", "rounds")
    return tr(
        "Trained on train and validation together, {rounds} as {first} chose, in proportion to the rows.",
        rounds=rounds,
        first=first,
    )


def _cross_validated(backend: Backend, training_job: str) -> str:
    """Return what all rows say of a model, each judged by the model of a fold, in a sentence; "" where no fold is."""
    if not cross_validation.is_asked(backend, training_job):
        return ""
    with suppress(SenderoError):  # its EDA job is not there any more
        now = cross_validation.plan(backend, training_job)
        return (
            tr(
                "By all {rows} rows: {sentence}",
                rows=integer(now.rows),
                sentence=cross_validation.sentence(now),
            )
            if now.values
            else ""
        )
    return ""


def _decision(backend: Backend, training_job: str, contract: Contract) -> DecisionFacts | None:
    decision = decision_of(backend, training_job)
    if decision is None:
        return None
    said = (
        decision_words.rule(decision, contract.label.positive or ""),
        decision_words.costs(decision),
        tr("Decided by {decision}.", decision=decision_words.signed(decision)),
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
