"""Words: what the words of the pages mean, two lines each."""

import streamlit as st

from core.ui import header
from core.ui.words import words

header.open("Words", "What the words of the pages mean.")
for column, (word, lines) in zip(st.columns(3) * len(words()), words().items(), strict=False):
    with column:
        st.header(word, anchor=word.lower().replace(" ", "-"))
        st.write(lines[0].upper() + lines[1:])
