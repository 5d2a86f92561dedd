"""What people keep of runs: titles and notes in the list of jobs; a deletion that tells first what would go."""

from __future__ import annotations

import json
import shutil

import pytest

from core.numbers import number
from tests.cli.conftest import leftovers, names
from tests.cli.test_cli_verbs import KEYS

pytestmark = pytest.mark.slow


def test_a_run_has_a_title_and_a_note_and_is_deleted_once_its_name_is_given_again(copy, call):
    eda, training = names(copy, "processing")[0], names(copy, "training")[0]
    # The workspace is shared: other tests acted on its run.
    before = call(copy, "audit", training).data["events"]
    assert call(copy, "note", training, "first one").data["before"] == ""
    assert call(copy, "note", training, "the <b>first</b>").data["before"] == "first one"
    noted = call(copy, "note", training).data
    assert set(noted) >= KEYS["note"] and noted["text"] == "the <b>first</b>"
    listed = call(copy, "jobs").data["jobs"]
    assert [(job["title"], job["note"]) for job in listed] == [
        ("balanced", "the <b>first</b>"),
        ("flights-late, without arr_delay, dep_delay", ""),
    ]

    mark = call(copy, "choose", training).data
    assert set(mark) >= KEYS["choose"] and (mark["is_chosen"], mark["before"]) == (True, None)
    assert call(copy, "choose", training, "--withdraw").data["before"] == training
    (version,) = call(copy, "versions").data["versions"]
    assert (version["training_job"], version["approval"]) == (training, "PendingManualApproval")
    assert version["metrics"]["auc"]["low"] < version["metrics"]["auc"]["value"]
    assert call(copy, "register", training).data == version
    call(copy, "approve", "1", code=2)  # without a reason
    assert call(copy, "deploy", "--version", "1", code=1).data["error"]["kind"] == "NotApproved"
    assert call(copy, "approve", "1", "--why", "=1+1").data["why"] == "=1+1"
    refused = call(copy, "delete-run", training, "--confirm", training, code=1).data["error"]
    assert refused["kind"] == "StillInUse" and "approved version" in refused["why"]
    assert call(copy, "reject", version["version"], "--why", "it goes").data["approval"] == "Rejected"
    assert call(copy, "choose", eda, code=1).data["error"]["kind"] == "NotFound"

    for confirmed in ([], ["--confirm", eda]):
        refused = call(copy, "delete-run", training, *confirmed, code=1)
        assert refused.data["error"]["kind"] == "NotConfirmed" and "files will be deleted" in refused.err
        assert refused.data["runs"] == [training] and refused.data["bytes"] > 0
    assert call(copy, "jobs").data["jobs"] == listed
    refused = call(copy, "delete-dataset", "flights-late", code=1)
    assert f"stays, without its source: processing job {eda}" in refused.err

    gone = call(copy, "delete-run", training, "--confirm", training).data
    assert gone["deleted"] == [f"training job {training}"] and gone["bytes"] > 0
    assert any(version["version"] in each for each in gone["kept"])
    acts = call(copy, "audit", training, "--csv", copy / "audit.csv").data["events"]
    since = acts[: len(acts) - len(before)]
    assert [act["action"] for act in since] == [
        *("deleted", "rejected", "approved", "took back the choice of", "registered", "chose")
    ]
    assert acts[len(since) :] == before and before[-1]["action"] == "launched"
    (digest,) = {act["facts"]["dataset_sha256"] for act in acts if "dataset_sha256" in act["facts"]}
    assert "'=1+1" in (copy / "audit.csv").read_text(), "no spreadsheet runs a reason"
    *_, data = call(copy, "lineage", training).data["links"]
    assert (data["kind"], data["name"], data["sha256"]) == ("data set", "flights-late", digest)
    assert set(gone) >= KEYS["delete-run"]
    gone = call(copy, "delete-dataset", "flights-late", "--confirm", "flights-late").data
    assert gone["deleted"] == ["data set flights-late", "the configuration that was saved for it"]
    assert [job["name"] for job in call(copy, "jobs").data["jobs"]] == [eda]
    assert (
        not names(copy, "training")
        and not names(copy, "notes")
        and not names(copy, "choices")
        and leftovers(copy) == []
    )
    assert (
        call(copy, "delete-run", training, "--confirm", training, code=1).data["error"]["kind"] == "NotFound"
    )


