"""Why a row that was typed in has its prediction."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.encoding.contract import Contract
from core.verbs.explaining import explain_records, sentence_of

SHOWN = 8  # columns, those that move the answer most


def show(backend: Backend, training_job: str, contract: Contract, record: Mapping[str, str | None]) -> None:
    """Draw the reasons of one row: a sentence, and how far its columns move the answer. Nothing of a rejected row."""
    [row] = explain_records(backend, training_job, [record])
    added = row.points or row.contributions
    if row.rejected or not added:
        return
    cells = {name: cell or "" for name, cell in record.items()}
    st.text(sentence_of(contract.label.name, row, cells))
    scale, unit = (100, "points") if row.points else (1, "adds")
    most = sorted(added, key=lambda name: -abs(added[name]))[:SHOWN]
    st.dataframe(
        pd.DataFrame({"Column": most, unit: [scale * added[name] for name in most]}),
        hide_index=True,
        column_config={unit: st.column_config.NumberColumn(unit, format="%+.1f" if row.points else "%+.4g")},
        alt="The columns that move this answer most, and how far",
    )
