"""A training run, as MLflow keeps one: parameters, curves, figures, files and the model.

`mlflow` comes with the SageMaker SDK and is imported only here, once somebody has named a tracking server: it takes
seconds. A server that is down is given up on soon.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from core.language import tr

# MLflow's own settings: how long it waits for a server, and that it reports nothing to its makers.
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
CONNECT = 5  # seconds
MOST_METRICS, MOST_PARAMETERS = (
    1000,
    100,
)  # in one request. https://mlflow.org/docs/latest/api_reference/rest-api.html
LONGEST = 6000  # characters of a parameter
LONGEST_TAG = 5000


@dataclass(frozen=True, slots=True)
class Tracked:
    """What is logged of a run. Times are milliseconds since 1970."""

    experiment: str
    name: str
    started: int
    ended: int
    parameters: Mapping[str, str]
    curves: Sequence[Mapping[str, float]]  # one a round: {"round": 0, "validation-auc": 0.8}
    figures: Mapping[str, float]
    tags: Mapping[str, str]
    files: Path  # a folder, as the artifacts are laid out
    model: Path | None  # the folder with the model, as the container writes it


def log(server: str, run: Tracked) -> tuple[str, str]:
    """Log a run; return the ids of its experiment and of itself. Raises whatever MLflow does."""
    _reach(server)
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    import mlflow
    from mlflow.entities import Metric, Param

    # For the process, too: the plugin for SageMaker's servers signs for whichever is set there, not for the client's.
    mlflow.set_tracking_uri(server)
    client = mlflow.MlflowClient()
    experiment = _experiment(client, run.experiment)
    tags = {name: value[:LONGEST_TAG] for name, value in run.tags.items()}
    made = client.create_run(experiment, run.started, tags, run.name).info.run_id
    try:
        metrics = [
            Metric(_name(name), float(value), run.ended, int(row["round"]))
            for row in run.curves
            for name, value in row.items()
            if name != "round"
        ]
        metrics += [Metric(_name(name), float(value), run.ended, 0) for name, value in run.figures.items()]
        parameters = [Param(name, value[:LONGEST]) for name, value in run.parameters.items()]
        for start in range(0, len(parameters), MOST_PARAMETERS):
            client.log_batch(made, params=parameters[start : start + MOST_PARAMETERS])
        for start in range(0, len(metrics), MOST_METRICS):
            client.log_batch(made, metrics=metrics[start : start + MOST_METRICS])
        client.log_artifacts(made, str(run.files))
        if run.model:
            _log_model(client, made, run.model, run.files)
        client.set_terminated(made, "FINISHED", run.ended)
    except BaseException:
        # What was logged of it so far is no run that anybody should compare with.
        client.delete_run(made)
        raise
    return experiment, made


def _reach(server: str) -> None:
    """Raise ConnectionError where nothing answers at an address: MLflow takes seconds, and says it in ten lines."""
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname, port), CONNECT).close()
    except OSError as error:
        raise ConnectionError(tr("It does not answer: {error}.", error=error.strerror or error)) from error


def _experiment(client: Any, name: str) -> str:
    """Return the id of the experiment of that name, made if there was none."""
    from mlflow.exceptions import MlflowException

    if found := client.get_experiment_by_name(name):
        return found.experiment_id
    try:
        return client.create_experiment(name)
    except MlflowException:
        if found := client.get_experiment_by_name(name):  # another one made it a moment ago
            return found.experiment_id
        raise


def _log_model(client: Any, run_id: str, model: Path, scratch: Path) -> None:
    """Log the model in MLflow's form for XGBoost, which is loaded by `mlflow.xgboost.load_model("runs:/ID/model")`."""
    import xgboost as xgb
    from mlflow.xgboost import save_model

    booster = xgb.Booster(model_file=bytearray((model / "xgboost-model").read_bytes()))
    saved = scratch / "model"
    save_model(booster, str(saved), pip_requirements=[f"xgboost=={xgb.__version__}"])
    client.log_artifacts(run_id, str(saved), "model")


def _name(name: str) -> str:
    """Return a metric's name in the signs that MLflow takes: @ of error@0.7 is none."""
    return name.replace("@", " at ")


def address(server: str, experiment: str, run_id: str) -> str:
    """Return where a browser finds a run; "" of a server that has no address, such as a managed one's ARN."""
    if urlsplit(server).scheme not in ("http", "https"):
        return ""
    return f"{without_login(server).rstrip('/')}/#/experiments/{experiment}/runs/{run_id}"


def without_login(server: str) -> str:
    """Return the address of a server without the name and the password that may be in it; an ARN as it is."""
    parts = urlsplit(server)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.netloc else server
