"""A run as code that needs no Sendero: each script and notebook is run as it stands, and asserts the run's metrics."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
import yaml

from core.backends import training_place
from core.container.train import train
from core.container.tree import Tree
from core.training_code.document import script
from core.training_code.run import Run
from core.verbs.code import code, workflow_of
from core.verbs.gate import Gate
from tests.backends.conftest import BACKENDS, open_place
from tests.backends.once import run_once
from tests.backends.place import Place
from tests.cli.data import penguins
from tests.conftest import ROOT

ALONE = "from importlib.util import find_spec\nassert not find_spec('core'), 'Sendero can be imported'\n"


@pytest.fixture(scope="module", params=BACKENDS)
def place(request, tmp_path_factory):
    yield from open_place(request, request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def model(place, tmp_path_factory):
    eda = run_once(tmp_path_factory, place, "eda", Place.eda)
    return run_once(tmp_path_factory, place, "model", lambda place: place.train(eda.name))


def run(text: str, folder: Path) -> str:
    """What the code prints, in an empty folder, with nothing of this process but where AWS is."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SENDERO_", "PYTHON"))
    }
    text = ALONE + text.replace("time.sleep(10)", "time.sleep(0.3)")
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def cells(notebook: str) -> str:
    """The code of a notebook, cell after cell."""
    found = json.loads(notebook)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    return "\n\n".join("".join(cell["source"]) for cell in found["cells"] if cell["cell_type"] == "code")


def test_each_way_gives_the_numbers_of_the_run(place, model, tmp_path):
    ways = [("notebook", "xgboost"), ("script", "boto3"), ("notebook", "sagemaker")]
    for form, way in ways if place.settings.backend == "aws" else [("script", "xgboost")]:
        made = code(place.backend, model.name, form, way, place.settings, training_place)
        assert "test-merror" in made.expected and made.file.startswith(f"{model.name}-{way}.")
        folder = tmp_path / f"{form}-{way}"
        folder.mkdir()
        said = run(cells(made.text) if form == "notebook" else made.text, folder)
        for name, value in made.expected.items():
            assert f"{name}: {value:.5f}, the run had {value:.5f}" in said


def test_a_workflow_passes_its_gate_or_fails_by_its_exit_code(place, model, tmp_path):
    """On the double what the workflow of a run asks for is reached; on this machine more is asked than can be."""
    is_aws = place.settings.backend == "aws"
    gate = None if is_aws else Gate("validation", "accuracy", 1.01)
    region = place.settings.region if is_aws else ""
    made = workflow_of(place.backend, model.name, place.settings, region, gate)
    found = yaml.safe_load(made.text)
    job = found["jobs"]["train"]
    assert (found["permissions"].get("id-token") == "write") == is_aws
    (step,) = [step for step in job["steps"] if "scripts/pipeline.py" in step.get("run", "")]
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    penguins((tmp_path / "data").mkdir() or tmp_path / "data" / "penguins.csv")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SENDERO_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]  # as GitHub runs it
    done = subprocess.run(
        shell, capture_output=True, text=True, cwd=tmp_path, env=environment | job.get("env", {})
    )
    said = json.loads((tmp_path / "run.json").read_text())
    (at_gate,) = said["gates"]
    if is_aws:
        assert done.returncode == 0, done.stderr[-3000:]
        assert at_gate["reached"] and at_gate["low"] >= at_gate["limit"] and said["endpoint"]["deleted"]
    else:
        assert done.returncode == 1 and not at_gate["reached"] and "endpoint" not in said
        assert said["error"]["kind"] == "BelowGate" and "Accuracy on validation is" in said["error"]["why"]
        assert at_gate["low"] < at_gate["value"], "validation has intervals too"


def split(folder: Path, name: str, rows: int, problem: str, weighted: bool = False, seed: int = 0) -> None:
    """A split as an EDA job writes it: the label first, no header, blanks for what is missing."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, 4))
    label = features[:, 0] + features[:, 1] ** 2 + random.normal(size=rows) / 2
    label = label if problem == "regression" else (label > 0.5).astype(int)
    columns = [label, *([random.uniform(0.5, 2, rows)] if weighted else []), *features.T]
    lines = [",".join(f"{value:.6g}" for value in row) for row in np.column_stack(columns)]
    lines[0] = lines[0].rpartition(",")[0] + ","
    (folder / name).mkdir(parents=True)
    (folder / name / f"{name}.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("problem", "metric", "more", "weighted"),
    [
        ("binary", "auc,logloss", (), True),  # stops early by XGBoost's own metric
        ("binary", "auc,accuracy", (), False),  # by one that only the image has
        ("regression", "rmse", ("validation",), False),  # on all rows
    ],
)
def test_xgboost_alone_trains_what_the_container_trains(
    problem, metric, more, weighted, tmp_path, monkeypatch
):
    root = tmp_path / "a folder; with #signs?"
    for seed, (name, rows) in enumerate({"train": 400, "validation": 200, "test": 200}.items()):
        split(root, name, rows, problem, weighted and name != "test", seed)
    given = {"num_round": "60", "eta": "0.4", "max_depth": "3", "eval_metric": metric}
    given |= {"objective": "binary:logistic" if problem == "binary" else "reg:squarederror"}
    given |= {"csv_weights": "1"} if weighted else {}
    channels = {"train": ["train", *more]} | ({} if more else {"validation": ["validation"]})
    given |= {} if more else {"early_stopping_rounds": "4"}
    booster = trained(tmp_path / "ml", root, channels, given)
    rows = np.genfromtxt(root / "test" / "test.csv", delimiter=",", dtype=np.float32)
    answers, truth = booster.predict(xgb.DMatrix(rows[:, 1:])), rows[:, 0]
    value = float(np.sqrt(np.mean((answers - truth) ** 2)))  # of classes the root of the Brier score
    asked = {"test-rmse": value}
    told = Run("train-x", "depth 3", 'the "target"', problem, str(root), given, channels, "test", "contract.json",
               weighted, booster.num_boosted_rounds(), asked, "3.2.0")  # fmt: skip
    exec(compile(script(told, "xgboost"), "again.py", "exec"), {})
    with pytest.raises(AssertionError, match="test-rmse differ"):
        other = replace(told, expected={"test-rmse": value + 0.05})
        exec(compile(script(other, "xgboost"), "again.py", "exec"), {})


def trained(ml: Path, root: Path, channels: dict[str, list[str]], given: dict[str, str]) -> xgb.Booster:
    """The model that the container makes of the same channels."""
    for channel, folders in channels.items():
        (ml / "input" / "data" / channel).mkdir(parents=True)
        for folder in folders:
            shutil.copy(root / folder / f"{folder}.csv", ml / "input" / "data" / channel)
    configuration = ml / "input" / "config"
    configuration.mkdir()
    plain = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated",
             "RecordWrapperType": "None"}  # fmt: skip
    documents = {
        "hyperparameters": given,
        "inputdataconfig": dict.fromkeys(channels, plain),
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"},
    }
    for name, document in documents.items():
        (configuration / f"{name}.json").write_text(json.dumps(document))
    train(Tree(ml))
    return xgb.Booster(model_file=bytearray((ml / "model" / "xgboost-model").read_bytes()))
