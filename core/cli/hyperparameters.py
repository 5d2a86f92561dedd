"""The command that tells of hyperparameters. Its whole text is docs/hyperparameters.md."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from core import hyperparameters as known
from core.cli.answer import Answer
from core.hyperparameters import FIRST, NOT_OFFERED, PRESETS, Description, range_words
from core.language import tr

INTRODUCTION = """\
# Hyperparameters

What Sendero's image for XGBoost takes. *When* says when to touch one; all others are best left alone. Set one in the
form of a new run, or with `--set name=value` on top of a preset; an empty value takes it out. What the image takes and
then trains wrongly is refused before a job starts, with the reason."""
PARTS = {
    "Begin with these": lambda item: item.name in FIRST,
    "All others": lambda item: item.name not in (*FIRST, *NOT_OFFERED),
    "Set by Sendero, or refused": lambda item: item.name in NOT_OFFERED,
}


def hyperparameters(args: Namespace) -> Answer:
    """Tell what each hyperparameter does, when to touch it, its default and its range."""
    chosen = [known.described(name) for name in args.names]
    text = "\n\n".join(map(paragraph, chosen)) if chosen else page()
    return Answer({"hyperparameters": [asdict(item) for item in chosen or known.describe()]}, text)


def page() -> str:
    """Return docs/hyperparameters.md: every hyperparameter, the ones to begin with first."""
    parts = [INTRODUCTION]
    for title, belongs in PARTS.items():
        parts += [f"## {title}", *(paragraph(item) for item in known.describe() if belongs(item))]
    return "\n\n".join(parts)


def paragraph(item: Description) -> str:
    """Return one hyperparameter in Markdown: what it does, when to touch it, and what it takes."""
    item = known.told(item)
    presets = [
        tr("{preset} has {value}", preset=name, value=preset.values[item.name])
        for name, preset in PRESETS.items()
        if item.name in preset.values
    ]
    facts = [
        tr("Takes {values}", values=range_words(item)),
        tr("needed") if item.required else tr("default {value}", value=item.usual),
        *presets,
    ]
    if item.tunable:
        low, high = item.tunable
        facts.append(tr("tuned from {low} to {high}", low=f"{low:g}", high=f"{high:g}"))
    if item.aliases:
        facts.append(tr("also called {names}", names=", ".join(item.aliases)))
    return f"**{item.name}**: {item.does}  \n*When*: {item.when}  \n{'; '.join(facts)}."
