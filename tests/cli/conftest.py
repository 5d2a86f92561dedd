"""Two ways to ask: a real process (`tests.conftest.run_cli`), and the same `main` in this process, in a tenth
of the time, for the many ways to get it wrong."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.cli.main import main
from tests.conftest import FLIGHTS, Answer, end_everything, run_cli


@pytest.fixture
def call(monkeypatch, capfd, tmp_path) -> Callable[..., Answer]:
    """call(workspace, verb, ...) -> Answer, checked as every answer must be: see `checked`."""
    for name in [key for key in os.environ if key.startswith("SENDERO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def ask(workspace: Path, *args: object, code: int = 0) -> Answer:
        capfd.readouterr()
        argv = [str(part) for part in (*args, "--workspace", workspace, "--json")]
        try:
            ended = main(argv)
        except SystemExit as usage:
            ended = int(usage.code)
        out, err = capfd.readouterr()
        return checked(Answer(ended, out, err), code)

    return ask


def checked(answer: Answer, code: int) -> Answer:
    """One JSON document on stdout, no traceback, and for exit 1 an error that says what, why and what next."""
    assert answer.code == code, f"exit {answer.code}\n{answer.out}\n{answer.err}"
    assert "Traceback" not in answer.err + answer.out
    if code == 2:
        assert answer.out == "" and "usage:" in answer.err
        return answer
    answer_data = json.loads(answer.out)
    if code == 1:
        error = answer_data["error"]
        assert set(error) == {"kind", "what", "why", "remedy"}
        assert all(text.strip() for text in error.values())
        assert error["kind"] != "Unexpected", error
        assert error["what"] in answer.err, "a person who reads stderr sees it too"
    else:
        assert "error" not in answer_data
    return answer


def names(workspace: Path, kind: str) -> list[str]:
    """Jobs of a kind (processing, training, tuning), oldest first."""
    return sorted(path.name for path in (workspace / kind).iterdir())


def leftovers(workspace: Path) -> list[str]:
    """Half-written files and drafts of folders: there must be none."""
    return [str(path) for path in workspace.rglob(".*.tmp")] + [
        str(path) for path in (workspace / ".runtime").glob("*/.*")
    ]


@pytest.fixture
def copy(trained, tmp_path) -> Iterator[Path]:
    """A workspace of one's own to damage: what `trained` holds, as another folder, without endpoints."""
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder, ignore=shutil.ignore_patterns("endpoint*"))
    yield folder
    end_everything(folder)


@pytest.fixture(scope="module")
def served(trained) -> Iterator[tuple[Path, str]]:
    """(workspace, endpoint) of the flights model, for one file of tests."""
    answer = run_cli(trained, "deploy", "--training", names(trained, "training")[0], "--expires-in", "30m")
    yield trained, answer.data["endpoint"]
    run_cli(trained, "delete", answer.data["endpoint"])


@pytest.fixture
def flights(tmp_path) -> Callable[..., Path]:
    """flights(rows, edit) -> a CSV of the first rows of the bundled flights, without what is known only later."""
    import pandas as pd

    def make(rows: int = 50, edit: Callable = lambda table: table, name: str = "rows.csv") -> Path:
        table = pd.read_csv(FLIGHTS, nrows=rows, dtype=str, keep_default_na=False)
        table = edit(table.drop(columns=["dep_delay", "arr_delay", "late"]))
        table.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return make
