"""A report and a contract as the pages read them: parsed once for as long as the file stays the same.

A page is drawn at every click. `st.cache_resource` keeps what was parsed, where `st.cache_data` would make a copy at
each of them, which takes as long as parsing: so nobody may change what is returned.
"""

from __future__ import annotations

import streamlit as st

from core import keys
from core.backends.base import Backend
from core.encoding.contract import Contract
from core.report.schema import Report
from core.verbs import eda
from core.verbs.jobs import artifact_size, root
from core.verbs.model_description import describe_model

KEPT = 8  # of each kind, for all visits together


def report(backend: Backend, eda_job: str) -> Report:
    """Return the report of an EDA job. Raises NotFound, JobNotReady, StorageFailed, StorageDamaged."""
    return _report(backend, root(backend), eda_job, artifact_size(backend, keys.report(eda_job)))


def fitted_contract(backend: Backend, eda_job: str) -> Contract:
    """Return the contract that an EDA job fitted. Raises StorageFailed, StorageDamaged."""
    size = artifact_size(backend, keys.fitted_contract(eda_job))
    return _fitted_contract(backend, root(backend), eda_job, size)


def model_contract(backend: Backend, training_job: str) -> Contract:
    """Return the contract of a model. Raises StorageFailed, StorageDamaged."""
    size = artifact_size(backend, keys.model_contract(training_job))
    return _model_contract(backend, root(backend), training_job, size)


# Root, name and size are the key of an entry: an argument that begins with an underscore is none.
@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _report(_backend: Backend, root: str, eda_job: str, size: int) -> Report:
    return eda.report_of(_backend, eda_job)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _fitted_contract(_backend: Backend, root: str, eda_job: str, size: int) -> Contract:
    return eda.contract_of(_backend, eda_job)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _model_contract(_backend: Backend, root: str, training_job: str, size: int) -> Contract:
    return describe_model(_backend, training_job).contract
