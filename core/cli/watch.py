"""The command `watch`: what an endpoint is asked, how fast it answers, and whether what arrives is as in training."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from core.cli.answer import Answer, backend_of, readable
from core.language import tr
from core.numbers import count, fixed, percent
from core.verbs.costs import in_words


def watch(args: Namespace) -> Answer:
    """Look at an endpoint once; with outcomes, join them to what was predicted first."""
    from core.verbs import outcomes, quality_words, watching  # late: numpy

    backend, done = backend_of(args), None
    if args.outcomes:
        done = outcomes.join(backend, args.endpoint, readable(args.outcomes), args.key, args.outcome)
    seen = watching.watch(backend, args.endpoint)
    traffic = seen.traffic
    data = {
        "endpoint": args.endpoint,
        "since": traffic.since,
        "requests": traffic.requests,
        "errors": traffic.errors,
        "latency_ms": dict(traffic.latency_ms),
        "wakings": traffic.wakings,
        "waking_ms": traffic.waking_ms,
        "per_thousand": seen.per_thousand,
        "drift": {"sentence": seen.sentence, "files": [asdict(each) for each in seen.files]},
        "outcomes": done and asdict(done),
    }
    text = (
        f"{count(traffic.requests, 'request', 'requests')}, {count(traffic.errors, 'error', 'errors')} since"
    )
    text += f" {traffic.since:%Y-%m-%d %H:%M} UTC"
    text += "".join(
        f"\n  {share}: {fixed(value, 1)} ms"
        for share, value in traffic.latency_ms.items()
        if value is not None
    )
    if traffic.waking_ms is not None:
        text += "\n  " + tr(
            "woken {times}, in {seconds} s on average",
            times=count(traffic.wakings, "time", "times"),
            seconds=fixed(traffic.waking_ms / 1000, 1),
        )
    if seen.per_thousand:
        text += "\n  " + tr(
            "1,000 requests cost {amount}, the hours without any included",
            amount=in_words(seen.per_thousand),
        )
    text += f"\n{seen.sentence}"
    for file in seen.files[:1]:
        text += "".join(
            "\n  "
            + tr(
                "{column}: PSI {psi}, {noise} by chance; {importance} of the model",
                column=each.column,
                psi=fixed(each.psi, 2),
                noise=fixed(each.noise, 2),
                importance=percent(each.importance),
            )
            for each in file.columns
            if each.moved
        )
    if done:
        text += f"\n{outcomes.words(done)}"
    for file in seen.files:
        if file.measured:
            text += (
                f"\n  {file.at[:16].replace('T', ' ')} {file.file}: {quality_words.sentence(file.measured)}"
            )
    return Answer(data, text)
