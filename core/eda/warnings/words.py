"""Warnings about words: one that is written in several ways, and those that spell "missing" among the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.eda.split.positive import positive_of
from core.eda.split.target import written_apart
from core.eda.warnings.warning import NAMED, features, named, warning
from core.language import either, joined, listed, tr, trn
from core.numbers import count, integer
from core.report.schema import Report, ReportWarning


def warnings(report: Report) -> Iterator[ReportWarning]:
    """Yield the warnings about words of a report."""
    for column in features(report):
        if column["kind"] == "categorical":
            yield from _spelling(column["name"], [top["value"] for top in column.get("top", ())])
    yield from _classes(report)
    yield from _blank_words(report)


def _spelling(name: str, words: Iterable[object]) -> Iterator[ReportWarning]:
    if several := written_apart(words):
        yield warning(
            "spelling",
            "low",
            [name],
            tr(
                "'{name}' has {several}, which differ only in capitals, accents or blanks.",
                name=name,
                several=named(several[0]),
            ),
            tr("One category is then learned as several, each from fewer rows."),
            tr("Fix them in the file."),
        )


def _classes(report: Report) -> Iterator[ReportWarning]:
    target = report["target"]
    name, classes = target["name"], [item["class"] for item in target["classes"]]
    if several := written_apart(classes):
        groups = joined([named(words) for words in several[:3]], "; ")
        yield warning(
            "spelling",
            "high",
            [name],
            tr(
                "Some of the {classes} classes of '{name}' differ only in capitals, accents or blanks: "
                "{groups}.",
                classes=len(classes),
                name=name,
                groups=groups,
            ),
            tr("One class then counts as several, and a right answer counts as wrong."),
            tr("Write each class in one way in the file (find and replace), then add the file again."),
        )
    column = next(column for column in report["columns"] if column["name"] == name)
    padded = [str(top["value"]) for top in column.get("top", ()) if str(top["value"]).strip() in classes]
    padded = [word for word in padded if word not in classes]
    if padded:
        yield warning(
            "spelling",
            "low",
            [name],
            tr(
                "Cells of '{name}' have blanks around their class: {padded}, read as {words}.",
                name=name,
                padded=named(padded),
                words=named([word.strip() for word in padded]),
            ),
            tr(
                "This is done for the target only: in other columns, blanks around a word make it "
                "another word."
            ),
            tr("There is nothing to do."),
        )


def _blank_words(report: Report) -> Iterator[ReportWarning]:
    """Warn of words that spell "missing": NA may be Namibia, and none of it an answer."""
    blank_words, target = report["reading"]["blank_words"], report["target"]
    left_out = {target["name"], *report["configuration"].get("drop", ())}
    words = [c["name"] for c in report["columns"] if c["kind"] not in ("numeric", "datetime")]
    if names := [name for name in words if name in blank_words and name not in left_out]:
        cells = joined([_counted(name, blank_words[name]) for name in names[:NAMED]], "; ")
        more = count(len(names) - NAMED, "more column", "more columns")
        yield warning(
            "blank_words",
            "low",
            names,
            tr("{cells}; and so in {more}. They count as blank.", cells=cells, more=more)
            if len(names) > NAMED
            else tr("{cells}. They count as blank.", cells=cells),
            tr("If such a word is a value (NA for Namibia, or none of something), what it says is lost."),
            tr(
                "If they are values, keep them: --keep-text {names}, or on the Configuration page.",
                names=" ".join(map(_flag, names[:NAMED])),
            ),
            {"keep_text": names},
        )
    classes = {item["class"]: item["rows"] for item in target["classes"]}
    taken = {word: classes[word] for word in blank_words.get(target["name"], {}) if word in classes}
    if taken and not (len(classes) == 2 and positive_of(*classes)):  # of + and - the latter is no doubt
        words = [
            tr("'{word}' ({rows})", word=word, rows=count(rows, "row", "rows"))
            for word, rows in taken.items()
        ]
        yield warning(
            "blank_words",
            "low",
            [target["name"]],
            tr(
                "{words} of '{name}' may mean that nothing is known, but is taken for a class.",
                words=listed(words),
                name=target["name"],
            ),
            tr("The model then learns to predict what nobody wrote down."),
            tr("If such rows have no answer, empty these cells in the file."),
        )


def _counted(name: str, words: dict[str, int]) -> str:
    """Return a text such as: 372 cells of 'country' are NA or -."""
    cells = sum(words.values())
    return trn(
        "{cells} cell of '{name}' is {words}",
        "{cells} cells of '{name}' are {words}",
        cells,
        cells=integer(cells),
        name=name,
        words=either(list(words)),
    )


def _flag(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'
