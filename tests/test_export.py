"""A model that is taken away answers by its own scorer, without this project, as Sendero does.

The scorer runs in a virtual environment of its own that has numpy, xgboost, scipy, which xgboost depends on, and no
other package. They are linked there from the environment of the tests: no index is asked.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import tarfile
import venv
import zipfile
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from core.backends.local import LocalBackend
from core.encoding.contract import Column, Contract, Label
from core.encoding.rows import encode_file
from core.errors import CannotExport
from core.judging import decision_file
from core.judging.answers import joined, numbers
from core.judging.calibration import Calibration
from core.judging.decision import Amounts
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.predicting import as_served
from core.judging.referral import ASK, Referral
from core.predictions import write_predictions
from core.reading.dialect import Dialect
from core.verbs.export import export

COLUMNS = (
    Column("carrier", "categorical", features={"carrier": "code"}, own_codes=2,
           levels=(("UA", 5), ("it's", 3), ("EV", 2), ("AA", 1))),
    Column("wet", "boolean", features={"wet": "value"}),
    Column("distance", "numeric", features={"distance": "value"}, minimum=0, maximum=500),
    Column("price", "numeric", format="1.234,56 €", features={"price": "value"}),
    Column("weight", "numeric", format="1234,56 g|1234,56 kg", features={"weight": "value"}),
    Column("when", "datetime", format="%d/%m/%Y %H:%M|%d.%m.%y@2029",
           features={"hour": "hour", "weekday": "weekday", "year": "year"}),
    Column("day", "datetime", features={"month": "month"}),
    Column("paid", "datetime", format="%d %b %Y|%b %d %Y", features={"month": "month", "day": "day"}),
    Column("ratio", "numeric", expression='round(distance / col("price"), 2) - (distance % 7) ** 0.5',
           features={"ratio": "value"}),
)  # fmt: skip
CONTRACT = Contract(
    Label("late", "binary", ("no", "yes"), positive="yes"),
    COLUMNS,
    dialect=Dialect(delimiter=";", decimal=","),
)
HEADER = "late;carrier;wet;distance;price;weight;when;day;paid"
ROWS = """\
no;UA;yes;100;1.234,50 €;12 kg;13/01/2024 06:30;2024-03-01;5 de marzo de 2024
yes;it's;NO;1e3;-7,5;900 g;06/12/2023 23:59;2024-01-06T23:59:59Z;lunes, 1 de abr. de 2024
no;AA;;12.25;12 €;3,5 kg;7.2.31;2024/5/1 7:00;sept. 12, 2023
no;ZZ;maybe;#N/A;(5);;;;
yes;EV;True;"=""7\""";unknown;1 kg;01/01/2024 00:00;0000-00-00;12-AOÛT-2020
no;UA;no;0;0,00;;01/01/2024 00:00;2024-12-31;Jun 30 2024
"""
ODD = "no;UA;yes;far;1;1 g;01/01/2024 00:00;2024-12-31;\nno;UA;yes;3;1;1 g;yesterday;2024-12-31;\n"
DECISION = Decision(
    0.3, "threshold", Amounts(), None, Calibration((0.0, 0.5, 1.0), (0.1, 0.3, 0.9)), Interval(1, 1, 1), {},
    referral=Referral(0.2, 0.3, unseen=True, out_of_range=True),
)  # fmt: skip
TAKES = ("numpy", "xgboost", "scipy")


def environment(folder: Path) -> Path:
    """The Python of a virtual environment that has those packages alone."""
    venv.create(folder)
    (packages,) = folder.glob("lib/python3*/site-packages")
    for name in TAKES:
        package = Path(import_module(name).__path__[0])
        for each in (package, *package.parent.glob(f"{name}.libs")):  # shared libraries, found from beside it
            (packages / each.name).symlink_to(each)
    return folder / "bin" / "python"


def workspace(folder, contract: Contract = CONTRACT) -> LocalBackend:
    """A trained model as its job leaves it, with a decision and the raw test rows."""
    backend = LocalBackend(folder)
    random = np.random.default_rng(0)
    features = random.normal(size=(300, len(contract.features))) * 10
    label = (features[:, 0] + features[:, 3] + random.normal(size=300) > 0).astype(int)
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 4}, xgb.DMatrix(features, label), 12)
    data, packed = booster.save_raw("json"), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    write, output = backend.storage.write_bytes, "training/model/output"
    write(f"{output}/model.tar.gz", packed.getvalue())
    write(f"{output}/contract.json", json.dumps(contract.to_json()).encode())
    write("processing/eda/output/test_raw/test_raw.csv", f"{HEADER}\n{ROWS}".encode())
    decision_file.write(backend.storage, f"{output}/decision.json", DECISION, 0)
    request = {"name": "model", "hyperparameters": {"objective": "binary:logistic"}, "processing_job": "eda"}
    record = {
        "name": "model",
        "kind": "training",
        "status": "Completed",
        "created": "2026-01-01T00:00:00.000Z",
    }
    backend.storage.write_json("training/model/job.json", {**record, "request": request})
    return backend


@pytest.mark.slow(3)
def test_the_scorer_in_the_zip_answers_as_sendero_does_without_sendero(tmp_path):
    backend = workspace(tmp_path / "workspace")
    done = export(backend, "model", tmp_path / "model.zip")
    assert done.rows == 6
    with zipfile.ZipFile(done.output) as archive:
        archive.extractall(tmp_path / "away")
    rows, ours, theirs = tmp_path / "rows.csv", tmp_path / "ours.csv", tmp_path / "theirs.csv"
    rows.write_text(f"{HEADER}\n{ROWS}{ODD}")
    python = environment(tmp_path / "environment")
    has = "import pkgutil, site; print(*(each.name for each in pkgutil.iter_modules(site.getsitepackages())))"
    found = subprocess.run([python, "-I", "-c", has], capture_output=True, text=True, check=True).stdout
    assert set(found.split()) == set(TAKES)
    command = [python, "-I", str(tmp_path / "away" / "scorer.py")]
    for arguments in (["--check"], [str(rows), "--output", str(theirs)]):
        told = subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=tmp_path / "away")
        assert told.returncode == 0, told.stderr
    assert "8 rows, 2 rejected" in told.stdout

    encoded = encode_file(CONTRACT, rows)
    with tarfile.open(backend.storage.path("training/model/output/model.tar.gz")) as tar:
        tar.extractall(tmp_path / "model", filter="data")
    parts = [numbers(each) for each in as_served(tmp_path / "model", encoded.chunks(1 << 20))]
    raw = joined(np.concatenate(parts), "binary:logistic")
    write_predictions(CONTRACT, encoded, raw, ours, decision=DECISION)
    for place, (want, got) in enumerate(zip(table(ours), table(theirs), strict=True)):
        for name in ("decision", "prediction", "wet", "carrier"):
            assert got[name] == want[name], (place, name)
        for name in ("probability", "probability_yes"):
            wanted = want[name].replace(",", ".")
            assert got[name] == wanted == "" or float(got[name]) == pytest.approx(float(wanted), rel=1e-9)
    assert [row["flags"] for row in table(theirs)][:-2] == [row["flags"] for row in table(ours)][:-2]
    decisions = [row["decision"] for row in table(theirs)]
    assert decisions[1] == decisions[3] == ASK and decisions[0] != ASK, "1e3 is out of range, ZZ is unseen"
    assert [row["flags"] for row in table(theirs)][-2:] == [
        "rejected: distance is no number: far", "rejected: when is no date: yesterday"
    ]  # fmt: skip


def table(file) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text, delimiter=";"))


def test_what_the_scorer_cannot_read_is_refused_before_anything_is_written(tmp_path):
    durations = (*COLUMNS, Column("lasted", "numeric", format="1h 30m", features={"lasted": "value"}))
    backend = workspace(tmp_path / "workspace", Contract(CONTRACT.label, durations, dialect=CONTRACT.dialect))
    with pytest.raises(CannotExport, match="durations: lasted"):
        export(backend, "model", tmp_path / "model.zip")
    assert not (tmp_path / "model.zip").exists()
