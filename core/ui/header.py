"""The one row that heads every page: what it is about, what runs or is ready, and at its right end the way on.

A page fills the row's parts whenever it knows what belongs there: each is a container, so what is written late still
stands in its place, in sight without scrolling.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.backends.base import Backend, Endpoint, EndpointStatus, Job
from core.backends.requests import JobKind
from core.errors import SenderoError
from core.language import mark, tr
from core.numbers import percent
from core.ui import audit, expiry, page
from core.values import format_duration
from core.verbs import runs
from core.verbs.endpoints import list_endpoints
from core.verbs.jobs import list_jobs

PAGE_OF = {
    JobKind.processing: "EDA",
    JobKind.transform: "Inference",
    JobKind.prediction: "Inference",
}  # kind -> the page that follows it
QUERY_OF = {JobKind.prediction: "file"}  # kind -> how that page's address names the job
# What an endpoint is at, as people say it.
STATUS_WORDS: dict[EndpointStatus, str] = {
    EndpointStatus.creating: mark("starting"),
    EndpointStatus.in_service: mark("ready"),
    EndpointStatus.deleting: mark("being deleted"),
    EndpointStatus.failed: mark("failed"),
    EndpointStatus.expired: mark("expired"),
}
EVERY = 20.0  # seconds after which the time left of an endpoint is told anew
# What shows the status line, for the router to call: a page ends in several ways, and does not know which is its last.
AT_THE_END: ContextVar[Callable[[], None] | None] = ContextVar("AT_THE_END", default=None)


@dataclass(frozen=True, slots=True)
class Header:
    """The parts of a page's first row, and what stands right below it."""

    about: DeltaGenerator  # the target, the data set, the run: what the page shows
    status: DeltaGenerator  # what runs, or is ready
    actions: DeltaGenerator  # the one next action last, at the right end
    messages: DeltaGenerator  # errors and results of what was clicked in the row


def open(name: str, purpose: str, first: Callable[[Header], None] | None = None) -> tuple[Header, Backend]:
    """Head the page `name` with its row and return the row and the backend; `purpose` is the title's tooltip.

    `first` is drawn before the backend is built, and so also where it cannot be: there the page ends with the reason.
    """
    page.follow_lead(name)
    title = page.title(name)
    name_tab(title)
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        st.title(
            "Sendero" if page.PAGES[name].get("default") else title,
            anchor=False,
            width="content",
            help=purpose,
        )
        about, status = _part(), _part()
        st.space("stretch")
        actions = _part()
    header = Header(about, status, actions, st.container())
    if first:
        with page.errors_shown():
            first(header)
    try:
        backend = page.backend()
        AT_THE_END.set(_status_line(status, backend, name))
        expiry.start(backend)
        with header.messages:
            audit.unwritten()
    except SenderoError as error:
        with header.messages:
            page.show_failure(error.failure)
            if name != "Configuration":
                page.link("Configuration", tr("Set up where jobs run"))
        st.stop()
    return header, backend


def close() -> None:
    """Show what runs and what is ready, at the end of a page.

    Not before it: the timer of a page that switches to another one while it still runs would ask for a part that is
    gone with it, and Streamlit 1.67 empties the other page then.
    """
    if show := AT_THE_END.get():
        show()


def name_tab(*parts: str) -> None:
    """Title the browser's tab, the most telling part first: a run, then its page."""
    st.set_page_config(page_title=" · ".join([*parts, "Sendero"]))


def _part() -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", width="content")


def _status_line(container: DeltaGenerator, backend: Backend, name: str) -> Callable[[], None] | None:
    """Return what shows in `container` what runs and is ready, as links that stay up to date; None where nothing is."""
    busy, ready = _active_jobs(backend), _active_endpoints(backend)

    @st.fragment(run_every=backend.capabilities.poll_seconds if busy else EVERY if ready else None)
    def status() -> None:
        with page.errors_shown():
            for job in _active_jobs(backend) if busy else []:
                if not _is_shown(job, name):
                    _job(job)
            for endpoint in _active_endpoints(backend) if ready else []:
                _endpoint(endpoint)

    def show() -> None:
        with container.container(width="content"):
            status()

    return show if busy or ready else None


def _active_jobs(backend: Backend) -> list[Job]:
    """Return the jobs that run; a tuning job stands for its trials."""
    return [job for job in list_jobs(backend) if job.status.active and not runs.tuning_of(job)]


def _active_endpoints(backend: Backend) -> list[Endpoint]:
    return [endpoint for endpoint in list_endpoints(backend) if endpoint.status.active]


def _is_shown(job: Job, name: str) -> bool:
    """Return whether the page `name` follows the job itself: the one of its URL, or else the newest."""
    on_its_page = name in ("EDA", "Training") and PAGE_OF.get(job.kind, "Training") == name
    return on_its_page and st.query_params.get("job") in (None, job.name)


def query_of(job: Job) -> dict[str, str]:
    """Return what the address of the page that follows a job has to say."""
    return {QUERY_OF.get(job.kind, "job"): job.name}


def _job(job: Job) -> None:
    name = PAGE_OF.get(job.kind, "Training")
    title, took = page.title(name), format_duration(job.seconds)
    label = (
        tr("{page} runs, {time}", page=title, time=took)
        if job.progress is None
        else tr("{page} runs, {share}, {time}", page=title, share=percent(job.progress), time=took)
    )
    page.link(name, label, icon=":material/progress_activity:", help=job.name, **query_of(job))


def _endpoint(endpoint: Endpoint) -> None:
    ready = endpoint.status == EndpointStatus.in_service
    label = tr(STATUS_WORDS[endpoint.status])
    if endpoint.expires:
        left = format_duration((endpoint.expires - datetime.now(UTC)).total_seconds())
        label = tr("{status}, ends in {time}", status=label, time=left)
    icon = ":material/check_circle:" if ready else ":material/progress_activity:"
    page.link(
        "Inference",
        label,
        icon=icon,
        help=tr("{endpoint}, ended by {whom}", endpoint=endpoint.name, whom=tr(endpoint.ends_by)),
        endpoint=endpoint.name,
    )
