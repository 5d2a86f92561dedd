"""What people keep of runs: titles and notes in the list of jobs; a deletion that tells first what would go."""

from __future__ import annotations

import pytest

from tests.cli.conftest import leftovers, names
from tests.cli.test_cli_verbs import KEYS

pytestmark = pytest.mark.slow


def test_a_run_has_a_title_and_a_note_and_is_deleted_once_its_name_is_given_again(copy, call):
    eda, training = names(copy, "processing")[0], names(copy, "training")[0]
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
