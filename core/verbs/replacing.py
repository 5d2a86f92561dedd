"""The verb `replace`: another model for an endpoint that serves, after a look at whom that would break.

Before anything changes, both contracts are compared, and the new model answers the test rows of the old one in the
container's own code. Callers send the endpoint encoded rows, or raw rows through `predict`: each may break by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from core import keys
from core.backends.base import Backend, Endpoint, EndpointStatus
from core.encoding.changes import ContractChanges, changes
from core.encoding.contract import Column, Contract
from core.encoding.encoded_rows import EncodedRows
from core.encoding.rows import encode_records
from core.errors import (
    BadAnswer,
    CallersBreak,
    CannotReplace,
    EndpointGone,
    ReportedFailure,
    SenderoError,
)
from core.judging.answers import numbers
from core.judging.predicting import as_served
from core.language import tr
from core.numbers import count, integer
from core.provenance import check_model
from core.verbs import audit, origins, schedule_pipelines
from core.verbs.eda import read_contract
from core.verbs.model_description import unpacked_model
from core.verbs.predict import CHUNK
from core.verbs.raw_test_rows import first_raw_rows
from core.verbs.training import model_of

TRIED = 200  # test rows of the old model that the new one answers before it takes over
EVERY = 0.3  # seconds between two looks at an endpoint that is being updated


@dataclass(frozen=True, slots=True)
class Replacement:
    """One model in the place of another: what differs for callers, and what the new one said to the old one's rows."""

    endpoint: str
    before: str  # training jobs
    after: str
    contract: ContractChanges
    breaks: tuple[str, ...]  # who would break, and by what: whole sentences
    rows: int = 0  # test rows of the old model that the new one was asked for
    answered: int = 0  # of those; the others were refused, as callers' would be


def plan(backend: Backend, endpoint: str, training_job: str) -> Replacement:
    """Compare a model with the one that an endpoint serves, and try it, without changing anything.

    Raises NotFound, JobNotReady, EndpointGone, StorageDamaged, CannotReplace where it cannot answer.
    """
    now = in_service(backend, endpoint)
    check_model(backend.storage, model_of(backend, training_job).name)
    if training_job == now.training_job:
        raise CannotReplace(
            name=endpoint,
            reason=tr("It serves the model of {training_job} already.", training_job=training_job),
        )
    before, after = (
        read_contract(backend.storage, keys.model_contract(job)) for job in (now.training_job, training_job)
    )
    rows, answered = _tried(backend, now, training_job, after)
    breaks = [*_breaks(before, after)]
    if answered < rows:
        breaks.append(
            tr(
                "Of {rows} of the model of {training_job}, {answered} are answered.",
                rows=count(rows, "test row", "test rows"),
                training_job=now.training_job,
                answered=integer(answered),
            )
        )
    return Replacement(
        endpoint, now.training_job, training_job, changes(before, after), tuple(breaks), rows, answered
    )


def replace(backend: Backend, endpoint: str, training_job: str, accepted: bool = False) -> Replacement:
    """Let an endpoint answer by another model, and wait until it does; no request is refused meanwhile.

    `accepted`: also where that breaks callers. Raises as `plan` does, CallersBreak, ReportedFailure where the backend
    keeps the old model.
    """
    planned = plan(backend, endpoint, training_job)
    if planned.breaks and not accepted:
        raise CallersBreak(name=endpoint, training_job=training_job, reason=" ".join(planned.breaks))
    backend.replace_model(endpoint, training_job)
    _wait(backend, endpoint, training_job)
    schedule_pipelines.follow(backend, endpoint)
    made_of = origins.model_sources(backend, training_job)
    audit.record(
        backend, "replaced the model of", "endpoint", endpoint,
        training_job=training_job, before=planned.before, **made_of,
    )  # fmt: skip
    return planned


def previous(backend: Backend, endpoint: str) -> str:
    """Return the training job whose model an endpoint served before. Raises NotFound, CannotReplace."""
    before = in_service(backend, endpoint).previous
    if not before:
        raise CannotReplace(name=endpoint, reason=tr("It has served no other model."))
    return before


def in_service(backend: Backend, endpoint: str) -> Endpoint:
    """Return an endpoint that answers now. Raises NotFound, EndpointGone."""
    now = backend.endpoint(endpoint)
    if now.status != EndpointStatus.in_service:
        raise EndpointGone(name=endpoint, reason=tr("Its status is {status}.", status=now.status))
    return now


