"""Endpoints on the Inference page: deploy, follow, delete with a typed confirmation and a receipt."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.backends.base import TAIL, Backend, Endpoint, EndpointStatus, Job
from core.names import new_token
from core.settings import Settings
from core.ui import confirmation, costs, jobs, page, resource_form, state
from core.values import format_duration
from core.verbs import endpoints
from core.verbs.jobs import read_log, stem

COLORS: dict[EndpointStatus, page.BadgeColor] = {
    EndpointStatus.creating: "blue",
    EndpointStatus.in_service: "green",
    EndpointStatus.deleting: "orange",
    EndpointStatus.failed: "red",
    EndpointStatus.expired: "gray",
}


def deploy(backend: Backend, models: list[Job]) -> None:
    """The form that creates an endpoint; the time of the click makes the name where none is typed."""
    names = [job.name for job in models]
    training = page.pick("Training job", names, key="training")
    left, right = st.columns(2)
    form = state.ENDPOINT_FORM.start(new_token())
    # A name that is typed outlives the choice of another model, and goes with the endpoint that is made.
    name = left.text_input("Endpoint name", placeholder=f"{stem(training)}, and the time", key=f"name-{form}")
    expires = right.selectbox(
        "Ends itself after",
        list(dict.fromkeys([Settings.load().expires_in, "30m", "2h", "8h", "1d"])),
        help="A forgotten endpoint ends itself then.",
        key="expires",
    )
    chosen = resource_form.choose(backend, "endpoint")
    locked = resource_form.refused(backend, "endpoint", chosen)
    clicked = st.button("Deploy", type="primary", icon=":material/rocket_launch:", disabled=locked)
    st.caption(f"Cost: {page.plain(endpoints.estimate_deployment(backend, chosen).text)}")
    if clicked:
        with page.errors_shown():
            with state.click("deploy") as token:
                created = endpoints.deploy(backend, training, name.strip(), expires, token, chosen)
            state.ENDPOINT_FORM.take()
            page.select("endpoint", created.name)


def choose(existing: list[Endpoint]) -> Endpoint:
    """The endpoint that the URL (`?endpoint=`) names, or the newest."""
    chosen = page.pick("Endpoint", [endpoint.name for endpoint in existing], key="endpoint")
    return next(endpoint for endpoint in existing if endpoint.name == chosen)


def follow(backend: Backend, endpoint: Endpoint) -> None:
    """Status, age, expiry and address; refreshed every second until it answers, then every ten."""
    every = {
        EndpointStatus.creating: 1.0,
        EndpointStatus.deleting: 2.0,
        EndpointStatus.in_service: 10.0,
    }.get(endpoint.status)

    @st.fragment(run_every=every)
    def panel() -> None:
        with page.errors_shown():
            now = endpoints.find_endpoint(backend, endpoint.name)
            if now is None or now.status != endpoint.status:
                st.rerun()
            _head(backend, now)

    panel()
    with st.expander("Endpoint log", icon=":material/article:", key="endpoint-log", on_change="rerun") as log:
        if log.open:
            jobs.newest(read_log(backend, endpoint.name, TAIL).text or "No log.", f"newest-{endpoint.name}")


def _head(backend: Backend, endpoint: Endpoint) -> None:
    clock = datetime.now(UTC)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(endpoint.status.value, color=COLORS[endpoint.status])
        st.text(f"serves {endpoint.training_job}")
        if endpoint.status.active:
            st.caption(f"up for {format_duration((clock - endpoint.created).total_seconds())}")
            if endpoint.expires:
                left = format_duration((endpoint.expires - clock).total_seconds())
                st.caption(page.plain(f"ends itself in {left}, by {endpoint.ends_by}"))
    costs.meter(backend, endpoint)
    if endpoint.url and endpoint.status == EndpointStatus.in_service:
        st.code(f"{endpoint.url}/invocations", language=None)
    if endpoint.status == EndpointStatus.creating:
        st.progress(0.0, text=f"Creating, {format_duration((clock - endpoint.created).total_seconds())}")
    if endpoint.failure:
        page.show_failure(endpoint.failure)


def delete(backend: Backend, endpoint: Endpoint) -> None:
    """The button whose dialog asks for the endpoint's name: deletion cannot be undone, and somebody may be using it."""
    # A dialog stands in the middle of any screen and scrolls; a popover low on the page runs out of it.
    if st.button("Delete this endpoint", icon=":material/delete:"):
        _confirm(backend, endpoint)


@st.dialog("Delete this endpoint")
def _confirm(backend: Backend, endpoint: Endpoint) -> None:
    st.write("Its endpoint, endpoint config and model go. The trained model stays in storage.")
    st.code(endpoint.name, language=None)
    if confirmation.typed(endpoint.name, "endpoint"):
        with page.errors_shown():  # AWS may refuse for now: then the request is kept, and the error says so
            state.ENDPOINT_DELETED.set(endpoints.delete(backend, endpoint.name))
            st.query_params.pop("endpoint", None)
            st.rerun()


def receipt() -> None:
    """Shown once after a deletion: what is gone, checked."""
    done = state.ENDPOINT_DELETED.take()
    if done:
        st.success(
            f"Deleted and checked: {page.plain(', '.join(done.deleted))}. "
            f"It ran for {format_duration(done.ran_seconds)}, until {done.at:%Y\\-%m\\-%d %H:%M:%S} UTC.",
            icon=":material/receipt_long:",
        )
