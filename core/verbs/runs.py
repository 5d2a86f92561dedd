"""What people call a run: a title in words, made from its request, so that a list of jobs costs no read a job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from core import hyperparameters, keys
from core.backends.base import Job
from core.language import mark, tr
from core.numbers import count, number
from core.values import format_duration

if TYPE_CHECKING:
    from core.backends.record_types import ProcessingRequestJson, TrainingRequestJson, TuningRequestJson

NAMED = 3  # names that a title lists before it counts the rest
# What people call a hyperparameter; any other by its name, with blanks for underscores.
WORDS = {
    "max_depth": mark("depth"),
    "num_round": mark("rounds"),
    "early_stopping_rounds": mark("early stopping"),
    "colsample_bytree": mark("columns a tree"),
    "subsample": mark("rows a tree"),
    "monotone_constraints": mark("directions"),
}
PRESETS = {"seed": mark("as in the notebook")}  # a preset's name in a title, where it is another one
# Follow from the target, unless somebody chose them, or are Sendero's own.
BY_PROBLEM = (
    "objective",
    "eval_metric",
    "num_class",
    *hyperparameters.KEPT_WHEN_STOPPED,
    *hyperparameters.WEIGHTED,
)
USUAL = {
    (objective, hyperparameters.METRICS[problem]) for problem, objective in hyperparameters.OBJECTIVES.items()
}
ORDER = [*WORDS, *hyperparameters.PRESETS[hyperparameters.DEFAULT_PRESET].values]
OURS = "_"  # begins the name of what no person sets
MACHINE = "nthread"  # says how a model is computed, not which; each trial has its own core
# As both backends name trials: a number at the end, and on SageMaker eight more characters.
TRIAL = re.compile(r"-(\d{3})(?:-[0-9a-f]{8})?$")


def title(job: Job, jobs: Iterable[Job] = ()) -> str:
    """Return what distinguishes a run, in words: "flights, without arr_delay", or "depth 3, eta 0.05".

    `jobs` are others that the title may speak of: the tuning job of a trial, the model of a transform job. Column and
    file names in it are user text. A job whose record is damaged has its technical name.
    """
    return _title(job, {other.name: other for other in jobs})


def titles(jobs: Sequence[Job]) -> dict[str, str]:
    """Return {job's name: its title} of a list of jobs."""
    known = {job.name: job for job in jobs}
    return {job.name: _title(job, known) for job in jobs}


def _title(job: Job, others: Mapping[str, Job]) -> str:
    request = job.request
    if "max_jobs" in request:
        return _tuning(request)
    if "hyperparameters" in request:
        number = request.get("fold", 0)
        part = (
            [tr("fold {number}", number=number)]
            if number
            else [tr("all rows")]
            if request.get("all_rows_of")
            else []
        )
        return ", ".join([*part, *_trial(job, others), _settings(request)])
    if "inputs" in request:
        return _eda(request)
    if "rows" in request:
        model = others.get(request["training_job"])
        return tr(
            "{file}, by {model}",
            file=request.get("file") or tr("rows"),
            model=_title(model, others) if model else request["training_job"],
        )
    return job.name


def tuning_of(job: Job) -> str:
    """Return the tuning job whose trial a Training Job is; nothing of one that is no trial."""
    return (
        job.request["tuning_job"] if "hyperparameters" in job.request and "tuning_job" in job.request else ""
    )


def whole_of(job: Job) -> str:
    """Return the run that a job is a part of: the tuning job of a trial, the model that a fold cross-validates."""
    return fold_of(job) or tuning_of(job)


def fold_of(job: Job) -> str:
    """Return the model that a Training Job cross-validates; nothing of one that is no fold."""
    return job.request.get("fold_of", "") if "hyperparameters" in job.request else ""


def all_rows_of(job: Job) -> str:
    """Return the model whose rounds a Training Job took to train on train and validation together; else nothing."""
    return job.request.get("all_rows_of", "") if "hyperparameters" in job.request else ""


def first_of(job: Job) -> str:
    """Return the Training Job that chose for a model of all rows; of any other its own name."""
    return all_rows_of(job) or job.name


def is_aside(job: Job) -> bool:
    """Return whether a job only shows something of another run, as a twin or a fold: then it is nobody's newest run."""
    request = job.request
    if "hyperparameters" in request:
        return bool(request.get("twin_of") or request.get("fold_of"))
    return bool(request.get("twin_of")) if "inputs" in request else False


def _eda(request: ProcessingRequestJson) -> str:
    config = request["config"]
    parts = [keys.dataset_name(request["inputs"].get("input", ""))]
    if dropped := _names(config.get("drop")):
        parts.append(tr("without {columns}", columns=dropped))
    if derived := _names(config.get("derive")):
        parts.append(tr("with {columns}", columns=derived))
    if config.get("weight"):
        parts.append(tr("weighted by {column}", column=config["weight"]))
    if config.get("split_column"):
        parts.append(tr("split by {column}", column=config["split_column"]))
    treated = config.get("treat")
    if isinstance(treated, Mapping):
        parts += [
            tr("{column} as {kind}", column=column, kind=kind)
            for column, kind in cast("Mapping[str, str]", treated).items()
        ][:NAMED]
    if kept := _names(config.get("keep_text")):
        parts.append(tr("words kept in {columns}", columns=kept))
    if config.get("drop_rare"):
        parts.append(tr("without rare classes"))
    if config.get("seed"):
        parts.append(tr("seed {seed}", seed=config["seed"]))
    return ", ".join(parts)


def _names(names: object) -> str:
    """Return `a, b` of a list or of the keys of a mapping, and how many more there are beyond NAMED."""
    if not isinstance(names, Sequence | Mapping):
        return ""
    listed = [str(name) for name in cast("Iterable[object]", names)]
    more = [tr("{number} more", number=len(listed) - NAMED)] if len(listed) > NAMED else []
    return ", ".join([*listed[:NAMED], *more])


def _trial(job: Job, others: Mapping[str, Job]) -> list[str]:
    tuning, named = tuning_of(job), TRIAL.search(job.name)
    if not tuning or not named:
        return []
    number = job.request.get("trial") if "hyperparameters" in job.request else None
    request = others[tuning].request if tuning in others else {}
    trial = number or int(named[1])
    if "max_jobs" not in request:
        return [tr("trial {number}", number=trial)]
    return [tr("trial {number} of {all}", number=trial, all=request["max_jobs"])]


def _tuning(request: TuningRequestJson) -> str:
    trials = request["max_jobs"]
    parts = [
        count(trials, "more trial", "more trials")
        if request.get("parent")
        else count(trials, "trial", "trials")
    ]
    if seconds := request.get("max_seconds"):
        parts.append(tr("{time} at most", time=format_duration(seconds)))
    ranges = {name: tuple(ends) for name, ends in request["ranges"].items()}
    if ranges != hyperparameters.DEFAULT_RANGES:
        parts.append(tr("over {names}", names=_names([tr(WORDS.get(name, name)) for name in ranges])))
    settings = _settings(request["training"])
    return ", ".join(parts if settings == hyperparameters.DEFAULT_PRESET else [*parts, settings])


def _settings(request: TrainingRequestJson) -> str:
    """Return how a training differs from the preset that is nearest to it, or which preset it is."""
    given = request["hyperparameters"]
    nearest = nearest_preset(given)
    named = [] if nearest == hyperparameters.DEFAULT_PRESET else [preset_words(nearest)]
    chosen = (given.get("objective", ""), given.get("eval_metric", ""))
    unusual = [] if chosen in USUAL else [text for text in chosen if text]
    changed = changes(given, hyperparameters.PRESETS[nearest].values)
    if request.get("all_rows_of"):  # that says it
        changed = [words for words in changed if words != _without("early_stopping_rounds")]
    return ", ".join([*named, *unusual, *changed]) or nearest


def changes(given: Mapping[str, str], preset: Mapping[str, str]) -> list[str]:
    """Return in words what a person set otherwise than `preset`, or took out: "depth 3", "no early stopping"."""
    order = sorted(_differing(given, preset), key=_rank)
    changed = [f"{_word(name)} {_value(name, given[name])}" for name in order if given.get(name)]
    return [*changed, *(_without(name) for name in order if not given.get(name))]


def preset_words(name: str) -> str:
    """Return what a preset is called in a title."""
    return tr(PRESETS[name]) if name in PRESETS else name


def nearest_preset(given: Mapping[str, str]) -> str:
    """Return the preset from which hyperparameters differ in the fewest."""
    presets = hyperparameters.PRESETS
    return min(presets, key=lambda name: len(_differing(given, presets[name].values)))


def settings_of(job: Job) -> tuple[str, dict[str, str]]:
    """Return (preset, {name: value}) with which a Training Job would be run again: what it was given, on top of the
    nearest preset; "" takes a name out.
    """
    given = job.hyperparameters
    preset = nearest_preset(given)
    usual = hyperparameters.PRESETS[preset].values
    changed = {name: given.get(name, "") for name in _differing(given, usual)}
    chosen = (given.get("objective", ""), given.get("eval_metric", ""))
    unusual = {} if chosen in USUAL else {name: given[name] for name in BY_PROBLEM[:2] if name in given}
    return preset, changed | unusual


def _differing(given: Mapping[str, str], preset: Mapping[str, str]) -> list[str]:
    """Return the hyperparameters that a person set otherwise than the preset, or took out."""
    return [
        name
        for name in {**preset, **given}
        if given.get(name) != preset.get(name)
        and name not in (*BY_PROBLEM, MACHINE)
        and not name.startswith(OURS)
    ]


def _word(name: str) -> str:
    return tr(WORDS[name]) if name in WORDS else name.replace("_", " ")


def _without(name: str) -> str:
    return tr("no {setting}", setting=_word(name))


def _value(name: str, text: str) -> str:
    """Return a value as a title has it: of the directions how many there are, for there is a number a feature."""
    if name != "monotone_constraints":
        return short_number(text)
    return str(len(re.findall("1", text)))


def short_number(text: str) -> str:
    """Return a number that a tuning drew with the digits that tell it apart, any other value as it is."""
    try:
        return number(float(text), 3) if "." in text else text
    except ValueError:
        return text


def _rank(name: str) -> tuple[int, str]:
    """Return the place of a hyperparameter in a title: those of the default preset first, in its order."""
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)
