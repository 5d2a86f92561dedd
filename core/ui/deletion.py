"""The deletion of a run: what would go is told in a dialog, and the receipt stands in the page's head."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Job
from core.language import mark, tr
from core.numbers import count, size
from core.ui import dialogs, page, state
from core.ui.header import Header
from core.verbs import deletion, runs


def button(job: Job) -> None:
    """Draw the button, in the run's menu, that opens the dialog on its deletion."""

    def ask() -> None:
        state.run_menu(job.name).set(False)  # it would stand before the dialog
        state.RUN_DIALOG.set(_of(job))

    st.button(tr("Delete this run"), icon=":material/delete:", key=f"delete-{job.name}", on_click=ask)


def dialog(backend: Backend, job: Job) -> None:
    """Draw the dialog, where it is open: it tells what goes with a run, and what stays."""
    if state.RUN_DIALOG.get() == _of(job):
        _confirm(backend, job)


def _of(job: Job) -> str:
    """Return the dialog on a run: left open by the browser's Back, it is not the next page's run that would go."""
    return f"delete {job.name}"


def _close() -> None:
    state.RUN_DIALOG.take()


@dialogs.titled(mark("Delete this run"), on_dismiss=_close)
def _confirm(backend: Backend, job: Job) -> None:
    with page.errors_shown():
        plan = deletion.plan_deletion(backend, job.name)
        st.text(runs.title(job))
        files = f"{count(len(plan.files), 'file', 'files')}, {size(plan.bytes)}"
        trials = [count(len(plan.runs) - 1, "trial", "trials")] if len(plan.runs) > 1 else []
        ended = [tr("The endpoint {name}, which has ended", name=name) for name in plan.endpoints]
        _list(tr("This goes"), [files, *trials, *ended])
        made = [tr("Made from it: {run}", run=runs.title(left)) for left in plan.left_behind]
        _list(tr("This stays"), [*made, *plan.kept])
        st.caption(tr("It cannot be undone."))
        if st.button(tr("Delete for good"), icon=":material/delete:", key=f"delete-for-good-{job.name}"):
            state.RUN_DELETED.set(deletion.delete(backend, job.name))
            _close()
            for key in ("job", "file"):
                st.query_params.pop(key, None)
            st.rerun()


def _list(title: str, parts: list[str]) -> None:
    if parts:
        st.markdown(f"**{title}**")
        st.markdown("\n".join(f"- {page.plain(part)}" for part in parts))


def receipt(head: Header) -> None:
    """Show once, after a deletion, what is gone, in the page's head."""
    done = state.RUN_DELETED.take()
    if done:
        with head.messages:
            st.success(
                tr(
                    "Deleted and checked: {deleted}, {size}.",
                    deleted=page.plain(", ".join(done.deleted)),
                    size=size(done.bytes),
                ),
                icon=":material/receipt_long:",
            )
