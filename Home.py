"""Sendero's front door and router: `streamlit run Home.py`."""

import streamlit as st

from core.ui import page, sidebar

st.set_page_config(page_title="Sendero", page_icon=page.ICON.read_text(), layout="wide")
st.logo(str(page.ICON), size="large")
navigation = st.navigation([st.Page(f"pages/{name}.py", **look) for name, look in page.PAGES.items()])
page.route()
sidebar.show()
with page.errors_shown():
    navigation.run()
