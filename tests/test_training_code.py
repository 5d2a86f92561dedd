"""A run as code that needs no Sendero: each script and notebook is run as it stands, and asserts the run's metrics."""

from __future__ import annotations

import ast
import json
import os
import re
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
from core.backends.base import Job
from core.cli.main import main
from core.container.train import train
from core.container.tree import Tree
from core.settings import Settings
from core.training_code.document import notebook, script
from core.training_code.run import Run
from core.ui import state
from core.verbs.code import code, place_of, run_of, workflow_of
from core.verbs.gate import Gate
from tests.backends.conftest import BACKENDS, open_place
from tests.backends.once import run_once
from tests.backends.place import Place
from tests.cli.data import penguins
from tests.conftest import ROOT
from tests.page_rig import app_at

ALONE = "from importlib.util import find_spec\nassert not find_spec('core'), 'Sendero can be imported'\n"


@pytest.fixture(scope="module", params=BACKENDS)
def place(request, tmp_path_factory):
    yield from open_place(request, request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def model(place, tmp_path_factory):
    eda = run_once(tmp_path_factory, place, "eda", Place.eda)
    return run_once(tmp_path_factory, place, "model", lambda place: place.train(eda.name))


def run(text: str, folder: Path, code: int = 0) -> str:
    """What the code prints, in an empty folder, with nothing of this process but where AWS is."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SENDERO_", "PYTHON"))
    }
    text = ALONE + text.replace("time.sleep(10)", "time.sleep(0.3)")
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=folder, env=environment
    )
    assert done.returncode == code, done.stderr[-3000:]
    return done.stdout


def cells(text: str) -> str:
    """The code of a notebook, cell after cell."""
    found = json.loads(text)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    return "\n\n".join("".join(cell["source"]) for cell in found["cells"] if cell["cell_type"] == "code")


def test_each_way_gives_the_numbers_of_the_run(place, model, tmp_path):
    """Script and notebook are the same code, so each way is run as one of them; on AWS by XGBoost of splits in S3."""
    is_aws = place.settings.backend == "aws"
    ways = (
        {"boto3": "script", "sagemaker": "script", "xgboost": "notebook"} if is_aws else {"xgboost": "script"}
    )
    for way, form in ways.items():
        made = {
            each: code(place.backend, model.name, each, way, place.settings, training_place)
            for each in ("script", "notebook")
        }
        plain = {"script": made["script"].text, "notebook": cells(made["notebook"].text)}
        assert ast.dump(ast.parse(plain["script"])) == ast.dump(ast.parse(plain["notebook"]))
        expected = made[form].expected
        assert "test-merror" in expected and made["script"].file == f"{model.name}-{way}.py"
        (tmp_path / way).mkdir()
        said = run(plain[form], tmp_path / way)
        for name, value in expected.items():
            assert f"{name}: {value:.5f}, the run had {value:.5f}" in said
    if is_aws:
        check_all_rows(place, model, tmp_path)


def check_all_rows(place: Place, model: Job, tmp_path: Path) -> None:
    """A run on all rows has a training channel of two folders: XGBoost reads both, SageMaker takes a manifest."""
    told = run_of(place.backend, model)
    both = [*told.channels["train"], *told.channels["validation"]]
    given = {name: value for name, value in told.hyperparameters.items() if name != "early_stopping_rounds"}
    whole = replace(told, channels={"train": both}, hyperparameters=given, expected={"test-merror": 1.0})
    (tmp_path / "here").mkdir()
    said = run(script(whole, "xgboost"), tmp_path / "here", code=1)
    (error,) = re.findall(r"test-merror: ([\d.]+), the run had 1.0", said)
    where = place_of(place.backend, model, told, place.settings, training_place)
    (tmp_path / "there").mkdir()
    text = cells(notebook(replace(whole, expected={"test-merror": float(error)}), "sagemaker", where))
    assert f"test-merror: {error}, the run had {error}" in run(text, tmp_path / "there")


def test_a_workflow_fails_by_its_exit_code_where_the_model_is_not_good_enough(place, model, tmp_path):
    """More is asked than can be: what can is asked in tests/cli/test_cli_whole_path.py."""
    settings, is_aws = place.settings, place.settings.backend == "aws"
    region, gate = settings.region if is_aws else "", Gate("validation", "accuracy", 1.01)
    found = yaml.safe_load(workflow_of(place.backend, model.name, settings, region, gate).text)
    job = found["jobs"]["train"]
    (step,) = [step for step in job["steps"] if "scripts/pipeline.py" in step.get("run", "")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SENDERO_")}
    if is_aws:  # the same command, as a role that trusts GitHub's tokens, with the data in S3
        assert found["permissions"]["id-token"] == "write" and job["env"]["SENDERO_BUCKET"] == settings.bucket
        (signs_in,) = [each["with"] for each in job["steps"] if "aws-actions" in each.get("uses", "")]
        assert signs_in["role-to-assume"] == "${{ vars.SENDERO_CI_ROLE }}"
        assert f"{place.backend.storage.root}/datasets/" in step["run"]
        # What that action leaves for the next steps: the double's sign-in, which the environment has, and the region.
        environment |= {name: signs_in["aws-region"] for name in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    else:
        (tmp_path / "data").mkdir()
        penguins(tmp_path / "data" / "penguins.csv")
    for name in ("scripts", "requirements.txt"):
        (tmp_path / name).symlink_to(ROOT / name)
    environment |= job.get("env", {}) | {"PIP_NO_INDEX": "1", "PIP_DRY_RUN": "1"}  # it is installed here
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for each in job["steps"]:
        if "run" in each:
            shell = [
                "bash",
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                each["run"],
            ]  # as GitHub runs it
            done = subprocess.run(shell, capture_output=True, text=True, cwd=tmp_path, env=environment)
            if each is not step:
                assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads((tmp_path / "run.json").read_text())
    (asked,) = said["gates"]
    assert done.returncode == 1 and not asked["reached"] and "endpoint" not in said, done.stderr[-3000:]
    assert said["error"]["kind"] == "BelowGate" and "Accuracy on validation is" in said["error"]["why"]
    assert asked["low"] < asked["value"], "validation has intervals too"


def test_the_page_and_the_command_give_it(place, model, tmp_path, monkeypatch, capsys):
    for name, value in place.environment().items():
        monkeypatch.setenv(name, value)
    way = "xgboost" if place.settings.backend == "local" else "boto3"
    made = code(place.backend, model.name, "script", way, Settings.load(), training_place)
    file = tmp_path / made.file
    assert (
        main(["code", model.name, "--sdk", way, "--output", str(file)]) == 0 and file.read_text() == made.text
    )
    at = app_at("Training", job=model.name)
    at.session_state[state.run_menu(model.name).key] = at.session_state[f"code-{model.name}"] = True
    at.session_state["code-way"] = way
    assert not at.run(timeout=60).exception
    assert made.text.strip() in [each.value.strip() for each in at.code]
    at.selectbox(key="code-form").select("workflow").run(timeout=60)
    (shown,) = [each.value for each in at.code if each.language == "yaml"]
    capsys.readouterr()
    assert main(["code", model.name, "--as", "workflow", "--json"]) == 0
    assert (
        json.loads(capsys.readouterr().out)["text"].strip() == shown.strip() and "--fail-below test:" in shown
    )


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
    monkeypatch.chdir(tmp_path)  # the code goes into a folder of its own, and stays there
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
