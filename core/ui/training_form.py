"""What starts a run: the dialogs *New run* and *Tune*, and the offer of a first run with a preset."""

from __future__ import annotations

import streamlit as st

from core import hyperparameters as core_hyperparameters
from core.backends.base import Backend, Job
from core.errors import BadHyperparameter
from core.language import mark, tr
from core.numbers import count
from core.ui import artifacts, hyperparameters, jobs, number_field, page, resource_form, state
from core.ui.header import Header
from core.verbs import resources, runs, training, tuning
from core.verbs.jobs import existing_job
from core.verbs.leaderboard import eda_job_of

FIRST_LIMIT = mark("It ends at the first limit that it reaches, and more trials can go on later.")
PROMOTED = mark(
    "To train here, first run an EDA job: a promoted one has left its training split where it ran."
)


def buttons(head: Header) -> None:
    """Draw the buttons that open the dialogs."""
    with head.actions:
        for form, label, icon in (
            ("train", tr("New run"), ":material/add:"),
            ("tune", tr("Tune"), ":material/tune:"),
        ):
            if st.button(label, icon=icon, key=f"open-{form}"):
                state.RUN_DIALOG.set(form)


def dialogs(backend: Backend, eda_job: str) -> None:
    """Draw the dialog that is open; `eda_job` is proposed in it."""
    opened = state.RUN_DIALOG.get()
    if opened == "tune":
        st.dialog(tr("Tune"), width="large", on_dismiss=_close)(_tune)(backend, eda_job)
    elif opened in ("train", "again"):
        again = existing_job(backend, state.RUN_AGAIN.get() or "") if opened == "again" else None
        st.dialog(tr("New run"), width="large", on_dismiss=_close)(_new_run)(backend, eda_job, again)


def again(backend: Backend, job: Job) -> None:
    """Draw, in the menu of a run, what starts it once more: as it was, or in the dialog with its values."""
    if runs.fold_of(job) or eda_job_of(job) not in [each.name for each in training.trainable(backend)]:
        return

    def ask() -> None:
        state.run_menu(job.name).set(False)  # it would stand before the dialog
        state.RUN_AGAIN.set(job.name)
        state.RUN_DIALOG.set("again")

    if not runs.all_rows_of(job):
        st.button(
            tr("Run again with ..."), icon=":material/edit:", key=f"again-with-{job.name}", on_click=ask
        )
    jobs.launch(
        tr("Run again"),
        lambda token: training.run_again(backend, job.name, token),
        resources.estimate_training(backend, eda_job_of(job), job.resources),
        key=f"again-{job.name}",
        primary=False,
    )


def _close(launched: Job | None = None) -> None:
    """Close the dialog; a run that was `launched` may be another target's than the address says."""
    state.RUN_DIALOG.take()
    if launched:
        st.query_params.pop("eda", None)


def _new_run(backend: Backend, proposed: str, again: Job | None = None) -> None:
    """Draw the form of a run; `again`: with the data, the values and the machine of that one."""
    with page.errors_shown():
        form, nearest, changed, where = "train", core_hyperparameters.DEFAULT_PRESET, {}, {}
        if again:
            form, proposed, where = f"again-{again.name}", eda_job_of(again), again.resources
            nearest, changed = runs.settings_of(again)
        eda_job, preset = _data(backend, proposed, form), hyperparameters.preset(form, nearest)
        contract = artifacts.fitted_contract(backend, eda_job)
        label, before = contract.label, changed if preset == nearest else {}
        given = hyperparameters.fields(form, preset, contract, before)
        refused = _refusal(preset, label.problem, len(label.classes), given)
        chosen = resource_form.choose(backend, "training", form if again else "", where)
        locked = resource_form.refused(backend, "training", chosen)
        jobs.launch(
            tr("Train"),
            lambda token: training.launch_training(backend, eda_job, preset, given, token, chosen),
            resources.estimate_training(backend, eda_job, chosen),
            key="launch-training",
            disabled=locked or refused,
            then=_close,
        )


