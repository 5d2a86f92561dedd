"""How to call an endpoint from elsewhere: each snippet is run as it stands on the page, and all answer the same."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.snippets import Snippet, encoded, snippets
from core.verbs import endpoints, model_description, predict, raw_test_rows
from tests.backends.conftest import BACKENDS, open_place
from tests.backends.once import run_once
from tests.backends.place import Place
from tests.conftest import ROOT
from tests.page_rig import app_at


@pytest.fixture(scope="module", params=BACKENDS)
def place(request, tmp_path_factory):
    yield from open_place(request, request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def endpoint(place, tmp_path_factory):
    eda = run_once(tmp_path_factory, place, "eda", Place.eda)
    model = run_once(tmp_path_factory, place, "model", lambda place: place.train(eda.name))
    endpoints.deploy(place.backend, model.name, name="called")
    return place.in_service("called")


def run(text: str, language: str, place, folder: Path) -> str:
    """What a snippet prints, in an empty folder, with nothing of this process but its settings."""
    environment = place.environment() | {
        name: value for name, value in os.environ.items() if not name.startswith(("SENDERO_", "PYTHON"))
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if not (folder / "scripts").exists():
        (folder / "scripts").symlink_to(ROOT / "scripts")
    # The SDKs find the double by themselves; curl is told where AWS is.
    text = text.replace(
        f"https://runtime.sagemaker.{place.settings.region}.amazonaws.com",
        os.environ.get("AWS_ENDPOINT_URL", ""),
    )
    command = [sys.executable, "-c", text] if language == "python" else ["bash", "-euc", text]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_title(endpoint, contract, row) -> dict[str, Snippet]:
    """The snippets by what they are for: `curl: encoded rows` by `curl`."""
    return {each.title.partition(":")[0]: each for each in snippets(endpoint, contract, row)}


def test_each_way_works_as_it_stands_and_they_agree(place, endpoint, tmp_path):
    contract = model_description.describe_endpoint(place.backend, endpoint.name).contract
    row = raw_test_rows.example(place.backend, endpoint.training_job)
    found = by_title(endpoint, contract, row)
    sendero, cli = found.pop("Sendero"), found.pop("AWS CLI")
    direct = place.backend.invoke(endpoint.name, f"{encoded(contract, row)}\n".encode()).decode().split()
    signed = {"curl", "Python with boto3"}
    assert set(found) == (signed if place.settings.backend == "aws" else signed | {"Python alone"})
    for each in found.values():
        assert run(each.text, each.language, place, tmp_path).split() == direct, each.title
    assert run(cli.text, cli.language, place, tmp_path).split("}")[-1].split() == direct
    said = run(sendero.text, sendero.language, place, tmp_path)
    (told,) = csv.DictReader((tmp_path / "predictions.csv").read_text().splitlines())
    assert (tmp_path / "predictions.csv").read_text() in said
    whole = dict.fromkeys(contract.input_names) | row  # an example has no blanks, and rows no column less
    assert (
        told["prediction"] == predict.predict_records(place.backend, endpoint.name, [whole])[0]["prediction"]
    )


def test_cells_that_a_shell_or_a_csv_could_take_for_its_own_are_held(place, endpoint, tmp_path):
    contract = model_description.describe_endpoint(place.backend, endpoint.name).contract
    row = raw_test_rows.example(place.backend, endpoint.training_job)
    word = next(column.name for column in contract.inputs if column.kind == "categorical")
    odd = row | {word: "$(touch broken) `id` 'x' \"y\", ${HOME}\\"}
    found = by_title(endpoint, contract, odd)
    sendero, cli = found["Sendero"], found["AWS CLI"]
    assert encoded(contract, odd) in cli.text
    said = run(sendero.text, sendero.language, place, tmp_path)
    assert odd[word] in next(iter(csv.reader(Path(tmp_path / "rows.csv").read_text().splitlines()[1:])))
    assert "never occurred in training" in said and not (tmp_path / "broken").exists()


def test_the_page_shows_all_ways(place, endpoint, monkeypatch):
    for name, value in place.environment().items():
        monkeypatch.setenv(name, value)
    at = app_at("Inference", way="code")
    at.run(timeout=60)
    assert not at.exception
    shown = [each.value for each in at.code]
    assert any("invoke_endpoint(" in text and endpoint.name in text for text in shown)
    assert any(text.startswith("cat > rows.csv") for text in shown)
    assert any(text.startswith(("curl ", "# signed")) and endpoint.name in text for text in shown)
    assert any("aws sagemaker-runtime invoke-endpoint" in text for text in shown)
    assert any("The endpoint itself takes encoded rows" in each.value for each in at.caption)
