"""What `sagemaker-xgboost:3.2-0` takes, and then fails at or trains wrongly without a word: refused before launch.

The container's own check (core/container/hyperparameters.py) lets all of this through, as the image does. Each row of
TRAPS has its proof in tests/test_traps.py, which trains with it and shows what the image would do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.container.metric_names import CONTAINER_DEFINED
from core.errors import BadHyperparameter
from core.language import mark, tr

if TYPE_CHECKING:
    from core.channels import ChannelFacts  # which brings DuckDB, and pages check forms with this module
    from core.container.parameter_types import Value

REGRESSED = ("mae", "mse", "r2", "rmse")  # of what the container computes itself; the rest compares classes
CLASSIFIED = tuple(name for name in CONTAINER_DEFINED if name not in REGRESSED)
LIKELIHOODS = ("gamma-deviance", "gamma-nloglik", "poisson-nloglik")
PROBABILITIES = ("binary:logistic", "reg:logistic")


@dataclass(frozen=True, slots=True)
class PlannedTraining:
    """A Training Job before its launch, and what is known of its channels, once they have been read."""

    values: Mapping[str, Value]  # hyperparameters as the container reads them: numbers, lists
    problem: str
    classes: int = 0
    channels: Sequence[ChannelFacts] = ()
    tuned: bool = False

    @property
    def labels(self) -> tuple[float, float] | None:
        """Return the smallest and the largest label."""
        if not self.channels:
            return None
        return min(facts.label_min for facts in self.channels), max(
            facts.label_max for facts in self.channels
        )

    @property
    def lowest_label(self) -> float:
        """Return the smallest label, infinity where none is known."""
        return self.labels[0] if self.labels else math.inf

    @property
    def zero(self) -> bool:
        """Return whether a label is 0."""
        return any(facts.label_zero for facts in self.channels)

    @property
    def features(self) -> int | None:
        return self.channels[0].columns - 1 if self.channels else None

    def number(self, name: str, default: float) -> float:
        """Return the hyperparameter `name` where it is a number, else `default`."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else default

    def words(self, name: str) -> list[str]:
        """Return the hyperparameter `name` where it is a list, else an empty one."""
        value = self.values.get(name)
        return [str(word) for word in value] if isinstance(value, list) else []

    @property
    def objective(self) -> str:
        return str(self.values.get("objective", "reg:squarederror"))

    @property
    def metrics(self) -> list[str]:
        return self.words("eval_metric")

    @property
    def followed(self) -> str:
        """Return the metric that early stopping and tuning follow: the last one."""
        return self.metrics[-1] if self.metrics else ""

    @property
    def exact(self) -> bool:
        return self.values.get("tree_method") == "exact" or "grow_colmaker" in self.words("updater")

    @property
    def trees(self) -> bool:
        return self.values.get("booster") != "gblinear"

    @property
    def updater(self) -> list[str]:
        return self.words("updater") if self.trees else []


Caught = Callable[[PlannedTraining], str]  # the setting at fault as it is written, empty where there is none


@dataclass(frozen=True, slots=True)
class Trap:
    """One row: which setting is caught, what the image would do, and what to ask for instead."""

    name: str
    caught: Caught
    reason: str  # {it}: the setting; and whatever `PlannedTraining` knows
    advice: str


def _set(name: str, *wrong: Value, when: Callable[[PlannedTraining], bool] = lambda plan: True) -> Caught:
    """Catch `name` where it is given: at all, or as one of `wrong`."""

    def caught(plan: PlannedTraining) -> str:
        given = name in plan.values and (not wrong or plan.values[name] in wrong)
        return f"{name}={plan.values[name]}" if given and when(plan) else ""

    return caught


def _listed(metrics: tuple[str, ...], when: Callable[[PlannedTraining], bool] = lambda plan: True) -> Caught:
    """Catch a list with one of `metrics`, whatever its threshold."""

    def caught(plan: PlannedTraining) -> str:
        those = (metric for metric in plan.metrics if metric.partition("@")[0] in metrics)
        return next(those, "") if when(plan) else ""

    return caught


def _followed(metrics: tuple[str, ...], *objectives: str) -> Caught:
    """Catch a followed metric that is one of `metrics`, with one of `objectives`."""
    return lambda plan: plan.followed * (plan.objective in objectives and plan.followed in metrics)


def _labels(objectives: tuple[str, ...], fit: Callable[[float, float], bool]) -> Caught:
    """Catch one of `objectives` whose labels are known not to `fit` it."""
    return lambda plan: (
        plan.objective * bool(plan.labels and plan.objective in objectives and not fit(*plan.labels))
    )


