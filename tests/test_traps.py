"""Each row of core/traps.py with its proof: the container stand-in is trained with it, and does what the row says.

The other way round, whatever is not refused trains, and the metric that is followed is a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import hyperparameters, traps
from core.channels import check_channel
from core.container.hyperparameters import describe
from core.container.metric_names import MAXIMIZE, MINIMIZE
from core.errors import BadHyperparameter
from tests.container.container_rig import COLUMNS, lay_out, train_here

ROWS, ROUNDS = 60, 12
# What the labels are like -> (problem, classes, label of a number from 0 to 1).
LABELS: dict[str, tuple[str, int, Callable[[np.ndarray], np.ndarray]]] = {
    "two classes": ("binary", 2, lambda x: x > 0.5),
    "three classes": ("multiclass", 3, lambda x: np.minimum(x * 3, 2).astype(int)),
    "amounts": ("regression", 0, lambda x: (x * 10 + 1).round(2)),
    "amounts with zeros": ("regression", 0, lambda x: np.maximum((x * 10 - 3).round(), 0)),
    "numbers of both signs": ("regression", 0, lambda x: (x * 10 - 3).round(2)),
    "shares": ("regression", 0, lambda x: x),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training job of the stand-in ended: its failure, its rounds, its model."""

    failure: str
    rounds: list[dict[str, float]]
    model: Path

    def of(self, metric: str, channel: str = "validation") -> list[float]:
        return [row[f"{channel}-{metric}"] for row in self.rounds]

    @property
    def kept(self) -> int:
        """The rounds of the model that was kept."""
        booster = xgb.Booster(model_file=str(self.model.rename(self.model.with_suffix(".ubj"))))
        return booster.num_boosted_rounds()


def train(folder: Path, labels: str, values: Mapping[str, str]) -> Outcome:
    """Train the stand-in, in this process, on a label that follows the first of COLUMNS features."""
    lay_out(folder, {"num_round": str(ROUNDS)} | dict(values), rows=ROWS)
    for number, channel in enumerate(("train", "validation")):
        features = np.random.default_rng(number).random((ROWS, COLUMNS)).round(3)
        rows = np.column_stack([LABELS[labels][2](features[:, 0]), features])
        np.savetxt(folder / f"input/data/{channel}/{channel}.csv", rows, delimiter=",", fmt="%g")
    return Outcome(*train_here(folder), folder / "model/xgboost-model")


def asked(folder: Path, labels: str, values: Mapping[str, str], tuned: bool = False) -> traps.PlannedTraining:
    """What the product knows of such a job before it launches it."""
    problem, classes, _ = LABELS[labels]
    channels = [
        check_channel(name, [folder / f"input/data/{name}/{name}.csv"], problem, classes, COLUMNS)
        for name in ("train", "validation")
    ]
    given = hyperparameters.check({"num_round": str(ROUNDS)} | dict(values))
    return traps.PlannedTraining(given, problem, classes, channels, tuned)


@dataclass(frozen=True, slots=True)
class Proof:
    """Values that run into a trap, and what becomes of them: `fails` with these words, or `shows` it."""

    labels: str
    values: dict[str, str] = field(default_factory=dict)
    fails: str = ""
    shows: Callable[[Outcome], bool] | None = None


STOP = {"early_stopping_rounds": "3"}
LOGISTIC = {"objective": "binary:logistic", "eval_metric": "logloss"}
SOFTPROB = {"objective": "multi:softprob", "num_class": "3"}
SQUARED = {"objective": "reg:squarederror"}
EXACT = LOGISTIC | {"tree_method": "exact"}


def flat(metric: str) -> Callable[[Outcome], bool]:
    """The metric never changes."""
    return lambda outcome: not outcome.failure and len(set(outcome.of(metric))) == 1


def no_number(metric: str) -> Callable[[Outcome], bool]:
    return lambda outcome: not outcome.failure and not any(map(math.isfinite, outcome.of(metric)))


def without_the_first_feature(outcome: Outcome) -> bool:
    return xgb.Booster(model_file=bytearray(outcome.model.read_bytes())).num_features() == COLUMNS - 1


def several_models(outcome: Outcome) -> bool:
    return len(list(outcome.model.parent.iterdir())) == 3


