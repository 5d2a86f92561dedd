"""What an endpoint is asked, and whether what arrives is as in training: the tab Watch of the Inference page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import metric_words
from core.backends.base import Backend, Endpoint, EndpointStatus, Traffic
from core.backends.records import time_of
from core.language import joined, mark, tr, trn
from core.numbers import count, fixed, integer
from core.ui import figures, page, retraining, state
from core.ui.predict import NOT_READY
from core.ui.upload import ask, on_disk
from core.verbs import outcomes, quality_words, watching
from core.verbs.costs import in_words
from core.verbs.watching import FileDrift

FIGURES = ("p50", "p90", "p99")
METRICS = 3  # of each file
NO_KEY = mark(
    "Nothing is kept of the files that were predicted: outcomes find their rows by a column beside those of the model"
    " in which no two rows are alike, such as an order's number. Of a transform job it is kept once its predictions are"
    " written."
)


def show(backend: Backend, endpoint: Endpoint) -> None:
    """Draw traffic, the sentence on what arrives, and the columns of the last file that was predicted."""
    if endpoint.status != EndpointStatus.in_service:
        st.caption(tr(NOT_READY))
        return
    with page.errors_shown():
        seen = watching.watch(backend, endpoint.name)
        traffic = seen.traffic
        shown = {tr("Requests"): integer(traffic.requests), tr("Errors"): integer(traffic.errors)}
        for name in FIGURES:
            value = traffic.latency_ms.get(name)
            shown[tr("Latency {quantile}", quantile=name)] = "–" if value is None else f"{fixed(value, 1)} ms"
        if traffic.waking_ms is not None:
            shown[tr("Waking, on average")] = f"{fixed(traffic.waking_ms / 1000, 1)} s"
        if seen.per_thousand:
            shown[tr("1,000 requests")] = in_words(seen.per_thousand)
        with st.container(horizontal=True):
            for label, value in shown.items():
                st.metric(label, value, width="content")
        st.caption(
            joined(
                [
                    tr(
                        "Since {time}; the latency is the model's, without the way to it.",
                        time=page.clock(traffic.since),
                    ),
                    _woken(traffic),
                ]
            )
        )
        st.text(seen.sentence)
        if seen.files:
            _file(seen.files[0])
        if len(seen.files) > 1:
            _before(seen.files)
        st.button(tr("Look again"), icon=":material/refresh:")
        _quality(seen.files)
        if seen.files:
            _outcomes(backend, endpoint, seen.files)
        retraining.show(backend, endpoint)


def _quality(files: tuple[FileDrift, ...]) -> None:
    """Draw how good the predictions of each file were, as far as their truth is known."""
    known = [(file, file.measured) for file in files if file.measured]
    if not known:
        return
    st.subheader(tr("What came true"), anchor=False)
    first, newest = known[0]
    st.text(f"{first.file}: {quality_words.sentence(newest)}")
    names = quality_words.names(newest)[:METRICS]
    rows = [
        {
            tr("Predicted"): page.clock(time_of(file.at)),
            tr("File"): file.file,
            tr("Rows with their truth"): quality["rows"],
            **{
                metric_words.label(name): metric_words.with_interval(name, quality["metrics"][name])
                for name in names
                if name in quality["metrics"]
            },
            tr("Against the test split"): quality_words.verdict_words(quality, names[0]) if names else "",
        }
        for file, quality in known
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={tr("Rows with their truth"): figures.counts()},
        alt=tr("How good the predictions of each file were, by what came true"),
    )
    told = [*quality_words.others(newest), tr(newest["statistic"])]
    st.caption(page.plain(" ".join(filter(None, told))))


def _outcomes(backend: Backend, endpoint: Endpoint, files: tuple[FileDrift, ...]) -> None:
    """Ask for what came true of rows that were predicted, and join it to them."""
    entry = state.outcomes_joined(endpoint.name)
    if told := entry.take():
        st.success(page.plain(told), icon=":material/join_inner:")
    known = outcomes.known_keys(files)
    with st.expander(tr("Add what came true"), icon=":material/fact_check:"):
        if not known:
            st.caption(tr(NO_KEY))
            return
        with st.form(f"outcomes-{endpoint.name}", border=False):
            uploaded = ask(tr("File with the key and the outcome"), key=f"outcomes-file-{endpoint.name}")
            left, right = st.columns(2)
            key = left.selectbox(
                tr("Column that tells rows apart"),
                known,
                format_func=page.label,
                key=f"outcomes-key-{endpoint.name}",
            )
            column = right.text_input(
                tr("Column of the outcome"),
                placeholder=tr("as the target"),
                key=f"outcomes-column-{endpoint.name}",
            ).strip()
            if st.form_submit_button(tr("Join"), icon=":material/join_inner:") and uploaded:
                with page.errors_shown(), on_disk(backend, uploaded) as file:
                    entry.set(outcomes.words(outcomes.join(backend, endpoint.name, file, key, column)))
                    st.rerun()


def _woken(traffic: Traffic) -> str:
    """Return how often an endpoint was woken, where it sleeps."""
    if not traffic.wakings:
        return ""
    return trn(
        "It was woken {times} time.",
        "It was woken {times} times.",
        traffic.wakings,
        times=integer(traffic.wakings),
    )


def _file(file: FileDrift) -> None:
    """Draw each column of a file against training."""
    rows = [
        {
            tr("Column"): each.column,
            "PSI": each.psi,
            tr("By chance"): each.noise,
            tr("Share of the model"): each.importance,
            "": tr("changed, and matters")
            if each.matters
            else tr("changed")
            if each.moved
            else tr("as in training"),
        }
        for each in file.columns
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "PSI": figures.measures(
                help=tr(
                    "How far this file is from training; above 0.25, and twice what chance makes, it counts."
                )
            ),
            tr("By chance"): figures.measures(help=tr("What chance alone exceeds once in twenty.")),
            tr("Share of the model"): figures.shares(),
        },
        alt=tr("Each column of the last file that was predicted, against training"),
    )
    st.caption(page.plain(f"{file.file}, {count(file.rows, 'row', 'rows')}, {page.clock(time_of(file.at))}"))


def _before(files: tuple[FileDrift, ...]) -> None:
    """Draw the files before the last one."""
    rows = [
        {
            tr("File"): file.file,
            tr("When"): page.clock(time_of(file.at)),
            tr("Rows"): file.rows,
            tr("Changed"): ", ".join(each.column for each in file.columns if each.moved) or tr("nothing"),
        }
        for file in files[1:]
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={tr("Rows"): figures.counts()},
        alt=tr("The files that were predicted before, and what had changed"),
    )
