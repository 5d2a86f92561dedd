"""The commands over the model registry: register a model, list versions, approve and reject."""

from __future__ import annotations

from argparse import Namespace

from core import metric_words
from core.backends.registry import ModelVersion
from core.cli.answer import Answer, backend_of
from core.evaluation_file import Figure
from core.language import tr
from core.verbs import registry


def register(args: Namespace) -> Answer:
    """Make a model a version, which waits for approval."""
    version = registry.register(backend_of(args), args.training_job, args.group)
    return Answer(
        version.as_dict(),
        f"{_line(version)}\n" + tr("Next: {command}", command=f"approve {version.name} --why REASON"),
    )


def versions(args: Namespace) -> Answer:
    """List all versions, newest first."""
    found = registry.versions(backend_of(args))
    text = "\n".join(_line(version) for version in found) or tr(
        "No versions: choose or register a model first."
    )
    return Answer({"versions": [version.as_dict() for version in found]}, text)


def approve(args: Namespace) -> Answer:
    """Approve a version, with the reason."""
    version = registry.approve(backend_of(args), args.version, args.why)
    return Answer(
        version.as_dict(),
        f"{version.verdict}\n" + tr("Next: {command}", command=f"deploy --version {version.name}"),
    )


def reject(args: Namespace) -> Answer:
    """Reject a version, with the reason."""
    version = registry.reject(backend_of(args), args.version, args.why)
    return Answer(version.as_dict(), version.verdict)


def _line(version: ModelVersion) -> str:
    told = [version.training_job]
    for name, each in list(version.metrics.items())[:1]:
        figure = Figure(value=each["value"], low=each["low"], high=each["high"])
        told.append(f"{metric_words.label(name)} {metric_words.with_interval(name, figure)}")
    if dataset := version.facts.get("dataset"):
        told.append(
            tr(
                "data set {dataset}, SHA-256 {digest}",
                dataset=dataset,
                digest=version.facts.get("dataset_sha256", "")[:12],
            )
        )
    return f"{version.verdict}\n  {', '.join(told)}"