# Per trap, one proof or several.
PROOFS: dict[str, list[Proof]] = {
    "csv_weights": [Proof("two classes", LOGISTIC | {"csv_weights": "1"}, shows=without_the_first_feature)],
    "folds": [
        Proof("two classes", LOGISTIC | {"_kfold": "3"}, shows=several_models),
        # Without _kfold it does nothing at all.
        Proof("two classes", LOGISTIC | {"_num_cv_round": "2"}, shows=lambda o: len(o.rounds) == ROUNDS),
    ],
    "tuners_own": [
        Proof(
            "two classes",
            LOGISTIC | STOP | {"_tuning_objective_metric": "validation:error"},
            shows=lambda o: o.of("error")[0] == o.of("error")[-1] and o.of("logloss")[-1] < o.of("logloss")[0],
        )
    ],
    "gpu": [
        Proof("two classes", LOGISTIC | {"tree_method": "gpu_hist"}, "Invalid Input: 'gpu_hist'"),
        Proof("two classes", LOGISTIC | {"use_dask_gpu_training": "true"}, "only available for"),
    ],
    "interaction": [
        Proof(
            "two classes",
            LOGISTIC | {"tree_method": "hist", "interaction_constraints": "[[1,2]]"},
            "Constrained features are not a subset",
        )
    ],
    "not_finite": [
        Proof("two classes", LOGISTIC | {"eta": "nan"}, shows=no_number("logloss")),
        Proof("two classes", LOGISTIC | {"gamma": "inf"}, shows=flat("logloss")),
    ],
    "linear_early_stopping": [
        Proof("two classes", LOGISTIC | STOP | {"booster": "gblinear"}, "`save_best` is not applicable")
    ],
    "old_objective": [
        Proof("amounts", STOP | {"objective": "reg:linear", "eval_metric": "rmse"}, "`save_best` is not applicable")
    ],
    "nothing_to_follow": [
        Proof(
            "two classes",
            {"objective": "binary:hinge"} | STOP,
            shows=lambda o: len(o.rounds) == ROUNDS and len(set(o.of("error")[-4:])) == 1,
        ),
        # What the tuner would be told to follow then.
        Proof("three classes", SOFTPROB | {"_tuning_objective_metric": "validation:rmse"}, "number of output"),
    ],
    "threshold_as_written": [
        Proof("two classes", LOGISTIC | STOP | {"eval_metric": f"error@{text}"}, "No metric named")
        for text in ("0.5", ".7", "0.70", "7e-1", "0.123456789")
    ],
    "tuned_threshold": [
        Proof(
            "two classes",
            LOGISTIC | {"eval_metric": "error@0.7", "_tuning_objective_metric": "validation:error@0.7"},
            "is not in",
        )
    ],
    "cut_at_zero": [
        *(
            Proof("two classes", LOGISTIC | STOP | {"eval_metric": f"logloss,{metric}"},
                  shows=lambda o, metric=metric: flat(metric)(o) and len(o.rounds) == 4 and o.kept == 1)
            for metric in traps.CLASSIFIED
        ),
        Proof("two classes", {"objective": "reg:logistic", "eval_metric": "f1"}, shows=flat("f1")),
    ],
    "votes_cut_at_zero": [
        Proof(
            "three classes",
            {"objective": "multi:softmax", "num_class": "3", "eval_metric": f"merror,{metric}"},
            shows=lambda o, metric=metric: o.of("merror", "train")[-1] == 0 and o.of(metric, "train")[-1] < 0.8,
        )
        for metric in ("accuracy", "balanced_accuracy", "f1", "f1_macro", "recall_macro", "precision_macro")
    ],
    "no_probabilities": [
        Proof("two classes", LOGISTIC | {"objective": "binary:logitraw"},
              shows=lambda o: min(o.of("logloss")) < 0),
        Proof("two classes", LOGISTIC | {"objective": "binary:hinge"},
              shows=lambda o: set(o.of("logloss")) <= {*o.of("logloss")[:3]}),
    ],
    "for_classes": [
        Proof("two classes", LOGISTIC | {"eval_metric": "mlogloss"}, "label must be in [0, num_class)"),
        Proof("amounts", SQUARED | {"eval_metric": "merror"}, "label must be in [0, num_class)"),
    ],
    "for_two_classes": [
        Proof("amounts", SQUARED | {"eval_metric": metric}, shows=lambda o, metric=metric: not (
            0 <= o.of(metric)[-1] <= 1))
        for metric in ("error", "logloss", "aucpr")
    ],
    "classes_of_numbers": [
        Proof("amounts", SQUARED | {"eval_metric": "accuracy"}, "can't handle a mix of continuous"),
        Proof("amounts with zeros", SQUARED | {"eval_metric": "accuracy"},
              shows=lambda o: o.of("accuracy")[-1] < 0.2),
        Proof("amounts", SQUARED | {"eval_metric": "recall"}, "can't handle a mix of continuous"),
    ],
    "numbers_of_classes": [
        *(
            Proof("three classes", SOFTPROB | {"eval_metric": metric}, "different number of output")
            for metric in traps.REGRESSED
        ),
        *(
            Proof("three classes", SOFTPROB | {"eval_metric": metric}, "label and prediction size not match")
            for metric in ("error", "logloss", "rmsle")
        ),
    ],
    "positive_of_many": [
        Proof("three classes", SOFTPROB | {"eval_metric": metric}, "Target is multiclass but average='binary'")
        for metric in ("precision", "recall", "f1_binary")
    ],
    "likelihood": [
        Proof("three classes", SOFTPROB | {"eval_metric": "gamma-deviance"}, "prediction size not match"),
        Proof("two classes", LOGISTIC | {"eval_metric": "mape"}, shows=no_number("mape")),
        Proof("two classes", LOGISTIC | {"eval_metric": "gamma-nloglik"},
              shows=lambda o: o.of("gamma-nloglik")[-1] < 0),
    ],
    "tweedie_nloglik": [
        Proof("amounts", {"objective": "reg:tweedie", "eval_metric": "tweedie-nloglik"}, "tweedie-nloglik@rho")
    ],
    "ranked": [
        Proof("numbers of both signs", SQUARED | {"eval_metric": "ndcg"}, "label must be either 0 or positive"),
        Proof("three classes", SOFTPROB | {"eval_metric": "map"}, "only be used with binary labels"),
        # The metric rises, is taken for one that falls, and the first round is kept.
        Proof("amounts with zeros", SQUARED | STOP | {"eval_metric": "ndcg@5"},
              shows=lambda o: len(o.rounds) == 4 and o.kept == 1),
    ],
    "survival": [
        # It rises while the model gets better.
        Proof("numbers of both signs", SQUARED | {"eval_metric": "rmse,cox-nloglik"}, shows=lambda o: (
            o.of("rmse")[-1] < o.of("rmse")[0] and o.of("cox-nloglik")[-1] > o.of("cox-nloglik")[0])),
        Proof("amounts", SQUARED | {"eval_metric": "interval-regression-accuracy"}, "labels_lower_bound_"),
    ],
    "share_of_zero": [
        Proof("amounts with zeros", SQUARED | {"eval_metric": "mape"}, shows=no_number("mape"))
    ],
    "log_of_label": [
        Proof("numbers of both signs", SQUARED | {"eval_metric": "rmsle"}, shows=no_number("rmsle"))
    ],
    "likelihood_of_label": [
        Proof("numbers of both signs", SQUARED | {"eval_metric": "gamma-nloglik"},
              shows=lambda o: min(o.of("gamma-nloglik")) < -1000),
        Proof("numbers of both signs", SQUARED | {"eval_metric": "poisson-nloglik"},
              shows=lambda o: o.of("poisson-nloglik")[-1] < -1),
    ],
    "gamma": [
        Proof(labels, {"objective": "reg:gamma", "eval_metric": "rmse"}, "label must be positive")
        for labels in ("amounts with zeros", "numbers of both signs")
    ],
    "counts": [
        Proof("numbers of both signs", {"objective": objective, "eval_metric": "rmse"}, "must be non-negative")
        for objective in ("count:poisson", "reg:tweedie")
    ],
    "squared_log": [
        Proof("numbers of both signs", {"objective": "reg:squaredlogerror", "eval_metric": "rmse"},
              "label must be greater than -1")
    ],
    "shares": [
        Proof("amounts", {"objective": "reg:logistic", "eval_metric": "rmse"}, "(0,1) for the logistic loss"),
        Proof("numbers of both signs", {"objective": "reg:logistic", "eval_metric": "rmse"}, "(0,1)"),
    ],
    "rank": [
        Proof("numbers of both signs", {"objective": "rank:pairwise", "eval_metric": "rmse"}, "positive integer"),
        Proof("numbers of both signs", {"objective": "rank:map", "eval_metric": "rmse"}, "binary labels"),
        # It learns the order and nothing of the amount.
        Proof("amounts with zeros", {"objective": "rank:ndcg", "eval_metric": "rmse"},
              shows=lambda o: o.of("rmse")[-1] > 2),
    ],
    "num_class": [
        Proof("two classes", LOGISTIC | {"num_class": "2"}, "Invalid shape of labels"),
        Proof("amounts", SQUARED | {"num_class": "3"}, "Invalid shape of labels"),
        Proof("three classes", {"objective": "multi:softprob", "num_class": "2"}, "[0, num_class)"),
        # The endpoint would answer five numbers a row for three classes.
        Proof("three classes", {"objective": "multi:softprob", "num_class": "5"}, shows=lambda o: xgb.Booster(
            model_file=bytearray(o.model.read_bytes())).predict(xgb.DMatrix(np.ones((1, COLUMNS)))).shape == (1, 5)),
    ],
    "base_score": [
        Proof("two classes", LOGISTIC | {"base_score": "3"}, "base_score must be in (0,1)"),
        Proof("two classes", LOGISTIC | {"base_score": "1"}, shows=flat("logloss")),
        Proof("two classes", LOGISTIC | {"base_score": "0"}, shows=flat("logloss")),
        Proof("amounts", {"objective": "reg:gamma", "base_score": "0"}, "greater than 0"),
        Proof("amounts", {"objective": "reg:tweedie", "eval_metric": "rmse", "base_score": "0"},
              shows=lambda o: not math.isfinite(o.of("rmse")[-1])),
        Proof("amounts", {"objective": "count:poisson", "eval_metric": "rmse", "base_score": "0"},
              shows=lambda o: o.of("rmse")[-1] > 3),
    ],
    "learns_nothing": [
        Proof("two classes", LOGISTIC | values, shows=flat("logloss"))
        for values in (
            {"eta": "0"},
            {"max_leaves": "1"},
            {"max_leaves": "1", "grow_policy": "lossguide"},
            {"updater": "sync"},
        )
    ],
    "unlimited_exact": [
        Proof("two classes", EXACT | {"max_depth": "0"}, "doesn't support unlimited depth"),
        Proof("two classes", LOGISTIC | {"updater": "grow_colmaker", "max_depth": "0"}, "unlimited depth"),
    ],
    "sampling_exact": [
        Proof("two classes", EXACT | {"sampling_method": "gradient_based", "subsample": "0.5"}, "Only uniform sampling")
    ],
    "colsample_exact": [
        Proof("two classes", EXACT | {"colsample_bynode": "0.5"}, "not yet supported by the exact")
    ],
    "max_bin": [
        Proof("two classes", LOGISTIC | {"max_bin": bins, "tree_method": method}, "greater equal to 2")
        for bins, method in (("0", "hist"), ("1", "approx"))
    ],
    "monotone": [
        Proof("two classes", LOGISTIC | {"tree_method": "hist", "monotone_constraints": "(1,0,0,0,1)"},
              "less or equal to the number of features")
    ],
    "update": [
        Proof("two classes", LOGISTIC | {"process_type": "update"}, "can not be used to modify existing trees"),
        Proof("two classes", LOGISTIC | {"process_type": "update", "updater": "refresh"}, "No more tree left"),
    ],
    "updater_gone": [
        Proof("two classes", LOGISTIC | {"updater": name}, f"Unknown tree updater {name}")
        for name in ("distcol", "grow_skmaker")
    ],
    "no_grower": [
        Proof("two classes", LOGISTIC | {"updater": names}, "can not be used to create new trees")
        for names in ("refresh", "prune", "prune,grow_colmaker")
    ],
}  # fmt: skip


