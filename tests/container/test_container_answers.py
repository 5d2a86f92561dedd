"""Answers beyond the recorded ones: environment, ensembles, selected content, other methods, RecordIO."""

from __future__ import annotations

import json

import numpy as np
import pytest
from container_rig import save, small_model

from core.container import model as models
from core.container import recordio
from core.container.invocation import Settings, invoke
from core.container.number_text import texts
from core.container.selectable import VALID_KEYS, UnsupportedSelection, select

ROWS = b"0.9,1,1,1\n0.1,1,1,1"
OBJECTIVES = {
    "binary:logistic": {},
    "binary:logitraw": {},
    "binary:hinge": {},
    "multi:softmax": {"num_class": 3},
    "multi:softprob": {"num_class": 3},
    "reg:squarederror": {},
    "count:poisson": {},
}


@pytest.fixture
def loaded(tmp_path):
    def load(objective="binary:logistic", **parameters):
        save(small_model(objective, **OBJECTIVES.get(objective, {}), **parameters), tmp_path)
        return models.load(tmp_path / "model")

    return load


def answer(model, settings=None, body=ROWS, content_type="text/csv", accept=""):
    return invoke(model, settings or Settings(), body, content_type, accept)


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_every_booster_is_served(loaded, booster):
    depth = {} if booster == "gblinear" else {"max_depth": 2}
    model = loaded(booster=booster, **depth)
    assert answer(model).status == 200
    # Fewer columns than the model has are missing values, whichever way the rows are read.
    assert answer(model, body=b"0.9,1\n0.1,1").status == 200


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_fast_way_predicts_the_same(loaded, objective):
    model = loaded(objective)
    slow = answer(model, body=ROWS.replace(b",", b", "))
    assert slow.status == 200
    assert answer(model).body == slow.body


def test_the_default_accept_type_is_taken_from_the_environment(loaded):
    settings = Settings.from_environment({"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"})
    assert answer(loaded(), settings, accept="*/*").content_type == "application/json"
    assert answer(loaded(), settings, accept="text/csv").content_type == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("environment", "largest", "megabytes"),
    [({}, 6291456, 6), ({"MAX_CONTENT_LENGTH": "99999999"}, 20 * 2**20, 20)],
)
def test_the_size_limit(environment, largest, megabytes):
    settings = Settings.from_environment(environment)
    assert settings.largest == largest
    assert json.loads(settings.execution_parameters().body)["MaxPayloadInMB"] == megabytes


def test_above_the_size_limit(loaded):
    assert answer(loaded(), Settings(largest=5)).status == 413


def test_forms_count_as_empty(loaded):
    assert answer(loaded(), content_type="multipart/form-data; boundary=x").status == 204
    assert answer(loaded(), content_type="multipart/form-data").status == 415


@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softmax"])
def test_an_ensemble_is_averaged_or_votes(tmp_path, objective):
    for number, eta in enumerate((0.1, 0.5, 0.5)):
        save(small_model(objective, eta=eta, **OBJECTIVES[objective]), tmp_path, f"xgboost-model-{number}")
    together = models.load(tmp_path / "model")
    rows = np.random.default_rng(2).random((20, 4)).astype(np.float32)
    single = np.stack([booster.inplace_predict(rows) for booster in together.boosters])
    expected = single.mean(axis=0) if objective == "binary:logistic" else single[1]
    assert np.array_equal(together.predict_array(rows), expected)
    assert len(models.load(tmp_path / "model", ensemble=False).boosters) == 1


def test_json_models_load(tmp_path):
    save(small_model(), tmp_path, kind="json")
    assert models.load(tmp_path / "model").objective == "binary:logistic"


def test_an_empty_model_folder(tmp_path):
    with pytest.raises(models.ModelError, match="no model"):
        models.load(tmp_path / "model")


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name in VALID_KEYS])
def test_selected_content_has_every_valid_key(loaded, objective):
    model = loaded(objective)
    keys = [*VALID_KEYS[objective], "other"]
    settings = Settings(output=tuple(keys))
    rows = json.loads(answer(model, settings, accept="application/json").body)["predictions"]
    assert [list(row) for row in rows] == [keys, keys]
    assert all(row["other"] != row["other"] for row in rows)
    if objective != "reg:squarederror":
        assert rows[0]["predicted_label"] in rows[0]["labels"]


def test_an_objective_without_selected_content(loaded):
    answered = answer(loaded("count:poisson"), Settings(output=("predicted_label",)))
    expected = b"Objective `count:poisson` unsupported for selectable inference predictions."
    assert (answered.status, answered.body) == (500, expected)
    with pytest.raises(UnsupportedSelection):
        select(np.zeros(1), ["labels"], "rank:pairwise", "")


def test_recordio_there_and_back():
    value = recordio.field(2, recordio.field(1, np.array([1, 2.5], "<f4").tobytes()))
    dense = recordio.field(1, recordio.field(1, b"values") + recordio.field(2, value))
    stream = recordio.frame(dense) + recordio.frame(dense)
    assert recordio.read_features(stream).toarray().tolist() == [[1, 2.5], [1, 2.5]]


def test_recordio_requests(loaded):
    value = recordio.field(2, recordio.field(1, np.array([0.9, 1, 1, 1], "<f4").tobytes()))
    record = recordio.field(1, recordio.field(1, b"values") + recordio.field(2, value))
    answered = answer(loaded(), body=recordio.frame(record), content_type="application/x-recordio-protobuf")
    assert answered.body == answer(loaded(), body=b"0.9,1,1,1").body
    refused = answer(loaded(), content_type="application/x-recordio-protobuf")
    assert refused.status == 415
    assert refused.body.startswith(b"Loading recordio-protobuf data failed with Exception")


def test_numbers_are_written_as_python_writes_them():
    random = np.random.default_rng(4)
    usual = random.random(5000).astype(np.float32)
    wide = (random.normal(size=5000) * 10.0 ** random.integers(-30, 30, 5000)).astype(np.float32)
    special = np.array(
        [0, -0.0, 1, -1, 1e-4, 9.999e-5, 1e15, 1e16, 123456.5, np.nan, np.inf], dtype=np.float32
    )
    for values in (usual, usual * 1e4, wide, special, np.resize(special, 200), usual[:3]):
        assert texts(values) == [repr(float(value)) for value in values]
