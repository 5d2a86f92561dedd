"""Words: what the words of the pages mean, two lines each."""

import streamlit as st

from core.language import tr
from core.ui import header, language
from core.ui.words import words

header.open("Words", tr("What the words of the pages mean."))
for column, (key, word) in zip(st.columns(3) * len(words()), words().items(), strict=False):
    with column:
        st.header(word.name, anchor=key.lower().replace(" ", "-"))
        st.write(word.lines[0].upper() + word.lines[1:])
language.switch()
