"""Jobs on the pages: the button that launches one, the line that follows it (progress, log, stop), and the choice of
one by its title in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.backends.base import TAIL, Backend, Estimate, Job, JobStatus
from core.backends.requests import JobKind
from core.language import mark, tr
from core.ui import page, state
from core.values import format_duration
from core.verbs import jobs as verbs
from core.verbs import runs

if TYPE_CHECKING:
    from core.ui.header import Header

# Status -> how its badge looks, and its word.
LOOK: dict[JobStatus, tuple[page.BadgeColor, str, str]] = {
    JobStatus.in_progress: ("blue", ":material/progress_activity:", mark("running")),
    JobStatus.stopping: ("orange", ":material/hourglass_top:", mark("stopping")),
    JobStatus.completed: ("green", ":material/check_circle:", mark("done")),
    JobStatus.failed: ("red", ":material/error:", mark("failed")),
    JobStatus.stopped: ("gray", ":material/stop_circle:", mark("stopped")),
}
WIDTH = 430  # pixels of a choice of a run: its title says what was left out, and how it was split
IN_VIEW = 200  # lines of the log while the job runs


def follow(
    backend: Backend, job: Job, head: Header | None = None, below: DeltaGenerator | None = None
) -> None:
    """Draw the job's line, refreshed while it is active, as often as its backend may be asked.

    With `head` it stands in the page's first row once the job has ended well, and right below it until then; without
    it, where this is called. When the job ends, the whole page is drawn once more, and nothing polls any longer.
    """
    fits = not job.busy and not job.failure

    @st.fragment(run_every=backend.capabilities.poll_seconds if job.busy else None)
    def line() -> None:
        with page.errors_shown():
            now = verbs.find_job(backend, job.name)
            with st.container(
                horizontal=True, vertical_alignment="center", width="content" if fits else "stretch"
            ):
                _state(now, brief=bool(fits and head))
                _log(backend, now)
                if now.status == JobStatus.in_progress:
                    _stop(backend, now)
            if job.busy and not now.busy:
                st.rerun()

    # A fragment takes an equal share of its row, whatever it needs: so it has a part of its own.
    part = (head.status if fits else head.messages) if head else st
    with part.container(width="content" if fits else "stretch"):
        line()
    if job.failure:
        with below or (head.messages if head else st.container()):
            page.show_failure(job.failure)


def live(backend: Backend, job: Job, draw: Callable[[Job], None]) -> None:
    """Call `draw` with the job as it is now, again and again while it is active: what a page shows of its progress."""

    @st.fragment(run_every=backend.capabilities.poll_seconds if job.busy else None)
    def part() -> None:
        with page.errors_shown():
            draw(verbs.find_job(backend, job.name) if job.busy else job)

    part()


def _state(job: Job, brief: bool) -> None:
    """Draw what a job is at, or what became of it; `brief`: in a page's first row, where its message is a tooltip."""
    color, icon, word = LOOK[job.status]
    took = format_duration(job.seconds)
    if brief:
        text = (
            tr("done in {time}", time=took)
            if job.status == JobStatus.completed
            else tr("{status} after {time}", status=tr(word), time=took)
        )
        st.badge(text, color=color, icon=icon, help=page.plain(job.message) or None)
        return
    st.badge(tr(word), color=color, icon=icon)
    if job.status.active:
        st.progress(
            job.progress or 0.0,
            text=page.plain(tr("{phase}, {time} so far", phase=job.message or job.phase, time=took)),
        )
    elif job.busy:
        st.caption(tr("The model is judged on the test split once more."), width="content")
    elif (
        job.message and job.status == JobStatus.completed and not job.unjudged and job.kind != JobKind.tuning
    ):
        # What is unjudged stands below, with a remedy; so do a tuning job's trials.
        st.caption(page.plain(tr("took {time}: {message}", time=took, message=job.message)), width="content")
    else:
        st.caption(tr("took {time}", time=took), width="content")