def test_each_row_has_its_proof():
    assert list(PROOFS) == [trap.name for trap in traps.TRAPS]


@pytest.mark.slow(0.2)  # a hundred trainings
@pytest.mark.parametrize(
    ("name", "proof"),
    [
        pytest.param(name, proof, id=f"{name}-{number}")
        for name, proofs in PROOFS.items()
        for number, proof in enumerate(proofs)
    ],
)
def test_the_image_falls_into_the_trap_and_the_product_does_not(tmp_path, name, proof):
    outcome = train(tmp_path, proof.labels, proof.values)
    assert proof.fails in outcome.failure
    assert bool(outcome.failure) == bool(proof.fails)
    assert proof.shows is None or proof.shows(outcome)
    tuner = "_tuning_objective_metric"
    tuned = tuner in proof.values and name != "tuners_own"  # then SageMaker's tuner adds it, and not we
    values = {key: value for key, value in proof.values.items() if key != tuner or not tuned}
    with pytest.raises(BadHyperparameter) as caught:
        traps.refuse(asked(tmp_path, proof.labels, values, tuned), "rmse")
    assert caught.value.facts["trap"] == name
    assert "{" not in str(caught.value)


METRIC_NAMES = [*MAXIMIZE, *MINIMIZE, "error@0.3", "error@0.5", "ndcg@3"]
OBJECTIVE_NAMES = next(item.choices for item in describe() if item.name == "objective")
# Values of hyperparameters that change what is trained, at the edges of their ranges and within.
CHOICES = {
    "early_stopping_rounds": ["", "2"],
    "booster": ["", "gbtree", "dart", "gblinear"],
    "tree_method": ["", "auto", "exact", "approx", "hist", "gpu_hist"],
    "updater": ["", "grow_colmaker", "grow_histmaker,prune", "refresh", "sync", "shotgun", "distcol"],
    "process_type": ["", "default", "update"],
    "grow_policy": ["", "depthwise", "lossguide"],
    "max_depth": ["", "0", "3"],
    "max_leaves": ["", "0", "1", "2"],
    "max_bin": ["", "0", "2", "256"],
    "base_score": ["", "0", "0.5", "1", "7"],
    "num_class": ["", "2", "3", "4"],
    "sampling_method": ["", "uniform", "gradient_based"],
    "subsample": ["", "0.5", "1"],
    "colsample_bynode": ["", "0.5"],
    "monotone_constraints": ["", "(1)", "(1,0,0,-1)", "(1,0,0,0,0)"],
    "eta": ["", "0", "0.3", "1", "nan"],
    "alpha": ["", "0", "2", "inf"],
    "csv_weights": ["", "0", "1"],
    "num_parallel_tree": ["", "2"],
    "scale_pos_weight": ["", "3"],
    "tweedie_variance_power": ["", "1.1", "1.9"],
    "rate_drop": ["", "0.3", "1"],
    "_kfold": ["", "2"],
}


