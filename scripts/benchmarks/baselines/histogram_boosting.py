"""Train scikit-learn's HistGradientBoosting with its defaults on split folders; print its score on each test split.

Folders of an EDA job's output as arguments: train.csv and test.csv in each, label first. The score is the AUC (the
mean over classes of each against the rest), or R² where the first argument is `regression`.
"""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score


def score(folder: Path, problem: str) -> float:
    """Return the score on the test split of `folder`."""
    train, test = (
        np.genfromtxt(folder / name / f"{name}.csv", delimiter=",", filling_values=np.nan)
        for name in ("train", "test")
    )
    if problem == "regression":
        model = HistGradientBoostingRegressor(random_state=0).fit(train[:, 1:], train[:, 0])
        return float(r2_score(test[:, 0], model.predict(test[:, 1:])))
    model = HistGradientBoostingClassifier(random_state=0).fit(train[:, 1:], train[:, 0])
    shares = model.predict_proba(test[:, 1:])
    if shares.shape[1] == 2:
        return float(roc_auc_score(test[:, 0], shares[:, 1]))
    return float(roc_auc_score(test[:, 0], shares, multi_class="ovr"))


print(json.dumps([score(Path(folder), sys.argv[1]) for folder in sys.argv[2:]]))
