"""Two pages, as little as Streamlit can show."""

import streamlit as st


def hello() -> None:
    st.title("Hello")


def world() -> None:
    st.title("World")


st.navigation([st.Page(hello, title="Hello"), st.Page(world, title="World")], position="top").run()