def test_what_cannot_be_written_into_the_audit_is_done_told_and_written_later(copy, call):
    (training,), place = names(copy, "training"), copy / "audit"
    shutil.rmtree(place)
    place.write_text("in the way")
    told = call(copy, "choose", training).err
    assert "not in the audit" in told and f"chose model {training}" in told and "registered version" in told
    place.unlink()
    assert call(copy, "choose", training, "--withdraw").err == ""
    acts = [act["action"] for act in call(copy, "audit").data["events"]]
    assert acts == ["took back the choice of", "registered", "chose"]
    (file,) = place.iterdir()
    file.write_bytes(file.read_bytes()[:-20])  # as a full disk leaves it
    call(copy, "choose", training)
    found = call(copy, "audit").data
    assert (found["damaged"], [act["action"] for act in found["events"]]) == (
        1,
        ["chose", "registered", "chose"],
    )
    (last,) = call(copy, "audit", "--last", 1).data["events"]
    assert last == found["events"][0]


def test_a_run_becomes_a_pipeline_that_is_looked_at_taken_away_and_deleted(copy, call, tmp_path):
    training = names(copy, "training")[0]
    saved = call(copy, "pipeline", "save", "weekly", "--training", training, "--metric", "logloss").data
    assert saved["pipeline"] == "weekly" and saved["parameters"]["Dataset"] == "flights-late"
    assert call(copy, "pipeline", "save", "weekly", "--training", training, "--metric", "luck", code=1)
    same = ["pipeline", "save", "weekly", "--training", training, "--metric", "logloss"]
    assert call(copy, *same).data["updated"] == saved["updated"], "the equal one stays"
    refused = call(copy, *same, "--threshold", "9", code=1).data["error"]
    assert refused["kind"] == "PipelineTaken" and "--replace" in refused["remedy"]
    was = saved["parameters"]["Threshold"]
    assert refused["why"] == f"Saved over it, this one changes: Threshold: {number(was)}, now 9."
    assert call(copy, *same, "--threshold", "9", "--replace").data["parameters"]["Threshold"] == 9
    assert call(copy, *same, "--replace").data["parameters"]["Threshold"] == was
    (listed,) = call(copy, "pipeline", "list").data["pipelines"]
    assert (listed["pipeline"], listed["last_run"]) == ("weekly", None)
    shown = call(copy, "pipeline", "show", "weekly").data
    assert shown["parameters"] == saved["parameters"] and shown["runs"] == []
    for wrong, kind in (
        (("--set", "Threshold=high"), "BadParameter"),
        (("--set", "Root=elsewhere"), "BadParameter"),
        (("--dataset", "nobody"), "NotFound"),
        (("--set", "eta=7"), "BadHyperparameter"),
    ):
        assert call(copy, "pipeline", "run", "weekly", *wrong, code=1).data["error"]["kind"] == kind
    call(copy, "pipeline", "run", "weekly", "--data", "a.csv", "--dataset", "b", code=2)
    call(copy, "pipeline", code=2)
    assert call(copy, "pipeline", "stop", "weekly", code=1).data["error"]["kind"] == "NotFound"
    file = tmp_path / "weekly.json"
    call(copy, "pipeline", "export", "weekly", "--output", file)
    (condition,) = json.loads(file.read_text())["Steps"][3]["Arguments"]["Conditions"]
    assert condition["Type"] == "LessThanOrEqualTo", "of the log loss less is better"
    assert call(copy, "pipeline", "delete", "weekly", code=1).data["error"]["kind"] == "NotConfirmed"
    assert call(copy, "pipeline", "delete", "weekly", "--confirm", "weekly").data["deleted"] == [
        "pipeline weekly"
    ]
    assert call(copy, "pipeline", "show", "weekly", code=1).data["error"]["kind"] == "NotFound"
