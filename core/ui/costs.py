"""Money on the pages: the meter beside an endpoint, and the sweep of the whole account with its delete."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.backends.base import Backend, Endpoint
from core.backends.inventory import Inventory
from core.language import joined, mark, tr
from core.ui import confirmation, dialogs, figures, page, state
from core.values import format_duration
from core.verbs import costs

DELETABLE = (mark("endpoint"), mark("schedule"), mark("rule"))
# What else there may be: marked here, as an inventory says it in English.
OTHERS = (
    *(mark("execution"), mark("processing"), mark("training"), mark("tuning"), mark("transform")),
    mark("prediction"),
)


def meter(backend: Backend, endpoint: Endpoint) -> None:
    """What an endpoint costs an hour, so far and a month, and who ends it; nothing is said where nothing is billed."""
    if backend.capabilities.costs_money and endpoint.status.active:
        cost = costs.words(costs.meter(endpoint.per_hour, endpoint.created))
        st.caption(
            page.plain(
                tr(
                    "{instance}: {cost}; ended by {whom}",
                    instance=endpoint.instance,
                    cost=cost,
                    whom=tr(endpoint.ends_by),
                )
            )
        )


def section(backend: Backend) -> None:
    """Everything that runs in the place, whoever made it; looked for only once it is opened, for it takes a while."""
    with st.expander(
        tr("What runs, and what it costs"), icon=":material/payments:", key="sweep", on_change="rerun"
    ) as box:
        if box.open:
            with page.errors_shown():
                _swept(backend)


def _swept(backend: Backend) -> None:
    if done := state.SWEEP_DELETED.take():
        kept = tr("Kept: {kept}.", kept=page.plain("; ".join(done.kept))) if done.kept else ""
        gone = tr("Deleted and checked: {deleted}.", deleted=page.plain(", ".join(done.deleted)))
        st.success(
            joined([gone, kept]),
            icon=":material/receipt_long:",
        )
    if st.button(tr("Refresh"), icon=":material/refresh:", key="sweep-again"):
        state.INVENTORY.take()
    # Held while somebody reads and types: a sweep asks an account several times for each endpoint.
    inventory = state.INVENTORY.get()
    if inventory is None:
        with st.spinner(tr("Looking through all of it")):
            inventory = costs.sweep(backend)
        state.INVENTORY.set(inventory)
    if not inventory.resources:
        st.text(tr("Nothing runs in {scope}.", scope=inventory.scope))
    else:
        _table(inventory)
    for text in inventory.not_listable:
        st.warning(page.plain(text), icon=":material/visibility_off:")
    names = [item.name for item in inventory.resources if item.kind in DELETABLE]
    if names:
        _delete(backend, names)


def _table(inventory: Inventory) -> None:
    import pandas as pd  # late: Home opens without it

    meters = [costs.meter(item.per_hour, item.created) for item in inventory.resources]
    rows = [
        {
            tr("Kind"): tr(item.kind),
            tr("Name"): item.name,
            tr("Status"): item.status,
            tr("Whose"): item.owner,
            tr("Instances"): item.instance,
            tr("Since"): page.clock(item.created) if item.created else "",
            tr("USD an hour"): each.per_hour,
            tr("So far"): each.so_far,
            tr("A month"): each.per_month,
        }
        for item, each in zip(inventory.resources, meters, strict=True)
    ]
    money = {
        tr("USD an hour"): figures.measures(3),
        tr("So far"): figures.measures(2),
        tr("A month"): figures.measures(2),
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=money,
        alt=tr("Everything that runs, oldest first, with its owner and its cost"),
    )
    total = tr("{scope}: {cost}.", scope=inventory.scope, cost=costs.words(costs.total(meters)))
    st.text(joined([total, inventory.prices]))
    oldest = inventory.resources[0]
    if oldest.created:
        age = format_duration((datetime.now(UTC) - oldest.created).total_seconds())
        st.caption(page.plain(tr("The oldest is {name}: {age}.", name=oldest.name, age=age)))


def _delete(backend: Backend, names: list[str]) -> None:
    if st.button(tr("Delete one of them"), icon=":material/delete:", key="sweep-open"):
        _confirm(backend, names)


@dialogs.titled(mark("Delete one of them"))
def _confirm(backend: Backend, names: list[str]) -> None:
    name = st.selectbox(tr("Endpoint, schedule or rule"), names, key="sweep-name")
    st.write(tr("Somebody may be using it. What only it uses goes too: its endpoint config and its models."))
    if confirmation.typed(name, "sweep"):
        with page.errors_shown():
            state.SWEEP_DELETED.set(costs.delete_resource(backend, name))
            state.INVENTORY.take()
            st.rerun()
