"""The confirmation that a deletion waits for: the name, typed in a dialog."""

from __future__ import annotations

import streamlit as st

from core.language import tr


def typed(name: str, key: str) -> bool:
    """Draw the field for `name` and the button; return True once both agree. A wrong name is answered here."""
    with st.form(f"{key}-form-{name}", border=False):  # a click right after typing is not lost
        text = st.text_input(tr("Type its name to confirm"), key=f"{key}-confirm-{name}")
        clicked = st.form_submit_button(tr("Delete"), icon=":material/delete:", key=f"{key}-delete")
    if clicked and text.strip() != name:
        st.warning(tr("That is not its name: nothing was deleted."), icon=":material/block:")
        return False
    return clicked
