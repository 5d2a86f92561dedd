"""What is told of a file of rows before anything is sent, column by column, and what a person says of it instead."""

from __future__ import annotations

import gzip
from contextlib import closing

import pytest

from core.encoding import fit
from core.encoding.contract import Column, Contract, Label
from core.encoding.fit import fit_of
from core.encoding.rows import encode_file
from core.encoding.rows_reading import RowsReading, source_of
from core.errors import BadSetting, DataNotReadable, NoSuchColumn
from core.reading.dialect import Overrides
from tests.workbooks import workbook

MODEL = Contract(
    Label("late", "binary", ("no", "yes"), positive="yes"),
    (
        Column(
            "carrier", "categorical", features={"carrier": "code"}, own_codes=2, levels=(("UA", 5), ("B6", 3))
        ),
        Column("distance", "numeric", features={"distance": "value"}, minimum=80.0, maximum=4983.0),
        Column("when", "datetime", features={"when_day": "day"}, format="%Y-%m-%d"),
        Column("price", "numeric", features={"price": "value"}, minimum=0.5, maximum=90.0),
    ),
)
GOOD = "carrier,distance,when,price\nUA,100,2013-01-01,1.5\nB6,200,2013-01-02,2.5\n"


def told(path, reading: RowsReading | None = None) -> dict[str, tuple[str, str]]:
    return {
        each.column: (each.what, each.text) for each in fit_of(MODEL, path, reading or RowsReading()).columns
    }


def test_each_column_that_does_not_fit_is_told(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "id;Carrier;late;distance;when\n1;UA;no;far;31/12/2013\n2;UA;no;200;30/12/2013\n3;UA;yes;300;29/12/2013\n"
    )
    assert told(path) == {
        "carrier": ("missing", "The model needs it, and the file lacks it. Perhaps it is 'Carrier'."),
        "price": ("missing", "The model needs it, and the file lacks it."),
        "distance": ("does not fit", '1 of 3 cells are no numbers, as "far": such rows get no prediction.'),
        "when": ("written otherwise", "Read as dd/mm/yyyy; the training file has yyyy-mm-dd."),
        "id": ("not used", "The model does not take it."),
        "Carrier": ("not used", "The model does not take it."),
        "late": ("what came true", "What the model predicts: its answers are held against it."),
    }
    path.write_text(GOOD)
    found = fit_of(MODEL, path, RowsReading())
    assert (found.columns, found.rows, found.whole, found.dialect.delimiter) == ((), 2, True, ",")


def test_words_and_numbers_that_training_never_had_are_told_where_most_are(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(GOOD.replace("UA", "one").replace("B6", "two").replace("00,", "00000,"))
    assert told(path) == {
        "carrier": ("does not fit", 'All 2 cells never occurred in training, as "one".'),
        "distance": (
            "does not fit",
            'All 2 cells are outside the range of training, 80 to 4983, as "100000".',
        ),
    }


def test_a_rename_is_taken_and_one_of_an_earlier_file_only_where_it_helps(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(GOOD.replace("carrier", "Airline").replace("distance", "Distance"))
    with path.open() as file:
        known = {
            source_of(file.readline().strip().split(",")[::-1]): {"Distance": "distance", "gone": "price"}
        }
    said = RowsReading(renames={"Airline": "carrier"}, remembered=known)
    assert told(path, said) == {
        "Airline": ("renamed", "Taken for the model's 'carrier'."),
        "Distance": ("renamed", "Taken for the model's 'distance'."),
    }
    with closing(encode_file(MODEL, path, reading=said)) as encoded:
        assert encoded.names == ("Airline", "Distance", "when", "price") and not encoded.rejected
        assert encoded.notes[0] == "'Airline' is taken for the model's 'carrier'."
    path.write_text(path.read_text().replace("price", "cost"))  # of another source
    assert told(path, RowsReading(remembered=known))["distance"][0] == "missing"
    path.write_text(path.read_text().replace("cost", "price"))
    for renames, error in (
        ({"nothing": "carrier"}, NoSuchColumn),
        ({"Airline": "when"}, BadSetting),
        ({"Airline": "other"}, BadSetting),
    ):
        with pytest.raises(error):
            encode_file(MODEL, path, reading=RowsReading(renames=renames))


def test_what_a_person_says_of_signs_goes_before_what_the_cells_suggest(tmp_path):
    """1.500 is a thousand and a half, or one and a half; 01/02 is in January or in February."""
    path = tmp_path / "rows.csv"
    path.write_text(
        GOOD.replace("100,", "1.500,").replace("200,", "2.500,").replace("2013-01-0", "01/02/201")
    )
    bodies = []
    for decimal, date in ((".", "dd/mm/yyyy"), (",", "mm/dd/yyyy")):
        said = RowsReading(Overrides(decimal=decimal, date_format=date))
        with closing(encode_file(MODEL, path, reading=said)) as encoded:
            bodies.append(b"".join(encoded.chunks(1 << 20)).decode().splitlines()[0].split(","))
    assert [float(cell) for body in bodies for cell in body[1:3]] == [1.5, 1, 1500, 2]


def test_sheet_and_header_are_chosen_as_for_a_data_set(tmp_path):
    rows = [line.split(",") for line in GOOD.splitlines()]
    path = workbook(tmp_path / "in.xlsx", {"A": [*rows, rows[1]], "B": [["old"] * 4, *rows]})
    for said, count in ((Overrides(), 3), (Overrides(sheet="B"), 2), (Overrides(sheet="B", header=2), 2)):
        found = fit_of(MODEL, path, RowsReading(said))
        assert (found.rows, found.sheets) == (count, ("A", "B"))
    with pytest.raises(DataNotReadable, match="no sheet 'C'"):
        fit_of(MODEL, path, RowsReading(Overrides(sheet="C")))
    (tmp_path / "rows.csv").write_text(GOOD)
    with pytest.raises(DataNotReadable, match="no workbook"):
        encode_file(MODEL, tmp_path / "rows.csv", reading=RowsReading(Overrides(sheet="A")))


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_large_file_the_beginning_is_looked_at(tmp_path, monkeypatch, packed):
    monkeypatch.setattr(fit, "BEGINNING", 100)
    text = (GOOD + "UA,300,2013-01-03,far\n" * 50).encode()
    path = tmp_path / "rows.csv"
    path.write_bytes(gzip.compress(text) if packed else text)
    found = fit_of(MODEL, path, RowsReading())
    assert not found.whole and 2 < found.rows < 10
    assert [each.column for each in found.columns] == ["price"]
