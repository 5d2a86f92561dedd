"""How good the predictions of a file are, beside the test split: by the truth in it, else as is to be expected."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import metric_words
from core.judging.file_quality import MEASURED, Quality
from core.language import tr
from core.ui import page
from core.verbs import quality_words

ICONS = {True: ":material/fact_check:", False: ":material/query_stats:"}


def show(quality: Quality) -> None:
    """Draw the sentence, the metrics beside those of the test split, and what else there is to say."""
    is_measured = quality["basis"] == MEASURED
    st.info(page.plain(quality_words.sentence(quality)), icon=ICONS[is_measured])
    here = tr("This file") if is_measured else tr("To be expected")
    rows = [
        {
            tr("Metric"): metric_words.label(name),
            here: metric_words.with_interval(name, quality["metrics"][name]),
            tr("Test split"): metric_words.with_interval(name, quality["test"][name])
            if name in quality["test"]
            else "-",
            **({"": quality_words.verdict_words(quality, name)} if quality["changes"] else {}),
        }
        for name in quality_words.names(quality)
    ]
    if rows:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            alt=tr("The metrics of this file beside those of the test split, with their intervals"),
        )
    told = " ".join(quality_words.others(quality))
    if told or quality["statistic"]:
        st.caption(page.plain(told), help=page.plain(tr(quality["statistic"])) or None)
