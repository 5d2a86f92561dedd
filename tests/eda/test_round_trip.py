"""The rows that EDA hands out, encoded again by inference: the same numbers as in the splits, whatever the file."""

from __future__ import annotations

import contextlib
import csv
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.eda.config import EdaConfig
from core.encoding.contract import Contract
from core.encoding.encoded_rows import EncodedRows
from core.encoding.rows import encode_file, encode_records
from core.errors import BadExpression, BadSetting
from core.reading.names import unique_names
from tests.eda.conftest import Run, run_script

pytestmark = pytest.mark.slow(1.5)  # whole jobs, which `make fast` leaves out

ROWS = 300
rng = np.random.default_rng(11)
MOMENTS = [
    pd.Timestamp("2019-03-01 00:07") + pd.Timedelta(minutes=int(m)) for m in rng.integers(0, 800_000, ROWS)
]
INTERNALS = [
    *("rowid", "ROWID", "__row__", "__flags__", "__reason__", "__split__", "__random__", "__all__", "__n__"),
    *(
        "__bin__",
        "__sample__",
        "0:value",
        "0:bad",
        "1:unseen",
        "0:out",
        "0:count",
        "index",
        "raw",
        "n",
        "rows",
    ),
]


def contract_of(run: Run) -> Contract:
    assert run.code == 0, run.err
    return Contract.read(run.output / "contract" / "contract.json")


def encoded_again(run: Run, path: Path | None = None) -> np.ndarray:
    """`path` (else test_raw.csv) as inference encodes it; every row must be accepted, and none noticed."""
    path = path or run.output / "test_raw" / "test_raw.csv"
    with contextlib.closing(encode_file(contract_of(run), path)) as encoded:
        assert encoded.rejected == []
        return table_in(encoded)


def table_in(encoded: EncodedRows) -> np.ndarray:
    body = b"".join(encoded.chunks(1 << 20)).decode()
    return np.array([[float(cell or "nan") for cell in line.split(",")] for line in body.splitlines()])


def same_as_the_splits(run: Run, original: Path | None = None) -> None:
    np.testing.assert_array_equal(encoded_again(run), run.split("test")[:, 1:])
    original = original or run.prefix / "processing" / "input" / "data.csv"
    parts = np.concatenate([run.split(name) for name in ("train", "validation", "test")])[:, 1:]
    found = encoded_again(run, original)
    np.testing.assert_array_equal(in_order(found), in_order(parts))


def in_order(table: np.ndarray) -> np.ndarray:
    return table[np.lexsort(table.T)]


@pytest.mark.parametrize(
    "form",
    [
        *(
            "%d/%m/%Y",
            "%d.%m.%Y",
            "%m/%d/%Y %I:%M:%S %p",
            "%Y-%m-%d",
            "%Y-%m-%dT%H:%M:%S+02:00",
        ),
        *("%Y-%m-%d %H:%M:%SZ", "%d-%m-%y"),
    ],
)
def test_dates_of_any_format(tmp_path, form):
    table = pd.DataFrame({"when": [moment.strftime(form) for moment in MOMENTS]})
    table["x"] = rng.normal(size=ROWS)
    table["y"] = rng.integers(0, 2, ROWS)
    run = run_script(tmp_path, table, target="y")
    assert "when_month" in contract_of(run).features
    same_as_the_splits(run)
    month = run.split("train")[:, 1 + contract_of(run).features.index("when_month")]
    assert set(month) <= set(range(1, 13))


def dirty_text(rows: int = ROWS) -> str:
    """A table as a Spanish spreadsheet exports it, with a title, a broken row and totals around it."""
    lines = ["Informe de ventas;;;;;;", ";;;;;;", "Precio;Cuota;Código;Día;Hora;Sello;y"]
    for i, (moment, price) in enumerate(zip(MOMENTS[:rows], rng.normal(0, 3000, rows), strict=True)):
        euros = f"{abs(price):,.2f}".translate(str.maketrans(",.", ".,"))
        sign = "-" if price < 0 else ""
        hour = f"{moment:%Y-%m-%d} 24:00:00" if i % 9 == 0 else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        stamp = f"{moment:%d.%m.%Y %H:%M}" if i % 2 else f"{moment:%d.%m.%y}"
        cells = [
            f"{euros}{sign} €",
            f"{i % 97},5 %",
            f"{i % 40:05}",
            f"{moment:%d/%m/%Y}",
            hour,
            stamp,
            f"{i % 2}",
        ]
        lines.append(
            ";".join("-" if (i + place) % 31 == 0 and place < 6 else c for place, c in enumerate(cells))
        )
    lines.insert(40, "rota;1")
    return "\n".join([*lines, "Total;0,0 %;;;;;"])


