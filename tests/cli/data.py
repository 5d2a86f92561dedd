"""Small real data sets as people have them: a header, text classes, blanks, a category in words.

Made from the numbers under tests/golden/datasets (label first, no header).
"""

from __future__ import annotations

import csv
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "datasets"
SPECIES = ("Adelie", "Chinstrap", "Gentoo")
ISLANDS = ("Biscoe", "Dream", "Torgersen")
SEXES = ("female", "male")
DIABETES = ["progression", "age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
PENGUINS = ["species", "island", "bill_length", "bill_depth", "flipper_length", "body_mass", "sex", "year"]


def penguins(path: Path) -> Path:
    """Multiclass: species, island and sex in words, a blank or NA here and there."""
    rows = []
    for i, (species, island, bill, *numbers, sex, year) in enumerate(_numbers("penguins")):
        bill = "" if i % 29 == 3 else bill
        sex = "NA" if i % 37 == 5 or not sex else SEXES[int(sex)]
        rows.append([SPECIES[int(species)], ISLANDS[int(island)], bill, *numbers, sex, year])
    return _write(path, PENGUINS, rows)


def diabetes(path: Path) -> Path:
    """Regression: the progression of a disease from ten measurements; the label is not the first column."""
    rows = [[*row[1:], row[0]] for row in _numbers("diabetes")]
    return _write(path, [*DIABETES[1:], DIABETES[0]], rows)


def coins(path: Path, rows: int = 200, seed: int = 7) -> Path:
    """Binary and tiny, for jobs that only have to work: one number tells the side, most of the time."""
    state, table = seed, []
    for i in range(rows):
        state = (1103515245 * state + 12345) % 2**31
        number = state % 1000
        side = "head" if (number > 500) != (state // 1000 % 10 == 0) else "tail"
        table.append([i % 13, number, ("red", "green", "blue")[state // 7 % 3], side])
    return _write(path, ["batch", "weight", "colour", "side"], table)


def _numbers(name: str) -> list[list[str]]:
    files = (GOLDEN / name / f"{part}.csv" for part in ("train", "validation"))
    return [row for file in files for row in csv.reader(file.read_text().splitlines())]


def _write(path: Path, header: list[str], rows: list[list]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path
