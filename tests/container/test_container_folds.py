"""k-fold: how rows are dealt out, and what is written about them."""

from __future__ import annotations

import numpy as np
import pytest

from core.container.folds import HeldOutPredictions, draw_folds


def test_every_row_is_held_out_once_per_repeat():
    drawn = list(draw_folds(10, 3, 2, seed=1))
    assert len(drawn) == 6
    for repeat in (drawn[:3], drawn[3:]):
        assert sorted(np.concatenate([held_out for _, held_out in repeat])) == list(range(10))
        assert {len(held_out) for _, held_out in repeat} == {3, 4}
        assert all(set(train) == set(range(10)) - set(held_out) for train, held_out in repeat)


def test_classes_are_shared_out():
    labels = np.array([0] * 30 + [1] * 6, dtype=float)
    for _, held_out in draw_folds(36, 3, 1, labels):
        assert labels[held_out].sum() == 2


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "Cannot have number of splits n_splits=4 greater than the number of samples: n_samples=3."),
        (np.array([0, 1, 1.0]), "n_splits=4 cannot be greater than the number of members in each class."),
        (
            np.array([0, 1, 0.5]),
            "Supported target types are: ('binary', 'multiclass'). Got 'continuous' instead.",
        ),
    ],
)
def test_refusals(labels, message):
    with pytest.raises(ValueError) as raised:
        list(draw_folds(3, 4, 1, labels))
    assert str(raised.value) == message


def test_what_is_written_for_classes(tmp_path):
    held_out = HeldOutPredictions(np.array([1.0, 0.0]), repeats=3, classification=True)
    for probability in (0.9, 0.8, 0.4):
        held_out.record(np.array([0, 1]), np.array([probability, 0.1]))
    held_out.save(tmp_path / "data" / "predictions.csv")
    written = (tmp_path / "data" / "predictions.csv").read_text()
    assert written == "1.000000,0.700000,1.000000\n0.000000,0.100000,0.000000\n"


def test_what_is_written_for_numbers(tmp_path):
    held_out = HeldOutPredictions(np.array([10.0]), repeats=2, classification=False)
    held_out.record(np.array([0]), np.array([8.0]))
    held_out.record(np.array([0]), np.array([11.0]))
    held_out.save(tmp_path / "predictions.csv")
    assert (tmp_path / "predictions.csv").read_text() == "10.000000,9.500000\n"
