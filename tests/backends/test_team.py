"""Several people at several machines in one workspace: what one writes is never lost by what another one writes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from core import configuration, keys
from core.backends import get_backend
from core.backends.pipelines import PipelineRequest, mark_of
from core.backends.records import change_endpoint, change_job, close_job, create_endpoint, create_job
from core.backends.registry import Approval, VersionRequest
from core.configuration import Configuration
from core.encoding.rows_reading import source_of
from core.errors import (
    AlreadyOrdered,
    NameTaken,
    NotFound,
    PipelineChanged,
    PlanChanged,
    SenderoError,
    VersionChanged,
)
from core.settings import Settings
from core.storage import DiskStorage
from core.verbs import audit, ordering, renames
from tests.aws.enforced import enforce, fresh_settings
from tests.backends.place import aws_settings
from tests.conftest import ROOT

pytestmark = pytest.mark.aws
PEOPLE, TIMES = 3, 6
FIELDS = ("drop", "treat", "keep_text")  # of the plan: each person changes another one

# What a person does, on both backends by turns.
PERSON = f"""
import json, sys
from core import configuration, keys
from core.backends import get_backend
from core.settings import Settings
from core.verbs import audit, renames
me, fields = int(sys.argv[1]), {FIELDS!r}
places = [get_backend(Settings.load(**json.loads(text))) for text in sys.argv[2:]]
mine = {{"drop": ("d",), "treat": {{"t": "text"}}, "keep_text": ("k",)}}
made = []
print("ready", flush=True)
sys.stdin.readline()
for turn in range({TIMES}):
    for place in places:
        storage = place.storage
        storage.merge("shared/n.json", lambda was: json.dumps([*json.loads(was or b"[]"), [me, turn]]).encode())
        made.append(storage.create(f"shared/{{turn}}.json", b"%d" % me))
        renames.remember(place, ["a"], {{f"{{me}}-{{turn}}": "x"}})
        audit.record(place, "chose", "model", f"{{me}}-{{turn}}")
        change = {{"target": "y", fields[me]: mine[fields[me]]}}
        configuration.change(storage, "data", change, lambda plan: plan)
