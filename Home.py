"""Sendero's front door and router: `streamlit run Home.py`.

The server imports this file once, for its `app`; each session runs it as a script.
"""

import streamlit as st

if __name__ == "__main__":
    from core.ui import page, sidebar

    st.set_page_config(page_title="Sendero", page_icon=page.ICON.read_text(), layout="wide")
    st.logo(str(page.ICON), size="large")
    navigation = st.navigation([st.Page(f"pages/{name}.py", **look) for name, look in page.PAGES.items()])
    page.route()
    sidebar.show()
    with page.errors_shown():
        navigation.run()
else:
    from starlette.middleware import Middleware

    from core.ui.frames import OwnFramesOnly

    app = st.App(__file__, middleware=[Middleware(OwnFramesOnly)])
