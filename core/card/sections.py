"""A model card in words: sections of facts and tables, for the page and for card.html alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core import metric_words, numbers
from core.card.facts import Card
from core.evaluation_file import Evaluation
from core.report import html_page, wording

Cells = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the card: sentences, then facts by name, then a table."""

    title: str
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[Cells, ...] = ()


def sections(card: Card) -> list[Section]:
    """Return the card's parts that have something to say, the most telling first."""
    return list(_sections(card))


def html(card: Card) -> str:
    """Return card.html."""
    model, task = card["model"], card["task"]
    overview = {
        "Predicts": f"{task['target']} ({wording.PROBLEMS.get(task['problem'], task['problem'])})",
        "Training Job": model["training_job"],
        "Trained": numbers.bound((model["trained"] or "")[:16]),
        "Model": f"SHA-256 {model['sha256']}" if model["sha256"] else "",
    }
    return html_page.render(
        "card/card.html.jinja",
        title=f"Model card: {task['target']}, {model['title']}",
        overview=[pair for pair in overview.items() if pair[1]],
        parts=sections(card),
    )


def _sections(card: Card) -> Iterator[Section]:
    yield _use(card)
    if (evaluation := card["evaluation"]) is None:
        yield Section("How good it is", ("It was not judged.",))
    else:
        yield _quality(evaluation, card["task"]["positive"] or "", card["cross_validated"])
    if card["decision"]:
        yield Section("What is decided by it", tuple(card["decision"]["words"]))
    if card["failing"]:
        rows = tuple((each["rows_where"], each["rows"], each["value"]) for each in card["failing"])
        told = "Rows in which it fails more than chance would give."
        yield Section("Where it fails", (told,), header=("rows where", "rows", "value"), rows=rows)
    if card["cautions"]:
        rows = tuple((each["severity"], each["message"], each["action"]) for each in card["cautions"])
        told = "The EDA warned of this, and the model was trained all the same."
        yield Section("Warnings not heeded", (told,), header=("severity", "what", "what to do"), rows=rows)
    if data := card["data"]:
        split = data["split"]
        by = f" by {split['column']}" if split["column"] else f", seed {split['seed']}"
        yield Section(
            "Data",
            facts=(
                ("File", data["file"]),
                ("Rows", numbers.integer(data["rows"])),
                ("Size", numbers.size(data["bytes"])),
                ("SHA-256", data["sha256"]),
                (
                    f"Split, {split['method']}{by}",
                    ", ".join(f"{name} {numbers.integer(rows)}" for name, rows in split["rows"].items()),
                ),
            ),
        )
    yield _inputs(card)
    yield Section(
        "Settings",
        tuple(filter(None, [card["trained_on"]])),
        header=("hyperparameter", "value"),
        rows=tuple(card["settings"].items()),
    )
    if card["commands"]:
        told = (
            "With the same file and the same versions these commands give the same model;"
            " EDA_JOB and TRAINING_JOB are the names that `eda` and `train` answer."
        )
        versions = ", ".join(f"{name} {version}" for name, version in card["versions"].items())
        yield Section(
            "Make it again", (told, *card["commands"]), facts=(("Versions", versions),) if versions else ()
        )


def use(card: Card) -> tuple[str, ...]:
    """Return what a model is for and where that ends, in sentences."""
    task = card["task"]
    count = numbers.count(len(card["inputs"]), "column", "columns")
    if task["problem"] == "regression":
        says = f"It predicts the number {task['target']} of a row from {count} of it."
    elif task["problem"] == "binary":
        says = f"It gives the probability that {task['target']} is {task['positive']}, from {count} of a row."
    else:
        classes = f"{numbers.integer(len(task['classes']))} classes of {task['target']}"
        says = f"It gives the probability of each of {classes}, from {count} of a row."
    limits = (
        "It holds for rows that come about as those it learned from did. A level that training never saw, and a"
        " number outside the ranges below, is flagged at prediction and should be read with care."
    )
    return says, limits


def _use(card: Card) -> Section:
    note = card["model"]["note"]
    return Section("What it is for", (*use(card), *([f"Note: {note}"] if note else [])))


def _quality(evaluation: Evaluation, positive: str, cross_validated: str) -> Section:
    rows: list[Cells] = []
    best = evaluation.get("best_column")
    for name, figure in evaluation["metrics"].items():
        if figure["value"] is None:
            continue
        alone = best["metrics"].get(name) if best else None
        base = evaluation["baseline"].get(name)
        rows.append(
            (
                metric_words.label(name),
                metric_words.with_interval(name, figure),
                "" if base is None else metric_words.cut(name, base, figure),
                "" if not alone or alone["value"] is None else metric_words.cut(name, alone["value"], figure),
                metric_words.meaning(name, positive, evaluation["intervals_by"]),
            )
        )
    told = f"On {numbers.count(evaluation['rows'], 'row', 'rows')} that training has not seen."
    alone_by = f"by {best['column']} alone" if best else "by one column"
    header = ("metric", "value, 95% interval", "by guessing", alone_by, "what it says")
    sentences = tuple(filter(None, [told, cross_validated]))
    return Section("How good it is", sentences, header=header, rows=tuple(rows))


def _inputs(card: Card) -> Section:
    rows: list[Cells] = [
        (each["column"], each["kind"], each["expression"] or each["seen"]) for each in card["inputs"]
    ]
    rows += [(each["column"], "left out", each["why"]) for each in card["left_out"]]
    return Section("Columns", header=("column", "kind", "what training saw"), rows=tuple(rows))
