"""The form for the backend: the choice, its settings, and whether jobs can run there, before any backend is built."""

from __future__ import annotations

from typing import Literal, get_args, get_origin

import streamlit as st

from core.backends import get_setup
from core.backends.descriptions import DESCRIPTIONS, BackendDescription
from core.backends.setup import Check, Setup
from core.settings import Settings, save
from core.ui import page, state
from core.ui.header import Header

LOOKS = {
    "pass": ":green[:material/check_circle:] pass",
    "warn": ":orange[:material/warning:] warn",
    "fail": ":red[:material/cancel:] fail",
    "unknown": ":gray[:material/help:] unknown",
}
TOOLS = {"cloudformation": ("CloudFormation", "sendero.json"), "terraform": ("Terraform", "sendero.tf.json")}
Value = bool | int | str | None  # what a widget of a setting holds
KEPT = 60  # seconds that an outcome stands for: a page is drawn at every click


def badge(head: Header) -> None:
    """Show where jobs run as a button that opens the dialog on it."""
    description = DESCRIPTIONS[Settings.load().backend]
    with head.about:
        st.button(
            description.label,
            icon=":material/memory:",
            type="tertiary",
            help="Where jobs run, and all settings.",
            key="place",
            on_click=lambda: state.PLACE_OPEN.set(True),
        )
    if state.PLACE_OPEN.get():
        _choose()


@st.dialog(
    "Where jobs run", width="large", icon=":material/memory:", on_dismiss=lambda: state.PLACE_OPEN.set(False)
)
def _choose() -> None:
    """A choice that is saved, what the backend needs, the way back, and all settings with their sources."""
    settings = Settings.load()
    name = st.radio(
        "Where jobs run",
        list(DESCRIPTIONS),
        format_func=lambda name: DESCRIPTIONS[name].label,
        index=list(DESCRIPTIONS).index(settings.backend),
        horizontal=True,
        disabled=_fixed(settings, "backend") is not None,
        label_visibility="collapsed",
        key=f"place-{settings.backend}",
    )
    description = DESCRIPTIONS[name]
    st.caption(page.plain(description.lead))
    if fixed := _fixed(settings, "backend"):
        st.caption(page.plain(f"Fixed by {fixed}."))
    chosen = name == settings.backend
    if description.fields:
        _form(settings, description)
    elif not chosen and st.button("Run jobs here", type="primary", icon=":material/check:"):
        _saved(backend=name)
    if chosen:
        with st.expander(
            "Checks: can jobs run there?",
            icon=":material/fact_check:",
            key=state.CHECKS_OPEN.key,
            on_change="rerun",
        ) as box:
            if box.open:
                _checks(settings)
        if description.fields:
            _set_up(get_setup(settings))
    with st.expander("Settings, and where they come from", icon=":material/settings:"):
        _table(settings)


def _table(settings: Settings) -> None:
    """Show every setting with its value, its source and its meaning."""
    rows = []
    for name, info in type(settings).model_fields.items():
        value, source = settings.explain(name)
        rows.append({"Setting": name, "Value": str(value), "From": source, "Meaning": info.description})
    st.dataframe(rows, hide_index=True, alt="Every setting, its value and where it comes from")
    st.caption("Precedence: command line, environment SENDERO_*, the file sendero.json, the default.")


def _form(settings: Settings, description: BackendDescription) -> None:
    """The settings of a backend; what the environment fixes is shown and locked."""
    with st.form(f"place-{description.name}"):
        values = _fields(settings, description.fields)
        with st.expander("More settings", icon=":material/tune:"):
            values |= _fields(settings, description.more)
        if st.form_submit_button("Save and check", type="primary", icon=":material/fact_check:"):
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
                values[name] = _field(settings, name, labels[name])
    return values


def _field(settings: Settings, name: str, label: str) -> Value:
    """Draw one setting as the widget of its type; return what `save` takes."""
    info = Settings.model_fields[name]
    value, fixed = getattr(settings, name), _fixed(settings, name)
    about, key, locked = page.plain(info.description or ""), f"place-{name}-{value}", fixed is not None
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
            label, value=_text(value), placeholder=info.description, help=about, key=key, disabled=locked
        ).strip()
    if fixed:
        st.caption(page.plain(f"Fixed by {fixed}."))
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
        "Policies to copy", icon=":material/policy:", key="place-policies", on_change="rerun"
    ) as box:
        if box.open:
            documents = {item.title: item for item in setup.documents()}
            document = documents[st.selectbox("Policy", list(documents))]
            st.caption(page.plain(document.help))
            st.code(document.text, language="json", height=320)
            for tool, text in setup.templates().items():
                st.download_button(
                    f"All of it for {TOOLS[tool][0]}",
                    text,
                    file_name=TOOLS[tool][1],
                    mime="application/json",
                    icon=":material/download:",
                    on_click="ignore",
                )
    if plan := setup.storage_plan():
        with st.expander(page.label(plan.title), icon=":material/add_home:"):
            st.text("\n".join(f"• {step}" for step in plan.steps))
            if st.button("Create it", icon=":material/add:"):
                with page.errors_shown(), st.spinner("Creating"):
                    done = setup.create_storage()
                    _checked.clear()
                    st.success(page.plain(f"Done: {', '.join(done)}."), icon=":material/check:")


def _checks(settings: Settings) -> None:
    if st.button("Check again", icon=":material/refresh:"):
        _checked.clear()
    checks = _checked(settings.model_dump_json())
    rows = [
        {
            "Result": LOOKS[item.result],
            "Check": page.plain(item.name),
            "What was found": page.plain(item.detail),
            "What to do": page.plain(item.remedy),
        }
        for item in checks
    ]
    st.table(
        rows, hide_index=True, border="horizontal", alt="What was checked, and what to do where it is not so"
    )


@st.cache_resource(ttl=KEPT, show_spinner="Asking")
def _checked(settings: str) -> list[Check]:
    """Nothing is asked twice within KEPT seconds, unless somebody wants it."""
    return get_setup(Settings.load()).check()
