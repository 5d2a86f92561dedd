"""Inference: deploy a model, ask its endpoint (one row, or a file), and delete it; large files without an endpoint."""

from core.language import mark, tr
from core.ui import (
    artifacts,
    batch,
    deletion,
    endpoints,
    header,
    ordering,
    page,
    parts,
    pasted,
    predict,
    prediction_jobs,
    results,
    row,
    snippets,
    watch,
)
from core.verbs import progress
from core.verbs.endpoints import list_endpoints

head, backend = header.open(
    "Inference", tr("Deploy a model, ask it, and delete the endpoint when you are done.")
)
endpoints.receipt(head)
deletion.receipt(head)
waiting = ordering.follow(head, backend)
models = progress.models(backend, results.known(backend))
existing = list_endpoints(backend)
if not models and not existing:
    page.first_do(tr("First train a model: an endpoint serves one."), "Training")

ways = {}
if models and not waiting and endpoints.is_deployment_wanted(existing, models):
    ways[mark("Deploy a model")] = lambda: endpoints.deploy(backend, models)
if existing:
    endpoint = endpoints.choose(head, existing)
    header.name_tab(endpoint.name, page.title("Inference"))
    endpoints.follow(head, backend, endpoint)
    endpoints.actions(head, backend, endpoint, models)
    contract = artifacts.model_contract(backend, endpoint.training_job)
    ways[mark("One row")] = lambda: row.form(backend, endpoint, contract, models)
    ways[mark("Paste")] = lambda: pasted.show(backend, endpoint, contract)
    ways[mark("A file")] = lambda: (
        predict.upload(backend, endpoint, contract),
        prediction_jobs.show(backend),
    )
elif prediction_jobs.any_of(backend):
    ways["A file"] = lambda: prediction_jobs.show(backend)
if models:
    ways[mark("Batch")] = lambda: batch.section(backend, models)
if existing:
    ways[mark("Watch")] = lambda: watch.show(backend, endpoint)
    ways[mark("Code")] = lambda: snippets.show(backend, endpoint, contract)
parts.show(ways, "way", {"training": "Deploy a model", "job": "Batch", "file": "A file"})
