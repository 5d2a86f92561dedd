"""The confirmation that a deletion waits for: the name, typed in a dialog."""

from __future__ import annotations

import streamlit as st


def typed(name: str, key: str) -> bool:
    """Draw the field for `name` and the button; return True once both agree. A wrong name is answered here."""
    with st.form(f"{key}-form-{name}", border=False):  # a click right after typing is not lost
        text = st.text_input("Type its name to confirm", key=f"{key}-confirm-{name}")
        clicked = st.form_submit_button("Delete", icon=":material/delete:", key=f"{key}-delete")
    if clicked and text.strip() != name:
        st.warning("That is not its name: nothing was deleted.", icon=":material/block:")
        return False
    return clicked
