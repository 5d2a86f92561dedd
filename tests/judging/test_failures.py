"""Where a model fails, from the files: raw words in a dialect of its own, dates, columns that are no feature, and rows
to download."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from core import locales
from core.encoding.contract import Column, Contract, Label
from core.errors import DataNotReadable
from core.judging import failure_words, predictions_file
from core.judging.failures import Failures, find_failures
from core.judging.predictions_file import Facts, Split
from core.judging.slicing import BLANK
from core.language import PSEUDO
from core.reading.dialect import Dialect

ROWS = 1_200
rng = np.random.default_rng(7)
DAYS = np.datetime64("2024-01-01") + np.arange(ROWS) % 180
REGIONS = np.array(["Süd", "Nord", "=1+1", ""])[rng.integers(0, 4, ROWS)]
AMOUNTS = rng.integers(0, 5_000, ROWS) / 2
GROUPS = np.array(["f", "m"])[rng.integers(0, 2, ROWS)]
LABEL = rng.integers(0, 2, ROWS)
WRONG = rng.random(ROWS) < np.where(REGIONS == "Süd", 0.5, 0.1)

CONTRACT = Contract(
    label=Label("Kündigung", "binary", ("nein", "ja"), positive="ja"),
    columns=(
        Column(
            "Tag", "datetime", features={"Tag_month": "month", "Tag_weekday": "weekday"}, format="%d.%m.%Y"
        ),
        Column(
            "Region",
            "categorical",
            features={"Region": "code"},
            levels=(("Süd", 9), ("Nord", 8), ("=1+1", 1)),
            own_codes=3,
        ),
        Column("Betrag", "numeric", features={"Betrag": "value"}, format="1234,56"),
        Column("Gruppe", "categorical", dropped="left out by the configuration"),
        Column("Nummer", "identifier"),
    ),
    dialect=Dialect(delimiter=";", decimal=","),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failures")
    with (folder / "test_raw.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(["Nummer", "Tag", "Region", "Betrag", "Gruppe", "Kündigung"])
        for row in range(ROWS):
            day = str(DAYS[row])
            writer.writerow(
                [f"K{row}", f"{day[8:]}.{day[5:7]}.{day[:4]}", REGIONS[row], str(AMOUNTS[row]).replace(".", ","),
                 GROUPS[row], CONTRACT.classes[LABEL[row]]]
            )  # fmt: skip
    # Of twice as many test rows every second is kept as it stands in the file.
    for name, every in (("all", 1), ("half", 2)):
        label = np.zeros(ROWS * every)
        score = np.full(ROWS * every, 0.999, np.float32)  # rows of which nothing is to be seen
        label[::every] = LABEL
        score[::every] = np.where(LABEL ^ WRONG, 0.9, 0.2)
        split = Split("test", label, score)
        facts = Facts("binary", CONTRACT.classes, CONTRACT.features, "binary:logistic")
        predictions_file.write(folder / f"{name}.parquet", facts, [split])
    return folder


@pytest.fixture(scope="module")
def failures(files) -> Failures:
    telling = ("Region", "Tag_weekday", "Betrag")
    return find_failures(files / "all.parquet", files / "test_raw.csv", CONTRACT, telling=telling)


def test_the_worst_slice_is_told_in_the_words_of_the_file(failures):
    (worst,) = failures.worse
    south = REGIONS == "Süd"
    assert (worst.columns, worst.values, worst.rows) == (("Region",), ("Süd",), int(south.sum()))
    assert worst.value.value == pytest.approx(WRONG[south].mean())
    assert worst.difference == pytest.approx(WRONG[south].mean() - WRONG[~south].mean())
    assert failures.value.value == pytest.approx(WRONG.mean())
    said = failure_words.verdict(failures)
    assert said.startswith(f"Of {failures.looked_at} slices looked at, 1 is worse than chance would give.")
    assert f"Region: Süd: {WRONG[south].mean():.0%} (" in said


def test_every_column_is_parted_by_words_numbers_and_parts_of_dates(failures):
    assert failures.names == ("Tag, weekday", "Region", "Betrag", "Gruppe", "Tag, by month")
    regions = {each.values[0]: each.rows for each in failures.by("Region")}
    assert regions == {
        BLANK: int((REGIONS == "").sum()),
        **{name: int((name == REGIONS).sum()) for name in ("Süd", "Nord", "=1+1")},
    }
    under = next(each for each in failures.by("Betrag") if each.values[0].startswith("under "))
    edge = float(under.values[0].removeprefix("under "))
    assert under.rows == int((edge > AMOUNTS).sum()) and 80 < under.rows < 160
    monday = next(each for each in failures.by("Tag, weekday") if each.values == ("Monday",))
    assert monday.rows == sum(day.astype(object).weekday() == 0 for day in DAYS)
    assert [each.values[0] for each in failures.periods] == [f"2024-0{month}" for month in range(1, 7)]
    pairs = {each.columns for each in failures.slices if len(each.columns) == 2}
    assert pairs == {("Region", "Tag, weekday"), ("Region", "Betrag"), ("Tag, weekday", "Betrag")}


def test_a_column_that_is_no_feature_is_shown_and_never_in_the_list(failures):
    assert not [each for each in failures.slices if "Gruppe" in each.columns]
    selected = LABEL ^ WRONG
    for each in failures.by("Gruppe"):
        of = each.values[0] == GROUPS
        assert each.selected == pytest.approx(selected[of].mean())
        assert each.positive == pytest.approx(LABEL[of].mean())
    assert max(each.ratio for each in failures.by("Gruppe")) == 1
    assert "not below four fifths" in failure_words.fairness(failures, "Gruppe")


def test_the_most_costly_rows_can_be_opened_in_a_spreadsheet(failures):
    costly = failures.costly
    assert len(costly.cells) == 50 and costly.names[0] == "Nummer"
    probabilities = [
        float(answer[costly.answer_names.index("probability of ja")]) for answer in costly.answers
    ]
    assert set(probabilities) == {0.9}  # 0.9 for a no costs more than 0.2 for a yes
    rows = list(csv.DictReader(io.StringIO(failures.costly.csv.decode(), newline=""), delimiter=";"))
    for row, cells in zip(rows, costly.cells, strict=True):
        place = int(row["test row"]) - 1
        assert WRONG[place] and row["Nummer"] == f"K{place}" == cells[0]
        assert row["Betrag"] == str(AMOUNTS[place]).replace(".", ",")
        assert row["probability of ja"] == "0,900" and row["actual"] == "nein"
        assert row["Region"] == ("'=1+1" if REGIONS[place] == "=1+1" else REGIONS[place])


def test_slices_are_written_for_everybody_and_told_to_who_reads(files, failures, english_after):
    locales.follow(lambda: "de", lambda: PSEUDO)
    read = find_failures(files / "all.parquet", files / "test_raw.csv", CONTRACT)
    assert read.names == failures.names
    assert {each.values for each in read.by("Betrag")} == {each.values for each in failures.by("Betrag")}
    told = failure_words.name(read.by("Betrag")[0])
    assert told.startswith("⟦Betrag: ⟦under ") and "." not in told
    assert failure_words.over_time(read).startswith("⟦Lowest in ")


def test_a_decision_moves_what_is_wrong_and_what_it_costs(files):
    found = find_failures(
        files / "all.parquet", files / "test_raw.csv", CONTRACT, threshold=0.95, amounts=(5.0, 1.0)
    )
    assert found.value.value == LABEL.mean() and found.threshold == 0.95
    assert {answer[found.costly.answer_names.index("actual")] for answer in found.costly.answers} == {"ja"}
    assert "by the amounts of the decision" in failure_words.costly(found)


def test_raw_rows_spread_over_a_large_split_meet_their_own_predictions(files, failures):
    half = find_failures(files / "half.parquet", files / "test_raw.csv", CONTRACT, every=2)
    assert (half.rows, half.test_rows) == (ROWS, 2 * ROWS)
    assert half.by("Region") == failures.by("Region")
    assert half.costly.answers[0][0] == str(2 * int(failures.costly.answers[0][0]) - 1)
    assert f"{ROWS:,} test rows, evenly spread over {2 * ROWS:,}" in failure_words.overall(half)
    with pytest.raises(DataNotReadable, match="other rows"):
        find_failures(files / "all.parquet", files / "test_raw.csv", CONTRACT, every=2)
