"""Data sets: byte for byte, described once, the same bytes once, and nothing left of what is refused."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from core import datasets, locales
from core.configuration import Configuration
from core.engines import duckdb_table
from core.errors import BadExpression, DataNotReadable, NotFound, StorageFailed
from core.language import MARKS, PSEUDO
from core.reading import csv_table
from core.reading.dialect import Overrides
from core.reading.text_file import opened
from core.scratch import Scratch
from core.storage import DiskStorage
from core.verbs.datasets import check_upload
from tests.conftest import FLIGHTS, ROOT


@pytest.fixture
def storage(tmp_path) -> DiskStorage:
    return DiskStorage(tmp_path / "workspace")


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_file_arrives_byte_for_byte_and_is_described(storage):
    told: list[float] = []
    dataset = datasets.add(storage, FLIGHTS, progress=told.append)
    assert storage.read_bytes("datasets/flights-late/flights_late.csv") == FLIGHTS.read_bytes()
    assert dataset.key == "datasets/flights-late/flights_late.csv"
    assert dataset.sha256 == hashlib.sha256(FLIGHTS.read_bytes()).hexdigest()
    assert (dataset.rows, dataset.broken, len(dataset.columns)) == (12_000, 0, 19)
    types = {column["name"]: column["type"] for column in dataset.columns}
    assert (types["late"], types["distance"], types["scheduled_departure"]) == (
        "VARCHAR",
        "BIGINT",
        "TIMESTAMP",
    )
    assert told == sorted(told) and told[-1] == 1.0
    assert datasets.load(storage, "flights-late") == dataset
    assert datasets.list_datasets(storage) == [dataset]


def test_the_same_bytes_are_the_same_data_set_and_others_get_a_number(storage, tmp_path):
    first = datasets.add(storage, write(tmp_path, "a.csv", "x,y\n1,2\n"))
    copy = datasets.add(storage, write(tmp_path, "copy.csv", "x,y\n1,2\n"))
    (tmp_path / "more").mkdir()
    other = datasets.add(storage, write(tmp_path / "more", "a.csv", "x,y\n1,3\n"))
    assert copy == first and other.name == "a-2"
    assert [dataset.name for dataset in datasets.list_datasets(storage)] == ["a", "a-2"]


def test_what_is_said_of_a_data_set_does_not_go_by_who_adds_it(storage, tmp_path, english_after):
    locales.follow(lambda: "de-DE", lambda: PSEUDO)
    added = datasets.add(storage, write(tmp_path, "a.csv", "x,y\n1,2\n" + 1_500 * ",\n" + "3,4\n"))
    told = "1,500 rows of nothing but delimiters are left out."
    assert [note["message"] for note in added.notes] == [told]
    assert [note.message for note in added.sniffed().notes] == [told.replace(",", ".").join(MARKS)]


def test_two_at_once_under_one_name_are_two_data_sets(storage, tmp_path):
    files = []
    for i in range(6):
        (tmp_path / str(i)).mkdir()
        files.append(write(tmp_path / str(i), "same.csv", f"x,y\n{i},{i}\n" * 2000))
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda file: datasets.add(storage, file), files))
    assert len({dataset.name for dataset in added}) == 6
    for file, dataset in zip(files, added, strict=True):
        assert storage.read_bytes(dataset.key) == file.read_bytes()
    assert sorted(storage.files("datasets")) == sorted(
        key for dataset in added for key in (dataset.key, f"{dataset.folder}/dataset.json")
    )


def test_another_reading_is_another_data_set(storage, tmp_path):
    path = write(tmp_path, "a.csv", "when;n\n01/02/2013;1.234\n03/04/2013;2.345\n")
    sniffed = datasets.add(storage, path)
    told = datasets.add(storage, path, overrides=Overrides(decimal=".", date_format="mm/dd/yyyy"))
    assert (sniffed.name, told.name) == ("a", "a-2")
    assert [column["format"] for column in sniffed.columns] == ["%d/%m/%Y", "1.234,56"]
    assert [column["format"] for column in told.columns] == ["%m/%d/%Y", ""]
    assert datasets.add(storage, path) == sniffed
    assert datasets.load(storage, "a-2").sniffed().dialect.overruled == ("decimal", "date_format")


def test_the_whole_file_settles_what_its_first_rows_leave_in_doubt(storage, tmp_path):
    """Sorted by day, the first rows hold no day after the 12th."""
    lines = [f"0{i % 9 + 1}/01/2013,{i % 9 + 1}.00{i % 9}" for i in range(3000)]
    dataset = datasets.add(
        storage, write(tmp_path, "a.csv", "\n".join(["when,n", *lines, "01/31/2013,12.5\n"]))
    )
    assert dataset.columns[0]["format"] == "%m/%d/%Y"
    assert [note for note in dataset.notes if note["doubt"]] == []


def test_a_pipe_is_no_file(storage, tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(DataNotReadable, match="pipe"):
        datasets.add(storage, tmp_path / "a.csv")


def test_gzip_and_parquet_keep_what_they_are(storage, tmp_path):
    table = pd.DataFrame(
        {"n": [1, 2, 3], "x": [0.5, None, 1.5], "who": ["a", "NA", "c"], "yes": [True, False, True]}
    )
    table["when"] = pd.to_datetime(["2013-01-31 10:00", "2013-02-01 00:00", None])
    table["small"] = table.x.astype("float32")
    table.to_parquet(tmp_path / "a.parquet")
    dataset = datasets.add(storage, tmp_path / "a.parquet")
    assert dataset.key == "datasets/a/a.parquet" and dataset.dialect["file"] == "parquet"
    kinds = {column["name"]: column["type"] for column in dataset.columns}
    assert kinds == {
        "n": "BIGINT",
        "x": "DOUBLE",
        "who": "VARCHAR",
        "yes": "VARCHAR",
        "when": "TIMESTAMP",
        "small": "DOUBLE",
    }
    shown = datasets.preview(storage, "a")
    assert shown.who.tolist() == ["a", "NA", "c"], "a Parquet file has blanks of its own"
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n"))
    dataset = datasets.add(storage, tmp_path / "b.csv.gz")
    assert (dataset.name, dataset.key, dataset.rows) == ("b", "datasets/b/b.csv.gz", 1)
    assert datasets.preview(storage, "b").values.tolist() == [["1", "2"]]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.csv"),
        ("ventas año 2024 (final).CSV", "ventas_a_o_2024_final.csv"),
        (".csv", "csv.csv"),
        ("data.tsv", "data.csv"),
        ("my data.CSV.GZ", "my_data.csv.gz"),
        ("data.gz", "data.csv.gz"),
        ("data.parquet", "data.parquet"),
        ("a" * 300 + ".csv", "a" * 100 + ".csv"),
    ],
)
def test_file_names_are_made_safe(name, safe):
    assert datasets.safe_file_name(name) == safe


def test_preview_shows_the_text_of_the_file(storage, tmp_path):
    path = write(tmp_path, "a.csv", 'when;n;who\n01/02/2013;007;"x;y"\n;NA;\n1;2;3;4\n31/12/2013;1e3;no\n')
    dataset = datasets.add(storage, path)
    assert (dataset.rows, dataset.broken, dataset.dialect["delimiter"]) == (3, 1, ";")
    shown = datasets.preview(storage, dataset.name)
    assert list(shown) == ["when", "n", "who"]
    assert shown.fillna("(blank)").values.tolist() == [
        ["01/02/2013", "007", "x;y"],
        ["(blank)"] * 3,
        ["31/12/2013", "1e3", "no"],
    ]
    assert len(datasets.preview(storage, dataset.name, rows=1)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("a,b\n", "nothing below it"),
        (bytes(range(256)) * 40, "binary"),
        ("Call me Ishmael.\nSome years ago\n", "single column"),
        (
            "Some years ago, never mind, I thought\nI would sail about.\nIt is a way\n",
            "rows do not have the 3 cells",
        ),
        ("1,2\n3,4\n", "values, not column names"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(storage, tmp_path, content, reason):
    with pytest.raises(DataNotReadable, match=reason) as refused:
        datasets.add(storage, write(tmp_path, "a.csv", content))
    assert "Error:" not in str(refused.value)  # no words of DuckDB's
    assert not storage.exists("datasets")


def test_a_file_that_vanished_is_said_to_be_gone(storage, tmp_path):
    with pytest.raises(StorageFailed, match="gone"):
        datasets.add(storage, tmp_path / "missing.csv")
    assert datasets.list_datasets(storage) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
def test_a_full_disk_leaves_no_half_of_it(storage, monkeypatch, tmp_path):
    real = Path.open

    def full(path, mode="r", *args, **kwargs):
        if "w" in mode and ".tmp" in path.name:
            os.symlink("/dev/full", path)
        return real(path, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageFailed, match="The disk is full"):
        datasets.add(storage, FLIGHTS)
    monkeypatch.undo()
    assert storage.files("datasets") == [] and datasets.list_datasets(storage) == []
    assert datasets.add(storage, FLIGHTS).rows == 12_000


def test_a_name_that_is_none_is_not_found(storage):
    for name in ("nope", "../x", "", "A b"):
        with pytest.raises(NotFound):
            datasets.load(storage, name)


def test_a_derived_name_is_taken_whatever_its_case(storage, tmp_path):
    dataset = datasets.add(storage, write(tmp_path, "a.csv", "b,y\n1,2\n3,4\n"))
    with pytest.raises(BadExpression, match="already a column"):
        Configuration(target="y", derive={"B": "b + 1"}, dataset=dataset.name).checked(dataset, storage)


DERIVED = {
    "text": ("word * 2", "a column of text"),
    "text beside a number": ("n + word", "a column of text"),
    "a word or two of numbers": ("mixed + 1", "a column of text"),
    "a date": ("day - 1", "no numbers (date)"),
    "yes and no": ("flag + 1", "a column of text"),
    "the target": ("y / n", "the column to predict"),
    "what is to be a category": ("code + 1", "another kind (categorical)"),
    "no column": ("m + 1", "no numeric column 'm'. Numeric columns: n"),
}


@pytest.mark.parametrize(("expression", "reason"), DERIVED.values(), ids=DERIVED)
def test_what_holds_no_numbers_is_not_derived_from(storage, tmp_path, expression, reason):
    rows = [
        f"{i},{i % 7}.5,w{i % 5},2026-01-{i % 27 + 1:02},{'yn'[i % 2]},{i % 9},{i if i % 3 else 'x'}"
        for i in range(90)
    ]
    text = "\n".join(["n,y,word,day,flag,code,mixed", *rows]) + "\n"
    dataset = datasets.add(storage, write(tmp_path, "a.csv", text))
    plan = Configuration("y", derive={"new": expression}, treat={"code": "categorical"}, dataset=dataset.name)
    with pytest.raises(BadExpression, match=re.escape(reason)):
        plan.checked(dataset, storage)


def test_text_that_is_to_be_numbers_or_looks_like_them_is_derived_from(storage, tmp_path):
    rows = [f"{i % 13},{i if i % 31 else 'none at all'},{i if i % 3 else 'x'}" for i in range(90)]
    dataset = datasets.add(storage, write(tmp_path, "a.csv", "\n".join(["y,few,many", *rows]) + "\n"))
    assert [column["type"] for column in dataset.columns] == ["BIGINT", "VARCHAR", "VARCHAR"]
    plan = Configuration("y", derive={"a": "few + 1", "b": "many + 1"}, dataset=dataset.name)
    assert replace(plan, treat={"many": "numeric"}).checked(dataset, storage)
    with pytest.raises(BadExpression, match="many = numeric"):
        plan.checked(dataset, storage)


def test_a_damaged_parquet_is_told_in_words(tmp_path):
    file, odd = tmp_path / "whole.parquet", tmp_path / "odd.parquet"
    duckdb.sql("SELECT i AS a, 'x' || i AS b, i / 7 AS c FROM range(500) AS t(i)").write_parquet(str(file))
    whole, told = file.read_bytes(), 0
    footer = range(len(whole) - 400, len(whole), 9)
    damaged = [whole[:cut] for cut in (4, 100, len(whole) // 2, len(whole) - 1)]
    damaged += [whole[:place] + b"\xff\x7f\x00" + whole[place + 3 :] for place in (5, 40, 900, *footer)]
    for content in damaged:
        odd.write_bytes(content)
        try:
            datasets.describe(odd)
        except DataNotReadable as error:
            told += 1
            assert error.failure.why == "Its Parquet is damaged, or it was cut short."
    assert told > 10


@pytest.mark.parametrize("place", [10, 1_500, 2_990])
def test_as_many_rows_are_described_as_are_read_where_a_byte_is_no_utf8(tmp_path, place):
    lines = [f"{number},é{number}" for number in range(3_000)]
    content = ("a,b\n" + "\n".join(lines) + "\n").encode().replace(f"é{place}\n".encode(), b"\xe9\xff\n")
    (tmp_path / "rows.csv").write_bytes(content)
    sniffed, rows, broken = datasets.describe(tmp_path / "rows.csv")
    with Scratch("read") as folder, closing(csv_table.connect(folder)) as connection:
        text = opened(tmp_path / "rows.csv", folder, sniffed.dialect)
        table = duckdb_table.read(connection, text, sniffed, folder, lambda share: None)
    assert (rows, broken) == (table.rows, table.broken) == (3_000, [])


def test_a_plain_file_that_is_called_gzip_is_read(tmp_path):
    (tmp_path / "plain.csv.gz").write_text("a,b\n1,2\n2,3\n")
    assert datasets.describe(tmp_path / "plain.csv.gz")[1] == 2


ADD = """
import sys, time
from pathlib import Path
from core import datasets
from core.verbs import transform
from core.storage import DiskStorage
storage, folder, whole = DiskStorage(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
with storage.making(folder, whole):
    with storage.writing(f"{folder}/input/rows.csv") as file:
        file.write_bytes(b"half")
        print("made", flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize(
    ("folder", "whole"), [("datasets/flights-late", "dataset.json"), ("transform/t", "job.json")]
)
def test_what_a_killed_process_was_making_is_swept_and_what_a_living_one_makes_is_not(storage, folder, whole):
    maker = subprocess.Popen(
        [sys.executable, "-c", ADD, storage.root, folder, whole], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert maker.stdout.readline() == b"made\n"
    storage.sweep(folder.partition("/")[0], whole)
    assert storage.exists(folder)
    if folder.startswith("datasets"):
        assert datasets.add(storage, FLIGHTS).name == "flights-late-2"  # the name is somebody else's for now
        storage.delete("datasets/flights-late-2")
    maker.kill()
    maker.wait()
    maker.stdout.close()
    if folder.startswith("datasets"):
        assert datasets.add(storage, FLIGHTS).name == "flights-late"
        names = {path.name for path in (storage.root / folder).iterdir()}
        assert names == {"dataset.json", "flights_late.csv"}
    else:
        storage.sweep("transform", whole)
        assert not storage.exists(folder)


def test_a_claim_that_outlived_its_making_is_taken_away_with_nothing_else(storage):
    made = datasets.add(storage, FLIGHTS)
    (storage.root / made.folder / ".claim").touch()
    (storage.root / "datasets" / "strangers").mkdir()
    (storage.root / "datasets" / "strangers" / "notes.txt").write_text("mine")
    file = storage.root / "strangers.csv"
    file.write_text("a,b\n1,2\n")
    assert datasets.add(storage, file).name == "strangers-2"
    assert (storage.root / "datasets" / "strangers" / "notes.txt").read_text() == "mine"
    assert datasets.load(storage, made.name) == made


def test_an_upload_over_the_limit_is_refused_whatever_the_browser_was_told():
    check_upload("flights.csv", 2_000_000, most_mb=2)
    with pytest.raises(DataNotReadable, match="SENDERO_MAX_UPLOAD_MB"):
        check_upload("flights.csv", 2_000_001, most_mb=2)