def _nothing_to_follow(plan: PlannedTraining) -> str:
    return "" if plan.metrics else "tuning" if plan.tuned else _set("early_stopping_rounds")(plan)


def _unlike_xgboost(plan: PlannedTraining) -> str:
    """Catch the names that XGBoost's lines write otherwise: `error@0.5` is `error`, `error@.7` is `error@0.7`."""
    name, sign, threshold = plan.followed.partition("@")
    if not sign or name != "error":
        return ""
    return plan.followed * (plan.followed not in (f"error@{float(threshold):g}",) or float(threshold) == 0.5)


def _likelihood_of_label(plan: PlannedTraining) -> str:
    low = plan.lowest_label
    return _listed(LIKELIHOODS[: 2 if low == 0 else 3], lambda _: low <= 0)(plan)


def _not_finite(plan: PlannedTraining) -> str:
    numbers = ((name, value) for name, value in plan.values.items() if isinstance(value, float))
    return next((f"{name}={value}" for name, value in numbers if not math.isfinite(value)), "")


def _learns_nothing(plan: PlannedTraining) -> str:
    if plan.values.get("eta") == 0:
        return "eta=0"
    if plan.trees and plan.values.get("max_leaves") == 1 and not plan.exact:
        return "max_leaves=1"
    return "updater=sync" * (plan.updater == ["sync"])


def _base_score(plan: PlannedTraining) -> str:
    if "base_score" not in plan.values:
        return ""
    score = plan.number("base_score", math.nan)
    positive = ("count:poisson", "reg:gamma", "reg:tweedie")
    bad = (plan.objective in PROBABILITIES and not 0 < score < 1) or (
        plan.objective in positive and score == 0
    )
    return f"base_score={score:g}" if bad else ""


def _too_many_constraints(plan: PlannedTraining) -> str:
    given = plan.values.get("monotone_constraints")
    entries = len(given) if isinstance(given, Sized) else 0
    many = plan.features is not None and entries > plan.features
    return tr("monotone_constraints with {entries} entries", entries=entries) if many else ""


_ENOUGH = mark("Leave it out: --set {name}= takes it out of a preset.")
_OF_PROBLEM = mark("Take {standard}.")