@st.composite
def jobs(draw):
    """(kind of labels, what somebody sets on top of a preset): a few settings, for most combinations are refused."""
    labels = draw(st.sampled_from(sorted(LABELS)))
    fitting = [
        name for name in OBJECTIVE_NAMES if name.startswith(hyperparameters.FAMILIES[LABELS[labels][0]])
    ]
    values = {"objective": draw(st.sampled_from(fitting))} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        values["eval_metric"] = ",".join(
            draw(st.lists(st.sampled_from(METRIC_NAMES), min_size=1, max_size=2))
        )
    names = draw(st.lists(st.sampled_from(sorted(CHOICES)), max_size=4, unique=True))
    return labels, values | {name: draw(st.sampled_from(CHOICES[name])) for name in names}


@pytest.mark.slow  # 6 seconds of a processor: each example trains and is judged
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(jobs(), st.sampled_from(sorted(hyperparameters.PRESETS)))
def test_what_is_not_refused_trains_and_is_judged(tmp_path_factory, job, preset):
    labels, given_values = job
    problem, classes, _ = LABELS[labels]
    try:
        values = hyperparameters.resolve(preset, problem, classes, given_values)
        folder = tmp_path_factory.mktemp("job")
        values["num_round"] = str(ROUNDS)
        outcome = train(folder, labels, values)
        traps.refuse(asked(folder, labels, values), "rmse")
    except BadHyperparameter:
        return
    assert not outcome.failure
    name = values["eval_metric"].split(",")[-1] if "eval_metric" in values else ""
    assert all(map(math.isfinite, outcome.of(name))) if name else outcome.rounds
