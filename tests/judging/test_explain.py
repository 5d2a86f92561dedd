"""The verb `explain`: raw rows in, for each what every column of the file adds to its prediction."""

import csv
import json
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

from core.backends.local import LocalBackend
from core.cli.main import main
from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_records
from core.encoding.rows_reading import RowsReading
from core.errors import StorageDamaged, TooManyRows
from core.judging.nearest import nearest
from core.judging.what_if import tried_cells
from core.verbs.around import around
from core.verbs.asked_row import encode_row
from core.verbs.eda import contract_of
from core.verbs.explaining import explain_file, load, sentence_of
from core.verbs.fit import fit
from core.verbs.model_description import describe_model
from core.verbs.predict import CHUNK
from core.verbs.raw_test_rows import first_raw_rows
from core.verbs.typical_row import typical_row
from core.verbs.why import explained_cells, reasons_of
from tests.conftest import FLIGHTS


@pytest.fixture
def model(trained):
    (job,) = [job for job in LocalBackend(trained).jobs() if job.kind == "training"]
    return job


def answered(capsys, trained, *args) -> dict:
    assert main(["explain", *map(str, args), "--workspace", str(trained), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.slow(2)
def test_every_row_keeps_its_place_and_adds_up(trained, model, tmp_path, capsys):
    raw = trained / f"processing/{model.request['processing_job']}/output/test_raw/test_raw.csv"
    with raw.open(newline="") as file:
        header, *rows = list(csv.reader(file))[:9]
    order = [*range(1, len(header)), 0]  # columns are matched by name
    rows[2][header.index("distance")] = "far"
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[line[i] for i in order] for line in (header, *rows)])
    found = answered(capsys, trained, model.name, tmp_path / "rows.csv")
    assert [row["row"] for row in found["rows"]] == list(range(1, 9))
    assert found["rows"][2] == {"row": 3, "prediction": None, "rejected": 'distance: "far" is not a number'}
    for row in found["rows"][:2] + found["rows"][3:]:
        margin = row["base"] + sum(row["contributions"].values())
        assert row["probability"] == pytest.approx(1 / (1 + np.exp(-margin)), abs=1e-6)
        assert row["base_probability"] + sum(row["points"].values()) == pytest.approx(row["probability"])
        assert (row["of"], row["prediction"]) == ("yes", "yes" if row["probability"] >= 0.5 else "no")
        assert "scheduled_departure" in row["points"] and not {"late", "arr_delay"} & set(row["points"])
    with (
        pytest.raises(TooManyRows),
        explain_file(LocalBackend(trained), model.name, tmp_path / "rows.csv", 7),
    ):
        pass
    # A file takes any number of rows, and gets the same; here one in which a column is called otherwise.
    other = (tmp_path / "rows.csv").read_text().replace("distance", "miles", 1)
    (tmp_path / "other.csv").write_text(other)
    said = ["--rename", "miles=distance", "--output", tmp_path / "reasons.jsonl"]
    told = answered(capsys, trained, model.name, tmp_path / "other.csv", *said)
    assert (told["explained"], told["rejected"]) == (8, 1)
    assert "'miles' is taken for the model's 'distance'." in told["notes"]
    again = fit(
        LocalBackend(trained), model.name, tmp_path / "other.csv", RowsReading()
    )  # of the same source
    assert [column.column for column in again.columns if column.what == "renamed"] == ["miles"]
    lines = (tmp_path / "reasons.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == found["rows"]


def test_the_typical_row_has_medians_and_what_is_most_frequent(trained, model):
    backend = LocalBackend(trained)
    table = pd.read_csv(FLIGHTS)
    found = typical_row(backend, model.name)
    names = contract_of(backend, model.request["processing_job"]).input_names
    blank = {name for name in names if table[name].isna().mean() > 0.5}  # as the gusts: most cells are
    assert set(found) == set(names) - blank and blank and "distance" in found
    for name in table.select_dtypes("number").columns.intersection(list(found)):
        assert float(found[name]) == pytest.approx(table[name].median(), rel=1e-5)
    assert found["carrier"] == table["carrier"].mode()[0]
    dates = sorted(row["scheduled_departure"] for row in first_raw_rows(backend, model.name))
    assert found["scheduled_departure"] == dates[(len(dates) - 1) // 2]  # written so that text sorts as time


def test_around_a_row_in_hand(full, model):
    backend = LocalBackend(full)
    contract = contract_of(backend, model.request["processing_job"])
    loaded, test = load(backend, model.name), reasons_of(backend, model.name)
    assert test is not None
    row = first_raw_rows(backend, model.name)[0]
    record = {name: row[name] or None for name in contract.input_names}

    def look(name="distance", **changed):
        cells = explained_cells(backend, model.name, test)
        return around(backend, model.name, loaded, {**record, **changed}, name, test, cells)

    found = look()
    assert found.what_if and found.nearest
    assert sentence_of("late", found.why).startswith("late = yes: ")
    assert found.why.probability == pytest.approx(found.what_if.own_answer)
    # What another cell is said to do is what a row with that cell gets.
    for place in (0, 20, -1):
        cell, answer = found.what_if.cells[place], found.what_if.answers[place]
        assert look(distance=cell).what_if.own_answer == pytest.approx(answer)
    column = contract.column("distance")
    assert found.what_if.own == float(record["distance"]) and found.what_if.threshold == 0.5
    assert all(
        column.minimum <= cell <= column.maximum
        for cell, known in zip(found.what_if.cells, found.what_if.known, strict=True)
        if known
    )
    assert not found.what_if.known[0] and not found.what_if.known[-1] and any(found.what_if.known)
    assert set(look("carrier").what_if.cells) <= {text for text, _ in contract.column("carrier").levels}
    # The neighbour is decided otherwise, as asking it shows, and is no neighbour of itself.
    other = {name: found.nearest.cells[name] or None for name in contract.input_names}
    asked = look(**other)
    assert (found.why.prediction, asked.why.prediction) in {("no", "yes"), ("yes", "no")}
    assert asked.why.prediction == found.nearest.decided
    assert asked.why.probability == pytest.approx(found.nearest.answer)
    different = {name for name in contract.input_names if other[name] != record[name]}
    assert set(found.nearest.differs) <= different
    blank = look(**dict.fromkeys(record))
    assert blank.why.rejected and blank.what_if is None and blank.nearest is None


@pytest.mark.slow(4)
def test_a_row_is_encoded_beside_others_as_it_is_alone(trained, model):
    """What the endpoint is sent, what is said of the row and what is explained are the same numbers."""
    backend = LocalBackend(trained)
    described = describe_model(backend, model.name)
    row = first_raw_rows(backend, model.name)[0]
    whole = {name: row[name] or None for name in described.contract.input_names}
    for name, cell in (
        ("distance", "80"),
        ("distance", "far"),
        ("visib", "1,234"),  # with points in the cells beside it, it would be a thousand and more
        ("carrier", "ZZ"),
        ("scheduled_departure", "13/01/2013 05:15"),
        ("scheduled_departure", None),
    ):
        record = {**whole, name: cell}
        found = encode_row(described, record, name)
        with closing(encode_records(described.contract, [record])) as alone:
            assert found.body == b"".join(alone.chunks(CHUNK))
            assert found.accepted[0] == alone.accepted[0] == (cell != "far"), cell
            assert found.noticed.flags.get(0) == alone.flags.get(0)
            assert [each for each in found.noticed.rejected if each.row == 1] == alone.rejected
        assert len(found.features) == found.accepted.sum() and len(found.accepted) > 10
        if found.body:
            numbers = [float(each or "nan") for each in found.body.decode().rstrip("\n").split(",")]
            np.testing.assert_array_equal(found.features[0], np.array(numbers, np.float32))


def test_dates_that_stand_for_never_can_be_varied():
    first, last = "0001-01-01T00:00:00", "9999-12-31T00:00:00"
    column = Column("until", "datetime", minimum=first, maximum=last)
    cells = [each.cell for each in tried_cells(column)]
    assert len(cells) > 20 and cells == sorted(cells)


def test_the_nearest_row_by_hand():
    number = Column("size", "numeric", features={"size": "value"})
    word = Column(
        "hue", "categorical", features={"hue": "code"}, levels=(("red", 2), ("blue", 1)), own_codes=2
    )
    contract = Contract(Label("y", "binary", ("no", "yes")), (number, word))
    rows = np.array([[0.0, 0], [10.0, 0], [4.0, 1], [np.nan, 0], [2.0, 0]])
    # The middle nine tenths of 0, 2, 4 and 10 are 8.8 wide: size is 1, 9, 3, a blank and 1 away of that, at most all.
    for wanted, expected in (
        ((0, 1, 2, 3, 4), (0, ("size",))),  # 0.11, as is the last
        ((1, 2, 3), (1, ("size",))),  # 1, as is the blank
        ((2, 3), (3, ("size",))),  # 1 against 0.34 and another hue
        ((2,), (2, ("hue", "size"))),
        ((), None),
    ):
        found = nearest(contract, np.array([1.0, 0.0]), rows, np.isin(np.arange(5), wanted))
        assert found == expected


def test_a_model_that_is_another_is_not_asked(full, model):
    backend = LocalBackend(full)
    (full / f"training/{model.name}/output/model.tar.gz").write_bytes(b"another")
    with pytest.raises(StorageDamaged):
        load(backend, model.name)
