"""The verb `explain`: raw rows in, for each what every column of the file adds to its prediction."""

import csv
import json

import numpy as np
import pytest

from core.backends.local import LocalBackend
from core.cli.main import main
from core.errors import StorageDamaged, TooManyRows
from core.verbs.eda import contract_of
from core.verbs.explaining import explain_file, explain_records, sentence_of


@pytest.fixture
def model(trained):
    (job,) = [job for job in LocalBackend(trained).jobs() if job.kind == "training"]
    return job


def answered(capsys, trained, *args) -> dict:
    assert main(["explain", *map(str, args), "--workspace", str(trained), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


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
    # A file takes any number of rows, and gets the same.
    told = answered(
        capsys, trained, model.name, tmp_path / "rows.csv", "--output", tmp_path / "reasons.jsonl"
    )
    assert (told["explained"], told["rejected"]) == (8, 1)
    lines = (tmp_path / "reasons.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == found["rows"]


def test_a_row_in_hand_and_a_model_that_is_another(full, model):
    backend = LocalBackend(full)
    blank = dict.fromkeys(
        column.name for column in contract_of(backend, model.request["processing_job"]).inputs
    )
    row, empty = explain_records(backend, model.name, [{**blank, "carrier": "UA", "distance": 500}, blank])
    assert sentence_of("late", row).startswith("late = yes: ") and "%" in sentence_of("late", row)
    assert empty.rejected and sentence_of("late", empty) == f"rejected: {empty.rejected}"
    (full / f"training/{model.name}/output/model.tar.gz").write_bytes(b"another")
    with pytest.raises(StorageDamaged):
        explain_records(backend, model.name, [blank])
