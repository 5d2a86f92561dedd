"""A model card in SageMaker's own form: the content of a Model Package's card, as Studio shows it beside a version.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html#model-card-schema
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from core import metric_words
from core.card.facts import Card
from core.card.sections import use
from core.evaluation_file import Evaluation, Figure
from core.numbers import integer
from core.report import wording

# The longest of each kind of text that the schema takes.
LINE, PARAGRAPH, NAME, LABEL = 1024, 2048, 255, 63
MOST_PARAMETERS = 100
LONGEST = 100_000  # characters of the whole


def content(card: Card, address: str, creator: str, objective: tuple[str, bool] | None) -> str:
    """Return the card as JSON; `address` is where the model is, `objective` the metric that stops its training, and
    whether more of it is better.
    """
    model, task, data = card["model"], card["task"], card["data"]
    overview: dict[str, object] = {"model_creator": creator[:LINE], "model_artifact": [address[:LINE]]}
    told: dict[str, object] = {
        "model_overview": overview,
        "intended_uses": {"purpose_of_model": " ".join(use(card))[:PARAGRAPH], "risk_rating": "Unknown"},
        "training_details": _training(card, objective),
        "evaluation_details": [_evaluation(card["evaluation"], card)] if card["evaluation"] else [],
    }
    details = {
        "target": task["target"],
        "problem": wording.PROBLEMS.get(task["problem"], task["problem"]),
        "training_job": model["training_job"],
        "eda_job": model["eda_job"],
        "model_sha256": model["sha256"] or "",
        "data_file": data["file"] if data else "",
        "data_sha256": data["sha256"] if data else "",
        "data_rows": integer(data["rows"]) if data else "",
        "decision": " ".join(card["decision"]["words"]) if card["decision"] else "",
        "cross_validated": card["cross_validated"],
        "versions": ", ".join(f"{name} {version}" for name, version in card["versions"].items()),
        "make_it_again": "\n".join(card["commands"]),
    }
    told["additional_information"] = {
        "caveats_and_recommendations": _cautions(card)[:PARAGRAPH],
        "custom_details": {name: text[:LINE] for name, text in details.items() if text},
    }
    text = json.dumps(told, ensure_ascii=False)
    if len(text) > LONGEST:  # only figures can be so many; the card itself is beside the model
        told["evaluation_details"] = []
        text = json.dumps(told, ensure_ascii=False)
    return text


def _training(card: Card, objective: tuple[str, bool] | None) -> dict[str, object]:
    settings = list(card["settings"].items())[:MOST_PARAMETERS]
    details: dict[str, object] = {
        "user_provided_hyper_parameters": [
            {"name": name[:NAME], "value": value[:NAME]} for name, value in settings if value
        ]
    }
    found: dict[str, object] = {"training_job_details": details}
    if objective:
        name, maximize = objective
        found["objective_function"] = {
            "function": {"function": "Maximize" if maximize else "Minimize", "facet": name[:LABEL]}
        }
    if card["trained_on"]:
        found["training_observations"] = card["trained_on"][:LINE]
    return found


def _evaluation(evaluation: Evaluation, card: Card) -> dict[str, object]:
    """Return the metrics on the test split, each with the ends of its interval and what guessing gives."""
    by_guessing = {
        name: _figure(value) for name, value in evaluation["baseline"].items() if value is not None
    }
    groups = [_group("Test split", evaluation["metrics"], evaluation["intervals_by"])]
    if by_guessing:
        groups.append(_group("By guessing", by_guessing, {}))
    if evaluation.get("by_class"):
        classes = {each["name"]: each["auc"] for each in evaluation.get("by_class", [])}
        groups.append(
            _group("AUC of each class against the others", classes, evaluation["intervals_by"], "auc")
        )
    data = card["data"]
    return {
        "name": "Test split",
        "evaluation_observation": f"On {integer(evaluation['rows'])} rows that training has not seen.",
        **({"datasets": [data["file"][:LINE]]} if data else {}),
        "metric_groups": groups,
    }


def _group(
    name: str, figures: Mapping[str, Figure], intervals_by: Mapping[str, str], metric: str = ""
) -> dict[str, object]:
    rows: list[dict[str, object]] = []
    for each, figure in figures.items():
        if figure["value"] is None:
            continue
        row: dict[str, object] = {"name": each[:NAME] or "-", "type": "number", "value": figure["value"]}
        if ends := metric_words.interval(metric or each, figure):
            by = intervals_by.get(metric or each, "")
            row["notes"] = f"95% interval: {ends}, {by}" if by else f"95% interval: {ends}"
        rows.append(row)
    return {"name": name[:LABEL], "metric_data": rows}


def _figure(value: float) -> Figure:
    return {"value": value, "low": None, "high": None}


def _cautions(card: Card) -> str:
    """Return what to mind, a line each: warnings that were not heeded, and rows in which the model fails."""
    lines = [f"{each['message']} {each['action']}" for each in card["cautions"]]
    lines += [f"It fails more where {each['rows_where']}: {each['value']}." for each in card["failing"]]
    return "\n".join(lines)
