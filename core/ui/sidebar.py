"""What stands in the sidebar of every page: where jobs run, and the endpoints that are running."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.backends.base import Backend, Endpoint
from core.errors import SenderoError
from core.ui import expiry, page
from core.values import format_duration
from core.verbs import costs
from core.verbs.endpoints import list_endpoints


def show() -> None:
    """Show the backend, and the running endpoints with their age and price."""
    with st.sidebar, page.errors_shown():
        try:
            backend = page.backend()
            running = _running(backend)
            expiry.start(backend)
        except SenderoError as error:  # the page says the rest; from here there is a way to fix it
            st.warning(page.plain(error.failure.what), icon=":material/cloud_off:")
            page.link("Configuration", "Set up where jobs run")
            return

        # Ages move by themselves, but only where there is one to show.
        @st.fragment(run_every="20s" if running else None)
        def endpoints() -> None:
            with page.errors_shown():
                for endpoint in _running(backend):
                    _endpoint(endpoint)

        if running:
            st.subheader("Running endpoint" + ("s" if len(running) > 1 else ""), anchor=False)
        endpoints()
        st.caption(f"Backend: {backend.capabilities.label}")


def _running(backend: Backend) -> list[Endpoint]:
    return [endpoint for endpoint in list_endpoints(backend) if endpoint.status.active]


def _endpoint(endpoint: Endpoint) -> None:
    now = datetime.now(UTC)
    with st.container(border=True):
        st.text(endpoint.name)  # wraps where a link would cut off the end that tells two apart
        st.caption(f"{endpoint.status}, up for {format_duration((now - endpoint.created).total_seconds())}")
        if endpoint.per_hour != 0:
            st.caption(page.plain(costs.words(costs.meter(endpoint.per_hour, endpoint.created, now))))
        if endpoint.expires:
            st.caption(f"Ends itself in {format_duration((endpoint.expires - now).total_seconds())}")
        page.link("Inference", "Ask or delete it", endpoint=endpoint.name)
