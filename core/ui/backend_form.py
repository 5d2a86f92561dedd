"""The form for the backend: the choice, its settings, and whether jobs can run there, before any backend is built."""

from __future__ import annotations

from typing import Literal, get_args, get_origin

import streamlit as st

from core.backends import get_setup
from core.backends.descriptions import DESCRIPTIONS, BackendDescription
from core.backends.setup import Check, Setup
from core.language import mark, tr
from core.locales import language
from core.settings import Settings, save
from core.ui import dialogs, page, state
from core.ui.header import Header

LOOKS = {
    "pass": (":green[:material/check_circle:]", mark("pass")),
    "warn": (":orange[:material/warning:]", mark("warn")),
    "fail": (":red[:material/cancel:]", mark("fail")),
    "unknown": (":gray[:material/help:]", mark("unknown")),
}
TOOLS = {"cloudformation": ("CloudFormation", "sendero.json"), "terraform": ("Terraform", "sendero.tf.json")}
Value = bool | int | str | None  # what a widget of a setting holds
KEPT = 60  # seconds that an outcome stands for: a page is drawn at every click


def badge(head: Header) -> None:
    """Show where jobs run as a button that opens the dialog on it."""
    description = DESCRIPTIONS[Settings.load().backend]
    with head.about:
        st.button(
            tr(description.label),
            icon=":material/memory:",
            type="tertiary",
            help=tr("Where jobs run, and all settings."),
            key="place",
            on_click=lambda: state.PLACE_OPEN.set(True),
        )
    if state.PLACE_OPEN.get():
        _choose()


@dialogs.titled(
    mark("Where jobs run"),
    width="large",
    icon=":material/memory:",
    on_dismiss=lambda: state.PLACE_OPEN.set(False),
)
def _choose() -> None:
    """A choice that is saved, what the backend needs, the way back, and all settings with their sources."""
    settings = Settings.load()
    name = st.radio(
        tr("Where jobs run"),
        list(DESCRIPTIONS),
        format_func=lambda name: tr(DESCRIPTIONS[name].label),
        index=list(DESCRIPTIONS).index(settings.backend),
        horizontal=True,
        disabled=_fixed(settings, "backend") is not None,
        label_visibility="collapsed",
        key=f"place-{settings.backend}",
    )
    description = DESCRIPTIONS[name]
    st.caption(page.plain(tr(description.lead)))
    if fixed := _fixed(settings, "backend"):
        st.caption(page.plain(tr("Fixed by {fixed}.", fixed=fixed)))
    chosen = name == settings.backend
    if description.fields:
        _form(settings, description)
    elif not chosen and st.button(tr("Run jobs here"), type="primary", icon=":material/check:"):
        _saved(backend=name)
    if chosen:
        with st.expander(
            tr("Checks: can jobs run there?"),
            icon=":material/fact_check:",
            key=state.CHECKS_OPEN.key,
            on_change="rerun",
        ) as box:
            if box.open:
                _checks(settings)
        if description.fields:
            _set_up(get_setup(settings))
    with st.expander(tr("Settings, and where they come from"), icon=":material/settings:"):
        _table(settings)


def _table(settings: Settings) -> None:
    """Show every setting with its value, its source and its meaning."""
    rows = []
    for name, info in type(settings).model_fields.items():
        value, source = settings.explain(name)
        rows.append(
            {
                tr("Setting"): name,
                tr("Value"): str(value),
                tr("From"): source,
                tr("Meaning"): tr(info.description or ""),
            }
        )
    st.dataframe(rows, hide_index=True, alt=tr("Every setting, its value and where it comes from"))
    st.caption(tr("Precedence: command line, environment SENDERO_*, the file sendero.json, the default."))


def _form(settings: Settings, description: BackendDescription) -> None:
    """The settings of a backend; what the environment fixes is shown and locked."""
    with st.form(f"place-{description.name}"):
        values = _fields(settings, description.fields)
        with st.expander(tr("More settings"), icon=":material/tune:"):
            values |= _fields(settings, description.more)
        if st.form_submit_button(tr("Save and check"), type="primary", icon=":material/fact_check:"):
            free = {name: value for name, value in values.items() if _fixed(settings, name) is None}
            with page.errors_shown():
                _saved(backend=description.name, **free)


