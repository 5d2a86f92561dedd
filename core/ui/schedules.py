"""What the clock starts, as a part of a page: schedules with their runs, the line for cron to copy, and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

import streamlit as st

from core.backends.base import Backend
from core.backends.schedules import (
    BY_MACHINE,
    DAYS,
    EVERY,
    LAST_DAY,
    RunStatus,
    Schedule,
    ScheduleRun,
    Task,
    When,
)
from core.language import joined, mark, tr
from core.settings import Settings
from core.ui import confirmation, figures, page, state
from core.verbs import costs, mails, schedule_lines, schedules

TASKS: Mapping[Task, str] = {
    Task.predict: mark("Predict the new files of a folder"),
    Task.drift: mark("Look whether what arrives at an endpoint has changed"),
    Task.pipeline: mark("Run a pipeline"),
}
TARGETS: Mapping[Task, str] = {
    Task.predict: mark("Endpoint, or a model by a job of its own"),
    Task.drift: mark("Endpoint"),
    Task.pipeline: mark("Pipeline"),
}
INTERVALS: Mapping[str, str] = {
    "hour": mark("Every hour"),
    "day": mark("Every day"),
    "week": mark("Every week"),
    "month": mark("Every month"),
}
# Status -> the icon of a run, and its word.
LOOK: Mapping[RunStatus, tuple[str, str]] = {
    RunStatus.running: (":material/progress_activity:", mark("running")),
    RunStatus.completed: (":material/check:", mark("done")),
    RunStatus.failed: (":material/error:", mark("failed")),
    RunStatus.skipped: (":material/skip_next:", mark("not run")),
}
CRON = mark("This machine starts it once this line is in its `crontab -e`:")
TASK = mark("On Windows with WSL, where no cron runs, this command makes a task instead:")


def failed(backend: Backend) -> None:
    """Tell of the schedules whose last run has failed."""
    with page.errors_shown():
        last = _last(backend, schedules.schedules(backend))
    for name, run in last.items():
        if run and run.status == RunStatus.failed:
            st.warning(
                page.plain(tr("The schedule {name} has failed. {message}", name=name, message=run.message)),
                icon=":material/event_busy:",
            )


def section(backend: Backend) -> None:
    """Draw the form of one more schedule, what was done last, and all there are.

    The form stands above what it makes longer: else it would move away below the second half of a hurried click.
    """
    with page.errors_shown():
        _form(backend)
    if done := state.SCHEDULE_DONE.take():
        st.success(page.plain(done), icon=":material/check:")
    found = schedules.schedules(backend)
    _table(found, _last(backend, found))
    for each in found:
        _one(backend, each)
    with page.errors_shown():
        _mail(backend)


def _mail(backend: Backend) -> None:
    """Say whether what has ended is mailed, with the click that turns it on or off."""
    now = mails.mail(backend)
    if now is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(page.plain(now.words), width="content")
        label = tr("Mail no more") if now.is_on else tr("Mail what has ended")
        if now.topic and st.button(label, icon=":material/mail:", key=f"mail-{now.is_on}"):
            state.SCHEDULE_DONE.set(mails.switch(backend, not now.is_on).words)
            st.rerun()


def _last(backend: Backend, found: Sequence[Schedule]) -> dict[str, ScheduleRun | None]:
    return {each.name: next(iter(schedules.runs(backend, each.name)), None) for each in found}


def _table(found: Sequence[Schedule], last: Mapping[str, ScheduleRun | None]) -> None:
    if not found:
        st.text(tr("Nothing is scheduled."))
        return
    rows: list[dict[str, object]] = []
    for each in found:
        run = last[each.name]
        row: dict[str, object] = {
            tr("Name"): each.name,
            tr("When"): each.when.words,
            tr("Last run"): page.clock(run.started) if run else "",
            tr("State"): tr(LOOK[run.status][1]) if run else "",
            tr("Said"): run.message if run else "",
            tr("Started by"): tr(each.started_by),
            tr("What"): each.words,
        }
        rows.append(row | ({tr("USD a month"): each.per_month} if each.per_month != 0 else {}))
    st.dataframe(
        rows,
        column_config={tr("USD a month"): figures.measures(2)},
        alt=tr("What is scheduled, and how each last run ended"),
    )


def _one(backend: Backend, schedule: Schedule) -> None:
    """Draw a schedule: how a machine starts it, its runs, and the way to delete it."""
    with st.expander(page.label(schedule.name), key=f"schedule-{schedule.name}", on_change="rerun") as box:
        if not box.open:
            return
        st.text(f"{schedule.when.words}: {schedule.words}.")
        if schedule.in_full:
            st.caption(page.plain(schedule.in_full))
        if schedule.started_by == BY_MACHINE:
            settings = Settings.load()
            st.markdown(tr(CRON))
            st.code(schedule_lines.cron(settings, schedule), language=None, wrap_lines=True)
            st.markdown(tr(TASK))
            st.code(schedule_lines.task(settings, schedule), language=None, wrap_lines=True)
            if objection := schedule_lines.objection(settings, schedule):
                st.caption(page.plain(objection))
        for run in schedules.runs(backend, schedule.name):
            icon, word = LOOK[run.status]
            st.markdown(
                f"{icon} {tr(word)} · {page.clock(run.started)} · {page.plain(run.message or run.who)}"
            )
        if st.button(
            tr("Delete this schedule"), icon=":material/delete:", key=f"schedule-delete-{schedule.name}"
        ):
            st.dialog(tr("Delete this schedule"))(_delete)(backend, schedule.name)


def _delete(backend: Backend, name: str) -> None:
    st.write(tr("Nothing starts it any more then. What it has predicted stays."))
    if confirmation.typed(name, "schedule"):
        with page.errors_shown():
            receipt = schedules.remove(backend, name)
            told = [tr("Deleted and checked: {deleted}.", deleted=", ".join(receipt.deleted))]
            if receipt.kept:
                told.append(tr("Kept: {kept}.", kept="; ".join(receipt.kept)))
            state.SCHEDULE_DONE.set(joined(told))
            st.rerun()


def _form(backend: Backend) -> None:
    """Draw the form of one more schedule: what it does and when, chosen by words."""
    with st.container(border=True):
        st.markdown(tr("**Schedule something**"))
        pipelines = schedules.targets(backend, Task.pipeline)
        offered = [task for task in TASKS if task != Task.pipeline or pipelines]
        task = st.selectbox(
            tr("What"), offered, format_func=lambda task: tr(TASKS[task]), key="schedule-task"
        )
        targets = schedules.targets(backend, task)
        if not targets:
            st.caption(
                tr("There is no endpoint for it yet: deploy one first.")
                if task == Task.drift
                else tr("Train a model first.")
            )
            return
        target = st.selectbox(tr(TARGETS[task]), targets, key=f"schedule-target-{task}")
        when = _when(by_machine=not schedules.needs_no_machine(backend, task))
        files = ""
        with st.form("schedule-form", border=False):  # a click right after typing is not lost
            if task == Task.predict:
                files = st.text_input(
                    tr("Folder of the files"),
                    key="schedule-files",
                    help=tr(
                        "Of this machine, or s3://bucket/folder/. What is below the workspace in S3, AWS predicts"
                        " itself where Scheduler has a role."
                    ),
                )
            name = st.text_input(tr("Name"), key="schedule-name", placeholder="mondays")
            clicked = st.form_submit_button(
                tr("Schedule"), type="primary", icon=":material/schedule:", key="schedule-add"
            )
        if clicked:
            made = schedules.add(backend, name.strip(), task, target, when, files.strip())
            facts = {"when": made.when.words, "name": made.name, "does": made.words}
            told = [tr("Scheduled. {when}, {name} {does}.", **facts)]
            if made.per_month:
                told.append(tr("It costs about {cost} a month.", cost=costs.in_words(made.per_month)))
            state.SCHEDULE_DONE.set(joined([*told, made.in_full]))
            st.rerun()


def _when(by_machine: bool) -> When:
    """Draw when it is to be, in words; a machine goes by its own clock."""
    how_often, day, clock, place = st.columns(4)
    every = how_often.selectbox(
        tr("How often"), EVERY, index=1, format_func=lambda every: tr(INTERVALS[every]), key="schedule-every"
    )
    on = ""
    if every == "week":
        on = day.selectbox(tr("Day"), DAYS, format_func=tr, key="schedule-weekday")
    elif every == "month":
        on = day.selectbox(
            tr("Day of the month"), [str(each) for each in range(1, LAST_DAY + 1)], key="schedule-monthday"
        )
    at = clock.time_input(tr("At"), time(7), step=300, key="schedule-at")
    zone = schedules.here()
    if by_machine:
        place.caption(page.plain(tr("By the clock of this machine, {zone}.", zone=zone)))
    else:
        from zoneinfo import available_timezones

        names = sorted(available_timezones())
        zone = place.selectbox(tr("Time zone"), names, index=names.index(zone), key="schedule-zone")
    return When(every, f"{at:%H:%M}", on, zone)
