"""The schema's check: what passes, what is refused, and in which words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.container.errors import AlgorithmError, UserError
from core.container.hyperparameters import describe, validate

ROUND = {"num_round": "5"}
BINARY = ROUND | {"objective": "binary:logistic"}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"num_round": " 7 "}, {"num_round": 7}),
        ({"num_round": "1_0"}, {"num_round": 10}),
        (ROUND | {"learning_rate": "1e-1"}, {"num_round": 5, "eta": 0.1}),
        (
            ROUND | {"tree_method": "hist", "monotone_constraints": "(1, 0,-1)"},
            {"monotone_constraints": (1, 0, -1)},
        ),
        (
            ROUND | {"tree_method": "approx", "interaction_constraints": "[[1,2],[3]]"},
            {"tree_method": "approx"},
        ),
        (BINARY | {"eval_metric": "error@0.7,auc"}, {"eval_metric": ["error@0.7", "auc"]}),
        (ROUND | {"booster": "gblinear", "updater": "shotgun"}, {"updater": ["shotgun"]}),
        (ROUND | {"updater": "grow_colmaker,prune"}, {"updater": ["grow_colmaker", "prune"]}),
        (ROUND | {"process_type": "update", "updater": "refresh,prune"}, {"process_type": "update"}),
        (BINARY | {"num_class": "3"}, {"num_class": 3}),
        (ROUND | {"save_model_on_termination": "true"}, {"save_model_on_termination": "true"}),
    ],
)
def test_accepted(given, value):
    checked = validate(given)
    assert {name: checked[name] for name in value} == value


def test_nan_is_inside_every_range_as_in_the_image():
    assert validate(ROUND | {"eta": "nan"})["eta"] != 0


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"eta": "x"}, UserError, "Missing required hyperparameter: num_round"),
        (ROUND | {"foo": "1"}, UserError, "Extraneous hyperparameter found: foo"),
        (
            ROUND | {"max_depth": "3.0"},
            UserError,
            "Hyperparameter max_depth: could not parse value (caused by ValueError)",
        ),
        (ROUND | {"learning_rate": "2"}, UserError, "Hyperparameter eta: 2.0 is not in [0, 1]"),
        (ROUND | {"sketch_eps": "1"}, UserError, "Hyperparameter sketch_eps: 1.0 is not in (0, 1)"),
        (
            ROUND | {"seed": "2147483647"},
            UserError,
            "Hyperparameter seed: 2147483647 is not in (-2147483648, 2147483647)",
        ),
        (
            ROUND | {"prob_buffer_row": "1"},
            UserError,
            "Hyperparameter prob_buffer_row: 1 is not in (1.0, +inf)",
        ),
        (
            ROUND | {"monotone_constraints": "(1,2)", "tree_method": "hist"},
            UserError,
            "Hyperparameter monotone_constraints: value (1, 2) not in range [-1, 0, 1]",
        ),
        (
            ROUND | {"monotone_constraints": "(1,0)"},
            UserError,
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'.",
        ),
        (
            ROUND | {"interaction_constraints": "[[1,2]]"},
            UserError,
            "interaction_constraints can be used only when the tree_method parameter is set to either 'exact', "
            "'hist' or 'approx'.",
        ),
        (
            ROUND | {"interaction_constraints": "[1, 2]", "tree_method": "hist"},
            AlgorithmError,
            "Hyperparameter interaction_constraints: unexpected failure when validating [1, 2] (caused by TypeError)",
        ),
        (
            ROUND | {"interaction_constraints": "a", "tree_method": "hist"},
            UserError,
            "Hyperparameter interaction_constraints: could not parse value (caused by ValueError)",
        ),
        (
            BINARY | {"eval_metric": "<function f>"},
            UserError,
            "User defined evaluation metric <function f> is not supported yet.",
        ),
        (
            ROUND | {"objective": "reg:squarederror", "eval_metric": "aft-nloglik"},
            UserError,
            "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.",
        ),
        (
            ROUND | {"booster": "gblinear", "updater": "prune"},
            UserError,
            "Linear updater should be one of these options: 'shotgun', 'coord_descent'.",
        ),
        (ROUND | {"eval_metric": "auc"}, KeyError, "'objective'"),
        (ROUND | {"monotone_constraints": "x"}, NameError, "name 'x' is not defined"),
    ],
)
def test_refused(given, error, message):
    with pytest.raises(error) as raised:
        validate(given)
    assert str(raised.value) == message
    assert type(raised.value) is error


@pytest.mark.parametrize("code", ["__import__('os').system('true')", "().__class__", "(1).real", "exec('1')"])
def test_a_tuple_is_never_evaluated(code):
    with pytest.raises((UserError, NameError)):
        validate(ROUND | {"tree_method": "hist", "monotone_constraints": code})


def test_only_one_tree_may_be_grown():
    with pytest.raises(UserError, match="Only one tree grow plugin can be selected"):
        validate(ROUND | {"updater": "grow_colmaker,grow_histmaker"})
    with pytest.raises(UserError, match="Tree updater should be selected"):
        validate(ROUND | {"updater": "shotgun"})


def test_an_unknown_metric_is_refused_with_the_whole_list():
    with pytest.raises(
        UserError, match=r"^Hyperparameter eval_metric: value \['foo'\] not in range \['accuracy', 'auc'"
    ):
        validate(BINARY | {"eval_metric": "foo"})


def test_the_input_is_not_changed():
    given = BINARY | {"learning_rate": "0.1"}
    validate(given)
    assert given == BINARY | {"learning_rate": "0.1"}


def test_the_description_has_what_a_form_needs():
    by_name = {parameter.name: parameter for parameter in describe()}
    assert by_name["num_round"].required
    assert (by_name["eta"].low, by_name["eta"].high, by_name["eta"].tunable) == (0, 1, (0.1, 0.5))
    assert by_name["subsample"].low_open and by_name["subsample"].range_text == "(0, 1]"
    assert by_name["booster"].choices == ("gbtree", "gblinear", "dart")
    assert by_name["lambda"].aliases == ("reg_lambda",)


def test_checking_hyperparameters_imports_nothing_heavy():
    code = (
        "import sys, core.container, core.container.hyperparameters, core.container.channels, core.container.errors;"
        "imported = {name for name, module in sys.modules.items() if module};"
        "heavy = {'numpy', 'xgboost', 'scipy', 'pandas', 'sklearn', 'uvicorn'} & imported;"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
