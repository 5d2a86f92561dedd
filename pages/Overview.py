"""Home: the five steps with their state, and the one next action."""

import streamlit as st

from core.project import command
from core.ui import costs, header, page
from core.verbs.progress import pipeline_progress

LOOK: dict[str, tuple[str, page.BadgeColor, str]] = {
    "done": (":material/check_circle:", "green", "Done"),
    "running": (":material/progress_activity:", "blue", "Running"),
    "failed": (":material/error:", "red", "Needs you"),
    "next": (":material/arrow_circle_right:", "orange", "Next"),
    "later": (":material/radio_button_unchecked:", "gray", "Later"),
}

head, backend = header.open("Overview", "From a CSV to a live endpoint, in five steps.")
now = pipeline_progress(backend)

with st.container(border=True):
    st.subheader(now.next.label, anchor=False)
    st.text(now.next.why)
    page.go(now.next.page, now.next.label, **now.next.query)

for number, step in enumerate(now.steps, start=1):
    icon, color, word = LOOK[step.state]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        page.link(step.page, f"{number}. {page.PAGES[step.page]['title']}", **step.query)
        st.badge(word, icon=icon, color=color)
        st.text(step.summary)

costs.section(backend)
st.caption(
    "Jobs and endpoints run by themselves: reload the page, close the tab or restart the app, and they go on."
)
st.caption("The command line does the same:")
st.code(f"{command()} --help", language=None)