def _wait(backend: Backend, endpoint: str, training_job: str) -> None:
    while (now := backend.endpoint(endpoint)).training_job != training_job or now.replacing:
        if now.status != EndpointStatus.in_service or not now.replacing:
            if now.failure:
                raise ReportedFailure(**now.failure.as_dict())
            raise EndpointGone(
                name=endpoint,
                reason=tr(
                    "Its status is {status}, and its model {training_job}.",
                    status=now.status,
                    training_job=now.training_job,
                ),
            )
        time.sleep(EVERY)


def _tried(backend: Backend, now: Endpoint, training_job: str, contract: Contract) -> tuple[int, int]:
    """Return how many test rows of the served model there are, and how many of them the other one answers.

    None are there where the EDA job was deleted. Raises CannotReplace.
    """
    try:
        rows = first_raw_rows(backend, now.training_job)[:TRIED]
    except (SenderoError, KeyError):
        return 0, 0
    given = [dict.fromkeys(contract.input_names) | row for row in rows]
    with unpacked_model(backend, training_job) as model, closing(encode_records(contract, given)) as encoded:
        try:
            answers = [numbers(answer) for answer in as_served(model, _bodies(encoded))]
        except (ValueError, BadAnswer) as error:
            raise CannotReplace(
                name=now.name,
                reason=tr(
                    "The model of {training_job} refuses rows: {error}",
                    training_job=training_job,
                    error=error,
                ),
            ) from error
        except Exception as error:  # ModelError, and whatever XGBoost makes of a file
            raise CannotReplace(
                name=now.name,
                reason=tr("The model of {training_job}: {error}", training_job=training_job, error=error),
            ) from error
    answered = sum(len(each) for each in answers)
    if answered != int(encoded.accepted.sum()) or not all(np.isfinite(each).all() for each in answers):
        raise CannotReplace(
            name=now.name,
            reason=tr(
                "The model of {training_job} does not answer each row by numbers.", training_job=training_job
            ),
        )
    if rows and not answered:
        reason = tr(
            "The model of {new} answers none of {rows} of {running}.",
            new=training_job,
            rows=count(len(rows), "test row", "test rows"),
            running=now.training_job,
        )
        raise CannotReplace(name=now.name, reason=reason)
    return len(rows), answered


def _bodies(encoded: EncodedRows) -> Iterator[bytes]:
    return encoded.chunks(CHUNK)


def _breaks(before: Contract, after: Contract) -> Iterator[str]:
    """Yield who would break: senders of raw rows, senders of encoded rows, readers of answers."""
    if more := [name for name in after.input_names if name not in before.input_names]:
        yield tr(
            "Who sends rows as they stand in a file has to send more columns: {columns}.",
            columns=", ".join(more),
        )
    kinds = {column.name: column.kind for column in before.inputs}
    retyped = [c for c in after.inputs if c.name in kinds and kinds[c.name] != c.kind]
    for column in retyped:
        yield (
            tr(
                "Who sends rows as they stand in a file sends {name} as {before}: it is taken for {now}.",
                name=column.name,
                before=kinds[column.name],
                now=column.kind,
            )
        )
    if before.features != after.features:
        yield (
            tr(
                "Who sends encoded rows has to send other numbers: {now} in the place of {before}.",
                now=", ".join(after.features),
                before=", ".join(before.features),
            )
        )
    else:
        coded = {column.name: _codes(column) for column in before.inputs}
        if other := [c.name for c in after.inputs if c.name in coded and coded[c.name] != _codes(c)]:
            yield tr(
                "Who sends encoded rows has to code these columns otherwise: {columns}.",
                columns=", ".join(other),
            )
    if before.label.name != after.label.name or before.label.problem != after.label.problem:
        yield (
            tr(
                "Who reads answers gets {now} ({problem}) in the place of {before} ({earlier}).",
                now=after.label.name,
                problem=after.label.problem,
                before=before.label.name,
                earlier=before.label.problem,
            )
        )
    elif before.classes != after.classes:
        yield (
            tr(
                "Who reads answers gets the classes {now} in the place of {before}.",
                now=", ".join(after.classes),
                before=", ".join(before.classes),
            )
        )


def _codes(column: Column) -> tuple[str, ...]:
    """Return the categories that have a number of their own, in the order of the numbers."""
    return (
        tuple(text for text, _ in column.levels[: column.own_codes]) if column.kind == "categorical" else ()
    )
