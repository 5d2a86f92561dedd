"""The verb `retrain`: the model of an endpoint trained anew with a file, and a verdict before anything is replaced.

The columns are compared first and their drift is told; then EDA and training run with the settings of the model that
serves. Both models answer the new test split, of which neither has seen a row if the file is of new ones, and are held
against each other row by row. The endpoint goes on as it was: only where the new model is better it is offered.

The jobs alone, and one small record beside the endpoint, say how far it is: whoever looks goes on with it (`advance`).
"""

from __future__ import annotations

import json
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from core import configuration as configurations
from core import keys, person
from core.backends.base import Backend, Estimate, Job, JobStatus, together
from core.backends.records import timestamp
from core.configuration import Configuration
from core.datasets import Dataset
from core.encoding.changes import changes
from core.encoding.contract import Contract
from core.encoding.rows import encode_file
from core.errors import (
    CannotCompare,
    CannotRetrain,
    NotFound,
    RetrainingStarted,
    SenderoError,
    StorageDamaged,
)
from core.judging import comparison, predictions_file
from core.judging.answers import joined, numbers
from core.judging.comparison import Difference, Verdict
from core.judging.predicting import as_served
from core.language import joined as sentences
from core.language import mark, tr
from core.names import new_name, new_token, token_of
from core.numbers import count
from core.retelling import in_english, kept, told
from core.storage import sha256_of
from core.verbs import datasets, launching, runs, training, watching
from core.verbs.comparison import Comparison, alike, most_telling_first, sentence
from core.verbs.eda import eda_request, read_contract
from core.verbs.jobs import existing_job, stem
from core.verbs.judged import predictions_of
from core.verbs.model_description import describe_model, unpacked_model
from core.verbs.predict import CHUNK
from core.verbs.replacing import in_service
from core.verbs.resources import estimate_eda, estimate_training
from core.verbs.training import model_of
from core.verbs.watching import ColumnDrift

NEW, RUNNING = mark("the new model"), mark("the running one")


@dataclass(frozen=True, slots=True)
class Retraining:
    """How far the model of an endpoint is trained anew; `before` is the Training Job of the one that served then.

    `left_out` are columns of the file that it does not know, `retyped` those that are written as something else.
    """

    endpoint: str
    file: str
    dataset: str
    before: str
    at: str
    eda: Job
    training: Job | None
    drift: tuple[ColumnDrift, ...]
    left_out: tuple[str, ...]
    retyped: tuple[str, ...]
    compared: Comparison | None = None
    unasked: int = 0  # rows of the new test split that the running model refuses
    why_not: str = ""  # both could not be compared, in a sentence

    @property
    def failed(self) -> tuple[Job, ...]:
        """Return its job that left nothing to go on with, if there is one."""
        jobs = [job for job in (self.eda, self.training) if job and not job.busy]
        return tuple(job for job in jobs if job.status != JobStatus.completed or job.unjudged)[:1]

    @property
    def ended(self) -> bool:
        """Return whether nothing more comes of it by itself."""
        return bool(self.failed or self.compared or self.why_not)

    @property
    def is_offered(self) -> bool:
        """Return whether the new model is offered in the place of the running one."""
        return self.compared is not None and self.compared.main.verdict == Verdict.better

    @property
    def schema(self) -> str:
        """Return what the columns of the file are against those of the model, and which have moved, as sentences."""
        parts: list[str] = []
        if self.left_out:
            parts.append(
                tr(
                    "Left out, as the running model does not know them: {columns}.",
                    columns=", ".join(self.left_out),
                )
            )
        if self.retyped:
            parts.append(
                tr("Written as something else than in training: {columns}.", columns=", ".join(self.retyped))
            )
        moved = [each.column for each in self.drift if each.moved]
        parts.append(
            tr("Changed since training: {columns}.", columns=", ".join(moved))
            if moved
            else tr("No column has changed.")
        )
        return sentences(parts)

    @property
    def verdict(self) -> str:
        """Return what came of it, in sentences; how far it is before the end."""
        if self.why_not:
            return sentences([self.why_not, tr("The endpoint goes on as it was.")])
        if self.compared is None:
            return tr("EDA is running.") if self.eda.busy else tr("Training is running.")
        rows = tr(
            "Both answered {rows} of the new file's test split.",
            rows=count(self.compared.rows, "row", "rows"),
        )
        if self.unasked:
            more = tr("{rows} more the running one refuses.", rows=count(self.unasked, "row", "rows"))
            rows = sentences([rows, more])
        end = (
            tr("It can take over.")
            if self.is_offered
            else tr("It is not offered: the endpoint goes on as it was.")
        )
        return sentences([_capital(sentence(self.compared, tr(RUNNING), tr(NEW))), rows, end])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- verbs ------------------------------------------------------------------------------------------------


