"""The best single column: chosen and turned on validation, measured on test."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score, roc_auc_score

from core.judging.best_column import Rows, best_column

chance = np.random.default_rng(7)
COLUMNS = [
    {"name": "noise", "kind": "numeric", "features": {"noise": "value"}},
    {"name": "when", "kind": "datetime", "features": {"when_hour": "hour", "when_day": "day"}},
    {"name": "size", "kind": "numeric", "features": {"size": "value"}},
]


def rows(label, **features) -> tuple[Rows, Rows]:
    """Validation and test: the first and the second half."""
    count = len(label)
    table = np.stack(
        [features.get(name, chance.normal(size=count)) for name in ("noise", "hour", "day", "size")], axis=1
    ).astype(np.float32)
    half = count // 2
    return Rows(table[:half], label[:half]), Rows(table[half:], label[half:])


def test_a_number_is_turned_as_validation_says_and_its_auc_is_its_own():
    label = (chance.random(2000) < 0.4).astype(float)
    validation, test = rows(
        label, size=chance.normal(size=2000) - 1.5 * label, hour=np.zeros(2000), day=label * 0
    )
    found = best_column(COLUMNS, {}, "binary", 2, validation, test)
    assert (found.column, found.metric) == ("size", "auc")
    assert found.metrics["auc"].value == pytest.approx(roc_auc_score(test.label, -test.features[:, 3]))
    assert found.metrics["auc"].low > 0.8


def test_an_hour_that_is_no_trend_counts_by_what_is_true_at_each():
    hour = chance.integers(0, 24, 4000)
    label = (chance.random(4000) < np.where((hour > 7) & (hour < 16), 0.8, 0.2)).astype(float)
    found = best_column(COLUMNS, {}, "binary", 2, *rows(label, hour=hour))
    assert found.column == "when" and found.metrics["auc"].value == pytest.approx(0.79, abs=0.03)


def test_where_nothing_tells_anything_the_best_column_is_worth_a_guess():
    label = (chance.random(1000) < 0.5).astype(float)
    found = best_column(COLUMNS, {}, "binary", 2, *rows(label, hour=chance.integers(0, 500, 1000)))
    assert found.metrics["auc"].low < 0.5 < found.metrics["auc"].high


def test_a_regression_by_a_line_with_blanks():
    size = chance.normal(size=1000)
    label = 3 * size + chance.normal(size=1000)
    validation, test = rows(label, size=size)
    found = best_column(COLUMNS, {}, "regression", 0, validation, test)
    line = LinearRegression().fit(validation.features[:, [3]], validation.label)
    assert found.metrics["r2"].value == pytest.approx(
        r2_score(test.label, line.predict(test.features[:, [3]])), abs=1e-5
    )
    assert set(found.metrics) == {"r2", "mae", "rmse"}
    blank = np.where(chance.random(1000) < 0.2, np.nan, size)
    assert best_column(COLUMNS, {}, "regression", 0, *rows(label, size=blank)).column == "size"


def test_several_classes_by_bins_of_a_number():
    label = chance.integers(0, 3, 3000).astype(float)
    found = best_column(
        COLUMNS, {}, "multiclass", 3, *rows(label, size=label * 2 + chance.normal(size=3000) / 4)
    )
    assert found.column == "size" and found.metrics["balanced_accuracy"].value > 0.95


def test_too_few_rows_or_one_class_have_none():
    label = (chance.random(30) < 0.5).astype(float)
    assert best_column(COLUMNS, {}, "binary", 2, *rows(label)) is None
    assert best_column(COLUMNS, {}, "binary", 2, *rows(np.ones(200))) is None
