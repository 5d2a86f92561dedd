"""Who is doing what in the workspace, and who did, as a part of the page Pipelines."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.backends.base import Backend
from core.ui import page
from core.verbs import audit

SHOWN = 200  # of the newest acts, where nothing is filtered; the file has all
PURPOSE = "What was done in this workspace, by whom, when, and from which data"
NAME = "Who did what"
IN_URL = "who-did-what"
EVERYBODY, EVERYTHING = "Everybody", "Everything"


def link() -> None:
    """Draw the way to the audit."""
    page.link("Pipelines", NAME, icon=":material/history:", help=PURPOSE, view=IN_URL)


def section(backend: Backend) -> None:
    """Draw what runs now, what was done, filtered as is asked, and the way to take it along."""
    from core.verbs import outside  # late: Home draws with this module

    outside.gather(backend)
    newest = audit.audit(backend, last=SHOWN)
    _now(audit.at_work(backend, newest.events))
    if not newest.events:
        st.text("Nothing was done here yet.")
        return
    who, did, about = _filters(newest.events)
    filtered = (who, did, about) != ("", "", "")
    found = audit.audit(backend) if filtered else newest
    events = audit.only(found.events, who, did, about)
    if events:
        st.dataframe(
            [_row(event) for event in events], alt="What was done in this workspace, the newest first"
        )
    else:
        st.text("Nothing of that kind was done here.")
    if found.damaged:
        st.warning(page.plain(found.damage), icon=":material/warning:")
    st.download_button(
        "These as CSV" if filtered else "All of it as CSV",
        lambda: audit.csv_of(audit.only(audit.audit(backend).events, who, did, about)),
        "audit.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _filters(events: Sequence[audit.Event]) -> tuple[str, str, str]:
    """Draw the filters; return who, what was done, and a part of what it was about, "" for all of each."""
    left, middle, right = st.columns(3)
    who = left.selectbox("Who", [EVERYBODY, *sorted({event.who for event in events})], key="audit-who")
    did = middle.selectbox("Did", [EVERYTHING, *sorted({event.did for event in events})], key="audit-did")
    about = right.text_input("About", key="audit-about", placeholder="a part of a name, a reason or a digest")
    return who if who != EVERYBODY else "", did if did != EVERYTHING else "", about.strip()


def _row(event: audit.Event) -> dict[str, str]:
    return {
        "When": page.clock(event.at),
        "Who": event.who,
        "Did": event.did,
        "What": event.name,
        "Why": event.facts.get("why", ""),
        "Data set": event.facts.get("dataset", ""),
        "SHA-256 of the data": event.facts.get("dataset_sha256", ""),
        "More": event.told,
    }


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


def unwritten() -> None:
    """Tell which acts could not be written into the audit."""
    for sentence in audit.unwritten():
        st.warning(
            page.plain(f"{sentence} They are written with the next act."),
            icon=":material/history_toggle_off:",
        )
