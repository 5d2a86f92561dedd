"""The part that trains with XGBoost on this machine, as the container does."""

from __future__ import annotations

from core.container.metric_names import more_is_better
from core.training_code.run import ONLY_THE_IMAGE, Part, Run, assignment

# Hyperparameters of the image, not of XGBoost: what they ask for is written into the code.
OF_THE_IMAGE = (
    "num_round",
    "early_stopping_rounds",
    "eval_metric",
    "save_model_on_termination",
    "csv_weights",
)


def part(run: Run) -> Part:
    """Return the part that trains, which stops early where the run did."""
    given = run.hyperparameters
    metrics = [name.strip() for name in given.get("eval_metric", "").split(",") if name.strip()]
    known = [name for name in metrics if name not in ONLY_THE_IMAGE]
    patience, validated = int(given.get("early_stopping_rounds") or 0), "validation" in run.channels
    stops = bool(patience and validated and metrics and metrics[-1] in known)
    parameters = {
        name: value for name, value in given.items() if name not in OF_THE_IMAGE and not name.startswith("_")
    }
    lines = [
        assignment(
            "parameters", {**parameters, **({"eval_metric": known} if known else {})}, "as XGBoost takes them"
        ),
        'train = matrix(*CHANNELS["train"], weighted=WEIGHTED)\n',
    ]
    evals = '(train, "train")'
    if validated:
        lines.append('validation = matrix(*CHANNELS["validation"], weighted=WEIGHTED)\n')
        evals += ', (validation, "validation")'
    rounds = given["num_round"]
    if patience and validated and not stops and run.rounds:
        lines.append(
            f"# {metrics[-1]} is the image's own metric: by it the run kept {run.rounds:,} rounds.\n"
        )
        rounds = str(run.rounds)
    if stops:
        lines.append(
            "stopping = xgb.callback.EarlyStopping(\n"
            f'    rounds={patience}, metric_name="{metrics[-1]}", data_name="validation",'
            f" maximize={more_is_better(metrics[-1])}, save_best=True\n)\n"
        )
    lines += ["booster = xgb.train(\n    parameters,\n    train,\n"]
    lines += [f"    num_boost_round={rounds},\n    evals=[{evals}],\n"]
    lines += ["    callbacks=[stopping],\n" if stops else "", "    verbose_eval=50,\n)\n"]
    return Part("Train.", "".join(lines))
