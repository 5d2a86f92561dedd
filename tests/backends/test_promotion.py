"""A model that was trained on one backend, promoted to the other, answers there with equal predictions."""

from __future__ import annotations

import json

import pytest

from core import keys
from core.backends.requests import JobKind
from core.errors import BadSetting, NameTaken, NotFound, NothingToDecide, StorageDamaged
from core.judging import decision_file
from core.judging.decision import Amounts
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.referral import Referral
from core.verbs import decide, endpoints, jobs, predict, promote, skew, training
from core.verbs.eda import report_of
from core.verbs.judged import decision_of
from tests.backends.conftest import open_place
from tests.cli.data import penguins

pytestmark = pytest.mark.aws  # either way needs the double


@pytest.fixture(scope="module")
def other(request, place, tmp_path_factory):
    """The place on the other backend."""
    backend = "local" if place.settings.backend == "aws" else "aws"
    yield from open_place(request, backend, tmp_path_factory.mktemp(f"other-{backend}"))


def decided(at, model, threshold, seen):
    cost = Interval(0.0)
    decision = Decision(
        threshold, "threshold", Amounts(), None, None, cost, dict.fromkeys(("all", "none", "half"), cost),
        referral=Referral(threshold / 2, threshold, unseen=True, asked=cost, cost=cost),
    )  # fmt: skip
    return decision_file.write(at.backend.storage, keys.decision(model.name), decision, seen)


@pytest.fixture(scope="module")
def promoted(place, other, model):
    decided(place, model, 0.3, seen=0)
    return promote.promote(place.backend, other.backend, model.name)


def answers(at, model, file):
    endpoint = endpoints.deploy(at.backend, model).name
    at.in_service(endpoint)
    predict.predict_file(at.backend, endpoint, penguins(file.with_suffix(".rows")), file)
    proof = skew.predict_test_split(at.backend, endpoint, file.with_suffix(".test"))
    endpoints.delete(at.backend, endpoint)
    return proof


def test_it_deploys_there_and_answers_equally(place, other, model, promoted, tmp_path):
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    proof = answers(place, model.name, here), answers(other, model.name, there)
    assert here.read_bytes() == there.read_bytes()
    assert proof[0].agreement == proof[1].agreement == 1.0 and proof[1].rows > 20


def test_the_job_is_listed_there_with_its_evaluation_report_and_origin(place, other, model, eda, promoted):
    assert (promoted.name, promoted.kind, promoted.status) == (model.name, JobKind.training, "Completed")
    assert promoted.created == model.created
    assert [job.name for job in other.backend.jobs()].count(model.name) == 1
    assert [job.name for job in training.deployable(other.backend)] == [model.name]
    assert training.evaluation_of(other.backend, model.name) == training.evaluation_of(
        place.backend, model.name
    )
    assert decision_of(other.backend, model.name) == decision_of(place.backend, model.name)
    with pytest.raises(NothingToDecide, match="one of 3 classes"):  # its predictions came with it
        decide.judged(other.backend, model.name)
    assert report_of(other.backend, eda.name) == report_of(place.backend, eda.name)
    origin = other.backend.storage.read_json(f"training/{model.name}/job.json")["promoted"]
    assert origin["backend"] == place.settings.backend
    assert origin["from"] == str(place.backend.storage.root)
    assert other.backend.log(model.name).text == "" and other.backend.metrics(model.name) == []


def test_what_was_copied_is_verified_there_and_the_rest_was_not_copied(place, other, model, eda, promoted):
    assert {file.state for file in jobs.verify(place.backend, model.name)} == {"ok"}  # with its decision
    for job in (model.name, eda.name):
        assert {file.state for file in jobs.verify(other.backend, job)} == {"ok"}
    copied = {key.split("/")[3] for key in other.backend.storage.files(f"processing/{eda.name}/output")}
    assert copied == set(promote.PARTS)
    assert eda.name not in [job.name for job in training.trainable(other.backend)]
    assert eda.name in [job.name for job in training.trainable(place.backend)]


def test_a_second_time_nothing_is_written(place, other, model, promoted, monkeypatch):
    storage, written = other.backend.storage, []
    record = storage.read_bytes(f"training/{model.name}/job.json")
    writing = type(storage).writing
    monkeypatch.setattr(
        type(storage), "writing", lambda self, key, *more: written.append(key) or writing(self, key, *more)
    )
    assert promote.promote(place.backend, other.backend, model.name).name == model.name
    assert written == []
    assert storage.read_bytes(f"training/{model.name}/job.json") == record


def test_a_second_time_the_newer_decision_of_both_sides_stands(place, other, model, promoted):
    decided(place, model, 0.4, seen=1)
    promote.promote(place.backend, other.backend, model.name)
    assert decision_of(other.backend, model.name) == decision_of(place.backend, model.name)
    later = decided(other, model, 0.5, seen=2)
    promote.promote(place.backend, other.backend, model.name)
    assert decision_of(other.backend, model.name) == later


def test_one_that_was_cut_off_is_no_job_and_goes_on(place, other, model, promoted, monkeypatch):
    storage = other.backend.storage
    storage.delete(f"training/{model.name}")
    write = type(storage).write_json

    def cut(self, key, value):
        if key.startswith("training/"):
            raise ConnectionError("cut off")
        write(self, key, value)

    monkeypatch.setattr(type(storage), "write_json", cut)
    with pytest.raises(ConnectionError):
        promote.promote(place.backend, other.backend, model.name)
    assert not [job for job in other.backend.jobs() if job.name == model.name]
    with pytest.raises(NotFound):
        other.backend.job(model.name)
    monkeypatch.undo()
    assert promote.promote(place.backend, other.backend, model.name).status == "Completed"


def test_another_job_of_that_name_is_left_alone(place, other, model, promoted):
    storage, key = other.backend.storage, f"training/{model.name}/job.json"
    record = storage.read_json(key)
    changed = json.loads(json.dumps(record))
    changed["manifest"]["output/model.tar.gz"]["sha256"] = "0" * 64
    storage.write_json(key, changed)
    with pytest.raises(NameTaken):
        promote.promote(place.backend, other.backend, model.name)
    storage.write_json(key, record)


def test_a_file_that_is_not_as_its_job_wrote_it_is_not_copied(place, other, model, promoted):
    storage, key = place.backend.storage, f"training/{model.name}/output/evaluation.json"
    good = storage.read_bytes(key)
    other.backend.storage.delete(f"training/{model.name}")
    storage.write_bytes(key, good + b" ")
    with pytest.raises(StorageDamaged):
        promote.promote(place.backend, other.backend, model.name)
    storage.write_bytes(key, good)
    assert promote.promote(place.backend, other.backend, model.name).name == model.name


def test_what_cannot_be_promoted_is_refused(place, other, eda, model):
    for name, error in (("train-never", NotFound), (eda.name, NotFound)):
        with pytest.raises(error):
            promote.promote(place.backend, other.backend, name)
    with pytest.raises(BadSetting):
        promote.promote(place.backend, place.backend, model.name)
