"""Jobs on the pages: the button that launches one, its panel while it runs (status, progress, log, stop), and all of
them in a table.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.backends.base import TAIL, Backend, Estimate, Job, JobStatus
from core.backends.requests import JobKind
from core.ui import page, state
from core.values import format_duration
from core.verbs import jobs as verbs

LOOK: dict[JobStatus, tuple[page.BadgeColor, str]] = {
    JobStatus.in_progress: ("blue", ":material/progress_activity:"),
    JobStatus.stopping: ("orange", ":material/hourglass_top:"),
    JobStatus.completed: ("green", ":material/check_circle:"),
    JobStatus.failed: ("red", ":material/error:"),
    JobStatus.stopped: ("gray", ":material/stop_circle:"),
}
IN_VIEW = 200  # lines of the log while the job runs


def follow(backend: Backend, job: Job, more: Callable[[Job], None] | None = None) -> None:
    """The job's panel, refreshed while it is active, as often as its backend may be asked.

    `more` draws what belongs to it. When the job ends, the whole page is drawn once more, and nothing polls
    any longer.
    """

    @st.fragment(run_every=backend.capabilities.poll_seconds if job.busy else None)
    def panel() -> None:
        with page.errors_shown():
            now = verbs.find_job(backend, job.name)
            _head(backend, now)
            if more:
                more(now)
            _log(backend, now)
            if job.busy and not now.busy:
                st.rerun()

    panel()


def _head(backend: Backend, job: Job) -> None:
    color, icon = LOOK[job.status]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(job.status.value, color=color, icon=icon)
        st.text(job.name)
        st.caption(
            f"{job.phase}, {format_duration(job.seconds)}"
            if job.status.active
            else f"took {format_duration(job.seconds)}"
        )
        if job.status == JobStatus.in_progress:
            _stop(backend, job)
    if job.status.active:
        st.progress(job.progress or 0.0, text=page.plain(job.message or job.phase))
    elif job.busy:
        st.caption("The model is judged on the test split once more.")
    elif (
        job.message and job.status == JobStatus.completed and not job.unjudged
    ):  # that stands below, with a remedy
        st.caption(page.plain(job.message))
    if job.failure:
        page.show_failure(job.failure)


def _stop(backend: Backend, job: Job) -> None:
    with st.popover("Stop", icon=":material/stop:"):
        st.write("What the job has done so far is not kept.")
        if st.button("Stop the job", type="primary", key=f"stop-{job.name}"):
            verbs.stop(backend, job.name)
            st.rerun()


def _log(backend: Backend, job: Job) -> None:
    kept = state.log(job.name).start({"text": "", "token": TAIL})
    chunk = verbs.read_log(backend, job.name, kept["token"])
    kept["text"], kept["token"] = (kept["text"] + chunk.text)[-200_000:], chunk.token
    lines = kept["text"].splitlines()
    if job.status.active:
        newest("\n".join(lines[-IN_VIEW:]) or "Waiting for the first line", f"newest-{job.name}")
        return
    with st.expander(f"Log, {len(lines)} lines", icon=":material/article:"):
        st.code("\n".join(lines) or "No log.", language=None, height=400)


def newest(text: str, key: str) -> None:
    """A log that is scrolled to its end, and stays there as it grows, until somebody scrolls it up."""
    with st.container(height=330, border=False, autoscroll=True, key=key):
        st.code(text, language=None)


def history(backend: Backend, kinds: tuple[JobKind, ...], empty: str) -> Job | None:
    """All jobs of some kinds as a table, and the one that the URL (`?job=`) names, or the newest."""
    jobs = verbs.list_jobs(backend, *kinds)
    if not jobs:
        st.caption(empty)
        return None
    chosen = page.pick("Job", [job.name for job in jobs], key="job")
    with st.expander(f"All {len(jobs)} jobs" if len(jobs) > 1 else "1 job", icon=":material/history:"):
        rows = [
            {
                "Job": job.name,
                "Status": job.status.value,
                "Started (UTC)": f"{job.created:%Y-%m-%d %H:%M:%S}",
                "Took": format_duration(job.seconds),
                "Peak memory": f"{job.peak_memory_bytes / 1e6:,.0f} MB" if job.peak_memory_bytes else "",
            }
            for job in jobs
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="All jobs with status, start and duration")
    return next(job for job in jobs if job.name == chosen)


def launch(
    label: str,
    act: Callable[[str], Job],
    estimate: Estimate,
    key: str,
    disabled: bool = False,
    then: Callable[[Job], None] | None = None,
) -> None:
    """A launch button that starts one job however often it is clicked, and says what it costs.

    The job's name has the time of the click, and a second click finds the first one's job.
    Afterwards `then` is called, or the page selects the job.
    """
    clicked = st.button(label, type="primary", icon=":material/play_arrow:", key=key, disabled=disabled)
    st.caption(f"Cost: {page.plain(estimate.text)}")
    if clicked:
        with page.errors_shown():  # the rest of the page stays as it was
            with state.click(key) as token:
                job = act(token)
            if then:
                then(job)
            page.select("job", job.name)
