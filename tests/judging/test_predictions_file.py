"""predictions.parquet: what is written is read again, by our readers and by DuckDB."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from core.judging import predictions_file
from core.judging.predictions_file import Contributions, Facts, Split

chance = np.random.default_rng(3)
MANY = predictions_file.ROW_GROUP + 7  # two row groups


def test_two_splits_of_two_classes_come_back_as_they_were(tmp_path):
    file = tmp_path / "predictions.parquet"
    rows = np.arange(0, MANY, 1000)
    encoded = chance.normal(size=(len(rows), 2)).astype(np.float32)
    encoded[1] = np.nan
    added = Contributions(rows, chance.normal(size=(len(rows), 3)).astype(np.float32), encoded)
    test = Split("test", chance.integers(0, 2, MANY).astype(float), chance.random(MANY, np.float32), added)
    validation = Split("validation", np.array([0.0, 1, 1]), np.array([0.25, 0.5, 0.75], np.float32))
    facts = Facts("binary", ("no", "yes"), ("a", "b"), "binary:logistic", notes=("Less.",))
    predictions_file.write(file, facts, [test, validation])
    found = predictions_file.read_facts(file)
    assert (found.problem, found.classes, found.features) == ("binary", ("no", "yes"), ("a", "b"))
    assert found.rows == {"validation": 3, "test": MANY} and found.notes == ("Less.",)
    for split in (test, validation):
        np.testing.assert_array_equal(predictions_file.labels(file, split.name), split.label)
        np.testing.assert_array_equal(predictions_file.scores(file, split.name), split.score)
    back = predictions_file.contributions(file)
    np.testing.assert_array_equal(back.rows, rows)
    np.testing.assert_array_equal(back.values, added.values)
    np.testing.assert_array_equal(back.features, encoded)
    counted = duckdb.sql(
        f"SELECT split, count(*), max(row), count(contributions) FROM '{file}' GROUP BY split ORDER BY split"
    ).fetchall()
    assert counted == [("test", MANY, MANY - 1, len(rows)), ("validation", 3, 2, 0)]
    assert [path.name for path in tmp_path.iterdir()] == ["predictions.parquet"]


def test_several_classes_have_a_score_and_contributions_each(tmp_path):
    file, classes = tmp_path / "predictions.parquet", ("a", "b", "ñ c")
    score = chance.dirichlet([1, 1, 1], 20).astype(np.float32)
    added = Contributions(np.array([0, 10]), chance.normal(size=(2, 3, 5)).astype(np.float32), np.eye(2, 4))
    facts = Facts("multiclass", classes, tuple("wxyz"), "multi:softprob")
    predictions_file.write(
        file, facts, [Split("test", chance.integers(0, 3, 20).astype(float), score, added)]
    )
    assert predictions_file.columns_of_scores(file) == ["score_a", "score_b", "score_ñ c"]
    np.testing.assert_array_equal(predictions_file.scores(file, "test"), score)
    np.testing.assert_array_equal(predictions_file.contributions(file).values, added.values)
    np.testing.assert_array_equal(predictions_file.contributions(file).features, np.eye(2, 4))
    assert len(predictions_file.labels(file, "validation")) == 0


def test_a_number_is_kept_in_full_and_a_file_of_another_version_refused(tmp_path):
    file, value = tmp_path / "predictions.parquet", np.array([1e9 + 0.125, 2.0])
    predictions_file.write(
        file, Facts("regression", (), ("a",), "reg:squarederror"), [Split("test", value, value)]
    )
    np.testing.assert_array_equal(predictions_file.scores(file, "test"), value)
    assert predictions_file.contributions(file) is None
    later = Facts("regression", (), ("a",), "reg:squarederror", version=99)
    predictions_file.write(file, later, [Split("test", value, value)])
    with pytest.raises(ValueError, match="Judge the model again"):
        predictions_file.read_facts(file)
