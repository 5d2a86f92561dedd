"""Configuration: the data set, the target, and how to treat the other columns."""

import streamlit as st

from core.settings import Settings
from core.ui import backend_form, dataset_form, header, page, target
from core.verbs import datasets

head, backend = header.open(
    "Configuration", "Choose where jobs run, the data, and the target.", backend_form.show
)
saved = datasets.saved_configuration(backend)

st.subheader("2. Data", anchor=False)
dataset_form.add(backend)
for error in datasets.damaged(backend):
    page.show_failure(error.failure)
names = [item.name for item in datasets.list_datasets(backend)]
if not names:
    st.info("Add a data set to go on: the sample is one click away.", icon=":material/signpost:")
    st.stop()
chosen = page.pick("Data set", names, key="dataset", default=saved.dataset if saved else names[-1])
dataset = datasets.find_dataset(backend, chosen)
dataset_form.show(backend, dataset)

st.subheader("3. Target", anchor=False)
target.choose(backend, dataset)

with st.expander("Settings, and where they come from", icon=":material/settings:"):
    dataset_form.settings_table(Settings.load())
