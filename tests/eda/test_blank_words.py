"""Words that spell "missing" and may be values: classes of the target, kept columns, and Parquet."""

from __future__ import annotations

import io

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.eda.config import EdaConfig
from core.eda.findings.blank_words import as_frequent
from core.encoding.contract import Column, Contract, Label
from core.encoding.encoded_rows import EncodedRows
from core.encoding.rows import encode_file, encode_records
from core.reading.kept_words import WORDS
from core.report import wording
from tests.eda.conftest import Run, run_script

pytestmark = pytest.mark.slow(1)  # many that add up, which `make fast` leaves out

rng = np.random.default_rng(12)
ROWS = 240


def table_of(target: list[str], country: list[str]) -> pd.DataFrame:
    """Beside words a whole number, a number with holes, one in another writing and a date, each with an NA."""
    number = rng.normal(size=ROWS).round(4)
    table = pd.DataFrame(
        {
            "country": rng.choice(country, ROWS),
            "whole": rng.integers(0, 90, ROWS).astype(str),
            "part": number.astype(str),
            "euro": [f"{value:.2f} €" for value in number],
            "day": pd.date_range("2020-01-01", periods=ROWS).astype(str),
            "y": rng.choice(target, ROWS),
        }
    )
    for name in ("whole", "part", "euro", "day"):
        table.loc[rng.choice(ROWS, 20, replace=False), name] = "NA"
    return table


def kinds(run: Run) -> dict[str, tuple[str, str, int]]:
    return {c["name"]: (c["kind"], c["type"], c["missing"]) for c in run.report["columns"]}


def warnings(run: Run, code: str) -> list[dict]:
    return [warning for warning in run.report["warnings"] if warning["code"] == code]


def test_a_target_of_one_class_says_what_was_taken_for_blank(tmp_path):
    table = table_of(["nan", "ok"], ["DE", "FR"])
    refused = run_script(tmp_path, table, target="y")
    assert refused.code == 1
    assert f"Taken for blank: 'nan' in {(table.y == 'nan').sum()} rows" in refused.err
    assert "--keep-text with 'y'" in refused.err
    kept = run_script(tmp_path / "kept", table, target="y", keep_text=("y",))
    assert {found["class"] for found in kept.report["target"]["classes"]} == {"ok", "nan"}


@pytest.mark.parametrize("word", ["None", "NA", "-", "n/a", "null", "N/A", "NULL"])
def test_a_class_that_spells_missing_is_a_class_all_the_way(tmp_path, word):
    table = table_of([word, word, "Apnea", "Insomnia"], ["DE", "FR"])
    run = run_script(tmp_path, table, target="y")
    assert run.code == 0, run.err
    classes = {found["class"]: found["rows"] for found in run.report["target"]["classes"]}
    assert classes == table.y.value_counts().to_dict()
    assert run.report["overview"]["left_out_rows"] == 0
    assert kinds(run) | {"y": 0} == {
        "country": ("categorical", "VARCHAR", 0),
        "whole": ("numeric", "BIGINT", 20),
        "part": ("numeric", "DOUBLE", 20),
        "euro": ("numeric", "DOUBLE", 20),
        "day": ("datetime", "DATE", 20),
        "y": 0,
    }
    contract = Contract.read(run.output / "contract" / "contract.json")
    labels = np.concatenate([run.split(name)[:, 0] for name in ("train", "validation", "test")])
    counts = {contract.classes[int(code)]: int((labels == code).sum()) for code in set(labels)}
    assert counts == classes
    raw = pd.read_csv(run.output / "test_raw" / "test_raw.csv", keep_default_na=False)
    assert [contract.classes.index(text) for text in raw.y] == run.split("test")[:, 0].tolist()
    (told,) = warnings(run, "blank_words")
    assert f"'{word}' ({classes[word]:,} rows)" in told["message"] and told["severity"] == "low"


def test_beside_yes_and_no_it_is_no_third_class_but_can_be_kept(tmp_path):
    table = table_of(["yes", "no", "NA", "-"], ["DE", "FR"])
    table.loc[:2, "y"] = "?"
    run = run_script(tmp_path / "blank", table, target="y")
    assert [found["class"] for found in run.report["target"]["classes"]] == ["no", "yes"]
    (told,) = warnings(run, "left_out_rows")
    count = table.y.value_counts()
    assert f"'NA' stands in {count['NA']:,} of them" in told["message"]
    assert "'?' stands in 3 of them" in told["message"]
    assert "--keep-text" in told["action"]
    fixed = EdaConfig("y").with_fix(told["fix"])
    run = run_script(tmp_path / "kept", table, target="y", keep_text=list(fixed.keep_text))
    assert {found["class"] for found in run.report["target"]["classes"]} == {"yes", "no", "NA", "-", "?"}


