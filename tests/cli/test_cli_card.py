"""The model card from the command line: what it says is so, and its commands are ones that the command line takes."""

from __future__ import annotations

import shlex

import pytest

from core.backends.local import LocalBackend
from core.cli.parser import parse
from core.configuration import from_job
from core.hyperparameters import KEPT_WHEN_STOPPED, resolve
from core.storage import DiskStorage
from core.verbs import decide
from tests.cli.conftest import names
from tests.conftest import run_cli


@pytest.mark.slow(2)
def test_a_card_says_what_the_jobs_left_and_how_to_do_it_again(copy, tmp_path):
    [job] = names(copy, "training")
    page = tmp_path / "card.html"
    card = run_cli(copy, "card", job, "--output", page).data
    storage = DiskStorage(copy)
    record = storage.read_json(f"training/{job}/job.json")
    eda = storage.read_json(f"processing/{card['model']['eda_job']}/job.json")["request"]

    assert card["model"]["sha256"] == storage.sha256(f"training/{job}/output/model.tar.gz")
    assert card["settings"] == record["request"]["hyperparameters"]
    assert card["evaluation"] == storage.read_json(f"training/{job}/output/evaluation.json")
    assert storage.read_json(f"training/{job}/output/card.json") == card

    first, second = (parse(shlex.split(command)[1:]) for command in card["commands"])
    asked = from_job(eda)
    for name in ("target", "problem", "split", "split_column", "seed", "positive", "drop_rare"):
        assert getattr(first, name) == getattr(asked, name), name
    assert tuple(first.drop) == asked.drop and dict(first.derive) == asked.derive
    problem, classes = card["task"]["problem"], len(card["task"]["classes"])
    values = resolve(second.preset, problem, classes, dict(second.given))
    assert KEPT_WHEN_STOPPED | values == card["settings"]

    text = page.read_text()
    assert text == storage.read_text(f"training/{job}/output/card.html")
    assert all(word in text for word in (job, "How good it is", "Make it again", card["data"]["sha256"]))
    # It is beside the model, and no output of the job: its manifest holds.
    assert all(file["state"] == "ok" for file in run_cli(copy, "verify", job).data["files"])


@pytest.mark.slow(3)
def test_a_card_changes_with_what_it_says(copy):
    [job] = names(copy, "training")
    run_cli(copy, "card", job)
    kept = DiskStorage(copy).read_text(f"training/{job}/output/card.html")
    run_cli(copy, "card", job, env={"LC_ALL": "de_DE.UTF-8"})
    assert DiskStorage(copy).read_text(f"training/{job}/output/card.html") == kept, "whoever looks at it"
    run_cli(copy, "note", job, "for <b>March</b>")
    assert run_cli(copy, "card", job).data["model"]["note"] == "for <b>March</b>"
    html = DiskStorage(copy).read_text(f"training/{job}/output/card.html")
    assert "for &lt;b&gt;March&lt;/b&gt;" in html and "<b>" not in html

    backend = LocalBackend(copy)
    decide.decide(backend, job, decide.propose(decide.judged(backend, job), threshold=0.3))
    kept = DiskStorage(copy).read_json(f"training/{job}/output/card.json")["decision"]
    assert kept["file"]["threshold"] == 0.3 and "from a probability of 30% on" in kept["words"][0]
