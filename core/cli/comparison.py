"""The command that holds two models against each other."""

from __future__ import annotations

from argparse import Namespace

from core import metric_words
from core.cli.answer import Answer, backend_of
from core.language import mark, tr


def compare(args: Namespace) -> Answer:
    """Compare the second of two models with the first."""
    from core.verbs import comparison  # late: no other command needs numpy for it

    found = comparison.compare(backend_of(args), args.first, args.second)
    data = comparison.as_dict(found)
    lines = [comparison.sentence(found, found.first, found.second)]
    lines += [found.unpaired] if found.unpaired else []
    for each in found.differences:
        first, second = (
            metric_words.written(each.metric, value, found.rows) for value in (each.first, each.second)
        )
        by, low, high = (comparison.amount(each, value) for value in (each.value, each.low, each.high))
        label = metric_words.label(each.metric)
        lines.append(f"  {label:20} {first:>8} -> {second:>8}   {by} [{low}, {high}]  {each.verdict}")
    for title, changed in (
        (tr("Settings that differ:"), found.settings),
        (tr("Data that differ:"), found.data),
    ):
        lines += [title] if changed else []
        lines += [
            f"  {comparison.label(each)}: {each.first or '-'} -> {each.second or '-'}" for each in changed
        ]
    for text, names in (
        (mark("Columns added: {names}"), found.contract.added),
        (mark("Columns gone: {names}"), found.contract.gone),
    ):
        lines += [tr(text, names=", ".join(names))] if names else []
    lines += [f"  {each.column}: {each.first} -> {each.second}" for each in found.contract.retyped]
    return Answer(data, "\n".join(lines))
