"""Inference: deploy a model, ask its endpoint (one row, or a file), and delete it; large files without an endpoint."""

import streamlit as st

from core.backends.base import EndpointStatus
from core.ui import artifacts, batch, endpoints, header, page, predict, snippets, ways
from core.verbs import progress
from core.verbs.endpoints import list_endpoints

head, backend = header.open("Inference", "Deploy a model, ask it, and delete the endpoint when you are done.")
endpoints.receipt(head)
models = progress.models(backend)
existing = list_endpoints(backend)
if not models and not existing:
    page.first_do("First train a model: an endpoint serves one.", "Training")

endpoint = endpoints.choose(head, existing) if existing else None
if endpoint:
    endpoints.follow(head, backend, endpoint)
    endpoints.actions(head, backend, endpoint, models)

way = ways.choose(endpoint, models)
if way == ways.DEPLOY:
    with st.container(border=True):
        endpoints.deploy(backend, models)
elif way == ways.JOB:
    batch.section(backend, models)
elif endpoint:
    contract = artifacts.model_contract(backend, endpoint.training_job)
    if way == ways.ROW:
        predict.form(backend, endpoint, contract)
    elif endpoint.status != EndpointStatus.in_service:
        st.caption("It can be asked once it is ready.")
    elif way == ways.FILE:
        predict.upload(backend, endpoint.name, contract)
    else:
        snippets.show(backend, endpoint, contract)
