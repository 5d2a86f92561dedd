"""What Optuna knows of a tuning job: it is asked for values (TPE) and told what came of them.

Its journal is a file beside the trials, so that another tuning job can go on from it, also where this one was killed.
Nobody but the runner of a tuning job imports Optuna.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.storages.journal import JournalFileBackend, JournalStorage
from optuna.trial import TrialState

from core.backends.metrics import Importance
from core.container.hyperparameters import describe

if TYPE_CHECKING:
    from core.backends.record_types import TuningRequestJson

LOG_SCALE_FROM = 100  # high/low from which values are drawn on a log scale, as SageMaker's Auto does
DRAWN_AT_RANDOM = 5  # trials before the model of good and bad values has something to stand on
# Which hyperparameter mattered is asked of the best quarter of the trials; of fewer than three it is not.
BEST = 0.25
FEWEST = 12
NAME = "tuning"


class Study:
    """The study of one tuning job; with a `parent`, the journal of another one, it goes on from that."""

    def __init__(self, request: TuningRequestJson, journal: Path, parent: Path | None = None) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._ranges = request["ranges"]
        self._distributions: dict[str, BaseDistribution] = {
            name: _distribution(name, *ends) for name, ends in self._ranges.items()
        }
        journal.parent.mkdir(parents=True, exist_ok=True)
        if parent and not journal.exists():
            shutil.copyfile(parent, journal)
            _cut_torn_line(journal)
        storage = JournalStorage(JournalFileBackend(str(journal)))
        self._study = optuna.create_study(
            storage=storage,
            study_name=NAME,
            direction="maximize" if request["maximize"] else "minimize",
            load_if_exists=True,
        )
        self._open: dict[int, optuna.Trial] = {}
        tried = self._study.get_trials(deepcopy=False)
        for trial in tried:
            if not trial.state.is_finished():  # it was under way when its runner was killed
                self._study.tell(trial.number, state=TrialState.FAIL)
        # Several trials at once: what is under way counts as bad, so that the next one goes elsewhere.
        self._study.sampler = optuna.samplers.TPESampler(
            seed=request["seed"] + len(tried),
            n_startup_trials=DRAWN_AT_RANDOM,
            multivariate=True,
            constant_liar=True,
        )

    def begin_with(self, values: Mapping[str, str]) -> int | None:
        """Return the number of a trial with these values; None where they are no point of the ranges."""
        try:
            point = {name: float(values[name]) for name in self._distributions}
        except (KeyError, ValueError):  # one is not given: what XGBoost takes then, the study cannot know
            return None
        if not all(low <= point[name] <= high for name, (low, high) in self._ranges.items()):
            return None
        self._study.enqueue_trial(point)
        return self._ask().number

    def ask(self) -> tuple[int, dict[str, str]]:
        """Return the number of the next trial, and its values as the container takes them."""
        trial = self._ask()
        written = {name: _written(value) for name, value in trial.params.items()}
        return trial.number, dict(sorted(written.items()))

    def _ask(self) -> optuna.Trial:
        trial = self._study.ask(self._distributions)
        self._open[trial.number] = trial
        return trial

    def tell(self, number: int, objective: float | None) -> None:
        """Tell what a trial reached, also one that was ended early: it would not have come far beyond. None: it failed.

        Optuna's own state for those ranks them by how long they ran, which favours whoever learns slowly.
        """
        trial = self._open.pop(number)
        if objective is None:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._study.tell(trial, objective)

    def importance(self) -> Importance | None:
        """Return which hyperparameters mattered, the most important first; None where too few trials have ended."""
        ended = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(ended) < FEWEST or len({trial.value for trial in ended}) < 2:
            return None
        # Not fANOVA, which takes scikit-learn.
        shares = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=BEST).evaluate(self._study)
        total = sum(shares.values())
        if not math.isfinite(total) or total <= 0:
            return None
        ranked = sorted(shares.items(), key=lambda pair: -pair[1])
        return {"by": "PED-ANOVA", "shares": {name: share / total for name, share in ranked}}


def _distribution(name: str, low: float, high: float) -> FloatDistribution | IntDistribution:
    log = low > 0 and high / low >= LOG_SCALE_FROM
    if name in {parameter.name for parameter in describe() if parameter.kind == "Integer"}:
        return IntDistribution(math.ceil(low), math.floor(high), log=log)
    return FloatDistribution(low, high, log=log)


def _written(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _cut_torn_line(journal: Path) -> None:
    """Cut what a killed runner has written of its last line."""
    data = journal.read_bytes()
    journal.write_bytes(data[: data.rfind(b"\n") + 1])
