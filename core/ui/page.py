"""What all pages share: the list of them, the links between them, and errors made readable."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal, NoReturn, Required, TypedDict

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import locales
from core.backends import get_backend
from core.backends.base import Backend
from core.errors import Failure, SenderoError
from core.language import mark, tr
from core.settings import Settings
from core.ui import language as language_choice
from core.ui import state

BadgeColor = Literal["red", "orange", "blue", "green", "gray", "violet"]


class NavigationEntry(TypedDict, total=False):
    """How a page stands in the navigation, as `st.Page` takes it."""

    title: Required[str]
    icon: Required[str]
    default: bool


# File in pages/ -> how it stands in the navigation. The order is the path.
PAGES: dict[str, NavigationEntry] = {
    "Overview": {"title": mark("Home"), "icon": ":material/hiking:", "default": True},
    "Configuration": {"title": mark("Configuration"), "icon": ":material/tune:"},
    "EDA": {"title": mark("EDA"), "icon": ":material/query_stats:"},
    "Report": {"title": mark("Report"), "icon": ":material/lab_profile:"},
    "Training": {"title": mark("Training"), "icon": ":material/model_training:"},
    "Inference": {"title": mark("Inference"), "icon": ":material/online_prediction:"},
    "Pipelines": {"title": mark("Pipelines"), "icon": ":material/account_tree:"},
    "Words": {"title": mark("Words"), "icon": ":material/menu_book:"},
}

ICON = Path(__file__).with_name("sendero.svg")
_FOLDER = Path(__file__).resolve().parents[2] / "pages"

_SIGNS = re.compile(r"[\\`*_{}\[\]()#+\-.!|<>~:$&=]")
# Addresses, icons (:material/x:) and arrows are looked for once the escapes are gone: so they are held apart there.
_APART = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)
_PLAIN_NAME = re.compile(
    r"(?!\d+[.)] |[-=] )(?:[^\W_]|[ ,.;/()%=-]|(?<=[^\W_])_+(?=[^\W_]))*"
)  # no Markdown in it
_NOTHING = ":red[]"  # Markdown that draws nothing, and is nothing to copy


def locale() -> str:
    """Return the locale of the visit: the browser's, or one of the language that was chosen; empty outside a visit."""
    if not get_script_run_ctx(suppress_warning=True):
        return ""
    asked, chosen = st.context.locale or "", language_choice.chosen()
    return asked if asked.startswith(chosen) else chosen


def language() -> str:
    """Return the language of the texts: the chosen one, or the browser's; empty outside a visit."""
    if not get_script_run_ctx(suppress_warning=True):
        return ""
    return language_choice.chosen() or st.context.locale or ""


def title(name: str) -> str:
    """Return what a page is called."""
    return tr(PAGES[name]["title"])


def file(name: str) -> str:
    """The absolute path of a page's file, as `st.Page`, `st.page_link` and `st.switch_page` want it."""
    return str(_FOLDER / f"{name}.py")


def backend() -> Backend:
    """The backend that the settings name, asked anew on each run: nothing that matters lives in the page."""
    return get_backend(Settings.load())


@contextmanager
def errors_shown() -> Iterator[None]:
    """Render any error as what failed, why, what next. No traceback reaches a page."""
    try:
        yield
    except SenderoError as error:
        show_failure(error.failure)
    except Exception:
        logging.getLogger("sendero").exception("a page failed")
        show_failure(
            Failure(
                kind="Unexpected",
                what=tr("Something went wrong on this page."),
                why=tr("It is a fault of Sendero, not of your data; the details are in the server's log."),
                remedy=tr("Reload the page. Jobs and endpoints are not affected."),
            )
        )


@contextmanager
def progress_shown() -> Iterator[Callable[[float, str], None]]:
    """A progress bar while the block runs; give the share done (0 to 1) and what is being done."""
    bar = st.progress(0.0, text=tr("Reading"))

    def tell(share: float, text: str) -> None:
        bar.progress(min(share, 1.0), text=plain(text))

    try:
        yield tell
    finally:
        bar.empty()


def show_failure(failure: Failure) -> None:
    """One look for every error. Text is escaped: user text never becomes Markdown or HTML."""
    with st.container(border=True):
        st.error(plain(failure.what), icon=":material/error:")
        st.text(tr("Why:  {why}\nNext: {remedy}", why=failure.why, remedy=failure.remedy))


def plain(text: str) -> str:
    """`text` with Markdown's signs escaped, for places that render Markdown."""
    return _NOTHING.join(_SIGNS.sub(r"\\\g<0>", part) for part in _APART.split(text))


