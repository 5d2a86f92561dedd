"""Who is doing what in the workspace, and who did, as a part of the page Pipelines."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.backends.base import Backend
from core.language import joined, mark, tr
from core.ui import page
from core.verbs import audit

SHOWN = 200  # of the newest acts, where nothing is filtered; the file has all
PURPOSE = mark("What was done in this workspace, by whom, when, and from which data")
NAME = mark("Who did what")
IN_URL = "who-did-what"


def link() -> None:
    """Draw the way to the audit."""
    page.link("Pipelines", tr(NAME), icon=":material/history:", help=tr(PURPOSE), view=IN_URL)


def section(backend: Backend) -> None:
    """Draw what runs now, what was done, filtered as is asked, and the way to take it along."""
    from core.verbs import outside  # late: Home draws with this module

    outside.gather(backend)
    newest = audit.audit(backend, last=SHOWN)
    _now(audit.at_work(backend, newest.events))
    if not newest.events:
        st.text(tr("Nothing was done here yet."))
        return
    who, did, about = _filters(newest.events)
    filtered = (who, did, about) != ("", "", "")
    found = audit.audit(backend) if filtered else newest
    events = audit.only(found.events, who, did, about)
    if events:
        st.dataframe(
            [_row(event) for event in events], alt=tr("What was done in this workspace, the newest first")
        )
    else:
        st.text(tr("Nothing of that kind was done here."))
    if found.damaged:
        st.warning(page.plain(found.damage), icon=":material/warning:")
    st.download_button(
        tr("These as CSV") if filtered else tr("All of it as CSV"),
        lambda: audit.csv_of(audit.only(audit.audit(backend).events, who, did, about)),
        "audit.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _filters(events: Sequence[audit.Event]) -> tuple[str, str, str]:
    """Draw the filters; return who, what was done, and a part of what it was about, "" for all of each."""
    left, middle, right = st.columns(3)
    who = left.selectbox(
        tr("Who"),
        ["", *sorted({event.who for event in events})],
        format_func=lambda name: audit.who_words(name) or tr("Everybody"),
        key="audit-who",
    )
    did = middle.selectbox(
        tr("Did"),
        ["", *sorted({event.did for event in events})],
        format_func=lambda did: did or tr("Everything"),
        key="audit-did",
    )
    about = right.text_input(
        tr("About"), key="audit-about", placeholder=tr("a part of a name, a reason or a digest")
    )
    return who, did, about.strip()


def _row(event: audit.Event) -> dict[str, str]:
    return {
        tr("When"): page.clock(event.at),
        tr("Who"): audit.who_words(event.who),
        tr("Did"): event.did,
        tr("What"): event.name,
        tr("Why"): event.facts.get("why", ""),
        tr("Data set"): event.facts.get("dataset", ""),
        tr("SHA-256 of the data"): event.facts.get("dataset_sha256", ""),
        tr("More"): event.told,
    }


def _now(running: Sequence[audit.Work]) -> None:
    """Draw what runs at this moment, and who began it."""
    if not running:
        st.caption(tr("Nothing runs at this moment."))
        return
    st.dataframe(
        [
            {
                tr("Runs now"): work.name,
                tr("What"): tr(work.kind),
                tr("Status"): work.status,
                tr("Begun by"): audit.who_words(work.who) or tr("not known"),
                tr("Since"): page.clock(work.since),
            }
            for work in running
        ],
        alt=tr("What runs in this workspace at this moment, and who began it"),
    )


def unwritten() -> None:
    """Tell which acts could not be written into the audit."""
    for sentence in audit.unwritten():
        st.warning(
            page.plain(joined([sentence, tr("They are written with the next act.")])),
            icon=":material/history_toggle_off:",
        )
