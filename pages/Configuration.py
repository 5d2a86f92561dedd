"""Configuration: the data set, the target, and how to treat the other columns."""

import streamlit as st

from core import configuration, datasets
from core.settings import Settings
from core.ui import backend_form, dataset_form, page, target

backend = page.open("Configuration", "Choose where jobs run, the data, and the target.", backend_form.show)
saved = configuration.load(backend.storage)

st.subheader("2. Data", anchor=False)
dataset_form.add(backend.storage)
for error in datasets.damaged(backend.storage):
    page.show_failure(error.failure)
names = [item.name for item in datasets.list_datasets(backend.storage)]
if not names:
    st.info("Add a data set to go on: the sample is one click away.", icon=":material/signpost:")
    st.stop()
chosen = page.pick("Data set", names, key="dataset", default=saved.dataset if saved else names[-1])
dataset = datasets.load(backend.storage, chosen)
dataset_form.show(backend.storage, dataset)

st.subheader("3. Target", anchor=False)
target.choose(backend.storage, dataset)

with st.expander("Settings, and where they come from", icon=":material/settings:"):
    dataset_form.settings_table(Settings.load())
