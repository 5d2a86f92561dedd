"""The verbs over the model registry: a chosen model becomes a version, which somebody approves or rejects, and why.

What a version says is what was true when it was registered: the metrics with their intervals, and the digests of the
model, the contract, the EDA report, the model card and the data. Who may approve is the backend's business: on AWS
IAM's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress

from core import hyperparameters, keys, metric_words, person
from core.backends.base import Backend, Endpoint
from core.backends.records import now
from core.backends.registry import METRIC, Approval, Document, ModelVersion, VersionRequest
from core.errors import BadSetting, NotApproved, NotFound, NotRegistered, SenderoError, StorageDamaged
from core.evaluation_file import Evaluation
from core.language import joined, tr
from core.locales import for_everybody
from core.names import checked_name, slug
from core.numbers import integer
from core.provenance import DIFFERS, check_model
from core.retelling import in_english
from core.verbs import audit, endpoints, origins
from core.verbs.leaderboard import Target, target_of
from core.verbs.training import evaluation_of, model_of

LONGEST = 40  # characters of a group's name: SageMaker's has a few more
LONGEST_WHY = 1000  # characters


def versions(backend: Backend) -> list[ModelVersion]:
    """Return all versions, newest first. Raises what the backend refuses."""
    return backend.versions()


def known(backend: Backend) -> dict[str, ModelVersion]:
    """Return {Training Job: the version of its model}, the last one of several; nothing where they cannot be read.

    Whoever only looks at a page needs no registry for it, and on AWS may not be allowed to look into it.
    """
    with suppress(SenderoError):
        return {version.training_job: version for version in reversed(backend.versions())}
    return {}


def register(backend: Backend, training_job: str, group: str = "") -> ModelVersion:
    """Make a model a version, in the group of its target unless another is named; return the one that it is already.

    Raises NotFound, JobNotReady, StorageDamaged, BadName, and what the backend refuses.
    """
    name = model_of(backend, training_job).name
    check_model(backend.storage, name)
    sources = origins.model_sources(backend, name)
    target = _target(backend, name, sources)
    group = checked_name(group, "group") if group else group_of(target)
    if len(group) > LONGEST:
        raise BadSetting(
            name="group",
            reason=tr("It has more than {most} characters.", most=LONGEST),
            source="--group",
        )
    with for_everybody():
        card = _card(backend, name)
        documents = _documents(backend, name, sources.get("eda_job", ""))
        facts = {
            **{fact: value for fact, value in sources.items() if fact != "model_sha256"},
            **{f"{document}_sha256": each.sha256 for document, each in documents.items()},
            **_figures(evaluation_of(backend, name)),
            "target": target.name,
            "registered_by": person.name(),
            "registered_at": now(),
        }
    digest = sources.get("model_sha256") or backend.storage.sha256(keys.model(name))
    version = backend.register(VersionRequest(group, name, digest, facts, documents, card))
    if version.facts.get("registered_at") == facts["registered_at"]:
        audit.record(backend, "registered", "version", version.name, training_job=name, **sources)
    return version


def register_after(backend: Backend, training_job: str, done: str) -> ModelVersion:
    """Register a model of which something was just `done`, in a sentence, that stands whatever comes of it.

    Raises NotRegistered.
    """
    try:
        return register(backend, training_job)
    except SenderoError as error:
        reason = joined([error.failure.what, error.failure.why])
        raise NotRegistered(done=done, reason=reason, name=training_job) from error


def approve(backend: Backend, version: str, why: str, seen: ModelVersion | None = None) -> ModelVersion:
    """Approve a version as it was `seen` (None: as it is now), whose model has to be there as it was registered.

    Raises NotFound, StorageDamaged, BadSetting, VersionChanged (somebody has decided since), what the backend refuses.
    """
    found = seen or find(backend, version)
    _check(backend, found)
    return _decide(backend, found, Approval.approved, why)


def reject(backend: Backend, version: str, why: str, seen: ModelVersion | None = None) -> ModelVersion:
    """Reject a version as it was `seen` (None: as it is now). Raises NotFound, BadSetting, VersionChanged, and what
    the backend refuses.
    """
    return _decide(backend, seen or find(backend, version), Approval.rejected, why)


def find(backend: Backend, version: str) -> ModelVersion:
    """Return the version that is called GROUP/N, or N where one group alone has it. Raises NotFound, BadSetting."""
    named = [each for each in backend.versions() if version in (each.name, str(each.number))]
    if not named:
        raise NotFound(thing="version", name=version, listing="versions")
    if len(named) > 1:
        several = ", ".join(sorted(each.name for each in named))
        raise BadSetting(
            name="version",
            reason=tr("Several groups have it: {several}.", several=several),
            source=tr("name the group too"),
        )
    return named[0]


def deploy(
    backend: Backend,
    version: str,
    name: str = "",
    expires_in: str = "2h",
    token: str = "",
    resources: Mapping[str, str] | None = None,
) -> Endpoint:
    """Deploy the model of an approved version, as it was registered.

    Raises NotFound, NotApproved, StorageDamaged, and what `endpoints.deploy` raises.
    """
    found = find(backend, version)
    if found.approval != Approval.approved:
        raise NotApproved(version=found.name, reason=found.verdict)
    _check(backend, found)
    return endpoints.deploy(
        backend, found.training_job, name, expires_in, token, resources, version=found.name
    )


def group_of(target: Target) -> str:
    """Return the group of the models for a target: a readable name, with a digest where that says too little."""
    whole = f"{target.dataset}-{target.name}"
    name = slug(whole, LONGEST)
    if name == whole:
        return name
    digest = hashlib.sha256(whole.encode()).hexdigest()[:4]
    return f"{slug(whole, LONGEST - 5)}-{digest}".strip("-")


def group_for(backend: Backend, training_job: str) -> str:
    """Return the group that a model becomes a version in unless another is named. Raises StorageDamaged."""
    return group_of(_target(backend, training_job, origins.model_sources(backend, training_job)))


def _target(backend: Backend, training_job: str, sources: Mapping[str, str]) -> Target:
    """Return the target of a model: of its EDA job, else of its contract. Raises StorageFailed, StorageDamaged."""
    eda_job = sources.get("eda_job", "")
    with suppress(NotFound):
        return target_of(eda_job, {eda_job: backend.job(eda_job)})
    contract = backend.storage.read_json(keys.model_contract(training_job), "label", "dataset")
    return Target(contract["label"]["name"], slug(contract["dataset"].get("file", "").rpartition(".")[0]))


def _card(backend: Backend, training_job: str) -> str:
    """Return the model card in SageMaker's form, once the card is made anew beside the model; "" where it cannot be."""
    from core.card import sagemaker  # late: the template
    from core.verbs.card import keep_card

    with suppress(SenderoError):
        card = keep_card(backend, training_job).card
        settings = card["settings"]
        watched = hyperparameters.early_stopping_metric(settings) if "eval_metric" in settings else None
        address = f"{backend.storage.root}/{keys.model(training_job)}"
        return sagemaker.content(card, address, person.name(), watched)
    return ""