@pytest.mark.parametrize("way", ["cp1252 and CRLF", "utf-16 and tabs", "gzip", "quoted, by commas"])
def test_a_dirty_export_is_the_same_in_training_and_in_serving(tmp_path, way):
    text, name = dirty_text(), "data.csv"
    if way == "cp1252 and CRLF":
        content = text.replace("\n", "\r\n").encode("cp1252")
    elif way == "utf-16 and tabs":
        content = text.replace(";", "\t").encode("utf-16")
    elif way == "gzip":
        content, name = gzip.compress(text.encode()), "data.csv.gz"
    else:
        rows = [",".join(f'"{cell}"' for cell in line.split(";")) for line in text.splitlines()]
        content = "\n".join(rows).encode("utf-8-sig")
    (tmp_path / name).write_bytes(content)
    run = run_script(tmp_path / "job", tmp_path / name, target="y")
    contract = contract_of(run)
    kinds = {column.name: column.kind for column in contract.columns}
    assert kinds == {
        **{"Precio": "numeric", "Cuota": "numeric", "Código": "categorical"},
        **dict.fromkeys(("Día", "Hora", "Sello"), "datetime"),
    }
    assert [row["reason"] for row in run.report["overview"]["broken_listed"]] == [
        "too few cells",
        "a line of totals",
    ]
    np.testing.assert_array_equal(encoded_again(run), run.split("test")[:, 1:])
    parts = np.concatenate([run.split(part) for part in ("train", "validation", "test")])[:, 1:]
    with contextlib.closing(encode_file(contract, tmp_path / name)) as encoded:
        assert [row.reason for row in encoded.rejected] == ["too few cells", "a line of totals"]
        found = table_in(encoded)
    np.testing.assert_array_equal(in_order(found), in_order(parts))

    sign = contract.dialect.delimiter
    raw = (run.output / "test_raw" / "test_raw.csv").read_text()
    records = list(csv.DictReader(raw.splitlines(), delimiter=sign))
    with contextlib.closing(encode_records(contract, records)) as encoded:
        np.testing.assert_array_equal(table_in(encoded), run.split("test")[:, 1:])


def test_a_model_reads_rows_in_another_dialect_too(tmp_path):
    """Numbers and dates as in training; delimiter and encoding are the file's own affair."""
    lines = [f"{i},5;{i % 28 + 1}/3/2013;{i % 2}\n" for i in range(90)]
    (tmp_path / "data.csv").write_text("".join(["a;when;y\n", *lines]))
    run = run_script(tmp_path / "job", tmp_path / "data.csv", target="y")
    (tmp_path / "rows.csv").write_bytes('when\ta\n"5/3/2013"\t7,5\n'.encode("utf-16"))
    assert encoded_again(run, tmp_path / "rows.csv").tolist() == [[7.5, 5.0, 2.0]]


def test_a_model_of_one_feature_reads_a_file_of_one_column(tmp_path):
    table = pd.DataFrame({"x": rng.normal(size=ROWS), "y": rng.integers(0, 2, ROWS)})
    run = run_script(tmp_path / "job", table, target="y")
    (tmp_path / "rows.csv").write_text("x\n1.5\n2\n")
    assert encoded_again(run, tmp_path / "rows.csv").tolist() == [[1.5], [2.0]]


