"""Endpoints on the Inference page: deploy, follow, prolong, delete with a typed confirmation and a receipt."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.backends.base import TAIL, Backend, Endpoint, EndpointStatus, Job
from core.backends.registry import Approval, ModelVersion
from core.language import joined, mark, tr
from core.names import new_token
from core.numbers import fixed
from core.settings import Settings
from core.ui import confirmation, costs, dialogs, jobs, page, resource_form, results, state
from core.ui.header import Header
from core.values import format_duration
from core.verbs import endpoints, registry
from core.verbs.costs import in_words
from core.verbs.jobs import list_jobs, read_log, stem
from core.verbs.runs import first_of

DEPLOY = "deploy-a-model"  # as the address names the form
PROLONG = "2h"  # what one click adds
ENDS_SOON = 600  # seconds before its expiry, from which on the page warns
EVERY = {
    EndpointStatus.creating: 1.0,
    EndpointStatus.deleting: 2.0,
    EndpointStatus.in_service: 10.0,
}  # seconds


def choose(head: Header, existing: list[Endpoint]) -> Endpoint:
    """Return the endpoint that the URL (`?endpoint=`) names, or the newest, with a picker in the first row."""
    names = [endpoint.name for endpoint in existing]
    with head.about:
        chosen = page.pick(
            tr("Endpoint"), names, key="endpoint", words=dict(zip(names, names, strict=True)), width=280
        )
    return next(endpoint for endpoint in existing if endpoint.name == chosen)


def is_deployment_wanted(existing: list[Endpoint], models: list[Job]) -> bool:
    """Return whether the form to deploy is to be there: for a link to a model that nothing serves, or from the menu.

    A link to one that is served shows its endpoint: the browser may still have the link that led to the form when it
    asks for the page with the new endpoint. One that serves the same model of all rows serves it too.
    """
    training = st.query_params.get("training")
    same = {training, *(job.name for job in models if first_of(job) == training)}
    served = any(each.training_job in same and each.status.active for each in existing)
    from_menu = st.query_params.get("way") == DEPLOY
    return not existing or from_menu or (training is not None and not served)


def deploy(backend: Backend, models: list[Job]) -> None:
    """The form that creates an endpoint; the time of the click makes the name where none is typed."""
    # Late, as Home draws with this module: they bring numpy, DuckDB and what judges a model.
    from core.ui import ordering
    from core.verbs.ordering import Order, order

    names = [job.name for job in models]
    left, middle, right = st.columns(3)
    with left:
        training = page.pick(tr("Model"), names, key="training", words=jobs.words(models), labelled=True)
        version = registry.known(backend).get(training)
        _chosen_by(backend, training, version)
    form = state.ENDPOINT_FORM.start(new_token())
    # A name that is typed outlives the choice of another model, and goes with the endpoint that is made.
    name = middle.text_input(
        tr("Endpoint name"), placeholder=tr("{name}, and the time", name=stem(training)), key=f"name-{form}"
    )
    expires = right.selectbox(
        tr("Ends itself after"),
        list(dict.fromkeys([Settings.load().expires_in, "30m", "2h", "8h", "1d"])),
        help=tr("A forgotten endpoint ends itself then."),
        key="expires",
    )
    chosen = resource_form.choose(backend, "endpoint")
    locked = resource_form.refused(backend, "endpoint", chosen)
    approved = version if version and version.approval == Approval.approved else None
    on_all_rows = ordering.choose(backend, training, as_it_is=approved is not None)
    with st.container(horizontal=True, vertical_alignment="center"):
        clicked = st.button(tr("Deploy"), type="primary", icon=":material/rocket_launch:", disabled=locked)
        st.caption(tr("Cost: {cost}", cost=page.plain(endpoints.estimate_deployment(backend, chosen).text)))
    if clicked:
        with page.errors_shown():
            act = order if on_all_rows else registry.deploy if approved else endpoints.deploy
            what = approved.name if approved and not on_all_rows else training
            with state.click("deploy") as token:
                created = act(backend, what, name.strip(), expires, token, chosen)
            state.ENDPOINT_FORM.take()
            for key in ("training", "way"):
                st.query_params.pop(key, None)
            if isinstance(created, Order):  # its model is trained first, which the page tells
                st.rerun()
            page.select("endpoint", created.name)


def _chosen_by(backend: Backend, training_job: str, version: ModelVersion | None) -> None:
    """Say by whom the model of a job was chosen, where it was, and how its version stands."""
    if choice := results.chosen(backend, list_jobs(backend)).get(training_job):
        st.caption(page.plain(tr("★ Chosen by {who}, {time}", who=choice.who, time=page.clock(choice.at))))
    if version:
        st.caption(page.plain(tr("Version {verdict}", verdict=version.verdict)))


def follow(head: Header, backend: Backend, endpoint: Endpoint) -> None:
    """Say below the header what an endpoint is at, or why it ended, and draw the page anew when that changes."""

    @st.fragment(run_every=EVERY.get(endpoint.status))
    def panel() -> None:
        with page.errors_shown():
            now = endpoints.find_endpoint(backend, endpoint.name)
            if now is None or (now.status, now.training_job) != (endpoint.status, endpoint.training_job):
                st.rerun()
            _state(backend, now)

    with head.messages:
        panel()


def _state(backend: Backend, endpoint: Endpoint) -> None:
    costs.meter(backend, endpoint)
    if endpoint.status == EndpointStatus.creating:
        up = format_duration((datetime.now(UTC) - endpoint.created).total_seconds())
        st.progress(0.0, text=tr("Creating, {time}", time=up))
    elif endpoint.status == EndpointStatus.expired:
        st.info(
            tr("This endpoint ended itself at its expiry. What you typed stays."), icon=":material/timer_off:"
        )
    elif endpoint.status == EndpointStatus.deleting:
        st.progress(1.0, text="Deleting")
    elif endpoint.replacing:
        st.progress(
            0.5,
            text=page.plain(
                tr("The model of {job} takes over; requests are answered", job=endpoint.replacing)
            ),
        )
    if endpoint.status == EndpointStatus.in_service and endpoint.expires:
        left = (endpoint.expires - datetime.now(UTC)).total_seconds()
        if left < ENDS_SOON:
            st.warning(
                tr(
                    "It ends itself in {time}. *2 more hours*, above, lets it live longer.",
                    time=format_duration(max(left, 0.0)),
                ),
                icon=":material/timer:",
            )
    if endpoint.failure:
        page.show_failure(endpoint.failure)


def actions(head: Header, backend: Backend, endpoint: Endpoint, models: list[Job]) -> None:
    """Put into the header what can be done with an endpoint: prolong it, deploy again, delete it, look at its log."""
    with head.actions:
        if endpoint.status == EndpointStatus.in_service and endpoint.expires:
            prolong(head, backend, endpoint)
        with st.popover(
            tr("More"), icon=":material/more_horiz:", key=state.ENDPOINT_MORE.key, on_change="rerun"
        ):
            if models and _item(tr("Deploy another model"), ":material/rocket_launch:"):
                _deploy_form(models[0].name)
            _replacement(head, backend, endpoint, models)
            if _item(tr("Where it comes from"), ":material/account_tree:"):
                from core.ui import lineage  # late: Home draws with this module

                lineage.dialog(backend, endpoint.name)
            if _item(tr("Endpoint log"), ":material/article:"):
                _log(backend, endpoint)
            if _item(tr("Delete this endpoint"), ":material/delete:"):
                _confirm(backend, endpoint)
        served = endpoint.training_job in [job.name for job in models]
        ended = not endpoint.status.active and served
        if ended and st.button(tr("Deploy again"), type="primary", icon=":material/rocket_launch:"):
            _deploy_form(endpoint.training_job)


def _replacement(head: Header, backend: Backend, endpoint: Endpoint, models: list[Job]) -> None:
    """Draw the menu's items that let the endpoint answer by another model, or by the one before."""
    if endpoint.status != EndpointStatus.in_service or endpoint.replacing:
        return
    from core.ui import replacing  # late: Home draws with this module

    others = [job.name for job in models if job.name != endpoint.training_job]
    if others and _item(tr("Replace the model"), ":material/swap_horiz:"):
        replacing.choose(backend, endpoint, models)
    if endpoint.previous in others and _item(tr("Back to the model before"), ":material/undo:"):
        replacing.back(head, backend, endpoint)


