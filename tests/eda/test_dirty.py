"""The table of cases in dirty_cases.py, read as a data set is and as the EDA step reads it."""

from __future__ import annotations

import pytest

from core import datasets
from core.eda import csv_table
from core.eda.dialect import CODE, Overrides
from core.eda.text_file import opened
from core.errors import DataNotReadable
from core.storage import DiskStorage
from tests.eda.dirty_cases import CASES, REFUSED, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_dirty_file_is_read_as_the_table_of_cases_says(case: Case, tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(case.content)
    told, rows, broken = datasets.describe(path, Overrides(**case.asked))
    kinds = {name: "code" if told.format(name) == CODE else kind for name, kind in told.columns}
    assert kinds == case.types
    assert {note.code for note in told.notes} == case.notes
    assert {note.code for note in told.notes if note.doubt} == case.doubts
    assert [(row.line, row.reason) for row in broken] == case.broken
    assert rows == len(case.rows)
    dialect = {name: getattr(told.dialect, name) for name in case.dialect}
    assert dialect == case.dialect

    connection = csv_table.connect()
    text = opened(path, tmp_path, told.dialect)
    read, broken = csv_table.read_table(connection, text, told, "raw")
    assert read.columns == told.columns, "the EDA step has no reason to change a type"
    assert [(row.line, row.reason) for row in broken] == case.broken
    assert connection.execute("SELECT * FROM raw ORDER BY rowid").fetchall() == case.rows
    connection.close()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_with_its_reason_and_leaves_nothing(name, tmp_path):
    content, reason = REFUSED[name]
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    storage = DiskStorage(tmp_path / "workspace")
    with pytest.raises(DataNotReadable, match=reason):
        datasets.add(storage, path)
    assert not storage.exists("datasets")
