"""Workbooks: the sheet that is meant becomes a data set and rows to predict, as a CSV would."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import datasets
from core.backends.local import LocalBackend
from core.errors import DataNotReadable
from core.reading.dialect import Overrides
from core.reading.workbook import sheet_of
from core.scratch import Scratch
from core.storage import DiskStorage
from core.verbs.datasets import reread
from tests.reading.dirty_cases import zipped
from tests.test_rows import BINARY
from tests.workbooks import Rows, workbook

REPORT: Rows = [
    ["Deliveries of 2024"],
    [],
    ["code", "when", "day", "amount", "ratio", "late"],
    *(
        [
            f"{i:03}",
            datetime(2024, 1, 1, i % 3) + timedelta(days=i),
            date(2024, 1, 1) + timedelta(days=i),
            i * 100 + 7,
            1 + i / 1000,
            "yes" if i % 2 else "no",
        ]
        for i in range(1, 41)
    ),
    ["Total", None, None, 4000, 50, None],
]


@pytest.fixture
def storage(tmp_path) -> DiskStorage:
    return DiskStorage(tmp_path / "workspace")


def test_the_sheet_with_the_table_becomes_a_data_set_as_its_csv_would(storage, tmp_path):
    """Its title and totals are set aside, zeros stay, 1.001 is no thousand, midnight is a time where others are."""
    path = workbook(tmp_path / "My report.xlsx", {"Cover": [["Report", 1], [None, 2]], "Data": REPORT})
    dataset = datasets.add(storage, path)
    assert (dataset.name, dataset.file, dataset.rows) == ("my-report-data", "My_report.csv", 40)
    kinds = {column["name"]: (column["type"], column["format"]) for column in dataset.columns}
    assert kinds == {
        "code": ("VARCHAR", "text"),
        "when": ("TIMESTAMP", ""),
        "day": ("DATE", ""),
        "amount": ("BIGINT", ""),
        "ratio": ("DOUBLE", ""),
        "late": ("VARCHAR", ""),
    }
    assert [dict(row) for row in dataset.broken_listed] == [{"line": 44, "reason": "a line of totals"}]
    doubts = {note["code"]: note.get("doubt") for note in dataset.notes}
    assert "Cover (2 rows)" in str(doubts["sheet"])
    first = datasets.preview(storage, dataset.name, 3)
    assert list(first["code"]) == ["001", "002", "003"]
    assert list(first["when"]) == ["2024-01-02 01:00:00", "2024-01-03 02:00:00", "2024-01-04 00:00:00"]
    # What jobs read and digests speak of is the sheet; the workbook stands beside it as it was given.
    assert dataset.sha256 == hashlib.sha256(storage.read_bytes(dataset.key)).hexdigest()
    assert storage.read_bytes(dataset.given) == path.read_bytes()
    assert datasets.add(storage, path) == dataset


def test_another_sheet_and_another_header_are_read_where_a_person_says_so(tmp_path):
    backend = LocalBackend(tmp_path / "workspace")
    storage = backend.storage
    path = workbook(tmp_path / "two.xlsx", {"Data": REPORT, "Others": [["x", "y"], [1, 2], [3, 4]]})
    dataset = datasets.add(storage, path)
    other = reread(backend, dataset, Overrides(sheet="Others", header=2))
    assert other.sniffed().dialect.overruled == ("header", "sheet")
    assert [column["name"] for column in other.columns] == ["1", "2"] and other.rows == 1
    with pytest.raises(DataNotReadable, match=r"no sheet 'None'\. Its sheets: Data, Others"):
        datasets.add(storage, path, overrides=Overrides(sheet="None"))
    (csv := tmp_path / "plain.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataNotReadable, match="no workbook"):
        datasets.add(storage, csv, overrides=Overrides(sheet="Data"))


def test_the_lines_of_a_header_in_merged_cells_are_joined(tmp_path):
    """Unless a person says that another row is the header, or it is a title that is merged."""
    backend = LocalBackend(tmp_path / "workspace")
    rows = [
        ["Region", "Sales", None, "Costs", None, "late"],
        [None, "Q1", "Q2", 2023, 2024, None],
        *([f"r{i % 3}", i + 0.5, i * 2, i / 8, i * 3, "yes" if i % 2 else "no"] for i in range(1, 41)),
    ]
    merged = ["A1:J1", "A3:A4", "B3:C3", "D3:E3", "F3:F4"]
    names = ["Region", "Sales / Q1", "Sales / Q2", "Costs / 2023", "Costs / 2024", "late"]
    path = workbook(tmp_path / "grouped.xlsx", {"Data": [["Deliveries"], [], *rows]}, merged=merged)
    dataset = datasets.add(backend.storage, path)
    assert [column["name"] for column in dataset.columns] == names and dataset.rows == 40
    assert [column["type"] for column in dataset.columns] == [
        "VARCHAR", "DOUBLE", "BIGINT", "DOUBLE", "BIGINT", "VARCHAR"
    ]  # fmt: skip
    assert dataset.sniffed().dialect.skip == 3  # line N of the CSV is row N of the sheet
    assert "rows 3 to 4 in merged cells" in " ".join(note["message"] for note in dataset.notes)
    for row, first in ((3, ["Region", "Sales"]), (4, names[:2])):
        said = reread(backend, dataset, Overrides(header=row))
        assert [column["name"] for column in said.columns][:2] == first
    both = {"Large": [["x"] * 9] * 99, "Mine": [["Deliveries"], [], *rows]}
    with Scratch("test") as folder:  # rows to predict are found by the joined names
        path = workbook(tmp_path / "rows.xlsx", both, merged=merged)
        sheet = sheet_of(path, folder, wanted=names[:-1])
        assert sheet is not None and sheet.name == "Mine"
    titled = [["Deliveries"], ["Region", "Sales", "late"], *[["r1", i, "no"] for i in range(30)]]
    path = workbook(tmp_path / "titled.xlsx", {"Data": titled}, merged=["A1:E1", "H2:I2"])
    columns = datasets.add(backend.storage, path).columns
    assert [column["name"] for column in columns] == ["Region", "Sales", "late"]


def test_merged_cells_of_open_document_are_found_too(tmp_path):
    """The second sheet, whose first row is there twice: which cells are merged stands beside them."""

    def row(*cells: tuple[str, str], more: str = "") -> str:
        texts = "".join(
            f'<table:table-cell {span} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
            if text
            else f"<table:covered-table-cell {span}/>"
            for text, span in cells
        )
        return f"<table:table-row {more}>{texts}</table:table-row>"

    wide, high = 'table:number-columns-spanned="2"', 'table:number-rows-spanned="2"'
    rows = [
        row(("", 'table:number-columns-repeated="3"'), more='table:number-rows-repeated="2"'),
        row(("Region", high), ("Sales", wide), ("", "")),
        row(("", ""), ("Q1", ""), ("Q2", "")),
        *(row(("N", ""), (f"a{i}", ""), (f"b{i}", "")) for i in range(9)),
    ]
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{each}="urn:oasis:names:tc:opendocument:xmlns:{each}:1.0"' for each in names)
    first, second = row(("x", "")), "".join(rows)
    tables = (
        f'<table:table table:name="A">{first}</table:table><table:table table:name="B">{second}</table:table>'
    )
    with zipfile.ZipFile(tmp_path / "open.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    with Scratch("test") as folder:
        sheet = sheet_of(tmp_path / "open.ods", folder, asked="B")
        assert sheet is not None
        lines = sheet.path.read_text().splitlines()
    assert lines[:5] == [",,", ",,", ",,", "Region,Sales / Q1,Sales / Q2", "N,a0,b0"]


def test_rows_to_predict_are_on_the_sheet_that_has_their_columns(tmp_path):
    """Though another one is larger; a hidden one is taken only if it is named."""
    names = [column.name for column in BINARY.inputs]
    rows = [names, *([None] * len(names) for _ in range(2))]
    path = workbook(
        tmp_path / "rows.xlsx",
        {"Large": [["x"] * 9] * 9, "Mine": [["By hand"], *rows], "Hidden": rows * 9},
        hidden=["Hidden"],
    )
    with Scratch("test") as folder:
        sheet = sheet_of(path, folder, wanted=names)
        assert sheet is not None and (sheet.name, sheet.sheets) == ("Mine", ("Large", "Mine", "Hidden"))
        sheet = sheet_of(path, folder, asked="Hidden", wanted=names)
        assert sheet is not None and sheet.name == "Hidden"


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12),
    st.sampled_from(["=1+1", "007", "a,b", 'say "so"', " x ", "NA", "1,5"]),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda number: float(f"{number:.15g}")),
    st.booleans(),
)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=50, max_size=80))
def test_each_row_of_a_sheet_is_one_of_the_csv_with_its_cells(tmp_path_factory, rows):
    path = workbook(tmp_path_factory.mktemp("book") / "any.xlsx", {"Any": [["a", "b", "c"], *rows]})
    with Scratch("test") as folder:
        sheet = sheet_of(path, folder)
        assert sheet is not None
        with sheet.path.open(encoding="utf-8", newline="") as file:
            read = list(csv.reader(file))
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    assert read[1:] == [[_plain(cell) for cell in row] for row in rows]


def _plain(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).upper() if isinstance(cell, bool) else str(cell)


def _far(path: Path) -> None:
    workbook(path, {"Far": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {"xl/worksheets/sheet1.xml": sheet}).items():
            archive.writestr(name, content)


def _bomb(path: Path) -> None:
    size = (3 << 30).to_bytes(4, "little")  # what the directory says of each of two members
    path.write_bytes(zipped(("xl/workbook.xml", "<workbook/>"), ("xl/worksheets/sheet1.xml", "")))
    whole = bytearray(path.read_bytes())
    at = 0
    while (at := whole.find(b"PK\x01\x02", at)) >= 0:
        whole[at + 24 : at + 28] = size
        at += 4
    path.write_bytes(bytes(whole))


REFUSED = {
    "a cell far off": (_far, "more memory than there is.*a cell far off"),
    "a bomb": (_bomb, "unpacks to 6,442.5 MB"),
    "empty": (lambda path: workbook(path, {"One": [], "Two": []}), "Its sheets are empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_machine_could_read_is_refused_and_leaves_nothing(name, storage, tmp_path):
    make, reason = REFUSED[name]
    make(tmp_path / "odd.xlsx")
    with pytest.raises(DataNotReadable, match=reason):
        datasets.add(storage, tmp_path / "odd.xlsx")
    assert not storage.exists("datasets")
