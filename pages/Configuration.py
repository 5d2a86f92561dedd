"""Configuration: the data set, the target, and what the other columns are taken for."""

import streamlit as st

from core.language import tr
from core.ui import backend_form, dataset_form, header, page, target
from core.verbs import datasets

head, backend = header.open(
    "Configuration", tr("Choose the data and what to predict; it is saved as you go."), backend_form.badge
)
with head.messages:
    dataset_form.receipt()
    for error in datasets.damaged(backend):
        page.show_failure(error.failure)

left, right = st.columns([1, 2.4], gap="medium")
with left:
    dataset = dataset_form.choose(backend)
with right:
    if dataset is None:
        st.info(tr("Add a data set to go on: the sample is one click away."), icon=":material/signpost:")
    else:
        target.choose(backend, dataset, head)