def label(text: str) -> str:
    """`text` as a widget's label. Labels are Markdown, but also the name that a screen reader says: so a plain
    name stays as it is, and only what Markdown could take for its own is escaped.
    """
    return text if _PLAIN_NAME.fullmatch(text) and not _APART.search(text) else plain(text)


def pick(
    label: str,
    names: list[str],
    key: str,
    default: str | None = None,
    words: Mapping[str, str] | None = None,
    width: int | Literal["stretch"] = "stretch",
    labelled: bool = False,
) -> str:
    """Return one of `names`: what the URL (`?<key>=`) asks for, else `default`, else the first. Kept in the URL.

    With `words`, {name: what people call it}, each another text, those are shown, and the label is only for the ear
    unless the choice is to be `labelled`.

    A choice is written into the URL before the page is drawn, and the page is drawn from the URL: so a link and the
    back button win over an earlier choice. The widget's key must not hold what the URL says: it would be another
    widget after each choice, and the next one would be sent for a widget that is gone. (`bind="query-params"` would
    not do: Streamlit 1.67 refuses `switch_page` with its parameter.)
    """
    wanted = st.query_params.get(key)
    if wanted is not None and wanted not in names:
        gone(wanted)
    shown = wanted if wanted in names else default if default in names else names[0]
    if shown != wanted:
        st.query_params[key] = shown
    return chooser(label, names, key, shown, width, words, labelled)


def gone(name: str) -> None:
    """Say that what the address names is not there."""
    st.warning(tr("There is no {name} here any more.", name=plain(name)), icon=":material/search_off:")


def chooser(
    label: str,
    names: list[str],
    key: str,
    shown: str,
    width: int | Literal["stretch"] = "stretch",
    words: Mapping[str, str] | None = None,
    labelled: bool = False,
) -> str:
    """A selectbox over `names` that shows `shown`, and whose choice goes into the URL as `?<key>=`."""
    widget = state.picked(key)

    def choose() -> None:
        chosen = widget.get()  # the browser sends an option's words: those of before may be no one's any more
        st.query_params[key] = chosen if chosen in names else shown

    if widget.get() != shown:
        widget.set(shown)
    return st.selectbox(
        label,
        names,
        key=widget.key,
        on_change=choose,
        width=width,
        format_func=words.__getitem__ if words else str,
        label_visibility="collapsed" if words and not labelled else "visible",
    )


def clock(time: datetime) -> str:
    """Return when something was, by the visitor's clock and as their locale has it: `14:05` of today, else
    `30 Nov 14:05`.
    """
    zone = timezone(-timedelta(minutes=st.context.timezone_offset or 0))
    local = time.astimezone(zone)
    today = local.date() == datetime.now(zone).date()
    if (reader := locales.reader()) is None:
        return f"{local:%H:%M}" if today else f"{local.day} {local:%b %H:%M}"
    from babel.dates import format_skeleton, format_time

    at = format_time(local, "short", locale=reader)
    return at if today else f"{format_skeleton('MMMd', local, locale=reader)} {at}"


def select(key: str, name: str) -> None:
    """Make `name` the choice of `pick(key=...)` and draw the page again."""
    st.query_params[key] = name
    st.rerun()


def lead(name: str, **query: str) -> NoReturn:
    """Open a page with what it should select."""
    state.LED_TO.set((name, query))
    st.switch_page(file(name), query_params=query or None)


def follow_lead(name: str) -> None:
    """Go on to where a click has led, if the page `name` is drawn for the second half of a hurried double click.

    The browser sends that from the old page with the new one's address, if it has heard of no more by then.
    """
    led = state.LED_TO.get()
    if led and led[1] and led[0] != name and st.query_params.to_dict() == led[1]:
        st.switch_page(file(led[0]), query_params=led[1])


def first_do(what: str, name: str) -> NoReturn:
    """An empty page: say what to do first, link there, and end the page."""
    st.info(what, icon=":material/signpost:")
    link(name, tr("Go to {page}", page=title(name)))
    st.stop()


def go(name: str, label: str, **query: str) -> None:
    """The page's one main way on, as a button, with what the other page should select."""
    if st.button(label, type="primary", icon=":material/arrow_forward:", key=f"go-{name}"):
        lead(name, **query)


def link(name: str, label: str, *, icon: str | None = None, help: str | None = None, **query: str) -> None:
    """A link to a page, with what it should select; `help`, as its tooltip, says more than the label does."""
    st.page_link(
        file(name),
        label=plain(label),
        icon=icon or PAGES[name]["icon"],
        help=plain(help or label),
        query_params=query or None,
    )
