"""Presets fit the problem, and the check before launch says what is wrong with a value."""

import json
from argparse import Namespace

import numpy as np
import pytest
import xgboost as xgb

from core import hyperparameters
from core.cli import hyperparameters as commands
from core.encoding.contract import Column, Contract, Label
from core.errors import BadHyperparameter
from tests.conftest import ROOT


def test_seed_preset_is_the_notebooks():
    values = hyperparameters.resolve("seed", "binary", 2)
    expected = {"max_depth": "5", "eta": "0.2", "gamma": "4", "min_child_weight": "6", "subsample": "0.8"}
    assert values.items() >= (expected | {"objective": "binary:logistic", "num_round": "100"}).items()
    assert "early_stopping_rounds" not in values


@pytest.mark.parametrize(
    ("problem", "classes", "objective", "metric"),
    [
        ("binary", 2, "binary:logistic", "auc,logloss"),
        ("multiclass", 4, "multi:softprob", "merror,mlogloss"),
        ("regression", 0, "reg:squarederror", "mae,rmse"),
    ],
)
@pytest.mark.parametrize("preset", sorted(hyperparameters.PRESETS))
def test_presets_fit_the_problem(preset, problem, classes, objective, metric):
    values = hyperparameters.resolve(preset, problem, classes)
    assert (values["objective"], values["eval_metric"]) == (objective, metric)
    assert values.get("num_class") == (str(classes) if problem == "multiclass" else None)
    hyperparameters.fits(values, problem)


def test_balanced_stops_early():
    assert int(hyperparameters.resolve("balanced", "binary", 2)["early_stopping_rounds"]) > 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"eta": "1.5"}, "eta must be a number from 0 to 1, such as 0.1."),
        ({"num_round": "abc"}, "num_round must be a whole number of at least 1, such as 500."),
        ({"num_round": ""}, "num_round must be a whole number of at least 1, such as 500."),
        ({"subsample": "0"}, "subsample must be a number above 0, at most 1, such as 0.8."),
        ({"scale_pos_weight": "0"}, "scale_pos_weight must be a number above 0, such as 1."),
        ({"max_dept": "5"}, "There is no hyperparameter max_dept; there is max_depth."),
        ({"tree_method": "quick"}, "Hyperparameter tree_method: quick is not in ["),
    ],
)
def test_bad_values_are_refused_in_words(given, message):
    with pytest.raises(BadHyperparameter) as caught:
        hyperparameters.resolve("balanced", "binary", 2, given)
    assert message in caught.value.failure.why


def test_an_empty_value_takes_a_hyperparameter_out():
    values = hyperparameters.resolve("balanced", "binary", 2, {"early_stopping_rounds": ""})
    assert "early_stopping_rounds" not in values


@pytest.mark.parametrize(
    ("objective", "problem"),
    [("reg:squarederror", "multiclass"), ("binary:logistic", "regression"), ("multi:softprob", "binary")],
)
def test_an_objective_for_another_problem_is_refused(objective, problem):
    with pytest.raises(BadHyperparameter):
        hyperparameters.fits({"objective": objective}, problem)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("auc,logloss", ("validation:logloss", False)),
        ("logloss,auc", ("validation:auc", True)),
        ("error@0.7", ("validation:error@0.7", False)),
    ],
)
def test_early_stopping_follows_the_last_metric(metric, expected):
    assert hyperparameters.early_stopping_metric({"eval_metric": metric}) == expected


@pytest.mark.parametrize(
    "ranges", [{"objective": (0, 1)}, {"eta": (0.3, 0.1)}, {"eta": (0.1, 2.0)}, {"max_depth": (-1, 4)}]
)
def test_bad_ranges_are_refused(ranges):
    with pytest.raises(BadHyperparameter):
        hyperparameters.checked_ranges(ranges)


def test_default_ranges_are_good():
    assert hyperparameters.checked_ranges(hyperparameters.DEFAULT_RANGES)


@pytest.mark.parametrize("objective", ["binary:logitraw", "binary:hinge", "reg:logistic"])
def test_objectives_without_probabilities_follow_a_metric_that_fits(objective):
    values = hyperparameters.resolve("balanced", "binary", 2, {"objective": objective})
    assert values["eval_metric"] == hyperparameters.OBJECTIVE_METRICS[objective]
    own = {"objective": objective, "eval_metric": "error"}
    assert hyperparameters.resolve("balanced", "binary", 2, own)["eval_metric"] == "error"


@pytest.mark.parametrize(
    "problem, metric",
    [
        ("binary", "mlogloss"),
        ("regression", "rmse, merror"),
        ("multiclass", "logloss"),
        ("multiclass", "error@0.3"),
    ],
)
def test_metrics_of_another_problem_are_refused_before_launch(problem, metric):
    with pytest.raises(BadHyperparameter, match="does not fit"):
        hyperparameters.resolve("seed", problem, 3, {"eval_metric": metric})


def test_an_alias_takes_the_place_of_the_name_in_the_preset():
    values = hyperparameters.resolve("balanced", "binary", 2, {"learning_rate": "0.5", "reg_lambda": "3"})
    assert (values["eta"], values["lambda"]) == ("0.5", "3") and "learning_rate" not in values


