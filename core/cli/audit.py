"""The commands over what was done in a workspace, and over where an endpoint or a model comes from."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.cli.answer import Answer, backend_of
from core.language import tr
from core.numbers import count
from core.storage import storage_errors
from core.verbs import audit as audits
from core.verbs import outside

WHEN = "%Y-%m-%d %H:%M:%S"


def audit(args: Namespace) -> Answer:
    """Show who did what, when and from which data, the newest first, and what runs now; with --csv also as a file."""
    backend = backend_of(args)
    outside.gather(backend)
    found = audits.audit(backend, args.name, args.last)
    running = () if args.name else audits.at_work(backend, audits.audit(backend).events)
    output: Path | None = args.csv
    if output:
        with storage_errors("write", str(output)):
            output.write_bytes(audits.csv_of(found.events))
    lines = [
        f"{event.at:{WHEN}}  {event.sentence}" + (f"  ({event.told})" if event.facts else "")
        for event in found.events
    ]
    lines += [
        tr(
            "Now: {kind} {name}, {status}, since {since}, begun by {who}",
            kind=work.kind,
            name=work.name,
            status=work.status,
            since=f"{work.since:{WHEN}}",
            who=work.who or tr("somebody"),
        )
        for work in running
    ]
    lines += [found.damage] if found.damaged else []
    lines += (
        [tr("{events} in {output}", events=count(len(found.events), "event", "events"), output=output)]
        if output
        else []
    )
    data = {
        "events": [event.as_dict() for event in found.events],
        "damaged": found.damaged,
        "now": [work.as_dict() for work in running],
    }
    return Answer(data, "\n".join(lines) or tr("Nothing was done here yet."))


def lineage(args: Namespace) -> Answer:
    """Show where an endpoint or a model comes from, back to the bytes of the data set."""
    from core.verbs.lineage import lineage as trace  # late: what an endpoint needs

    links = trace(backend_of(args), args.name)
    lines: list[str] = []
    for depth, link in enumerate(links):
        pad = "  " * depth
        lines.append(f"{pad}{link.kind} {link.name}" + (f"  SHA-256 {link.sha256}" if link.sha256 else ""))
        lines += [
            f"{pad}  " + tr("{act} at {at} UTC", act=act.of(link.name), at=f"{act.at:{WHEN}}")
            for act in link.acts
        ]
        lines += [
            f"{pad}  {part.kind}, {part.name}" + (f"  SHA-256 {part.sha256}" if part.sha256 else "")
            for part in link.parts
        ]
        lines.append(f"{pad}  {link.what}")
    return Answer({"name": args.name, "links": [link.as_dict() for link in links]}, "\n".join(lines))
