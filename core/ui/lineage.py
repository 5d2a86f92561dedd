"""Where an endpoint or a model comes from, back to the bytes: as one picture, and in words with every digest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import streamlit as st
from plotly.graph_objects import Figure

from core.backends.base import Backend
from core.language import mark, tr
from core.ui import charts, dialogs, page
from core.ui.graph import Node, figure
from core.verbs.lineage import Part, lineage, traceable, whole_path

ROW = 48  # pixels of a thing in the picture
LONGEST = 44  # characters of a name in it: more would leave a phone
WIDTH = 420  # pixels of the choice
DIGITS = 12  # of a digest in it
# Kind -> which of the theme's colours its mark has; jobs, and what they wrote, have that of MADE.
COLORS = {"data set": 0, "version": 1, "decision": 1, "endpoint": 0}
MADE = 2
GAP = "\N{NO-BREAK SPACE}" * 2  # between a mark and its words


@dialogs.titled(mark("Where it comes from"), width="large")
def dialog(backend: Backend, name: str) -> None:
    """Show the lineage of one endpoint or model."""
    with page.errors_shown():
        draw(backend, name)


def section(backend: Backend) -> None:
    """Draw the choice of an endpoint or a model, and its lineage."""
    names = traceable(backend)
    if not names:
        st.text(tr("There is no endpoint and no model yet."))
        return
    draw(backend, page.pick(tr("Endpoint or model"), names, key="thing", width=WIDTH))


def draw(backend: Backend, name: str) -> None:
    """Draw the lineage of an endpoint or a model: the picture, and below it each thing in words."""
    links = lineage(backend, name)
    path = whole_path(links)
    charts.draw(_picture(path), alt(path), height=ROW * len(path) + 16, key=f"lineage-{name}")
    for link in reversed(links):
        with st.expander(page.label(f"{tr(link.kind)} {link.name}"), key=f"link-{name}-{link.kind}"):
            acts = [f"{act.of(link.name)}, {page.clock(act.at)}" for act in link.acts]
            digests = [f"SHA-256 {link.sha256}"] if link.sha256 else []
            digests += [
                f"{tr(part.kind)}, {part.name}: SHA-256 {part.sha256}" for part in link.parts if part.sha256
            ]
            st.text("\n".join([*acts, link.what, *digests]))


def alt(path: Sequence[Part]) -> str:
    """Return the picture in words: everything in the order in which each was made from the one before."""
    told = [f"{tr(part.kind)} {part.name}" for part in path]
    return reduce(lambda before, after: tr("{before}, then {after}", before=before, after=after), told)


def _picture(path: Sequence[Part]) -> Figure:
    nodes: dict[str, Node] = {}
    for number, part in enumerate(path):
        name = part.name if len(part.name) <= LONGEST else f"{part.name[: LONGEST - 1]}…"
        words = f"<b>{charts.shown(tr(part.kind))}</b> {charts.shown(name)}"
        if part.sha256:
            words += f"<br>{GAP}SHA-256 {part.sha256[:DIGITS]}"
        before = (str(number - 1),) if number else ()
        nodes[str(number)] = Node(
            0.0, float(-number), f"{GAP}{words}", COLORS.get(part.kind, MADE), "middle right", before
        )
    drawn = figure(nodes)
    drawn.update_xaxes(range=[-0.04, 1.0])
    drawn.update_yaxes(range=[0.5 - len(path), 0.5])
    return drawn