def test_blanks_in_a_list_are_not_part_of_a_name():
    values = hyperparameters.resolve("balanced", "binary", 2, {"eval_metric": " logloss, auc "})
    assert values["eval_metric"] == "logloss,auc"


def test_metrics_without_an_objective_are_refused_in_words():
    with pytest.raises(BadHyperparameter, match="eval_metric is given, and no objective"):
        hyperparameters.resolve("seed", "regression", 0, {"objective": ""})


@pytest.mark.parametrize("name", hyperparameters.NOT_OFFERED)
def test_what_is_always_refused_is_not_offered(name):
    assert name not in {item.name for item in hyperparameters.schema()}


def test_the_remedy_of_a_trap_names_what_to_do():
    with pytest.raises(BadHyperparameter) as caught:
        hyperparameters.resolve("balanced", "binary", 2, {"booster": "gblinear"})
    assert "early_stopping_rounds=20" in caught.value.failure.why
    assert "--set early_stopping_rounds=" in caught.value.failure.remedy
    hyperparameters.resolve("balanced", "binary", 2, {"booster": "gblinear", "early_stopping_rounds": ""})


def test_the_ends_of_a_range_run_into_traps_too():
    values = hyperparameters.resolve("seed", "binary", 2, {"tree_method": "exact"})
    tried = hyperparameters.extremes(values, {"max_depth": (0, 6), "eta": (0.1, 0.3)})
    assert [(job["max_depth"], job["eta"]) for job in tried] == [
        ("0", "0.2"), ("6", "0.2"), ("5", "0.1"), ("5", "0.3"),
    ]  # fmt: skip
    with pytest.raises(BadHyperparameter, match="max_depth=0"):
        hyperparameters.avoid_traps(tried[0], "binary", 2)
    for job in tried[1:]:
        hyperparameters.avoid_traps(job, "binary", 2)


def test_a_metric_that_is_wrong_and_not_followed_is_told():
    values = hyperparameters.resolve("balanced", "binary", 2, {"eval_metric": "f1,auc,logloss"})
    (told,) = hyperparameters.not_to_be_read(values)
    assert told.startswith("f1 is not to be read")
    assert hyperparameters.not_to_be_read(hyperparameters.resolve("balanced", "multiclass", 3)) == []


def test_every_hyperparameter_is_explained_and_the_docs_page_is_what_the_command_line_prints():
    for item in hyperparameters.describe():
        assert all(sentence.endswith(".") and len(sentence) > 10 for sentence in (item.does, item.when))
        assert item.usual
    answer = commands.hyperparameters(Namespace(names=[]))
    page = (ROOT / "docs" / "hyperparameters.md").read_text()
    assert page == answer.text + "\n", "python scripts/pipeline.py hyperparameters > docs/hyperparameters.md"
    one = commands.hyperparameters(Namespace(names=["learning_rate"]))
    assert one.text in page and [item["name"] for item in one.data["hyperparameters"]] == ["eta"]


def test_the_defaults_that_are_told_are_xgboosts():
    labels = np.arange(50) % 2
    matrix = xgb.DMatrix(np.random.default_rng(0).random((50, 3)), label=labels)
    own: dict[str, str] = {}
    for values in ({}, {"booster": "dart"}, {"objective": "reg:tweedie"}):
        model = xgb.train(values, matrix, 1)
        chosen = {leaf: text for leaf, text in leaves(json.loads(model.save_config())) if leaf not in values}
        own = chosen | own  # the first that is not given a name says its default
    told = {item.name: item.usual for item in hyperparameters.describe()}
    compared = {name for name in told if name in own} - {"updater", "base_score", "num_class"}
    compared -= {"monotone_constraints", "interaction_constraints", "nthread"}  # in words
    assert len(compared) > 20
    for name in compared:
        value = own[name]
        assert told[name] == (f"{float(value):g}" if value[0].isdigit() else value), name


def leaves(config):
    """Every name with its text, wherever it stands in what XGBoost saves of its configuration."""
    for name, value in config.items():
        if isinstance(value, dict):
            yield from leaves(value)
        elif isinstance(value, str):
            yield name, value


def test_directions_are_written_in_the_order_of_features():
    parts = {"day": "day", "hour": "hour"}
    columns = [
        Column("when", "datetime", features=parts),
        Column("price", "numeric", features={"price": "value"}),
        Column("name", "text", dropped="free text"),
        Column("size", "numeric", features={"size": "value"}),
    ]
    contract = Contract(Label("sold", "binary"), tuple(columns))
    assert hyperparameters.monotone_constraints(contract, {"size": -1, "price": 1}) == "(0,0,1,-1)"
    assert hyperparameters.monotone_constraints(contract, {"size": 0}) == ""
    one = Contract(Label("sold", "binary"), (columns[1],))
    values = {"monotone_constraints": hyperparameters.monotone_constraints(one, {"price": 1})}
    checked = hyperparameters.check(hyperparameters.resolve("balanced", "binary", 2, values))
    assert checked["monotone_constraints"] == (1,)