def _tune(backend: Backend, proposed: str) -> None:
    with page.errors_shown():
        st.caption(
            tr(
                "Trains with the values below, then with others, and keeps the run that does best on the "
                "validation split. A trial that would stay behind the best is ended early."
            )
        )
        eda_job, preset = _data(backend, proposed, "tune"), hyperparameters.preset("tune")
        label = artifacts.fitted_contract(backend, eda_job).label
        budget, limited = _budget(backend)
        ranges, readable = hyperparameters.ranges("tune")
        values = core_hyperparameters.resolve(preset, label.problem, len(label.classes))
        given = hyperparameters.others(f"tune-{preset}-{label.problem}", preset, values, ranges)
        refused = _refusal(preset, label.problem, len(label.classes), given, ranges)
        chosen = resource_form.choose(backend, "training")
        locked = resource_form.refused(backend, "training", chosen, budget.most_jobs)
        jobs.launch(
            tr("Start tuning"),
            lambda token: tuning.launch_tuning(
                backend, eda_job, budget, ranges, preset, given, token, chosen
            ),
            resources.estimate_training(backend, eda_job, chosen, budget.most_jobs),
            key="launch-tuning",
            disabled=locked or refused or not (limited and readable),
            then=_close,
        )


def _budget(backend: Backend) -> tuple[tuning.Budget, bool]:
    """Draw when a tuning ends, the first of its limits that is reached; return it, and whether it can be used."""
    money = backend.capabilities.costs_money
    columns = st.columns(3 if money else 2)
    most = columns[0].number_input(
        tr("Trials"),
        min_value=1,
        max_value=tuning.MOST_JOBS,
        value=20,
        key="tune-trials",
        help=tr(FIRST_LIMIT),
    )
    minutes = columns[1].number_input(
        tr("Minutes at most"),
        min_value=2,
        value=None,
        placeholder=tr("no limit"),
        key="tune-minutes",
        help=tr(FIRST_LIMIT),
    )
    if not money:
        return tuning.Budget(int(most), minutes or 0), True
    with columns[2]:
        usd = number_field.draw(
            tr("USD at most"), None, "tune-usd", low=0.01, placeholder=tr("no limit"), help=tr(FIRST_LIMIT)
        )
        number_field.tell(usd)
    return tuning.Budget(int(most), minutes or 0, usd.value or 0), not usd.wrong


def _data(backend: Backend, proposed: str, form: str) -> str:
    """Draw on which EDA job's splits the run trains, where there is a choice; return that job's name."""
    ready = training.trainable(backend)
    if not ready:
        st.info(tr(PROMOTED))
        st.stop()
    words = jobs.words(ready)
    names = list(words)
    if len(names) == 1:
        return names[0]
    return st.selectbox(
        tr("Train on"),
        names,
        index=names.index(proposed) if proposed in names else 0,
        format_func=words.__getitem__,
        key=f"{form}-eda",
    )


def _refusal(
    preset: str,
    problem: str,
    classes: int,
    given: dict[str, str],
    ranges: dict[str, tuple[float, float]] | None = None,
) -> bool:
    """Return whether the values cannot be used; say why, above the button that is locked by it."""
    try:
        core_hyperparameters.resolve(preset, problem, classes, given)
        core_hyperparameters.checked_ranges(ranges or {})
    except BadHyperparameter as error:
        st.error(page.plain(error.failure.why), icon=":material/error:")
        return True
    return False


def offer(backend: Backend, eda_job: Job) -> None:
    """Draw the first run on the splits of an EDA job: one click trains with a preset."""
    if eda_job.name not in [job.name for job in training.trainable(backend)]:
        st.info(tr(PROMOTED))
        return
    contract = artifacts.fitted_contract(backend, eda_job.name)
    label = contract.label
    with st.container(border=True):
        st.subheader(tr("Predict {target}", target=page.plain(label.name)), anchor=False)
        st.text(
            tr(
                "From {run}: {features}.",
                run=runs.title(eda_job),
                features=count(len(contract.features), "feature", "features"),
            )
        )
        preset = hyperparameters.preset("offer")
        chosen = resource_form.choose(backend, "training")
        locked = resource_form.refused(backend, "training", chosen)
        jobs.launch(
            tr("Train"),
            lambda token: training.launch_training(backend, eda_job.name, preset, None, token, chosen),
            resources.estimate_training(backend, eda_job.name, chosen),
            key="launch-first",
            disabled=locked,
        )
