"""Inference: deploy a model, ask its endpoint (a form, or a CSV), and delete it; large files without an endpoint."""

import streamlit as st

from core.backends.base import EndpointStatus
from core.ui import artifacts, batch, endpoints, header, page, predict, snippets
from core.verbs import progress
from core.verbs.endpoints import list_endpoints

head, backend = header.open("Inference", "Deploy a model, ask it, and delete the endpoint when you are done.")
endpoints.receipt()
models = progress.models(backend)
existing = list_endpoints(backend)
if not models and not existing:
    page.first_do("First train a model: an endpoint serves one.", "Training")

if models:  # without one there may still be an endpoint to look at, and to delete
    with st.expander("Deploy a model", icon=":material/rocket_launch:", expanded=not existing):
        endpoints.deploy(backend, models)

    batch.section(backend, models)

if not existing:
    st.caption("No endpoint yet: deploy a model above.")
    st.stop()
endpoint = endpoints.choose(existing)
endpoints.follow(backend, endpoint)
if endpoint.status == EndpointStatus.in_service:
    contract = artifacts.model_contract(backend, endpoint.training_job)
    form, upload = st.tabs(["Form", "CSV upload"])
    with form:
        predict.form(backend, endpoint.name, contract)
    with upload:
        predict.upload(backend, endpoint.name, contract)
    snippets.show(backend, endpoint, contract)
endpoints.delete(backend, endpoint)
