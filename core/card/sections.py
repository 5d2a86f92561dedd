"""A model card in words: sections of facts and tables, for the page and for card.html alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core import metric_words, numbers
from core.card.facts import Card
from core.evaluation_file import Evaluation
from core.language import mark, tr
from core.report import html_page, wording

Cells = tuple[object, ...]
SPLIT = {  # by its method
    "random": mark("Split, random, seed {seed}"),
    "time": mark("Split, time by {column}"),
    "group": mark("Split, group by {column}"),
}


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
        tr("Predicts"): f"{task['target']} ({wording.said(wording.PROBLEMS, task['problem'])})",
        "Training Job": model["training_job"],
        tr("Trained"): numbers.bound((model["trained"] or "")[:16]),
        tr("Model"): f"SHA-256 {model['sha256']}" if model["sha256"] else "",
    }
    return html_page.render(
        "card/card.html.jinja",
        title=tr("Model card: {target}, {title}", target=task["target"], title=model["title"]),
        overview=[pair for pair in overview.items() if pair[1]],
        parts=sections(card),
    )


def _sections(card: Card) -> Iterator[Section]:
    yield _use(card)
    if (evaluation := card["evaluation"]) is None:
        yield Section(tr("How good it is"), (tr("It was not judged."),))
    else:
        yield _quality(evaluation, card["task"]["positive"] or "", card["cross_validated"])
    if card["decision"]:
        yield Section(tr("What is decided by it"), tuple(card["decision"]["words"]))
    if card["failing"]:
        rows = tuple((each["rows_where"], each["rows"], each["value"]) for each in card["failing"])
        told = tr("Rows in which it fails more than chance would give.")
        yield Section(
            tr("Where it fails"), (told,), header=(tr("rows where"), tr("rows"), tr("value")), rows=rows
        )
    if card["cautions"]:
        rows = tuple(
            (wording.said(wording.SEVERITIES, each["severity"]), each["message"], each["action"])
            for each in card["cautions"]
        )
        told = tr("The EDA warned of this, and the model was trained all the same.")
        yield Section(
            tr("Warnings not heeded"),
            (told,),
            header=(tr("severity"), tr("what"), tr("what to do")),
            rows=rows,
        )
    if data := card["data"]:
        split = data["split"]
        how = tr(SPLIT[split["method"]], column=split["column"], seed=split["seed"])
        yield Section(
            tr("Data"),
            facts=(
                (tr("File"), data["file"]),
                (tr("Rows"), numbers.integer(data["rows"])),
                (tr("Size"), numbers.size(data["bytes"])),
                ("SHA-256", data["sha256"]),
                (
                    how,
                    ", ".join(f"{name} {numbers.integer(rows)}" for name, rows in split["rows"].items()),
                ),
            ),
        )
    yield _inputs(card)
    yield Section(
        tr("Settings"),
        tuple(filter(None, [card["trained_on"]])),
        header=(tr("hyperparameter"), tr("value")),
        rows=tuple(card["settings"].items()),
    )
    if card["commands"]:
        told = tr(
            "With the same file and the same versions these commands give the same model;"
            " EDA_JOB and TRAINING_JOB are the names that `eda` and `train` answer."
        )
        versions = ", ".join(f"{name} {version}" for name, version in card["versions"].items())
        yield Section(
            tr("Make it again"),
            (told, *card["commands"]),
            facts=((tr("Versions"), versions),) if versions else (),
        )


def use(card: Card) -> tuple[str, ...]:
    """Return what a model is for and where that ends, in sentences."""
    task = card["task"]
    columns = numbers.count(len(card["inputs"]), "column", "columns")
    if task["problem"] == "regression":
        says = tr(
            "It predicts the number {target} of a row from {columns} of it.",
            target=task["target"],
            columns=columns,
        )
    elif task["problem"] == "binary":
        says = tr(
            "It gives the probability that {target} is {positive}, from {columns} of a row.",
            target=task["target"],
            positive=task["positive"],
            columns=columns,
        )
    else:
        says = tr(
            "It gives the probability of each of {classes} classes of {target}, from {columns} of a row.",
            classes=numbers.integer(len(task["classes"])),
            target=task["target"],
            columns=columns,
        )
    limits = tr(
        "It holds for rows that come about as those it learned from did. A level that training never saw, and a"
        " number outside the ranges below, is flagged at prediction and should be read with care."
    )
    return says, limits


def _use(card: Card) -> Section:
    note = card["model"]["note"]
    return Section(tr("What it is for"), (*use(card), *([tr("Note: {note}", note=note)] if note else [])))


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
    told = tr("On {rows} that training has not seen.", rows=numbers.count(evaluation["rows"], "row", "rows"))
    alone_by = tr("by {column} alone", column=best["column"]) if best else tr("by one column")
    header = (tr("metric"), tr("value, 95% interval"), tr("by guessing"), alone_by, tr("what it says"))
    sentences = tuple(filter(None, [told, cross_validated]))
    return Section(tr("How good it is"), sentences, header=header, rows=tuple(rows))


def _inputs(card: Card) -> Section:
    rows: list[Cells] = [
        (each["column"], wording.said(wording.KINDS, each["kind"]), each["expression"] or each["seen"])
        for each in card["inputs"]
    ]
    rows += [(each["column"], tr("left out"), each["why"]) for each in card["left_out"]]
    return Section(
        tr("Columns"), header=(tr("column"), tr("kind"), tr("what training saw")), rows=tuple(rows)
    )
