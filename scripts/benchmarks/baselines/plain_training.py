"""`python plain_training.py PREFIX`: what a container's train does to PREFIX, in as few lines as XGBoost allows.

The same files read by the same parser, the same parameters, both splits evaluated every round, the model saved.
"""

import json
import sys
from pathlib import Path

# XGBoost imports scikit-learn when it finds it; the container does without, and so does this, to be fair.
sys.modules["sklearn"] = None  # pyright: ignore[reportArgumentType]  None makes the import fail, by the language

import xgboost as xgb  # noqa: E402

prefix = Path(sys.argv[1])
parameters = json.loads((prefix / "input/config/hyperparameters.json").read_text())
parameters["eval_metric"] = parameters["eval_metric"].split(",")
train, validation = (
    xgb.DMatrix(f"{prefix}/input/data/{name}/{name}.csv?format=csv&label_column=0")
    for name in ("train", "validation")
)
model = xgb.train(
    parameters,
    train,
    num_boost_round=int(parameters.pop("num_round")),
    evals=[(train, "train"), (validation, "validation")],
    verbose_eval=False,
)
model.save_model(prefix / "model" / "plain.ubj")