def _documents(backend: Backend, training_job: str, eda_job: str) -> dict[str, Document]:
    """Return the files that speak for a model; one that is not there is left out."""
    places = {
        "evaluation": keys.evaluation(training_job),
        "contract": keys.model_contract(training_job),
        "card": keys.card(training_job),
    }
    if eda_job:
        places["report"] = keys.report(eda_job)
    storage = backend.storage
    return {name: Document(key, storage.sha256(key)) for name, key in places.items() if storage.exists(key)}


def _figures(evaluation: Evaluation | None) -> dict[str, str]:
    """Return the metrics that a version is judged by, with their intervals, and on how many rows."""
    if evaluation is None:
        return {}
    figures = metric_words.headline_text(evaluation["problem"], evaluation["metrics"])
    found = {"problem": evaluation["problem"], "rows_tested": str(evaluation["rows"])}
    return found | {f"{METRIC}{name}": text for name, text in figures.items()}


def _check(backend: Backend, version: ModelVersion) -> None:
    """Compare a model with what was registered. Raises NotFound, JobNotReady, StorageDamaged."""
    job = model_of(backend, version.training_job).name
    check_model(backend.storage, job)
    if backend.storage.sha256(keys.model(job)) != version.model_sha256:
        raise StorageDamaged(key=keys.model(job), reason=tr(DIFFERS))


def _decide(backend: Backend, version: ModelVersion, approval: Approval, why: str) -> ModelVersion:
    why = " ".join(why.split())
    if not 0 < len(why) <= LONGEST_WHY:
        reason = tr(
            "Say in 1 to {most} characters why: it is kept with the version, and in the audit.",
            most=integer(LONGEST_WHY),
        )
        raise BadSetting(name="why", reason=reason, source=tr("--why, or the field Why"))
    decided = backend.set_approval(version, approval, person.name(), why)
    said = {"why": why, "training_job": version.training_job, "model_sha256": version.model_sha256}
    audit.record(backend, in_english(approval.words), "version", version.name, **said)
    return decided
