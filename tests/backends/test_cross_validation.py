"""Cross-validation on AWS: each row is judged once, by the model of a fold that has not seen it.

What its parts are, and what goes by them, is in tests/cli/test_cli_cross_validation.py; here an account runs them.
"""

from __future__ import annotations

import numpy as np
import pytest

from core import keys
from core.judging import predictions_file
from core.verbs import cross_validation
from core.verbs.out_of_fold import judging_rows, out_of_fold
from core.verbs.resources import estimate_training
from core.verbs.training import evaluation_of
from tests.backends.place import until

FOLDS = 3  # of which one judges, one stops early and one is left to learn from


@pytest.mark.parametrize("place", [pytest.param("aws", marks=pytest.mark.aws)], indirect=True)
def test_whoever_looks_goes_on_with_the_folds_until_each_row_is_judged(place, model, monkeypatch):
    monkeypatch.setattr(cross_validation, "FOLDS", FOLDS)
    backend, storage = place.backend, place.backend.storage
    planned = cross_validation.plan(backend, model.name)
    costs = cross_validation.estimate(backend, planned)
    one = estimate_training(backend, model.request["processing_job"], model.resources)
    assert f"{FOLDS} Training Jobs" in costs.basis
    assert costs.high == pytest.approx(FOLDS * one.high), "each is judged too"
    cross_validation.start(backend, model.name)
    assert out_of_fold(backend, model.name) is None, "nothing is said before all folds are judged"

    def ended() -> cross_validation.CrossValidation | None:
        now = cross_validation.plan(backend, model.name)  # as after a reload: nothing but its jobs is known
        assert len(now.running) <= cross_validation.AT_ONCE and not now.failed
        return now if now.ended else cross_validation.advance(backend, now) and None

    whole = until(ended, "the folds")
    labels = [
        float(line.split(b",")[0])
        for split in keys.SPLIT_NAMES
        for key in storage.files(keys.eda_output(model.request["processing_job"], split))
        for line in storage.read_bytes(key).splitlines()
    ]
    judged = [evaluation_of(backend, fold.job.name) for fold in whole.folds]
    assert whole.rows == len(labels) == sum(each["rows"] for each in judged)
    assert len(whole.values) == FOLDS and min(whole.values) < whole.mean < max(whole.values)

    rows = judging_rows(backend, model.name)
    assert rows.out_of_fold
    path, split = rows.telling.predictions, rows.telling.split
    said = predictions_file.scores(path, split).argmax(axis=1)
    assert predictions_file.labels(path, split).tolist() == labels, "in the order of the splits"
    assert np.sum(said == labels) == sum(np.trace(each["confusion"]) for each in judged)
