"""Home: the steps with their results, the best model beside the endpoint, the last runs, and the one way on."""

import streamlit as st

from core.language import tr
from core.project import command
from core.ui import costs, endpoints, header, home, language, page, results, schedules
from core.verbs.progress import pipeline_progress

head, backend = header.open("Overview", tr("From a CSV to a live endpoint."))
endpoints.receipt(head)
now = pipeline_progress(backend, results.known(backend))
with head.about:
    home.about(now)
with head.actions:
    page.go(now.next.page, now.next.label, **now.next.query)

schedules.failed(backend)
home.cards(now)
if now.plan is None and not now.jobs:
    st.text(now.next.why)
    home.first_data(backend)
else:
    left, right = st.columns([5, 3])
    with left:
        home.best_model(backend, now)
    with right:
        home.endpoint(head, backend, now)
    home.recent(backend, now, results.known(backend))
costs.section(backend)
st.caption(
    page.plain(
        tr(
            "The command line does the same: {command} --help. Jobs go on when you close this page.",
            command=command(),
        )
    )
)
language.switch()