def _item(label: str, icon: str) -> bool:
    """A button of the header's menu, which closes it: on a small screen it would lie over the dialog that opens."""
    return st.button(label, icon=icon, width="stretch", on_click=lambda: state.ENDPOINT_MORE.set(False))


def _deploy_form(training_job: str) -> None:
    st.query_params["way"] = DEPLOY
    page.select("training", training_job)


def prolong(head: Header, backend: Backend, endpoint: Endpoint) -> None:
    """Draw the button that lets an endpoint live two hours longer."""
    later = (
        tr("It ends 2 hours later, {price} USD an hour.", price=fixed(endpoint.per_hour, 3))
        if endpoint.per_hour
        else tr("It ends 2 hours later.")
    )
    if st.button(
        tr("2 more hours"),
        icon=":material/more_time:",
        help=page.plain(later),
    ):
        with head.messages, page.errors_shown():
            endpoints.prolong(backend, endpoint.name, PROLONG)
            st.rerun()


def delete(backend: Backend, endpoint: Endpoint) -> None:
    """Draw the button whose dialog asks for the endpoint's name: somebody may be using it."""
    if st.button(tr("Delete this endpoint"), icon=":material/delete:", width="stretch"):
        _confirm(backend, endpoint)


@dialogs.titled(mark("Endpoint log"), width="large")
def _log(backend: Backend, endpoint: Endpoint) -> None:
    with page.errors_shown():
        st.code(read_log(backend, endpoint.name, TAIL).text or tr("No log."), language=None, height=420)


@dialogs.titled(mark("Delete this endpoint"))
def _confirm(backend: Backend, endpoint: Endpoint) -> None:
    st.write(tr("Its endpoint, endpoint config and model go. The trained model stays in storage."))
    st.code(endpoint.name, language=None)
    if confirmation.typed(endpoint.name, "endpoint"):
        with page.errors_shown():  # AWS may refuse for now: then the request is kept, and the error says so
            state.ENDPOINT_DELETED.set(endpoints.delete(backend, endpoint.name))
            st.query_params.pop("endpoint", None)
            st.rerun()


def receipt(head: Header) -> None:
    """Shown once after a deletion: what is gone, checked; and after a replacement."""
    if replaced := state.ENDPOINT_REPLACED.take():
        head.messages.success(page.plain(replaced), icon=":material/swap_horiz:")
    done = state.ENDPOINT_DELETED.take()
    if done:
        told = [
            tr("Deleted and checked: {deleted}.", deleted=page.plain(", ".join(done.deleted))),
            tr(
                "It ran for {duration}, until {time}.",
                duration=format_duration(done.ran_seconds),
                time=page.clock(done.at),
            ),
        ]
        if done.cost is not None:
            told.append(tr("It cost about {cost} in all.", cost=in_words(done.cost)))
        if done.per_thousand:
            told.append(tr("A thousand requests cost {cost}.", cost=in_words(done.per_thousand)))
        head.messages.success(
            joined(told),
            icon=":material/receipt_long:",
        )