def _stop(backend: Backend, job: Job) -> None:
    with st.popover(tr("Stop"), icon=":material/stop:"):
        saved = job.hyperparameters.get("save_model_on_termination") == "true"
        if job.kind == JobKind.prediction:
            st.write(tr("The rows that are answered are kept, and it can go on with the rest."))
        else:
            st.write(
                tr("Its model so far is kept.") if saved else tr("What the job has done so far is not kept.")
            )
        if st.button(tr("Stop the job"), key=f"stop-{job.name}"):
            verbs.stop(backend, job.name)
            st.rerun()


def _log(backend: Backend, job: Job) -> None:
    """Draw the log as a drawer, with the job's name to copy; it is read only while the drawer is open."""
    with st.popover(
        tr("Log"), icon=":material/article:", width="content", key=f"show-log-{job.name}", on_change="rerun"
    ) as drawer:
        if not drawer.open:
            return
        st.code(job.name, language=None)
        newest(log_of(backend, job.name, job.status.active), f"log-of-{job.name}")


def log_of(backend: Backend, name: str, active: bool) -> str:
    """Return the log of a job as it is shown: near its end, and shorter while it grows."""
    kept = state.log(name).start({"text": "", "token": TAIL})
    chunk = verbs.read_log(backend, name, kept["token"])
    kept["text"], kept["token"] = (kept["text"] + chunk.text)[-200_000:], chunk.token
    lines = kept["text"].splitlines()
    if active:
        lines = lines[-IN_VIEW:] or [tr("Waiting for the first line")]
    return "\n".join(lines) or tr("No log.")


def newest(text: str, key: str, width: int | Literal["stretch"] = 680) -> None:
    """A log that is scrolled to its end, and stays there as it grows, until somebody scrolls it up."""
    with st.container(height=330, width=width, border=False, autoscroll=True, key=key):
        st.code(text, language=None)


def choose(backend: Backend, *kinds: JobKind, key: str = "job") -> Job | None:
    """Draw the choice of one of the jobs of `kinds` by its title; return the one that the URL (`?<key>=`) names, or the
    newest, or None where there is none.
    """
    everything = verbs.list_jobs(backend)
    jobs = [job for job in everything if job.kind in kinds]
    if not jobs:
        return None
    told = words(jobs, runs.titles(everything))
    chosen = page.pick(tr("Run"), [job.name for job in jobs], key=key, words=told, width=WIDTH)
    return next(job for job in jobs if job.name == chosen)


def words(jobs: list[Job], titles: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return {job's name: its title and when it was started}, each of them another text.

    `titles`: of more jobs, where a title names one that is not among these.
    """
    titles = titles or runs.titles(jobs)
    texts = {job.name: f"{titles[job.name]} · {page.clock(job.created)}" for job in jobs}
    counts = Counter(texts.values())
    return {name: text if counts[text] == 1 else f"{text} ({name[-4:]})" for name, text in texts.items()}


def launch(
    label: str,
    act: Callable[[str], Job],
    estimate: Estimate,
    key: str,
    *,
    head: Header | None = None,
    disabled: bool = False,
    primary: bool = True,
    then: Callable[[Job], None] | None = None,
) -> None:
    """A launch button that starts one job however often it is clicked, with what it costs beside it, if anything.

    The job's name has the time of the click, and a second click finds the first one's job. With `head` the button is
    the next action of the page's first row, and its error stands right below; without it, both stand where this is
    called. Afterwards `then` is called, or the page selects the job.
    """
    with head.actions if head else st.container(horizontal=True, vertical_alignment="center"):
        if estimate.high != 0:  # nothing is said where nothing is billed
            st.caption(
                tr("Cost: {cost}", cost=page.plain(estimate.amount)),
                help=page.plain(estimate.text),
                width="content",
            )
        look = "primary" if primary else "secondary"
        clicked = st.button(label, type=look, icon=":material/play_arrow:", key=key, disabled=disabled)
    if clicked:
        with head.messages if head else st.container(), page.errors_shown():
            with state.click(key) as token:
                job = act(token)
            if then:
                then(job)
            page.select("job", job.name)
