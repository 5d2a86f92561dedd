"""How a Training Job goes and how good its model is: curves, test-split evaluation, runs, trials."""

from __future__ import annotations

import contextlib

import pandas as pd
import streamlit as st

from core import hyperparameters
from core.backends.base import Backend, Job, JobStatus
from core.backends.requests import JobKind
from core.errors import StorageDamaged
from core.evaluation_file import Evaluation
from core.report import wording
from core.ui import charts, page
from core.verbs import training
from core.verbs.jobs import list_jobs

LESS_IS_BETTER = ("logloss", "mlogloss", "rmse", "mae")


def curves(backend: Backend, job: Job) -> None:
    """The learning curves so far, a line per channel, a figure per metric, and the round whose model is kept."""
    rounds = training.rounds_of(backend, job.name)
    if not rounds:
        return
    kept = rounds, job.hyperparameters, job.status
    row = hyperparameters.kept_row(*kept)
    for sentence in (hyperparameters.kept_words(*kept), *hyperparameters.not_to_be_read(kept[1])):
        st.caption(page.plain(sentence))
    metrics = list(dict.fromkeys(key.split("-", 1)[1] for key in rounds[-1] if key != "round"))
    columns = st.columns(min(len(metrics), 2))
    for index, metric in enumerate(metrics):
        there = {key: value for key, value in row.items() if key.endswith(f"-{metric}")}
        told = ", ".join(f"{key} {wording.number(value, 4)}" for key, value in there.items())
        with columns[index % 2]:
            alt = f"{metric} by round 0 to {rounds[-1]['round']:.0f}; round {row['round']:.0f}: {told}"
            charts.draw(charts.learning_curve(rounds, metric, row["round"]), alt)


def show(result: Evaluation | None, unjudged: str = "") -> None:
    """The evaluation on the test split, each metric beside what knowing only the label's shares gives.

    `unjudged`: why the last judging came to nothing.
    """
    st.subheader("Test split", anchor=False)
    if unjudged:
        st.warning(page.plain(f"Not judged, because: {unjudged}"), icon=":material/rule:")
    if result is None:
        if not unjudged:
            st.warning("This model was not judged: it is one of several trials.", icon=":material/rule:")
        return
    st.caption(f"{result['rows']:,} rows that training has not seen; {result['rounds']} rounds.")
    known = [(name, value) for name, value in result["metrics"].items() if value is not None]
    columns = st.columns(len(known))
    for column, (name, value) in zip(columns, known, strict=True):
        base = result["baseline"].get(name)
        column.metric(
            name,
            wording.number(value, 4),
            delta=None if base is None else f"{'+' if value > base else ''}{wording.number(value - base, 3)}",
            delta_color="inverse" if name in LESS_IS_BETTER else "normal",
            help=None if base is None else f"Without any feature: {wording.number(base, 4)}",
        )
    left, right = st.columns(2)
    with left:
        _first_picture(result)
    with right:
        top = result["importance"][0]
        told = f"Importance of features; the first is {top['feature']} with {top['share']:.0%}"
        by = result.get("importance_by", "gain")
        charts.draw(charts.importance(result["importance"], by), told, height=360)
    _curves(result)


def again(backend: Backend, job: Job) -> None:
    """Judge the model once more: after a refusal, or with a newer Sendero."""
    clicked = st.button("Judge again", icon=":material/rule:", key=f"judge-{job.name}", disabled=job.busy)
    if backend.capabilities.costs_money:
        st.caption(f"Cost: {page.plain(training.estimate_evaluation(backend, job.name).text)}")
    if clicked:
        with page.errors_shown(), st.spinner("Judging"):
            training.evaluate(backend, job.name)
            st.rerun()


def _first_picture(result: Evaluation) -> None:
    if "scatter" in result:
        charts.draw(charts.scatter(result["scatter"]), "Predicted against actual values", height=360)
        return
    classes, confusion = result["classes"], result.get("confusion", [])
    rows = "; ".join(
        f"true {name}: "
        + ", ".join(f"{count:,} as {other}" for other, count in zip(classes, row, strict=True))
        for name, row in zip(classes, confusion, strict=True)
    )
    charts.draw(charts.confusion(confusion, classes), f"Confusion matrix. {rows}", height=360)


def _curves(result: Evaluation) -> None:
    curves = result["curves"]
    if "roc" not in curves or "precision_recall" not in curves:
        return
    left, right = st.columns(2)
    with left:
        figure = charts.curve(
            curves["roc"], "ROC", "false positive rate", "true positive rate", diagonal=True
        )
        charts.draw(figure, f"ROC curve, area {result['metrics']['auc']:.3f}")
    with right:
        figure = charts.curve(curves["precision_recall"], "Precision and recall", "recall", "precision")
        charts.draw(figure, f"Precision by recall, area {result['metrics']['aucpr']:.3f}")


def compare(backend: Backend) -> None:
    """All Completed runs with their hyperparameters and test metrics, side by side."""
    done = [job for job in list_jobs(backend, JobKind.training) if job.status == JobStatus.completed]
    if len(done) < 2:
        return
    rows = []
    for job in done:
        metrics = {}
        with contextlib.suppress(StorageDamaged):  # its own page says so
            metrics = (training.evaluation_of(backend, job.name) or {}).get("metrics", {})
        rows.append({"Job": job.name} | metrics | job.hyperparameters)
    with st.expander(f"Compare {len(done)} runs", icon=":material/compare_arrows:"):
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Runs with test metrics and hyperparameters")


def trials(backend: Backend, job: Job) -> None:
    """What a tuning job has tried, the best first, each a Training Job that can be deployed."""
    result = training.tuning_result_of(backend, job.name)
    if not result:
        return
    if result["best"]:
        best = result["best"]
        st.success(
            f"Best: {page.plain(best['training_job'])}, {job.request.get('objective', '')}"
            f" {wording.number(best['objective'], 5)}",
            icon=":material/emoji_events:",
        )
        page.go("Inference", "Deploy the best", training=best["training_job"])
    rows = [
        {"Training job": trial["training_job"], "Status": trial["status"], "Objective": trial["objective"]}
        | trial["values"]
        for trial in result["trials"]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Trials with their values and objective")