def start(backend: Backend, endpoint: str, file: Path, token: str = "", called: str = "") -> Retraining:
    """Compare the columns of a file with those of the model that serves, and launch the EDA job over it.

    The file is `called` so where it is a copy. What was under way for this endpoint is let be.
    Raises NotFound, EndpointGone, MissingColumns, DataNotReadable, CannotRetrain, NoSuchColumn, StorageFailed.
    """
    served = in_service(backend, endpoint).training_job
    key = keys.endpoint_retraining(endpoint)
    there = _record(backend.storage.read_bytes(key)) if backend.storage.exists(key) else {}
    contract = read_contract(backend.storage, keys.model_contract(served))
    with closing(encode_file(contract, file)) as encoded:
        contract.require(encoded.names, label=True)
        drift = watching.drifts(backend, served, contract, encoded)
    base = _eda_of(backend, endpoint, served)
    if encoded.rows == contract.dataset.get("rows") and sha256_of(file) == contract.dataset.get("sha256"):
        raise CannotRetrain(name=endpoint, reason=tr("It is the file that this model was trained on."))
    dataset = datasets.add(backend, file, name=Path(called).stem if called else None)
    plan, left_out = _configuration(base, dataset, contract)
    eda = launching.launch(backend, eda_request(backend, plan, token or new_token(), base.resources))
    known = {column.name: column.type for column in contract.columns}
    types = {column["name"]: column["type"] for column in dataset.columns}
    retyped = [
        f"{name} ({known[name]}, now {types[name]})"
        for name in contract.input_names
        if known[name] and name in types and known[name] != types[name]
    ]
    record = {
        "file": called or file.name,
        "dataset": dataset.name,
        "before": served,
        "who": person.name(),
        "at": timestamp(datetime.now(UTC)),
        "eda": eda.name,
        "drift": [asdict(each) for each in drift],
        "left_out": left_out,
        "retyped": retyped,
        "verdict": None,
    }

    def begun(before: bytes | None) -> bytes:
        now = _record(before)
        if now.get("eda") not in (there.get("eda"), eda.name):
            who, at = now.get("who") or "Somebody", str(now.get("at"))
            raise RetrainingStarted(name=endpoint, who=who, at=at, file=str(now.get("file")), job=eda.name)
        return _bytes(record)

    backend.storage.merge(key, begun)
    return _read(backend, endpoint, record)


def look(backend: Backend, endpoint: str) -> Retraining | None:
    """Return how far the model of an endpoint is trained anew, None where nobody asked for it, or its jobs are gone.

    Raises StorageFailed, StorageDamaged.
    """
    key = keys.endpoint_retraining(endpoint)
    if not backend.storage.exists(key):
        return None
    record = backend.storage.read_json(key)
    try:
        return _read(backend, endpoint, record)
    except NotFound:
        return None
    except (KeyError, TypeError) as error:
        raise StorageDamaged(
            key=key, reason=tr("It is no retraining: {error}.", error=repr(error))
        ) from error


def advance(backend: Backend, endpoint: str) -> Retraining | None:
    """Launch the training once the EDA has ended, and compare once that has; return how far it is then.

    Raises StorageFailed, StorageDamaged, BadHyperparameter, BadChannel and their like.
    """
    now = look(backend, endpoint)
    if now is None or now.ended:
        return now
    if now.eda.status == JobStatus.completed and now.training is None:
        _launch_training(backend, now)
        return look(backend, endpoint)
    if now.training and not now.training.busy:
        verdict = _verdict(backend, now)

        def judged(before: bytes | None) -> bytes:
            record = _record(before)  # another one may have been started meanwhile, or the endpoint deleted
            return _bytes(record | {"verdict": verdict} if record.get("eda") == now.eda.name else record)

        backend.storage.merge(keys.endpoint_retraining(endpoint), judged)
        return look(backend, endpoint)
    return now


def estimate(backend: Backend, endpoint: str) -> Estimate:
    """Return what it will cost, if the file is as large as the one before. Raises NotFound, StorageFailed."""
    served = backend.endpoint(endpoint).training_job
    base = _eda_of(backend, endpoint, served)
    parts = [
        estimate_eda(backend, configurations.from_job(base.request), base.resources),
        estimate_training(backend, base.name, backend.job(served).resources),
    ]
    return together(parts, tr("An EDA and a Training Job, as for the rows of before."))


# --- its parts --------------------------------------------------------------------------------------------


def _record(data: bytes | None) -> dict[str, Any]:
    """Return the record that a file holds; an empty one where there is no file, or it is none."""
    with suppress(ValueError):
        found = json.loads(data or b"{}")
        return found if isinstance(found, dict) else {}
    return {}


def _bytes(record: dict[str, Any]) -> bytes:
    return json.dumps(record, indent=1, ensure_ascii=False).encode()


def _eda_of(backend: Backend, endpoint: str, training_job: str) -> Job:
    request = model_of(backend, training_job).request
    eda = existing_job(backend, request["processing_job"]) if "hyperparameters" in request else None
    if eda is None or "inputs" not in eda.request:
        reason = tr(
            "The EDA job of its model {training_job} is not here, and with it the settings to begin with.",
            training_job=training_job,
        )
        raise CannotRetrain(name=endpoint, reason=reason)
    return eda


