"""Who is doing what in the workspace, and who did, as a dialog of Home; where an endpoint comes from, of Inference."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.backends.base import Backend
from core.ui import page
from core.verbs import audit

SHOWN = 200  # of the newest acts; the file has all
ICONS = {
    "endpoint": ":material/online_prediction:",
    "model": ":material/model_training:",
    "EDA": ":material/query_stats:",
    "data set": ":material/table:",
}


def button(backend: Backend) -> None:
    """Draw the button that opens the audit."""
    if st.button("Who did what", icon=":material/history:", help="The audit of this workspace"):
        _audit(backend)


@st.dialog("Who did what", width="large")
def _audit(backend: Backend) -> None:
    with page.errors_shown():
        found = audit.audit(backend, last=SHOWN)
        _now(audit.at_work(backend, found.events))
        if not found.events:
            st.text("Nothing was done here yet.")
            return
        st.dataframe(
            [
                {
                    "When": page.clock(event.at),
                    "Who": event.who,
                    "Did": f"{event.action} {event.kind}",
                    "What": event.name,
                    "Why": event.facts.get("why", ""),
                    "Data set": event.facts.get("dataset", ""),
                    "SHA-256 of the data": event.facts.get("dataset_sha256", ""),
                    "More": event.told,
                }
                for event in found.events
            ],
            alt="What was done in this workspace, the newest first",
        )
        if found.damaged:
            st.warning(page.plain(found.damage), icon=":material/warning:")
        st.download_button(
            "All of it as CSV",
            lambda: audit.csv_of(audit.audit(backend).events),
            "audit.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _now(running: Sequence[audit.Work]) -> None:
    """Draw what runs at this moment, and who began it."""
    if not running:
        st.caption("Nothing runs at this moment.")
        return
    st.dataframe(
        [
            {
                "Runs now": work.name,
                "What": work.kind,
                "Status": work.status,
                "Begun by": work.who or "not known",
                "Since": page.clock(work.since),
            }
            for work in running
        ],
        alt="What runs in this workspace at this moment, and who began it",
    )


@st.dialog("Where it comes from", width="large")
def lineage(backend: Backend, name: str) -> None:
    """Draw an endpoint, its model, its EDA and its data set below each other, with digests and who did what to each."""
    from core.verbs.lineage import lineage as trace  # late: Home draws with this module

    with page.errors_shown():
        for number, link in enumerate(trace(backend, name)):
            if number:
                st.markdown(":material/arrow_downward:", text_alignment="center")
            with st.container(border=True):
                st.markdown(f"{ICONS[link.kind]} **{page.plain(f'{link.kind} {link.name}')}**")
                st.text(
                    "\n".join(
                        [f"{act.of(link.name)}, {page.clock(act.at)}" for act in link.acts] + [link.what]
                    )
                )
                if link.sha256:
                    st.caption(f"SHA-256 {link.sha256}")


def unwritten() -> None:
    """Tell which acts could not be written into the audit."""
    for sentence in audit.unwritten():
        st.warning(
            page.plain(f"{sentence} They are written with the next act."),
            icon=":material/history_toggle_off:",
        )
