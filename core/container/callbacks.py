"""What happens after every round: metric lines, checkpoints, the intermediate model, early stopping, SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from core.container.lean_xgboost import callback, xgb
from core.container.metric_names import MAXIMIZE
from core.container.tree import write_whole

log = logging.getLogger(__name__)

MODEL_NAME = "xgboost-model"
CHECKPOINT_NAME = "xgboost-checkpoint"


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """Stop when `metric` of the validation channel has not improved for `rounds` rounds; the best model is kept."""

    metric: str
    rounds: int


def save_model(model: xgb.Booster, file: Path) -> None:
    """Write a model as UBJSON, whole or not at all: SageMaker uploads whatever is there when a job is stopped."""
    write_whole(file, bytes(model.save_raw("ubj")))


class IntermediateModel(callback.TrainingCallback):
    """Keeps the model of the last finished round in the model folder (save_model_on_termination).

    The image writes it after each round; here it is written once, when training ends or is told to leave: written each
    time, a large model costs more than its rounds.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._model: xgb.Booster | None = None

    def after_iteration(
        self, model: xgb.Booster, epoch: int, evals_log: callback.TrainingCallback.EvalsLog
    ) -> bool:
        self._model = model
        return False

    def after_training(self, model: xgb.Booster) -> xgb.Booster:
        self.save()
        self._model = None  # from here on the whole model is written
        return model

    def save(self) -> None:
        """Write the model of the last finished round, where there is one."""
        if self._model is not None:
            save_model(self._model, self._file)


def leave_on_sigterm(model_folder: Path, kept: IntermediateModel) -> None:
    """End on SIGTERM with exit code 0 and only models in the model folder, also the one `kept` so far.

    Python runs the handler when the round under way has returned, so a stop never cuts a round short.
    Without save_model_on_termination nothing handles SIGTERM, and the process dies of it, as in the image.
    """

    def leave(signum: int, frame: FrameType | None) -> None:
        kept.save()
        for file in model_folder.iterdir():
            if file.is_file() and not file.name.startswith(MODEL_NAME):
                file.unlink(missing_ok=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)


def find_checkpoint(folder: Path) -> tuple[Path | None, int]:
    """Return the newest `xgboost-checkpoint.N` to resume from, and the rounds that are done by then.

    The image looks for this name although its XGBoost now writes `xgboost-checkpoint_N.ubj`: a job resumes only
    from checkpoints of an older image.
    """
    checkpoints: dict[int, Path] = {}
    for file in folder.glob(f"{CHECKPOINT_NAME}.*"):
        number = file.name.removeprefix(f"{CHECKPOINT_NAME}.")
        if number.isdecimal():
            checkpoints[int(number)] = file
    if not checkpoints:
        return None, 0
    newest = max(checkpoints)
    return checkpoints[newest], newest + 1


def callbacks_for(
    *,
    model_folder: Path,
    checkpoint_folder: Path | None,
    early_stopping: EarlyStopping | None,
    keep_on_termination: bool,
    fold: int | None = None,
) -> tuple[Path | None, int, list[callback.TrainingCallback]]:
    """Return the callbacks of one `xgboost.train`, in the image's order.

    Args:
        fold: number of the fold in k-fold cross validation, None otherwise.

    Returns:
        The model to resume from (or None), the rounds already done, the callbacks.
    """
    resume_from, done = None, 0
    # The printing one comes first: early stopping must not swallow the last line.
    callbacks: list[callback.TrainingCallback] = [callback.EvaluationMonitor()]
    if checkpoint_folder:
        folder = checkpoint_folder if fold is None else checkpoint_folder / f"model-{fold}"
        folder.mkdir(parents=True, exist_ok=True)
        resume_from, done = find_checkpoint(folder)
        if resume_from:
            log.info("Checkpoint loaded from %s", resume_from)
            log.info("Resuming from iteration %s", done)
        callbacks.append(callback.TrainingCheckPoint(directory=folder, name=CHECKPOINT_NAME, interval=done))
    if keep_on_termination:
        name = MODEL_NAME if fold is None else f"{MODEL_NAME}-{fold}"
        kept = IntermediateModel(model_folder / name)
        callbacks.append(kept)
        leave_on_sigterm(model_folder, kept)
    if early_stopping:
        callbacks.append(
            callback.EarlyStopping(
                rounds=early_stopping.rounds,
                data_name="validation",
                metric_name=early_stopping.metric,
                maximize=early_stopping.metric in MAXIMIZE,
                save_best=True,
            )
        )
    return resume_from, done, callbacks