# fmt: off
TRAPS = (
    # --- settings that the product has no data or no use for ---
    Trap("csv_weights", _set("csv_weights", 1),
         mark("{it} reads the second column of the splits as weights, but the first feature stands there: the model is"
         " trained without it, is weighted by it, and its endpoint refuses every row."),
         mark("Leave csv_weights out; to weight rows, give a column the role weight in Configuration.")),
    Trap("folds", lambda plan: _set("_kfold")(plan) or _set("_num_cv_round")(plan),
         mark("{it}: the image scores every fold on rows that the fold was trained on, so that its numbers are "
              "too good,"
         " and it leaves several models."),
         mark("Leave it out: the validation split judges each round, the test split the model.")),
    Trap("tuners_own", _set("_tuning_objective_metric"),
         mark("{it} is what SageMaker's tuner tells its trials; it would be followed instead of eval_metric."),
         mark("Put the metric to follow last in eval_metric.")),
    Trap("gpu", lambda plan: _set("tree_method", "gpu_hist")(plan) or _set("use_dask_gpu_training", "true")(plan),
         mark("{it} fails once the job has started: the image's XGBoost has no gpu_hist any more."),
         mark("Take tree_method=hist.")),
    Trap("interaction", _set("interaction_constraints", when=lambda plan: plan.trees),
         mark("{it} fails once the job has started: a channel has no names of features, and XGBoost asks for them."),
         mark("Leave interaction_constraints out.")),
    Trap("not_finite", _not_finite,
         mark("{it} is no finite number; the image takes it, and trains nonsense."), mark("Give a number.")),

    # --- early stopping ---
    Trap("linear_early_stopping",
         _set("early_stopping_rounds", when=lambda plan: not plan.trees),
         mark("booster=gblinear cannot go back to its best round: with {it} the job fails at its end."),
         mark("Take early_stopping_rounds out (--set early_stopping_rounds=) and choose num_round, or another "
              "booster.")),
    Trap("old_objective",
         _set("early_stopping_rounds", when=lambda plan: plan.objective == "reg:linear"),
         mark("With the old name reg:linear the model cannot be cut at its best round: with {it} the job fails "
              "at its end."),
         mark("Take reg:squarederror, which is the same objective.")),
    Trap("nothing_to_follow", _nothing_to_follow,
         mark("Without eval_metric there is nothing that {it} could follow."),
         mark("Name a metric in eval_metric, such as {standard}, or take early_stopping_rounds out.")),
    Trap("threshold_as_written", _unlike_xgboost,
         mark("XGBoost writes {it} in another way, so that the metric to follow is not found and the job fails."),
         mark("Write error for a threshold of 0.5, else the number as short as it can be: error@0.7.")),
    Trap("tuned_threshold", lambda plan: plan.followed * (plan.tuned and "@" in plan.followed),
         mark("A tuning job cannot follow {it}: SageMaker knows metrics by their plain names only."),
         mark("Put another metric last in eval_metric, such as error or logloss.")),

    # --- metrics that are computed, and wrong ---
    Trap("cut_at_zero", _followed(CLASSIFIED, *PROBABILITIES),
         mark("With {objective} the image cuts probabilities at 0 for {it}, so that every row counts as the "
              "positive class:"
         " it never improves, and early stopping keeps one round."),
         mark("Put logloss, auc or error last in eval_metric; the evaluation on the test split has accuracy, precision,"
         " recall and f1.")),
    Trap("votes_cut_at_zero", _followed(CLASSIFIED, "multi:softmax"),
         mark("With multi:softmax the image takes every class above the first for one when it computes {it}."),
         mark("Take objective=multi:softprob, or put merror or mlogloss last in eval_metric.")),
    Trap("no_probabilities", _followed(("logloss",), "binary:logitraw", "binary:hinge"),
         mark("{objective} answers no probabilities: {it} of what it answers says nothing."),
         mark("Put auc or error@0 last in eval_metric, or take objective=binary:logistic.")),

    # --- metrics of another kind of label ---
    Trap("for_classes", _listed(("merror", "mlogloss"), lambda plan: plan.problem != "multiclass"),
         mark("The metric {it} does not fit a {problem} target."), _OF_PROBLEM),
    Trap("for_two_classes",
         _listed(("error", "logloss", "aucpr"), lambda plan: plan.problem == "regression"
                 and plan.objective != "reg:logistic"),
         mark("The metric {it} does not fit a regression target: it compares probabilities with 0 and 1."),
         _OF_PROBLEM),
    Trap("classes_of_numbers", _listed(CLASSIFIED, lambda plan: plan.problem == "regression"),
         mark("The metric {it} does not fit a regression target: it compares classes."), _OF_PROBLEM),
    Trap("numbers_of_classes",
         _listed((*REGRESSED, "error", "logloss", "mphe", "rmsle"), lambda plan: plan.problem == "multiclass"),
         mark("The metric {it} does not fit a multiclass target: it wants one number a row."), _OF_PROBLEM),
    Trap("positive_of_many",
         _listed(("precision", "recall", "f1_binary"), lambda plan: plan.problem == "multiclass"),
         mark("The metric {it} does not fit a multiclass target: it has no positive class."),
         mark("Take f1_macro, precision_macro or recall_macro.")),
    Trap("likelihood", _listed((*LIKELIHOODS, "mape"), lambda plan: plan.problem != "regression"),
         mark("The metric {it} does not fit a {problem} target: it is made for numbers."), _OF_PROBLEM),
    Trap("tweedie_nloglik", _listed(("tweedie-nloglik",)),
         mark("{it} fails once the job has started: XGBoost wants its variance power, which the image does not "
              "let through."),
         mark("Take eval_metric=rmse: objective=reg:tweedie then shows its likelihood beside it.")),
    Trap("ranked", _listed(("map", "ndcg")),
         mark("{it} judges the order within groups of rows; a CSV channel has no groups, and all rows become one."),
         _OF_PROBLEM),
    Trap("survival", _listed(("aft-nloglik", "cox-nloglik", "interval-regression-accuracy")),
         mark("{it} is made for survival times, which no channel of Sendero has."), _OF_PROBLEM),
    Trap("share_of_zero", _listed(("mape",), lambda plan: plan.zero),
         mark("{it} divides by the label, and a label is 0: it is infinite in every round."),
         mark("Take mae or rmse.")),
    Trap("log_of_label", _listed(("rmsle",), lambda plan: plan.lowest_label <= -1),
         mark("{it} takes the logarithm of label + 1, and the labels begin at {low}: it is no number."),
         mark("Take mae or rmse.")),
    Trap("likelihood_of_label", _likelihood_of_label,
         mark("{it} does not fit the labels, which begin at {low}."), mark("Take mae or rmse.")),

    # --- objectives and their labels ---
    Trap("gamma", _labels(("reg:gamma",), lambda low, high: low > 0),
         mark("{it} wants labels above 0, and they begin at {low}: the job fails once it has started."),
         mark("Take reg:tweedie for amounts with zeros, or reg:squarederror.")),
    Trap("counts", _labels(("count:poisson", "reg:tweedie"), lambda low, high: low >= 0),
         mark("{it} wants labels from 0 up, and they begin at {low}: the job fails once it has started."),
         mark("Take reg:squarederror or reg:absoluteerror.")),
    Trap("squared_log", _labels(("reg:squaredlogerror",), lambda low, high: low > -1),
         mark("{it} wants labels above -1, and they begin at {low}: the job fails once it has started."),
         mark("Take reg:squarederror or reg:absoluteerror.")),
    Trap("shares", _labels(PROBABILITIES, lambda low, high: low >= 0 and high <= 1),
         mark("{it} wants labels from 0 to 1, and they run from {low} to {high}: the job fails once it has started."),
         mark("Take reg:squarederror.")),
    Trap("rank", lambda plan: plan.objective * plan.objective.startswith("rank:"),
         mark("{it} orders rows within groups; a CSV channel has no groups, and its scores are no predictions "
              "of the label."),
         mark("Take reg:squarederror, or binary:logistic and sort by the probability.")),
    Trap("num_class",
         lambda plan: _set("num_class", when=lambda a: not a.objective.startswith("multi:"))(plan)
         or _set("num_class", when=lambda a: bool(a.classes) and a.values["num_class"] != a.classes)(plan),
         mark("{it} does not fit {objective} and a {problem} target with {classes} classes."),
         mark("Leave num_class out: it is set for a multiclass target.")),
    Trap("base_score", _base_score,
         mark("With {objective} {it} is where the model can never leave from, or the job fails once it has started."),
         mark("Leave base_score out: XGBoost takes the mean of the labels.")),

    # --- trees ---
    Trap("learns_nothing", _learns_nothing, mark("With {it} no round changes anything."), _ENOUGH),
    Trap("unlimited_exact", _set("max_depth", 0, when=lambda plan: plan.trees and plan.exact),
         mark("The exact tree method fails with {it}, trees of any depth."),
         mark("Give max_depth from 1 up, or tree_method=hist.")),
    Trap("sampling_exact", _set("sampling_method", "gradient_based",
                                when=lambda a: a.trees and a.exact and a.number("subsample", 1.0) < 1),
         mark("The exact tree method fails with {it} and a subsample."), mark("Take tree_method=hist.")),
    Trap("colsample_exact",
         _set("colsample_bynode", when=lambda a: a.trees and a.exact and a.number("colsample_bynode", 1.0) < 1),
         mark("The exact tree method fails with {it}."), mark("Take colsample_bylevel, or tree_method=hist.")),
    Trap("max_bin", _set("max_bin", 0, 1, when=lambda plan: plan.trees),
         mark("{it} fails once the job has started: XGBoost wants 2 bins or more."),
         mark("Give max_bin from 2 up; 256 is usual.")),
    Trap("monotone", _too_many_constraints,
         mark("{it} fails once the job has started: there are {features} features."),
         mark("Give one entry a feature.")),
    Trap("update", _set("process_type", "update", when=lambda plan: plan.trees),
         mark("{it} fails once the job has started: there is no earlier model to update."),
         mark("Leave process_type out.")),
    Trap("updater_gone",
         lambda plan: next((f"updater={name}" for name in plan.updater if name in ("distcol", "grow_skmaker")), ""),
         mark("{it} fails once the job has started: the image's XGBoost does not have it any more."),
         mark("Take tree_method=hist, without updater.")),
    Trap("no_grower",
         lambda plan: ",".join(plan.updater) * (plan.updater[:1] in (["refresh"], ["prune"])),
         mark("updater={it} fails once the job has started: it begins with one that grows no trees."),
         mark("Take tree_method=hist, without updater.")),
)
# fmt: on


def refuse(plan: PlannedTraining, standard: str) -> None:
    """Raise BadHyperparameter for the first trap that `plan` runs into; `standard`: the problem's own metrics."""
    low, high = plan.labels or (math.nan, math.nan)
    for trap in TRAPS:
        if it := trap.caught(plan):
            facts = {
                "it": it,
                "low": f"{low:g}",
                "high": f"{high:g}",
                "standard": standard,
                "name": it.partition("=")[0],
            }
            facts |= {name: getattr(plan, name) for name in ("objective", "problem", "classes", "features")}
            raise BadHyperparameter(
                trap=trap.name, reason=tr(trap.reason, **facts), advice=tr(trap.advice, **facts)
            )