print(json.dumps(made))
"""


def test_what_several_processes_write_at_once_is_all_there(aws, tmp_path):
    both = [
        Settings.load(backend="local", workspace=tmp_path / "workspace"),
        aws_settings(aws, "team", workspace=tmp_path / "desk"),
    ]
    given = [settings.model_dump_json(exclude_defaults=True) for settings in both]
    people = [
        subprocess.Popen(
            [sys.executable, "-c", PERSON, str(number), *given],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for number in range(PEOPLE)
    ]  # fmt: skip
    for each in people:
        assert each.stdout.readline() == "ready\n"
    for each in people:
        each.stdin.write("go\n")
        each.stdin.flush()
    made = [json.loads(each.communicate()[0]) for each in people]
    assert [each.returncode for each in people] == [0] * PEOPLE
    everything = {f"{person}-{turn}" for person in range(PEOPLE) for turn in range(TIMES)}
    assert [sum(told) for told in zip(*made, strict=True)] == [1] * (2 * TIMES), (
        "one creates, the others are told"
    )
    for settings in both:
        backend = get_backend(settings)
        storage = backend.storage
        added = {f"{person}-{turn}" for person, turn in json.loads(storage.read_bytes("shared/n.json"))}
        assert added == set(renames.remembered(backend)[source_of(["a"])]) == everything
        assert sorted(event.name for event in audit.audit(backend).events) == sorted(everything)
        plan = configuration.load(storage, "data")
        assert (plan.target, plan.drop, plan.treat, plan.keep_text) == ("y", ("d",), {"t": "text"}, ("k",))


@pytest.fixture(params=["local", "aws"])
def backend(request, tmp_path):
    if request.param == "local":
        return get_backend(Settings.load(backend="local", workspace=tmp_path / "workspace"))
    return get_backend(aws_settings(request.getfixturevalue("aws"), "team", workspace=tmp_path))


def test_who_decides_on_what_another_one_decided_meanwhile_is_told(backend):
    for key in ("training/model/output/model.tar.gz", "training/other/output/model.tar.gz"):
        backend.storage.write_bytes(key, b"a model")
    seen = backend.register(VersionRequest("group", "model", "0" * 64, {"target": "y"}, {}))
    rejected = backend.set_approval(seen, Approval.rejected, "ann", "it drifts")
    with pytest.raises(VersionChanged, match="rejected by ann: it drifts"):
        backend.set_approval(seen, Approval.approved, "bob", "good")
    assert backend.versions() == [rejected]
    assert backend.set_approval(rejected, Approval.approved, "bob", "good").who == "bob"


def test_a_plan_is_changed_over_what_was_seen_and_stays_as_another_one_has_saved_it(backend, monkeypatch):
    storage = backend.storage

    def change(who: str, seen: Configuration, **changes) -> Configuration:
        monkeypatch.setenv("LOGNAME", who)
        return configuration.change(storage, "data", changes, lambda plan: plan, seen)

    def save(who: str, plan: Configuration, seen: Configuration | None = None) -> bool:
        monkeypatch.setenv("LOGNAME", who)
        return configuration.save(storage, plan, seen)

    first = Configuration("y", dataset="data")
    assert save("ann", first)
    bobs = change("bob", first, seed=7)
    both = change("ann", first, drop=("d",))
    assert (both.seed, both.drop) == (7, ("d",)), "another field is kept"
    with pytest.raises(PlanChanged, match="Seed of the split: 0, now 7"):
        change("ann", first, seed=3)
    assert change("ann", both, seed=3).seed == 3, "knowingly"
    anns = configuration.saved(storage, "data")
    assert (anns.who, anns.plan.seed, anns.at is not None) == ("ann", 3, True)
    assert not save("bob", bobs) and not save("bob", bobs, first), "he saw another one"
    assert configuration.saved(storage, "data") == anns and anns.of_another
    assert save("bob", bobs, anns.plan) and save("bob", first), "his own, which he has launched"
    other = Configuration("z", dataset="other")
    assert save("ann", other) and configuration.load(storage) == other
    assert not save("ann", anns.plan) and configuration.load(storage) == first, (
        "the last data set, as it is saved"
    )
    # Of two who save at once, the one writes the plan last and the other which data set was the last.
    storage.write_json(keys.CONFIGURATION, {"target": "old", "dataset": "data"})
    assert configuration.load(storage) == first


def test_an_endpoints_record_keeps_what_each_has_changed_and_is_not_made_again_once_deleted(backend):
    storage = backend.storage
    assert create_endpoint(storage, {"name": "e", "training_job": "t"})

    def slow(now: dict) -> dict:
        if "expires" not in now and backend.name == "aws":  # on one machine the others wait
            change_endpoint(storage, "e", lambda other: {**other, "expires": "later"})
        return {**now, "replacing": "u"}

    if backend.name == "local":
        change_endpoint(storage, "e", lambda now: {**now, "expires": "later"})
    assert change_endpoint(storage, "e", slow) == {
        "name": "e", "training_job": "t", "expires": "later", "replacing": "u",
    }  # fmt: skip
    storage.delete(keys.endpoint("e"))
    with pytest.raises(NotFound):
        change_endpoint(storage, "e", slow)
    assert not storage.exists(keys.endpoint("e"))


def test_a_pipeline_is_saved_over_the_one_that_was_seen_and_no_other(backend):
    def step(name: str) -> dict:
        fails = {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
        return {"Version": "2020-12-01", "Parameters": [], "Steps": [fails]}

    def seen() -> str:
        return mark_of(backend.storage, "weekly", backend.pipeline("weekly").definition)

    backend.put_pipeline(PipelineRequest("weekly", step("Ann")))
    with pytest.raises(PipelineChanged):  # bob saw none
        backend.put_pipeline(PipelineRequest("weekly", step("Bob")))
    anns = seen()
    backend.put_pipeline(PipelineRequest("weekly", step("Bob"), anns))
    with pytest.raises(PipelineChanged):  # ann saw her own
        backend.put_pipeline(PipelineRequest("weekly", step("Ann"), anns))
    assert backend.pipeline("weekly").definition == step("Bob")
    backend.put_pipeline(PipelineRequest("weekly", step("Ann"), seen()))
    assert backend.pipeline("weekly").definition == step("Ann")


def test_a_job_is_closed_once_and_keeps_what_others_wrote_into_its_record(backend):
    storage = backend.storage
    begun = {"name": "t", "kind": "training", "status": "InProgress", "created": "2026-11-30T00:00:00Z"}
    create_job(storage, begun)
    end = {"status": "Completed", "ended": "2026-11-30T00:01:00Z"}
    closed = close_job(storage, begun, end)
    assert close_job(storage, begun, end | {"status": "Failed"}) == closed, "the end of whoever was first"
    first = change_job(storage, closed, lambda now: {**now, "judging": "one"})
    assert "judging" not in close_job(storage, first, {"unjudged": ""}, judging="one")
    change_job(storage, first, lambda now: {**now, "judging": "two"})
    late = close_job(storage, first, {"unjudged": "no rows"}, judging="one")
    assert (late["judging"], late["unjudged"]) == ("two", "no rows"), (
        "the one that was begun meanwhile goes on"
    )


def test_a_write_whose_answer_was_lost_is_known_as_ones_own(aws):
    storage = get_backend(aws_settings(aws, "team")).storage
    aws.faults.drop_after("s3", "PutObject")
    assert storage.create("a.json", b"mine")
    aws.faults.drop_after("s3", "PutObject")
    assert storage.update("a.json", lambda was: was + b", changed")
    assert storage.read_bytes("a.json") == b"mine, changed" and not storage.create("a.json", b"another's")


def test_a_job_of_another_machine_is_neither_overwritten_nor_deleted(aws, monkeypatch):
    """Two launch different jobs of one name at once: the first has it, and the second is told."""
    from core.backends.aws.jobs import launch
    from core.backends.requests import TransformRequest

    backend = get_backend(aws_settings(aws, "team"))
    create = launch.create_job  # the moment between the look and the write, which no real wait can hit
    first = {"name": "same", "kind": "transform", "status": "InProgress", "created": "2026-11-30T00:00:00Z"}

    def later(storage, record):
        storage.write_json("transform/same/job.json", first | {"request": {}, "fingerprint": "other"})
        return create(storage, record)

    monkeypatch.setattr(launch, "create_job", later)
    with pytest.raises(NameTaken):
        backend.launch(TransformRequest("same", "train", "rows.csv"))
    assert backend.storage.read_json("transform/same/job.json")["fingerprint"] == "other"


def test_whoever_only_looks_may_see_all_and_change_nothing(aws, tmp_path):
    settings = fresh_settings(aws, "team")
    backend = get_backend(settings)
    backend.storage.write_bytes("training/model/output/model.tar.gz", b"a model")
    seen = backend.register(VersionRequest("group", "model", "0" * 64, {"target": "y"}, {}))
    audit.record(backend, "chose", "model", "model")
    from core.backends.aws.backend import forget

    enforce(aws, settings, "viewer")
    forget()
    backend = get_backend(settings)
    assert backend.versions() == [seen] and backend.storage.files("training")
    assert backend.jobs() == [] and backend.endpoints() == [] and backend.sweep().not_listable == ()
    assert [event.action for event in audit.audit(backend).events] == ["chose"]
    refused = [
        lambda: backend.storage.write_bytes("notes/a/0001.json", b"{}"),
        lambda: backend.storage.create("choices/a/0001.json", b"{}"),
        lambda: backend.storage.delete("training"),
        lambda: backend.set_approval(seen, Approval.approved, "viewer", "good"),
        lambda: backend.register(VersionRequest("group", "other", "1" * 64, {"target": "y"}, {})),
        lambda: backend.session.call("sagemaker", "stop_training_job", TrainingJobName="a"),
        lambda: backend.session.call("sagemaker", "delete_endpoint", EndpointName="a"),
        lambda: backend.session.call("sagemaker-runtime", "invoke_endpoint", EndpointName="a", Body=b"1"),
    ]
    for act in refused:
        with pytest.raises(SenderoError, match=r"not allowed|not authorized|denied"):
            act()
    assert not DiskStorage(tmp_path).exists("notes")


def test_an_order_is_carried_out_once_and_another_one_is_told_of_it(backend, monkeypatch):
    """The order alone: training on all rows has tests of its own."""
    key = keys.order("train-all")
    facts = {"of": "train", "name": "", "expires_in": "2h", "token": "a", "resources": {}}
    backend.storage.create(key, json.dumps(facts).encode())
    order = ordering.Order(job=_Job(), **facts)
    assert [ordering.withdraw(backend, order), ordering.withdraw(backend, order)] == [True, False]
    assert not backend.storage.exists(key) and AlreadyOrdered(name="m", who="ann").failure.why.startswith(
        "ann"
    )


class _Job:
    name = "train-all"
