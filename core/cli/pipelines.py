"""The command `pipeline`: save a run as a pipeline, run it, look at it, stop it, take it away, delete it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from core.backends.base import Backend
from core.backends.pipelines import Execution, Pipeline, StepStatus
from core.cli.answer import Answer, backend_of, overrides_of, readable, say, say_cost
from core.cli.confirmation import confirmed
from core.errors import SenderoError
from core.language import joined, tr
from core.numbers import count, fixed, number
from core.pipelines.definition import DATASET
from core.pipelines.errors import BadParameter
from core.storage import DiskStorage
from core.verbs import pipeline_saving
from core.verbs import pipelines as verbs


def pipeline(args: Namespace) -> Answer:
    """Do what the second word says."""
    return ACTIONS[args.action](backend_of(args), args)


def _save(backend: Backend, args: Namespace) -> Answer:
    asked = (args.name, args.training, args.metric, args.threshold, args.group, not args.no_caching)
    saved = pipeline_saving.save(backend, pipeline_saving.draft(backend, *asked), args.replace)
    return Answer(
        _data(saved), f"{_words(saved)}\n" + tr("Next: {command}", command=f"pipeline run {saved.name}")
    )


def _run(backend: Backend, args: Namespace) -> Answer:
    given = dict(args.given)
    if args.data or args.dataset:
        if DATASET in given:
            raise BadParameter(name=DATASET, reason=tr("It is given twice."))
        given[DATASET] = args.dataset or _added(backend, args)
    found = verbs.find(backend, args.name)
    say_cost(backend, lambda: verbs.estimate(backend, found, given))
    execution = verbs.run(backend, args.name, given)
    say(tr("Run {id}", id=execution.id))
    say(tr(verbs.UNCHANGED))
    error: SenderoError | None = None
    if not args.no_wait:
        try:
            verbs.wait(backend, execution, say)
        except SenderoError as failed:
            error = failed
    execution = verbs.find_execution(backend, args.name, execution.id)
    return Answer(_run_data(backend, execution), _run_words(backend, execution), error)


def _added(backend: Backend, args: Namespace) -> str:
    """Return the name of the data set that the given file is kept as."""
    from core.verbs import datasets  # late: DuckDB

    with datasets.fetched(backend, args.data) as file:
        return datasets.add(backend, readable(file), overrides_of(args)).name


def _list(backend: Backend, args: Namespace) -> Answer:
    found = verbs.pipelines(backend)
    newest: dict[str, Execution] = {}
    for execution in reversed(verbs.executions(backend)):
        newest[execution.pipeline] = execution
    data = [_data(each) | {"last_run": _last(newest.get(each.name))} for each in found]
    lines = [f"{each.name:<40} {_ended(newest.get(each.name))}" for each in found]
    return Answer(
        {"pipelines": data}, "\n".join(lines) or tr("No pipelines yet: pipeline save NAME --training JOB")
    )


def _last(execution: Execution | None) -> dict[str, object] | None:
    return execution.as_dict() if execution else None


def _ended(execution: Execution | None) -> str:
    return f"{execution.status} {execution.id}" if execution else tr("never run")


def _show(backend: Backend, args: Namespace) -> Answer:
    found = verbs.find(backend, args.name)
    runs = verbs.executions(backend, args.name)
    chosen = verbs.find_execution(backend, args.name, args.run) if args.run else next(iter(runs), None)
    data = _data(found) | {"runs": [each.as_dict() for each in runs]}
    text = [_words(found), *(f"  {each.name} = {_value(each.default)}" for each in verbs.asked_of(found))]
    text.append(f"{count(len(runs), 'run', 'runs')}.")
    if chosen:
        data |= _run_data(backend, chosen)
        text.append(_run_words(backend, chosen))
    return Answer(data, "\n".join(text))


def _stop(backend: Backend, args: Namespace) -> Answer:
    execution = verbs.stop(backend, args.name, args.run)
    return Answer(execution.as_dict(), f"{execution.id}: {execution.status}")


def _export(backend: Backend, args: Namespace) -> Answer:
    whole = verbs.export(backend, args.name)
    output = args.output.expanduser().absolute()
    DiskStorage(output.parent).write_bytes(output.name, whole)
    data = {"pipeline": args.name, "file": str(output), "bytes": len(whole)}
    return Answer(
        data,
        tr(
            "{output}: the definition of {name}, as SageMaker's CreatePipeline takes it",
            output=output,
            name=args.name,
        ),
    )


def _delete(backend: Backend, args: Namespace) -> Answer:
    verbs.find(backend, args.name)
    why = tr("Its runs are not listed any more; its jobs and the versions that it registered stay.")
    confirmed(args.name, args.confirm, why, f"--confirm {args.name}")
    gone = verbs.delete(backend, args.name)
    return Answer({"deleted": gone}, "\n".join(tr("deleted {name}", name=each) for each in gone))


ACTIONS = {
    "save": _save, "run": _run, "list": _list, "show": _show, "stop": _stop, "export": _export, "delete": _delete,
}  # fmt: skip


def _data(found: Pipeline) -> dict[str, Any]:
    asked = {each.name: each.default for each in verbs.asked_of(found)}
    return {"pipeline": found.name, "updated": found.updated.isoformat(), "parameters": asked}


def _words(found: Pipeline) -> str:
    return joined([tr("Pipeline {name}.", name=found.name), verbs.bar(found)])


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _run_data(backend: Backend, execution: Execution) -> dict[str, Any]:
    """Return a run with its steps; its parameters are `given`, beside those of the pipeline."""
    whole = execution.as_dict()
    return {
        **{name: value for name, value in whole.items() if name != "parameters"},
        "given": whole["parameters"],
        "steps": [step.as_dict() for step in verbs.steps(backend, execution)],
    }


def _run_words(backend: Backend, execution: Execution) -> str:
    lines = [f"{execution.id} {execution.status}, {fixed(execution.seconds, 1)} s"]
    steps = verbs.steps(backend, execution)
    shown = [step for step in steps if execution.status.active or step.status != StepStatus.pending]
    lines += [f"  {verbs.line_of(step)}" for step in shown]
    return "\n".join(lines)