def _configuration(base: Job, dataset: Dataset, contract: Contract) -> tuple[Configuration, list[str]]:
    """Return the settings of an EDA job for another data set, and the columns of that which its model never saw."""
    whole, names = configurations.from_job(base.request), [column["name"] for column in dataset.columns]
    seen = {column.name for column in contract.columns} | {contract.label.name, *whole.drop}
    seen |= {name for name in (whole.weight, whole.split_column) if name}
    left_out = [name for name in names if name not in seen]
    plan = replace(
        whole,
        dataset=dataset.name,
        drop=tuple(dict.fromkeys((*(name for name in whole.drop if name in names), *left_out))),
        treat={name: kind for name, kind in whole.treat.items() if name in names},
        keep_text=tuple(name for name in whole.keep_text if name in names),
    )
    return plan, left_out


def _launch_training(backend: Backend, now: Retraining) -> None:
    served = backend.job(now.before)
    preset, given = runs.settings_of(backend.job(runs.first_of(served)))
    token = token_of(now.eda.name)
    request = training.training_request(backend, now.eda.name, preset, given, token, served.resources)
    launching.launch(backend, request)


def _read(backend: Backend, endpoint: str, record: dict[str, Any]) -> Retraining:
    eda = backend.job(record["eda"])
    made = existing_job(backend, new_name(f"train-{stem(eda.name)}", token_of(eda.name)))
    verdict = record["verdict"] or {}
    compared = None
    if made and verdict.get("differences"):
        before, after = (
            read_contract(backend.storage, keys.model_contract(job)) for job in (record["before"], made.name)
        )
        found = tuple(Difference(**each) for each in verdict["differences"])
        rows = int(verdict["rows"])
        compared = Comparison(
            record["before"], made.name, rows, False, found, "", (), (), changes(before, after)
        )
    return Retraining(
        endpoint,
        record["file"],
        record["dataset"],
        record["before"],
        record["at"],
        eda,
        made,
        tuple(ColumnDrift(**each) for each in record["drift"]),
        tuple(record["left_out"]),
        tuple(record["retyped"]),
        compared,
        int(verdict.get("unasked", 0)),
        told(verdict, "why_not"),
    )


def _verdict(backend: Backend, now: Retraining) -> dict[str, Any]:
    """Return the differences of both models on the same rows, or why there are none, as the record holds it."""
    assert now.training is not None
    try:
        rows, unasked, found = _paired(backend, now, now.training)
    except SenderoError as error:
        return _why_not(tr("Both models could not be compared: {why}", why=error.failure.why))
    if not found:
        return _why_not(tr("The new test split has too few rows that both models answer."))
    return {"rows": rows, "unasked": unasked, "differences": [asdict(each) for each in found]}


def _why_not(why: str) -> dict[str, Any]:
    return {"why_not": in_english(why), "written": {"why_not": kept(why)}}


def _paired(backend: Backend, now: Retraining, made: Job) -> tuple[int, int, tuple[Difference, ...]]:
    """Return (rows that both answer, rows that the running model refuses, differences) on the new test split.

    Raises CannotCompare, StorageFailed, StorageDamaged.
    """
    storage = backend.storage
    before = describe_model(backend, now.before)
    label, other = (
        before.contract.label,
        read_contract(storage, keys.model_contract(made.name)).label,
    )
    if (label.problem, label.classes) != (other.problem, other.classes):
        said = [", ".join(each.classes) or each.problem for each in (label, other)]
        raise CannotCompare(
            first=now.before,
            second=made.name,
            reason=tr("The running one predicts {before}, the new one {now}.", before=said[0], now=said[1]),
            advice=tr("Compare runs for the same target."),
        )
    path = predictions_of(backend, made.name)
    if path is None:
        raise CannotCompare(
            first=now.before,
            second=made.name,
            reason=tr("{name} was not judged.", name=made.name),
            advice=tr("Judge it first."),
        )
    splits = storage.read_json(keys.report(now.eda.name), "splits")["splits"]
    with (
        storage.local(keys.raw_test_rows(now.eda.name)) as rows,
        closing(encode_file(before.contract, rows)) as encoded,
        unpacked_model(backend, now.before) as model,
    ):
        places = np.flatnonzero(encoded.accepted) * splits.get("test_raw_every", 1)
        unasked = encoded.rejected_count
        parts = [numbers(answer) for answer in as_served(model, encoded.chunks(CHUNK))]
    first = joined(np.concatenate(parts), before.objective) if parts else np.empty(0)
    truth, second = predictions_file.labels(path, "test"), predictions_file.scores(path, "test")
    if len(places) and places[-1] >= len(truth):
        raise CannotCompare(
            first=now.before, second=made.name, reason=tr("The test rows are read otherwise."), advice=""
        )
    one, two = alike(first, second[places])
    found = comparison.paired(label.problem, len(label.classes), truth[places], one, two)
    return len(places), unasked, most_telling_first(label.problem, found)
