"""The table of scores against the rows that it counts."""

from __future__ import annotations

import numpy as np

from core.judging import predictions_file, score_table
from core.judging.predictions_file import Facts, Split

chance = np.random.default_rng(4)


def test_few_scores_are_each_known():
    table = score_table.of(np.array([True, False, True, True]), np.array([0.5, 0.1, 0.5, 0.9]))
    assert table.score.tolist() == [0.1, 0.5, 0.9]
    assert (table.negatives.tolist(), table.positives.tolist()) == ([1, 0, 0], [0, 2, 1])
    false, true = table.at_least()
    assert (false.tolist(), true.tolist()) == ([1, 0, 0], [3, 3, 1])


def test_many_scores_are_bins_of_equal_size_whose_counts_are_exact():
    score = chance.random(50_000)
    positive = chance.random(50_000) < score
    table = score_table.of(positive, score, bins=100)
    assert len(table.score) == 100 and table.rows == 50_000
    assert np.ptp(table.negatives + table.positives) == 0
    false, true = table.at_least()
    for index in (0, 40, 99):
        taken = score >= table.score[index]
        assert (false[index], true[index]) == (np.sum(taken & ~positive), np.sum(taken & positive))


def test_ties_stay_together():
    score = np.repeat([0.2, 0.4, 0.6], [5000, 1, 5000])
    table = score_table.of(np.ones(10_001, bool), score, bins=2)
    assert table.score.tolist() == [0.2, 0.6] or table.score.tolist() == [0.2, 0.4]
    assert table.rows == 10_001


def test_a_file_gives_the_table_of_its_rows_also_for_one_class_against_the_others(tmp_path, monkeypatch):
    score = chance.dirichlet([1, 1, 1], 300_000).astype(np.float32)
    label = chance.integers(0, 3, 300_000).astype(float)
    file = tmp_path / "predictions.parquet"
    predictions_file.write(
        file, Facts("multiclass", ("a", "b", "c"), (), "multi:softprob"), [Split("test", label, score)]
    )
    table = score_table.read(file, "test", positive=2)
    whole = score_table.of(label == 2, score[:, 2])
    np.testing.assert_array_equal(table.score, whole.score)
    np.testing.assert_array_equal(table.positives, whole.positives)
    monkeypatch.setattr(score_table, "SAMPLE", 1000)  # edges by some of the rows, counts by all
    table = score_table.read(file, "test", positive=2, bins=50)
    assert table.score[0] == score[:, 2].min() and table.rows == 300_000
    _, true = table.at_least()
    assert true[30] == np.sum((label == 2) & (score[:, 2] >= table.score[30]))
