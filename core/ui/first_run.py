"""The way on from a report: one click in the header trains a first model on its splits."""

from __future__ import annotations

from core.backends.base import Backend, Job
from core.backends.requests import JobKind
from core.language import tr
from core.ui import jobs, page
from core.ui.header import Header
from core.verbs import resources, training
from core.verbs.jobs import list_jobs
from core.verbs.launching import is_just_started
from core.verbs.leaderboard import eda_job_of


def offer(backend: Backend, eda_job: str, head: Header) -> None:
    """Offer to train on the splits of an EDA job with the preset to begin with, or lead to Training: where there are
    runs already, and where another machine has to be chosen first.

    A run that has just started is none yet: the second of two hurried clicks is to find the button, and its job.
    """
    begun = [
        job
        for job in list_jobs(backend, JobKind.training, JobKind.tuning)
        if eda_job_of(job) == eda_job and not is_just_started(job)
    ]
    if begun or eda_job not in [job.name for job in training.trainable(backend)]:
        with head.actions:
            page.go("Training", tr("See its runs"), eda=eda_job)
        return
    if resources.objection(backend, "training", {}):
        with head.actions:
            page.go("Training", tr("Go to {page}", page=page.title("Training")), eda=eda_job)
        return

    def follow(job: Job) -> None:
        page.lead("Training", job=job.name)

    jobs.launch(
        tr("Train a model"),
        lambda token: training.launch_training(backend, eda_job, token=token),
        resources.estimate_training(backend, eda_job),
        key="launch-first",
        head=head,
        then=follow,
    )
