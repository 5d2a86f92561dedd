"""The router, which Streamlit runs at every visit: navigation over the pages, and the page itself.

It stands apart from the folder pages/: beside one, Streamlit 1.67 looks for pages by itself (its legacy mode), and a
cold deep link would run a page without the navigation.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from core import locales
from core.ui import garbage, header, page


def run() -> None:
    """Draw what the address names."""
    garbage.LATER.collect()
    locales.follow(page.locale, page.language)
    st.set_page_config(page_title="Sendero", page_icon=page.ICON.read_text(), layout="wide")
    st.logo(str(page.ICON), size="large")
    navigation = st.navigation(
        [
            st.Page(
                page.file(name), title=page.title(name), icon=look["icon"], default=look.get("default", False)
            )
            for name, look in page.PAGES.items()
        ],
        position="top",
    )
    header.AT_THE_END.set(None)
    try:
        with page.errors_shown():
            navigation.run()
    except StopException:  # a page that has said all it can; one that switches to another ends otherwise
        header.close()
        raise
    header.close()


if __name__ == "__main__":
    run()
