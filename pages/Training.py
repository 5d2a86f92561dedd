"""Training: hyperparameters, the Training Job with its live curve, its evaluation, runs and tuning."""

import streamlit as st

from core.backends.base import JobStatus
from core.backends.requests import JobKind
from core.ui import artifacts, evaluation, header, hyperparameters, jobs, page, promotion, resource_form
from core.verbs import resources, training
from core.verbs.jobs import list_jobs

head, backend = header.open("Training", "Train XGBoost on the splits of an EDA job, and see how good it is.")
ready = [job.name for job in training.trainable(backend)]
if not ready and not list_jobs(backend, JobKind.training):
    page.first_do("First run an EDA job: it writes the splits that training reads.", "EDA")
if not ready:
    st.info("To train here, first run an EDA job: a promoted one has left its training split where it ran.")

if ready:
    with st.container(border=True):
        eda = page.pick("EDA job", ready, key="eda")
        contract = artifacts.fitted_contract(backend, eda)
        st.text(
            f"{contract.label.problem} problem: predict {contract.label.name}; features: {len(contract.features)}"
        )
        preset, given = hyperparameters.choose(contract.label.problem, len(contract.classes))
        chosen = resource_form.choose(backend, "training")
        train, tune = st.tabs(["Train", "Tune"])
        with train:
            jobs.launch(
                "Launch training",
                lambda token: training.launch_training(backend, eda, preset, given, token, chosen),
                resources.estimate_training(backend, eda, chosen),
                key="launch-training",
                disabled=resource_form.refused(backend, "training", chosen),
            )
        with tune:
            most, ranges = hyperparameters.ranges()
            jobs.launch(
                "Launch tuning",
                lambda token: training.launch_tuning(
                    backend, eda, most, ranges, preset, given, token, chosen
                ),
                resources.estimate_training(backend, eda, chosen, most),
                key="launch-tuning",
                disabled=resource_form.refused(backend, "training", chosen, most),
            )

with head.about:
    job = jobs.choose(backend, JobKind.training, JobKind.tuning)
if job is None:
    st.stop()
jobs.follow(backend, job, head)
if job.kind == JobKind.tuning:
    evaluation.trials(backend, job)
    st.stop()
jobs.live(backend, job, lambda now: evaluation.curves(backend, now))
if job.status == JobStatus.completed:
    evaluation.show(training.evaluation_of(backend, job.name), job.unjudged)
    evaluation.again(backend, job)
    page.go("Inference", "Deploy this model", training=job.name)
    promotion.offer(backend, job.name)
evaluation.compare(backend)
