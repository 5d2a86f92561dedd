"""`python plain_search.py PREFIX SEED NUMBER`: one run of a random search on the files below PREFIX, by plain XGBoost.

Run 0 has the given values; the others draw theirs within the same ranges as Sendero's search. Its last line is the best
log loss of the validation split.
"""

import json
import random
import sys
from pathlib import Path

# XGBoost imports scikit-learn when it finds it; the container does without, and so does this, to be fair.
sys.modules["sklearn"] = None  # pyright: ignore[reportArgumentType]  None makes the import fail, by the language

import xgboost as xgb  # noqa: E402

prefix, seed, number = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
parameters = json.loads((prefix / "input/config/hyperparameters.json").read_text()) | {"seed": seed}
parameters["eval_metric"] = parameters["eval_metric"].split(",")
if number:
    chance = random.Random(f"{seed}/{number}")
    for name, (low, high) in json.loads((prefix / "ranges.json").read_text()).items():
        whole = name == "max_depth"
        parameters[name] = chance.randint(int(low), int(high)) if whole else chance.uniform(low, high)
train, validation = (
    xgb.DMatrix(f"{prefix}/input/data/{name}/{name}.csv?format=csv&label_column=0")
    for name in ("train", "validation")
)
model = xgb.train(
    parameters,
    train,
    num_boost_round=int(parameters.pop("num_round")),
    early_stopping_rounds=int(parameters.pop("early_stopping_rounds")),
    evals=[(train, "train"), (validation, "validation")],
    verbose_eval=False,
)
model.save_model(prefix / "model" / f"plain-{number}.ubj")
print(model.best_score)
