"""A model's version in the registry on the pages: how it stands, and the form that approves or rejects it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.backends.base import Backend
from core.backends.registry import Approval, ModelVersion
from core.language import tr
from core.ui import page, state
from core.verbs import registry

COLORS: Mapping[Approval, page.BadgeColor] = {
    Approval.pending: "orange",
    Approval.approved: "green",
    Approval.rejected: "red",
}
ICONS = {
    Approval.pending: ":material/hourglass_empty:",
    Approval.approved: ":material/verified:",
    Approval.rejected: ":material/block:",
}


def words(version: ModelVersion) -> str:
    """Return a version in the few words of a badge or a cell."""
    return f"{version.number} {version.approval.words}"


def badge(version: ModelVersion) -> None:
    """Draw how a version stands, who said so and why in its tooltip."""
    st.badge(
        tr("version {version}", version=words(version)),
        icon=ICONS[version.approval],
        color=COLORS[version.approval],
        help=page.plain(version.verdict),
    )


def menu(backend: Backend, model: str, version: ModelVersion | None) -> None:
    """Draw what can be done in the registry with a model: register it, or approve or reject its version."""
    if version is None:
        help = tr("It becomes a version in the registry, which somebody approves or rejects.")
        if st.button(
            tr("Register this model"), icon=":material/inventory:", key=f"register-{model}", help=help
        ):
            with st.spinner(tr("Registering")):
                registry.register(backend, model)
            st.rerun()
        return
    with st.expander(
        tr("Version {number}", number=version.number),
        icon=":material/inventory:",
        key=f"version-{version.name}",
    ):
        st.text(version.verdict)
        # A click is about what was shown, also when somebody else has decided meanwhile.
        shown = state.version_shown(version.name)
        seen = shown.get() or version
        shown.set(version)
        # In a form a click right after typing is not lost; Enter would be its first button, and is none.
        with st.form(f"verdict-{version.name}", border=False, enter_to_submit=False):
            why = st.text_input(
                tr("Why"), max_chars=registry.LONGEST_WHY, key=state.version_why(version.name).key
            )
            with st.container(horizontal=True):
                approved = st.form_submit_button(
                    tr("Approve"), icon=ICONS[Approval.approved], key=f"approve-{version.name}"
                )
                rejected = st.form_submit_button(
                    tr("Reject"), icon=ICONS[Approval.rejected], key=f"reject-{version.name}"
                )
        if approved or rejected:
            (registry.approve if approved else registry.reject)(backend, version.name, why, seen)
            st.rerun()
