"""The local backend with the container that ships: the two agree on files, signals, sockets and messages."""

from __future__ import annotations

import dataclasses
import http.client
import random
import tarfile
from urllib.parse import urlsplit

import pytest
from local_rig import PROGRAMS, Rig, until

from core.backends.base import JobStatus, TuningRequest
from core.backends.local import LocalBackend, Programs
from core.errors import EndpointRefused

ROWS = 400


@pytest.fixture
def real(rig: Rig) -> Rig:
    """The rig with the real container, and splits that can be learned: the label is x > y."""
    programs = dataclasses.replace(PROGRAMS, container=Programs().container, grace=10)
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
    connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=10)
    connection.request("POST", "/endpoints/e/invocations", b"0.9,0.1", {"Content-Type": "text/csv"})
    assert connection.getresponse().status == 200
    connection.close()
    assert real.backend.delete_endpoint("e")


def test_a_refused_hyperparameter_fails_in_the_containers_words(real):
    job = real.run(real.training(**BINARY | {"eta": 7}))
    assert job.status == JobStatus.failed and "eta" in job.failure.why
    assert not real.backend.storage.exists("training/t/output")


def test_a_stopped_training_keeps_its_model_where_the_container_saves_it(real):
    endless = BINARY | {"num_round": 1_000_000, "save_model_on_termination": "true"}
    real.backend.launch(real.training(**endless))
    until(lambda: len(real.backend.metrics("t")) > 3)
    assert real.backend.stop("t").status == JobStatus.stopping
    job = real.end("t")
    assert job.status == JobStatus.stopped and "the model so far was kept" in job.message, real.log("t")
    with tarfile.open(real.backend.storage.path("training/t/output/model.tar.gz")) as archive:
        assert "xgboost-model" in archive.getnames()


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
    assert "load" in real.endpoint_with("Failed").failure.why


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
