"""The registry and the audit on each backend: who may approve, what a version deploys, and what is written down."""

from __future__ import annotations

import pytest

from core import person
from core.backends.aws.session.connection import Session
from core.backends.aws.setup import policies
from core.backends.registry import Approval
from core.errors import NotApproved, NotFound, SenderoError
from core.verbs import choices, datasets, endpoints, registry
from core.verbs.audit import audit
from core.verbs.lineage import lineage, traceable, whole_path


def test_a_chosen_model_is_approved_by_who_may_deployed_and_traced_to_its_bytes(place, model, request):
    backend = place.backend
    choices.choose(backend, model.name)
    (version,) = registry.versions(backend)
    assert (version.training_job, version.number, version.approval) == (model.name, 1, Approval.pending)
    figures = version.metrics["balanced_accuracy"]
    assert figures["low"] <= figures["value"] <= figures["high"]
    eda = model.request["processing_job"]
    data = datasets.find_dataset(backend, backend.job(eda).request["inputs"]["input"].partition("/")[2])
    assert version.facts["dataset_sha256"] == data.sha256
    assert version.facts["report_sha256"] == backend.storage.sha256(
        f"processing/{eda}/output/report/report.json"
    )
    assert version.facts["card_sha256"] and version.facts["contract_sha256"]
    assert registry.register(backend, model.name) == version, "one model is one version"

    with pytest.raises(NotApproved, match="waits for approval"):
        registry.deploy(backend, version.name)
    if backend.name == "aws":
        with pytest.raises(SenderoError, match="UpdateModelPackage"):
            registry.approve(backend, version.name, "I trained it myself")
        aws = request.getfixturevalue("aws_module")
        printed = policies.approver(policies.facts_of(Session(place.settings)))
        aws.enforce({"user": [policies.document(printed)]})
    approved = registry.approve(backend, "1", "Prüfung\nbestanden: 3 % besser")
    assert (approved.approval, approved.who, approved.why) == (
        Approval.approved,
        person.name(),
        "Prüfung bestanden: 3 % besser",
    )
    assert registry.versions(place.backend) == [approved] and approved.at and approved.facts == version.facts

    served = registry.deploy(backend, version.name, "registered", "1h")
    place.in_service(served.name)
    chain = lineage(backend, "registered")
    assert [link.kind for link in chain] == ["endpoint", "model", "EDA", "data set"]
    assert chain[-1].sha256 == data.sha256 and chain[1].sha256 == version.model_sha256
    made = [(part.kind, bool(part.sha256)) for part in whole_path(chain)]
    assert made == [
        ("data set", True), ("EDA", True), ("contract", True), ("model", True), ("evaluation", True),
        ("version", False), ("endpoint", False),
    ]  # fmt: skip
    assert "registered" in traceable(backend)
    done = [event.action for event in chain[1].acts]
    assert done[-3:] == ["chose", "registered", "approved"]
    endpoints.delete(backend, "registered")
    gone = lineage(backend, "registered")
    assert "deleted" in gone[0].what and gone[1:] == chain[1:], "the audit outlives the endpoint"
    with pytest.raises(NotFound):
        lineage(backend, "never-there")

    registry.reject(backend, version.name, "it drifts")
    with pytest.raises(NotApproved, match="it drifts"):
        registry.deploy(backend, version.name)
    (first, *_), everything = audit(backend, last=1).events, audit(backend, about=version.name).events
    assert first == everything[0] and first.sentence == f"{person.name()} rejected version {version.name}"
    assert [event.action for event in everything] == ["rejected", "deployed", "approved", "registered"]
