"""A column of weights: written for the container where it reads it, no feature, and in no result."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from core import channels, hyperparameters, keys
from core.backends.base import JobStatus
from core.backends.local import LocalBackend
from core.configuration import Configuration
from core.errors import BadChannel, BadWeight
from core.judging import predictions_file
from core.verbs import all_rows, datasets, training
from core.verbs.eda import contract_of, launch_eda
from core.verbs.training import evaluation_of
from core.verbs.waiting import wait
from tests.eda.conftest import run_script

pytestmark = pytest.mark.slow(0.5)  # many that add up, which `make fast` leaves out

ROWS = 400


def table() -> pd.DataFrame:
    """Two halves in which the label follows x in opposite ways; the rows of one weigh nearly nothing."""
    random = np.random.default_rng(0)
    x, half = random.random(ROWS).round(4), np.arange(ROWS) % 2
    label = np.where(half == 1, x > 0.5, x < 0.5)
    return pd.DataFrame(
        {"x": x, "z": random.random(ROWS).round(4), "w": np.where(half == 1, 2.5, 0.01), "y": label}
    )


def test_weights_reach_the_container_and_no_result(workspace, tmp_path):
    backend, rows = LocalBackend(workspace), table()
    rows.to_csv(tmp_path / "rows.csv", index=False)
    dataset = datasets.add(backend, tmp_path / "rows.csv")
    job = launch_eda(backend, Configuration("y", dataset=dataset.name, weight="w"))
    eda = wait(backend, job.name, lambda _text: None).name
    contract = contract_of(backend, eda)
    assert contract.features == ("x", "z") and contract.input_names == ("x", "z")

    def split(part: str) -> np.ndarray:
        (key,) = backend.storage.files(keys.eda_output(eda, part))
        return np.loadtxt(io.BytesIO(backend.storage.read_bytes(key)), delimiter=",")

    for part in ("train", "validation"):
        plain, weighted = split(part), split(keys.weighted(part))
        assert set(weighted[:, 1]) == {2.5, 0.01}
        assert (np.delete(weighted, 1, axis=1) == plain).all()
    assert (
        not backend.storage.files(keys.eda_output(eda, keys.weighted("test"))) and split("test").shape[1] == 3
    )

    values = {"num_round": "5", "early_stopping_rounds": "", "max_depth": "3"}
    job = training.launch_training(backend, eda, given=values)
    job = wait(backend, job.name, lambda _text: None)
    assert job.hyperparameters["csv_weights"] == "1" and hyperparameters.weights_words(job.hyperparameters)
    with tarfile.open(backend.storage.path(keys.model(job.name))) as archive:
        model = xgb.Booster(model_file=bytearray(archive.extractfile("xgboost-model").read()))
    low, high = model.predict(xgb.DMatrix([[0.1, 0.5], [0.9, 0.5]]))
    assert low < 0.4 < 0.6 < high  # as the heavy half has it; alike, the halves would cancel out
    test = split("test")
    judged = evaluation_of(backend, job.name)
    right = np.mean((model.predict(xgb.DMatrix(test[:, 1:])) >= 0.5) == test[:, 0])
    told = judged["metrics"]["accuracy"]
    assert judged["rows"] == len(test)
    assert (told if isinstance(told, float) else told["value"]) == pytest.approx(right)
    rows_told = predictions_file.scores(backend.storage.path(keys.predictions(job.name)), "validation")
    assert len(rows_told) == len(split("validation"))

    whole = wait(backend, all_rows.launch(backend, job.name).name, lambda _text: None)
    assert whole.status == JobStatus.completed and not whole.unjudged
    assert whole.request["more_rows"].endswith("validation_weighted")


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ([-1.0, *[1.0] * (ROWS - 1)], "Its smallest is -1"),
        ([None, *[1.0] * (ROWS - 1)], "1 row has no number in it"),
        ([0] * ROWS, "It is 0 in every row"),
        (["heavy", "light"] * (ROWS // 2), "It holds no numbers"),
    ],
)
def test_weights_that_xgboost_cannot_use_are_refused(tmp_path, weights, reason):
    run = run_script(tmp_path, table().assign(w=weights), target="y", weight="w")
    assert run.code and "cannot be weighted by 'w'" in run.message and reason in run.message


@pytest.mark.parametrize(
    "plan",
    [{"target": "w"}, {"drop": ("w",)}, {"treat": {"w": "text"}}, {"split": "group", "split_column": "w"}],
)
def test_a_weight_is_nothing_else(plan):
    with pytest.raises(BadWeight):
        Configuration(**{"target": "y", "dataset": "d", "weight": "w"} | plan)


@pytest.mark.parametrize(
    ("text", "reason"), [("0,-1,1,2\n1,1,1,2\n", "1 rows have no weight"), ("0,1,2\n", "the weight")]
)
def test_a_channel_without_good_weights_is_refused(tmp_path, text, reason):
    (tmp_path / "train.csv").write_text(text)
    with pytest.raises(BadChannel) as caught:
        channels.check_channel("train", [tmp_path / "train.csv"], "binary", 2, 2, weighted=True)
    assert reason in caught.value.failure.why
