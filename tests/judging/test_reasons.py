"""Reasons of predictions: against Shapley values by their definition, and the sums that they must have."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
import xgboost as xgb

from core.container.model import load
from core.encoding.contract import Column, Contract, Label
from core.judging import reasons
from core.judging.dependence import dependence
from core.judging.explain import explain
from core.judging.reason_words import Reason, sentence

COLUMNS = (
    Column("when", "datetime", features={"when_month": "month", "when_hour": "hour"}),
    Column(
        "kind", "categorical", features={"kind": "code"}, levels=(("Newark", 9), ("Austin", 5)), own_codes=2
    ),
    Column("id", "identifier", dropped="each row has its own"),
    Column("size", "numeric", features={"size": "value"}),
)
PROBLEMS = {
    "binary:logistic": Label("y", "binary", ("no", "yes")),
    "binary:logitraw": Label("y", "binary", ("no", "yes")),
    "binary:hinge": Label("y", "binary", ("no", "yes")),
    "multi:softprob": Label("y", "multiclass", ("a", "b", "c")),
    "multi:softmax": Label("y", "multiclass", ("a", "b", "c")),
    "reg:squarederror": Label("y", "regression"),
    "count:poisson": Label("y", "regression"),
}


def rows_of(count: int, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    rows = (
        np.column_stack(
            [
                chance.integers(1, 13, count),
                chance.integers(0, 24, count),
                chance.integers(0, 3, count),
                chance.normal(size=count),
            ]
        )
        .astype(np.float32)
        .astype(float)
    )  # as XGBoost has them
    rows[chance.random(rows.shape) < 0.1] = np.nan
    return rows


def labels_of(rows: np.ndarray, objective: str) -> np.ndarray:
    signal = np.nan_to_num(rows[:, 3]) + np.nan_to_num(rows[:, 1] + 2 * rows[:, 0]) / 18
    if objective.startswith("binary"):
        return (signal > 1).astype(float)
    return (
        np.digitize(signal, [0.5, 1.5]).astype(float)
        if objective.startswith("multi")
        else np.maximum(signal + 2, 0)
    )


def trained(folder, objective: str, booster: str):
    rows = rows_of(300)
    settings = {"objective": objective, "booster": booster, "max_depth": 3, "base_score": 0.6}
    if objective.startswith("multi"):
        settings["num_class"] = 3
    made = xgb.train(settings, xgb.DMatrix(rows, labels_of(rows, objective)), 6)
    folder.mkdir(exist_ok=True)
    made.save_model(folder / "xgboost-model.ubj")
    return load(folder), rows


@pytest.mark.parametrize("booster", ["gbtree", "gblinear", "dart"])
@pytest.mark.parametrize("objective", PROBLEMS)
def test_the_reasons_of_a_row_add_up_to_its_prediction(tmp_path, objective, booster):
    model, rows = trained(tmp_path / "model", objective, booster)
    contract = Contract(PROBLEMS[objective], COLUMNS)
    records = explain(model, contract, rows)
    margins = model.boosters[0].predict(xgb.DMatrix(rows), output_margin=True)
    answers = model.predict(xgb.DMatrix(rows))
    total = records["base"] + records["contributions"].sum(axis=1)
    end = records["start"] + records["points"].sum(axis=1)
    assert records["contributions"].shape == (300, 3)  # the two parts of the date are one column
    if objective in ("reg:squarederror", "count:poisson"):
        np.testing.assert_allclose(total, answers, rtol=1e-5)
    elif objective.startswith("binary"):
        np.testing.assert_allclose(total, margins, rtol=1e-5, atol=1e-5)
        expected = answers if objective != "binary:logitraw" else 1 / (1 + np.exp(-answers))
        np.testing.assert_allclose(end, expected, atol=1e-6)
        np.testing.assert_allclose(
            records["score"][:, 0], expected, atol=1e-6
        )  # a probability, of logitraw too
        assert (records["chosen"] == 1).all()
    else:
        predicted = margins.argmax(axis=1)
        np.testing.assert_array_equal(records["chosen"], predicted)
        np.testing.assert_allclose(total, margins[np.arange(300), predicted], rtol=1e-5, atol=1e-5)
        powers = np.exp(margins.astype(float))
        np.testing.assert_allclose(end, (powers / powers.sum(axis=1, keepdims=True)).max(axis=1), atol=1e-6)


def shapley(tree, row: np.ndarray) -> np.ndarray:
    """Shapley values of one tree by their definition: what is not known takes both ways, by their rows."""
    nodes = tree.set_index("ID")

    def answer(node: str, known: tuple[int, ...]) -> float:
        at = nodes.loc[node]
        if at["Feature"] == "Leaf":
            return at["Gain"]
        feature = int(at["Feature"][1:])
        if feature in known:
            value = row[feature]
            way = at["Missing"] if np.isnan(value) else at["Yes"] if value < at["Split"] else at["No"]
            return answer(way, known)
        yes, no = nodes.loc[at["Yes"]]["Cover"], nodes.loc[at["No"]]["Cover"]
        return (yes * answer(at["Yes"], known) + no * answer(at["No"], known)) / (yes + no)

    features, root = range(len(row)), nodes.index[0]
    values = np.zeros(len(row))
    for feature in features:
        others = [other for other in features if other != feature]
        for size in range(len(row)):
            weight = factorial(size) * factorial(len(row) - size - 1) / factorial(len(row))
            for known in combinations(others, size):
                values[feature] += weight * (answer(root, (*known, feature)) - answer(root, known))
    return values


def test_contributions_are_shapley_values_added_up_by_column(tmp_path):
    model, rows = trained(tmp_path / "model", "reg:squarederror", "gbtree")
    trees = model.boosters[0].trees_to_dataframe()
    records = explain(model, Contract(PROBLEMS["reg:squarederror"], COLUMNS), rows[:5])
    for row, record in zip(rows, records, strict=False):
        by_feature = np.sum([shapley(tree, row) for _, tree in trees.groupby("Tree")], axis=0)
        expected = [by_feature[0] + by_feature[1], by_feature[2], by_feature[3]]
        np.testing.assert_allclose(record["contributions"], expected, atol=1e-5)


def margins_of(added: list[list[float]], base: list[float]) -> reasons.Margins:
    """One row: what two columns add to each margin."""
    return reasons.Margins(("a", "b"), np.array([added]), np.array([base]))


def test_points_are_a_proportion_of_one_margin():
    found = reasons.points(margins_of([[2.0, -0.5]], [-1.0]), "logistic")
    start, end = 1 / (1 + np.exp(1.0)), 1 / (1 + np.exp(-0.5))
    np.testing.assert_allclose(found.added[0], np.array([2.0, -0.5]) * (end - start) / 1.5)
    still = reasons.points(margins_of([[2.0, -2.0]], [0.0]), "logistic")  # no way at all: by the slope
    np.testing.assert_allclose(still.added[0], [0.5, -0.5])


def test_points_of_classes_are_integrated_gradients():
    margins = margins_of([[1.0, 0.5], [0.0, 2.0], [-1.0, 0.0]], [0.2, -0.1, 0.0])
    found = reasons.points(margins, "softmax", np.array([1]))
    steps = (np.arange(20_000) + 0.5) / 20_000  # the same by a plain sum
    at = margins.base[0] + steps[:, None] * margins.added[0].sum(axis=1)
    shares = np.exp(at) / np.exp(at).sum(axis=1, keepdims=True)
    gradient = shares[:, [1]] * (np.eye(3)[1] - shares)
    np.testing.assert_allclose(found.added[0], gradient.mean(axis=0) @ margins.added[0], atol=1e-9)
    # Of two classes a softmax is the logistic function of the margins' difference.
    two = margins_of([[0.0, 0.0], [2.0, -0.5]], [0.0, -1.0])
    one = reasons.points(margins_of([[2.0, -0.5]], [-1.0]), "logistic")
    np.testing.assert_allclose(reasons.points(two, "softmax", np.array([1])).added, one.added, atol=1e-12)
    steep = reasons.points(margins_of([[900.0, 0.0], [0.0, 300.0], [0.0, 0.0]], [0.0, 1.0, 0.0]), "softmax")
    assert steep.base + steep.added.sum() == pytest.approx(1.0, abs=1e-12)


def test_dependence_is_on_the_words_of_the_file():
    _, kind, _, size = COLUMNS
    code = np.array([0.0] * 4 + [1.0] * 2 + [2.0, np.nan])
    found = dependence(kind, "code", code, np.array([1.0, 1.0, 2.0, 9.0, 5.0, 7.0, -1.0, 4.0]))
    assert [(each.name, each.rows, each.median) for each in found.bins] == [
        ("Newark", 4, 1.5), ("Austin", 2, 6.0), ("all others", 1, -1.0)]  # fmt: skip
    assert found.blank and (found.blank.rows, found.blank.median) == (1, 4.0)
    months = dependence(COLUMNS[0], "month", np.array([1.0, 1.0, 12.0]), np.array([0.0, 2.0, 5.0]))
    assert [(each.name, each.place, each.median) for each in months.bins] == [
        ("January", 1, 1),
        ("December", 12, 5),
    ]
    few = dependence(size, "value", np.arange(44.0), np.zeros(44))
    assert [len(few.bins), sum(each.rows for each in few.bins)] == [
        8,
        44,
    ]  # a bin has rows enough for a median
    values = np.arange(1000.0)
    many = dependence(size, "value", values, values)
    assert sum(each.rows for each in many.bins) == 1000 and len(many.bins) == 20
    assert all(each.low < each.median == each.place < each.high for each in many.bins)
    heavy = dependence(size, "value", np.append(np.zeros(900), values[1:101]), np.zeros(1000))
    assert heavy.bins[0].name == "0" and heavy.bins[0].rows >= 900


def test_a_row_in_a_sentence():
    added = {"taxi": 0.11, "origin": 0.06, "hour": -0.04, "wind": -0.01, "visib": 0.01}
    cells, usual = {"taxi": "23", "origin": "Newark", "hour": ""}, {"taxi": 16.0}
    row = Reason("late", "yes", 0.21, 0.34, added, cells, usual)
    assert sentence(row) == (
        "late = yes: taxi 23 (7 above the median) and origin Newark raise it from 21.0% to 38.0%;"
        " blank hour and 2 other columns lower it to 34.0%."
    )
    assert sentence(Reason("price", "", 10.0, 8.0, {"size": -2.0})) == "price: size lowers it from 10 to 8."
    beyond = Reason("late", "yes", 0.5, 0.6, {"a": 0.7, "b": -0.6})  # what takes part may go beyond 100%
    assert sentence(beyond) == "late = yes: a raises it by 70 points from 50.0%; b lowers it to 60.0%."
    still = Reason("late", "yes", 0.5, 0.5, {"a": 0.0})
    assert sentence(still) == "late = yes: no column moves it from 50.0%, where every row starts."
