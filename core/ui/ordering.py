"""Which rows the model of an endpoint is trained on, and endpoints that wait for their models."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Endpoint, JobStatus
from core.language import mark, tr
from core.numbers import count, integer
from core.ui import page, state
from core.ui.header import Header
from core.values import format_duration
from core.verbs import all_rows, ordering
from core.verbs.jobs import find_job
from core.verbs.ordering import Order

ALL, FIRST = mark("All rows"), mark("As it was judged")
WHY = mark(
    "The rows of the validation split have chosen the rounds and the threshold; once that is done they are worth more"
    " as rows to learn from. The same test split judges the model."
)


def choose(backend: Backend, training_job: str, as_it_is: bool = False) -> bool:
    """Ask on which rows the model is to be trained; return whether on all of them, which few rows begin with unless
    the model `as_it_is` was approved: of all rows it is another one.
    """
    wanted = ordering.usual(backend, training_job)
    if wanted is None:
        return False
    everything = integer(wanted.train + wanted.validation)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.radio(
            tr("Trained on"),
            (ALL, FIRST),
            format_func=tr,
            index=1 if as_it_is else 0,
            horizontal=True,
            key=state.trained_on(training_job).key,
            help=tr(WHY),
        )
        if chosen != ALL:
            st.caption(tr("The model as it is, of {rows} rows.", rows=integer(wanted.train)), width="content")
        elif wanted.made and wanted.made.status == JobStatus.completed:
            st.caption(
                tr("It is trained on all {rows} rows of train and validation already.", rows=everything),
                width="content",
            )
        else:
            cost = page.plain(all_rows.estimate(backend, wanted).amount)
            st.caption(
                tr(
                    "It is trained on all {rows} rows of train and validation first, {rounds}; the endpoint "
                    "follows by itself. Cost of the training: {cost}.",
                    rows=everything,
                    rounds=count(wanted.rounds, "round", "rounds"),
                    cost=cost,
                ),
                width="content",
            )
    return chosen == ALL


def follow(head: Header, backend: Backend) -> list[Order]:
    """Draw below the header the endpoints that wait for their models; return their orders."""
    found = ordering.orders(backend)
    for order in found:
        with head.messages:
            _follow(backend, order)
    return found


def _follow(backend: Backend, order: Order) -> None:
    @st.fragment(run_every=backend.capabilities.poll_seconds if order.job.busy else None)
    def part() -> None:
        with page.errors_shown():
            now = find_job(backend, order.job.name)
            if order.job.busy and not now.busy:
                st.rerun()
            with st.container(border=True):
                if now.busy:
                    st.markdown(tr("**Training on all rows; the endpoint follows**"))
                    took = format_duration(now.seconds)
                    st.progress(now.progress or 0.0, text=page.plain(f"{now.message or now.phase}, {took}"))
                elif order.ready:
                    st.markdown(tr("**The model of all rows is trained, and its endpoint is not made yet**"))
                else:
                    st.markdown(tr("**The training on all rows left no model**"))
                    if now.failure:
                        page.show_failure(now.failure)
                _actions(backend, order)

    if order.fresh:
        with page.errors_shown():
            _select(ordering.carry_out(backend, order))
    else:
        part()


def _actions(backend: Backend, order: Order) -> None:
    with st.container(horizontal=True):
        if order.ready and st.button(tr("Deploy it"), type="primary", icon=":material/rocket_launch:"):
            _select(ordering.carry_out(backend, order))
        label = (
            tr("Deploy the model as it was judged")
            if not order.job.busy
            else tr("Do not wait: deploy it as it was judged")
        )
        if st.button(label, key=f"instead-{order.job.name}"):
            _select(ordering.instead(backend, order))
        if st.button(tr("Make no endpoint"), key=f"withdraw-{order.job.name}"):
            ordering.withdraw(backend, order)
            st.rerun()


def _select(endpoint: Endpoint | None) -> None:
    """Show an endpoint that was made; what another tab has made is shown by a look."""
    if endpoint is None:
        st.rerun()
    for key in ("training", "way"):
        st.query_params.pop(key, None)
    page.select("endpoint", endpoint.name)