def test_parquet_is_the_same_in_training_and_in_serving(tmp_path):
    table = pd.DataFrame(
        {"x": rng.normal(size=ROWS).astype("float32"), "when": MOMENTS, "n": rng.integers(0, 9, ROWS)}
    )
    table["who"] = rng.choice(["a", "b", None], ROWS)
    table["y"] = rng.integers(0, 2, ROWS)
    table.to_parquet(tmp_path / "data.parquet")
    run = run_script(tmp_path / "job", tmp_path / "data.parquet", target="y")
    same_as_the_splits(run, tmp_path / "data.parquet")


def test_guards_errors_and_words_for_nothing_are_the_same_at_inference(tmp_path):
    """A spreadsheet's apostrophe, ="01", errors, spaces, `..`, a date of zeros: what training took for blank, too."""
    table = pd.DataFrame(
        {
            "word": rng.choice(["'90s", "'80s", "b", " ", "#N/A", "x"], ROWS),
            "number": [
                rng.choice([" ", "..", "unknown", "#¡VALOR!"]) if i % 9 == 3 else f"{i % 77}.5"
                for i in range(ROWS)
            ],
            "day": ["0000-00-00" if i % 11 == 1 else f"2021-0{1 + i % 9}-1{i % 9}" for i in range(ROWS)],
            "code": [f'="{i % 8:02}"' for i in range(ROWS)],
            "y": rng.integers(0, 2, ROWS),
        }
    )
    run = run_script(tmp_path, table, target="y")
    columns = {column["name"]: column for column in run.report["columns"]}
    assert [columns[name]["kind"] for name in table] == [
        "categorical",
        "numeric",
        "datetime",
        "categorical",
        "numeric",
    ]
    assert {top["value"] for top in columns["word"]["top"]} == {"90s", "80s", "b", "x"}
    same_as_the_splits(run)


def test_columns_that_meet_internal_names(tmp_path):
    names = [name for name in INTERNALS if name != "ROWID"]
    table = pd.DataFrame({name: rng.normal(size=ROWS) for name in names})
    table["word"] = rng.choice(["a", "b"], ROWS)
    table["y"] = rng.integers(0, 2, ROWS)
    run = run_script(tmp_path, table, target="y")
    same_as_the_splits(run)
    parts = np.concatenate([run.split(part) for part in ("train", "validation", "test")])
    for i, name in enumerate(names, start=1):
        np.testing.assert_array_equal(np.sort(parts[:, i]), np.sort(table[name]), err_msg=name)


@pytest.mark.parametrize("name", ["rowid", "__n__", "__split__", "0:value"])
def test_a_target_that_meets_an_internal_name(tmp_path, name):
    table = pd.DataFrame({"x": rng.normal(size=ROWS), "z": rng.choice(["a", "b"], ROWS)})
    table[name] = np.where(table.x > 0, "yes", "no")
    run = run_script(tmp_path, table, target=unique_names([name])[0])
    same_as_the_splits(run)
    for part in ("train", "validation", "test"):
        split = run.split(part)
        np.testing.assert_array_equal(split[:, 0], split[:, 1] > 0)


def test_numbers_beyond_float32_are_blank(tmp_path):
    table = pd.DataFrame({"x": rng.normal(size=ROWS), "y": rng.integers(0, 2, ROWS)})
    table["big"] = np.where(rng.random(ROWS) < 0.3, -1e39, table.x)
    run = run_script(tmp_path, table, target="y")
    same_as_the_splits(run)
    parts = np.concatenate([run.split(part) for part in ("train", "validation", "test")])
    assert np.isnan(parts[:, 2]).sum() == (table.big < -1e38).sum() > 0
    assert np.nanmax(np.abs(parts[:, 2])) < 10


@pytest.mark.parametrize("name", ["rowid", "__row__", "0:value", "__SPLIT__"])
def test_a_derived_column_has_no_internal_name(name):
    with pytest.raises(BadExpression, match="of its own"):
        EdaConfig.from_json({"target": "y", "derive": {name: "x + 1"}})


@pytest.mark.parametrize("wrong", [{"drop": 5}, {"drop": "x"}, {"derive": ["a"]}])
def test_a_configuration_of_another_shape_is_a_bad_setting(wrong):
    with pytest.raises(BadSetting):
        EdaConfig.from_json({"target": "y"} | wrong)
