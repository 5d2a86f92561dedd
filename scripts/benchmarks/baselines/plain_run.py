"""`python plain_run.py IN.csv TARGET OUT`: from a small file to a model as one writes it in one script.

Described, drawn, split, trained with early stopping by the preset's own values, measured, saved. No report, no
warnings, no contract, no endpoint: what is left out is in its favour.
"""

import json
import sys
from pathlib import Path

import matplotlib
import pandas as pd
import xgboost as xgb
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

matplotlib.use("Agg")
from matplotlib import pyplot

source, target, output = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
output.mkdir(parents=True, exist_ok=True)
table = pd.read_csv(source)
table.describe(include="all").to_csv(output / "describe.csv")
table.select_dtypes("number").hist(bins=40, figsize=(12, 8))
pyplot.savefig(output / "histograms.png")

labels, classes = pd.factorize(table[target], sort=True)
features = table.drop(columns=target)
for name in features.select_dtypes(["object", "str"]):
    features[name] = pd.factorize(features[name])[0]
rest, test, rest_label, test_label = train_test_split(
    features, labels, test_size=0.1, stratify=labels, random_state=0
)
train, validation, train_label, validation_label = train_test_split(
    rest, rest_label, test_size=2 / 9, stratify=rest_label, random_state=0
)
model = xgb.XGBClassifier(
    n_estimators=500,
    early_stopping_rounds=20,
    learning_rate=0.1,
    max_depth=6,
    min_child_weight=2,
    subsample=0.8,
    colsample_bytree=0.8,
    tree_method="hist",
    random_state=0,
)
sets = [(train, train_label), (validation, validation_label)]
model.fit(train, train_label, eval_set=sets, verbose=False)
shares = model.predict_proba(test)
said = shares.argmax(axis=1)
metrics = {
    "accuracy": accuracy_score(test_label, said),
    "macro_f1": f1_score(test_label, said, average="macro"),
    "log_loss": log_loss(test_label, shares),
    "auc": roc_auc_score(test_label, shares, multi_class="ovr"),
    "confusion": confusion_matrix(test_label, said).tolist(),
    "classes": list(classes),
}
(output / "metrics.json").write_text(json.dumps(metrics))
model.save_model(output / "model.ubj")
