"""Warnings about words: one that is written in several ways, among categories and among the classes to predict."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from core.eda.warning import Warning, features, named, warning


def warnings(report: dict[str, Any]) -> Iterator[Warning]:
    for column in features(report):
        if column["kind"] == "categorical":
            yield from _spelling(column["name"], [top["value"] for top in column.get("top") or ()])
    yield from _classes(report)


def _written_apart(words: Iterable[Any]) -> list[list[str]]:
    """Those of `words` that differ in case, in blanks or in how an accent is encoded only."""
    alike: dict[str, list[str]] = {}
    for word in map(str, words):
        seen = unicodedata.normalize("NFKC", word).casefold()
        alike.setdefault(" ".join(seen.split()), []).append(word)
    return [several for several in alike.values() if len(several) > 1]


def _spelling(name: str, words: Iterable[Any]) -> Iterator[Warning]:
    if several := _written_apart(words):
        yield warning(
            "spelling",
            "low",
            [name],
            f"'{name}' spells {named(several[0])} apart, which differ in case or blanks only.",
            "What is one category is learned as several, each from fewer rows.",
            "Mend them in the file.",
        )


def _classes(report: dict[str, Any]) -> Iterator[Warning]:
    target = report["target"]
    name, classes = target["name"], [found["class"] for found in target["classes"]]
    if several := _written_apart(classes):
        told = "; ".join(named(words) for words in several[:3])
        yield warning(
            "spelling",
            "high",
            [name],
            f"Of the {len(classes)} classes of '{name}' some differ in case or blanks only: {told}.",
            "What is one class is told apart as several, and a right answer counts as wrong.",
            "Write each class in one way in the file (find and replace), and add it again.",
        )
    column = next(column for column in report["columns"] if column["name"] == name)
    padded = [top["value"] for top in column.get("top") or () if str(top["value"]).strip() in classes]
    padded = [word for word in padded if word not in classes]
    if padded:
        yield warning(
            "spelling",
            "low",
            [name],
            f"Cells of '{name}' have blanks around their class: {named(padded)}, taken for "
            f"{named([word.strip() for word in padded])}.",
            "What else in the file has them is told apart: only of the target they are no part.",
            "There is nothing to do.",
        )