def test_how_frequent_a_word_must_be_to_be_a_class():
    assert as_frequent({"NA": 43}, [("EMEA", 39), ("APAC", 38)]) == ("NA",)
    assert as_frequent({"NA": 11}, [("male", 168), ("female", 165)]) == ()
    assert as_frequent({"None": 30, "-": 2}, [("fraud", 30)]) == ("None",)
    assert as_frequent({"-": 60}, [("+", 60)]) == ("-",)
    assert as_frequent({"None": 60, "NA": 60}, []) == ("None", "NA")
    assert as_frequent({"NA": 40}, [("sí", 60), ("no", 60)]) == ()
    assert as_frequent({"NA": 9}, [("a", 60), ("b", 60), ("a typo", 1)]) == ()


def test_words_of_a_column_are_told_with_their_number_and_kept_on_request(tmp_path):
    table = table_of(["up", "down"], ["DE", "FR", "NA", "None", ""])
    count = table.country.value_counts()
    run = run_script(tmp_path / "told", table, target="y")
    assert kinds(run)["country"] == ("categorical", "VARCHAR", count["NA"] + count["None"] + count[""])
    (told,) = warnings(run, "blank_words")
    assert f"{count['NA'] + count['None']} cells of 'country' are " in told["message"]
    assert wording.changes(told["fix"]) == ["keep NA and the like as words in country"]
    assert told["fix"] == {"keep_text": ["country"]} and "--keep-text country" in told["action"]
    assert run.report["reading"]["blank_words"] == {
        "country": {word: count[word] for word in sorted(("NA", "None"), key=lambda word: -count[word])}
    }

    run = run_script(tmp_path / "kept", table, target="y", keep_text=["country"])
    assert run.code == 0, run.err
    assert kinds(run) == kinds(run) | {
        "country": ("categorical", "VARCHAR", count[""]),
        "whole": ("numeric", "BIGINT", 20),
        "euro": ("numeric", "DOUBLE", 20),
        "day": ("datetime", "DATE", 20),
    }
    assert warnings(run, "blank_words") == []
    contract = Contract.read(run.output / "contract" / "contract.json")
    assert {text for text, _ in contract.column("country").levels} == {"DE", "FR", "NA", "None"}
    assert contract.column("country").keeps_words and not contract.column("whole").keeps_words
    same_at_inference(contract, run)


def test_what_is_text_in_a_parquet_file_stands_as_it_is(tmp_path):
    table = table_of(["NA", "up"], ["DE", "FR", "NA", "-"])
    table.loc[table.whole == "NA", "whole"] = None
    table["whole"] = table.whole.astype("Float64").astype("Int64")
    table.loc[0, "country"] = None
    file = tmp_path / "data.parquet"
    duckdb.from_df(table).write_parquet(str(file))
    run = run_script(tmp_path / "run", file, target="y")
    assert run.code == 0, run.err
    assert kinds(run) == kinds(run) | {
        "country": ("categorical", "VARCHAR", 1),
        "whole": ("numeric", "BIGINT", 20),
        "euro": ("numeric", "DOUBLE", 20),
    }
    assert {found["class"] for found in run.report["target"]["classes"]} == {"NA", "up"}
    contract = Contract.read(run.output / "contract" / "contract.json")
    assert {text for text, _ in contract.column("country").levels} == {"DE", "FR", "NA", "-"}
    same_at_inference(contract, run)


def same_at_inference(contract: Contract, run: Run) -> None:
    """The raw rows of the test split, and one from a form, are encoded as the split was."""
    raw = run.output / "test_raw" / "test_raw.csv"
    encoded = encode_file(contract, raw)
    assert sum(encoded.unseen.values()) == 0
    split = run.split("test")[:, 1:]
    np.testing.assert_array_equal(numbers(encoded), split)
    row = pd.read_csv(raw, dtype=str, keep_default_na=False).iloc[0].to_dict()
    np.testing.assert_array_equal(numbers(encode_records(contract, [row])), split[:1])


def numbers(encoded: EncodedRows) -> np.ndarray:
    return pd.read_csv(io.BytesIO(b"".join(encoded.chunks(1 << 20))), header=None, dtype=float).to_numpy()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "", "a", "b", " a"]), min_size=8, max_size=30), st.booleans())
def test_a_word_is_the_same_in_a_file_and_in_a_form_whether_kept_or_not(tmp_path_factory, cells, kept):
    levels = tuple((text, 9) for text in dict.fromkeys((*WORDS, "a", "b")))
    column = Column(
        "word",
        "categorical",
        features={"word": "code"},
        own_codes=len(levels),
        levels=levels,
        keeps_words=kept,
    )
    other = Column("x", "numeric", features={"x": "value"})
    contract = Contract(Label("y", "binary", ("no", "yes"), positive="yes"), (column, other))
    file = tmp_path_factory.mktemp("words") / "rows.csv"
    pd.DataFrame({"word": cells, "x": range(len(cells))}).to_csv(file, index=False)
    by_file = b"".join(encode_file(contract, file).chunks(1 << 20)).decode().split()
    records = [{"word": cell, "x": place} for place, cell in enumerate(cells)]
    by_form = b"".join(encode_records(contract, records).chunks(1 << 20)).decode().split()
    codes = {text: str(code) for code, (text, _) in enumerate(levels)}
    expected = [codes.get(cell, "") if kept or cell in ("a", "b") else "" for cell in cells]
    assert [line.partition(",")[0] for line in by_file] == expected
    assert by_form == by_file