def _fields(settings: Settings, labels: dict[str, str]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    names = list(labels)
    for start in range(0, len(names), 2):
        pair = names[start : start + 2]
        for column, name in zip(st.columns(2, vertical_alignment="bottom"), pair, strict=False):
            with column:
                values[name] = _field(settings, name, tr(labels[name]))
    return values


def _field(settings: Settings, name: str, label: str) -> Value:
    """Draw one setting as the widget of its type; return what `save` takes."""
    info = Settings.model_fields[name]
    value, fixed = getattr(settings, name), _fixed(settings, name)
    meaning = tr(info.description or "")
    about, key, locked = page.plain(meaning), f"place-{name}-{value}", fixed is not None
    given: Value
    if isinstance(value, bool):
        given = st.checkbox(label, value=value, help=about, key=key, disabled=locked)
    elif get_origin(info.annotation) is Literal:
        choices = get_args(info.annotation)
        given = st.selectbox(label, choices, index=choices.index(value), help=about, key=key, disabled=locked)
    elif isinstance(value, int):
        given = st.number_input(label, value=value, step=1, min_value=0, help=about, key=key, disabled=locked)
    else:
        given = st.text_input(
            label, value=_text(value), placeholder=meaning, help=about, key=key, disabled=locked
        ).strip()
    if fixed:
        st.caption(page.plain(tr("Fixed by {fixed}.", fixed=fixed)))
    return given


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _fixed(settings: Settings, name: str) -> str | None:
    """What stands above the file, so that saving would change nothing: the environment."""
    return settings.explain(name)[1] if settings.fixed(name) else None


def _saved(**values: Value) -> None:
    save(**values)
    _checked.clear()
    state.CHECKS_OPEN.set(True)  # after a save it is seen whether it works
    st.rerun()


def _set_up(setup: Setup) -> None:
    """What an administrator has to paste, and the button that creates storage."""
    with st.expander(
        tr("Policies to copy"), icon=":material/policy:", key="place-policies", on_change="rerun"
    ) as box:
        if box.open:
            documents = {item.title: item for item in setup.documents()}
            document = documents[st.selectbox(tr("Policy"), list(documents))]
            st.caption(page.plain(document.help))
            st.code(document.text, language="json", height=320)
            for tool, text in setup.templates().items():
                st.download_button(
                    tr("All of it for {tool}", tool=TOOLS[tool][0]),
                    text,
                    file_name=TOOLS[tool][1],
                    mime="application/json",
                    icon=":material/download:",
                    on_click="ignore",
                )
    if plan := setup.storage_plan():
        with st.expander(page.label(plan.title), icon=":material/add_home:"):
            st.text("\n".join(f"• {step}" for step in plan.steps))
            if st.button(tr("Create it"), icon=":material/add:"):
                with page.errors_shown(), st.spinner(tr("Creating")):
                    done = setup.create_storage()
                    _checked.clear()
                    st.success(page.plain(tr("Done: {done}.", done=", ".join(done))), icon=":material/check:")


def _checks(settings: Settings) -> None:
    if st.button(tr("Check again"), icon=":material/refresh:"):
        _checked.clear()
    with st.spinner(tr("Asking")):
        checks = _checked(settings.model_dump_json(), language())
    rows = [
        {
            tr("Result"): " ".join((LOOKS[item.result][0], tr(LOOKS[item.result][1]))),
            tr("Check"): page.plain(tr(item.name)),
            tr("What was found"): page.plain(item.detail),
            tr("What to do"): page.plain(item.remedy),
        }
        for item in checks
    ]
    st.table(
        rows,
        hide_index=True,
        border="horizontal",
        alt=tr("What was checked, and what to do where it is not so"),
    )


@st.cache_resource(ttl=KEPT, show_spinner=False)
def _checked(settings: str, reader: str) -> list[Check]:
    """Nothing is asked twice within KEPT seconds, unless somebody wants it."""
    return get_setup(Settings.load()).check()
