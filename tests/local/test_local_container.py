"""The local backend with the container that ships: the two agree on files, signals, sockets and messages."""

from __future__ import annotations

import dataclasses
import http.client
import io
import random
import subprocess
import sys
import tarfile
from urllib.parse import urlsplit

import pytest
import xgboost as xgb
from local_rig import PROGRAMS, Rig, until

from core import hyperparameters
from core.backends.base import JobStatus
from core.backends.local import LocalBackend, Programs
from core.backends.requests import TransformRequest, TuningRequest
from core.errors import EndpointRefused

pytestmark = pytest.mark.slow(0.5)  # many that add up, which `make fast` leaves out

ROWS = 400


@pytest.fixture
def real(rig: Rig) -> Rig:
    """The rig with the real container, and splits that can be learned: the label is x > y."""
    programs = dataclasses.replace(PROGRAMS, container=Programs().container)
    rig.backend = LocalBackend(rig.workspace, programs)
    chance = random.Random(0)
    for split in ("train", "validation", "test"):
        rows = [(chance.random(), chance.random()) for _ in range(ROWS)]
        text = "".join(f"{int(x > y)},{x:.4f},{y:.4f}\n" for x, y in rows)
        rig.backend.storage.write_bytes(f"processing/eda/output/{split}/{split}.csv", text.encode())
    return rig


BINARY = {"objective": "binary:logistic", "eval_metric": "auc,logloss", "num_round": 8, "max_depth": 3}


def test_train_deploy_invoke_delete(real):
    job = real.run(real.training(**BINARY))
    assert job.status == JobStatus.completed, real.log("t")
    rounds = real.backend.metrics("t")
    assert len(rounds) == 8 and rounds[-1]["validation-auc"] > 0.9
    assert rounds[-1]["validation-logloss"] < rounds[0]["validation-logloss"]
    with tarfile.open(real.backend.storage.path("training/t/output/model.tar.gz")) as archive:
        assert archive.getnames() == ["xgboost-model"]

    real.deploy()
    endpoint = real.endpoint_with("InService")
    answer = real.backend.invoke("e", b"0.9,0.1\n0.1,0.9").decode()
    high, low = map(float, answer.replace("\n", ",").strip(",").split(","))
    assert low < 0.3 and high > 0.7
    with pytest.raises(EndpointRefused, match="HTTP 4"):
        real.backend.invoke("e", b"a,b,c", content_type="no/such-type")
    connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=60)
    connection.request("POST", "/endpoints/e/invocations", b"0.9,0.1", {"Content-Type": "text/csv"})
    assert connection.getresponse().status == 200
    connection.close()
    assert real.backend.delete_endpoint("e")


def test_a_refused_hyperparameter_fails_in_the_containers_words(real):
    job = real.run(real.training(**BINARY | {"eta": 7}))
    assert job.status == JobStatus.failed and "eta" in job.failure.why
    assert not real.backend.storage.exists("training/t/output")


def test_a_stopped_training_keeps_its_model_where_the_container_saves_it(real):
    # A step so large that validation is best at the beginning.
    endless = BINARY | {"num_round": 1_000_000, "save_model_on_termination": "true", "eta": 1, "max_depth": 9}
    endless |= {"eval_metric": "auc,logloss", "early_stopping_rounds": 900_000}
    real.backend.launch(real.training(**endless))
    until(lambda: len(real.backend.metrics("t")) > 3)
    assert real.backend.stop("t").status == JobStatus.stopping
    job = real.end("t")
    rows = real.backend.metrics("t")
    best = min(rows, key=lambda row: row["validation-logloss"])["round"]
    assert job.status == JobStatus.stopped, real.log("t")
    assert f"the model of the first {best + 1:.0f} was kept" in job.message
    with tarfile.open(real.backend.storage.path("training/t/output/model.tar.gz")) as archive:
        model = xgb.Booster(model_file=bytearray(archive.extractfile("xgboost-model").read()))
    assert model.num_boosted_rounds() == job.kept_rounds == best + 1 < len(rows)
    words = hyperparameters.kept_words(rows, job.hyperparameters, job.status, job.kept_rounds)
    assert f"round {best:.0f} of 0 to {len(rows) - 1}" in words


def put_model(rig: Rig, content: bytes) -> None:
    """Put `content` in the place of the model of training job t."""
    with (
        rig.backend.storage.writing("training/t/output/model.tar.gz") as path,
        tarfile.open(path, "w:gz") as tar,
    ):
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))


# A process of its own, because children of one that has used XGBoost's threads may wait for them for ever.
CRASH = """
import os, random, sys
import numpy as np, xgboost as xgb
rows = np.random.default_rng(0).random((60, 4))
trained = xgb.train({"max_depth": 3, "nthread": 1}, xgb.DMatrix(rows, rows[:, 0], nthread=1), 2)
good = bytes(trained.save_raw("ubj"))
for seed in range(500):
    chance, damaged = random.Random(seed), bytearray(good)
    damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    if (pid := os.fork()) == 0:
        try:
            xgb.Booster(model_file=damaged)
        finally:
            os._exit(0)
    if os.WIFSIGNALED(os.waitpid(pid, 0)[1]):
        sys.exit(print(damaged.hex()))
"""


@pytest.fixture(scope="module")
def crashing() -> bytes:
    """A model with one bit turned, which ends XGBoost's reader by a signal."""
    found = subprocess.run([sys.executable, "-c", CRASH], stdout=subprocess.PIPE, text=True).stdout
    return bytes.fromhex(found) or pytest.skip("this XGBoost survives every bit")


@pytest.mark.parametrize("how", ["endpoint", "transform"])
def test_a_model_that_ends_its_reader_is_told_as_damaged(real, crashing, how):
    real.run(real.training(**BINARY))
    put_model(real, crashing)
    if how == "endpoint":
        real.deploy()
        failure = real.endpoint_with("Failed").failure
    else:
        real.backend.storage.write_bytes("transform/b/input/rows.csv", b"0.9,0.1\n")
        failure = real.run(TransformRequest("b", "t", "transform/b/input/rows.csv")).failure
    assert failure.kind == "ModelDamaged" and "SIG" in failure.why and "damaged" in failure.why
    assert "train again" in failure.remedy and "deploy again" not in failure.remedy


def test_a_model_that_is_not_one_fails_with_the_containers_reason(real):
    shipped, real.backend = real.backend, LocalBackend(real.workspace, PROGRAMS)
    real.run(real.training())
    real.backend = shipped
    with (
        real.backend.storage.writing("training/t/output/model.tar.gz") as path,
        tarfile.open(path, "w:gz") as tar,
    ):
        tar.add(__file__, "xgboost-model")
    real.deploy()
    failure = real.endpoint_with("Failed").failure
    assert "load" in failure.why and failure.kind == "ModelDamaged"


def test_tuning_asks_the_container_for_its_objective(real):
    request = TuningRequest(
        name="tune",
        training=real.training("train", **BINARY | {"eval_metric": "logloss"}),
        ranges={"max_depth": (1, 6), "eta": (0.1, 0.5), "lambda": (0.01, 100)},
        objective="validation:auc",
        maximize=True,
        max_jobs=2,
        seed=1,
    )
    assert real.run(request).status == JobStatus.completed, real.log("tune")
    result = real.backend.storage.read_json("tuning/tune/output/tuning.json")
    objectives = [trial["objective"] for trial in result["trials"]]
    assert result["best"]["objective"] == max(objectives) > 0.5
    assert "_tuning_objective_metric" in real.backend.job("tune-002").request["hyperparameters"]
