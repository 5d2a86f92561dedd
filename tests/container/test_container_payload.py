"""Reading a request's rows: the fast way must never read other numbers than the image's way."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost as xgb

from core.container import payload
from core.container.errors import UserError

CLEAN = [
    b"1,2,3",
    b"1.5,-2e-3,+3\n4,5,6\n",
    b",,\n1,,3\n,,",
    b"0.1,0.2,0.30000000000000004\n123456789012345678,1e-300,-0",
    b"\n1,2\n3,4\n\n",
]
LEFT_TO_NUMPY = [
    b"5",
    b"a,b",
    b"1,2\n3",
    b"1,2\n\n3,4",
    b"1;2;3",
    b"1, 2",
    b'"1",2',
    b"1_0,2",
    b"nan,1",
    b"inf,1",
    b"1e400,1",
    b"1e39,1",
    b"1,2\r\n3,4",
    b"1.2.3,4",
    b"-,4",
    b"",
    b"1" * 600 + b",2",
]


@pytest.fixture(params=["floats", "arrow"])
def reader(request, monkeypatch):
    # Small bodies would otherwise never reach arrow.
    monkeypatch.setattr(payload, "_WORTH_ARROW", 0 if request.param == "arrow" else 10**9)
    if request.param == "arrow":
        pytest.importorskip("pyarrow")


def as_array(matrix: xgb.DMatrix) -> np.ndarray:
    rows = np.full((matrix.num_row(), matrix.num_col()), np.nan, dtype=np.float32)
    sparse = matrix.get_data().tocoo()
    rows[sparse.row, sparse.col] = sparse.data
    return rows


@pytest.mark.parametrize("body", CLEAN)
def test_clean_numbers_are_the_same_both_ways(reader, body):
    fast = payload.fast_csv(body)
    assert fast is not None and fast.dtype == np.float32
    assert np.array_equal(fast, as_array(payload.slow_csv(body)), equal_nan=True)


def test_random_numbers_are_the_same_both_ways(reader):
    random = np.random.default_rng(0)
    values = random.normal(size=(300, 7)) * 10.0 ** random.integers(-20, 20, (300, 7))
    text = "\n".join(",".join("" if cell % 7 < 0.2 else repr(float(cell)) for cell in row) for row in values)
    fast = payload.fast_csv(text.encode())
    assert np.array_equal(fast, as_array(payload.slow_csv(text.encode())), equal_nan=True)


@pytest.mark.parametrize("body", LEFT_TO_NUMPY)
def test_everything_else_is_left_to_the_slow_way(reader, body):
    assert payload.fast_csv(body) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"1,x", "<class 'ValueError'>\n could not convert string to float: np.str_('x')"),
        (b"\xff,1", "<class 'UnicodeDecodeError'>\n 'utf-8' codec can't decode byte 0xff in position 0"),
        (b" ", "<class '_csv.Error'>\n Could not determine delimiter"),
    ],
)
def test_words_of_the_slow_way(body, message):
    with pytest.raises(payload.UnreadablePayload) as raised:
        payload.parse(body, "text/csv", 2)
    expected = "Loading csv data failed with Exception, please ensure data is in csv format:\n " + message
    assert str(raised.value).startswith(expected)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b"0:1 2:3\n1:2", [[1, np.nan, 3], [np.nan, 2, np.nan]]),
        (b"1:1 3:3", [[1, np.nan, 3]]),
        (b"1:1 2:3", [[np.nan, 1, 3]]),
        (b"7 0:1 2:3", [[1, np.nan, 3]]),
    ],
    ids=["from 0", "from 1", "from 0, without column 0", "with a label"],
)
def test_libsvm(body, rows):
    matrix = payload.parse(body, "text/libsvm", 3)
    assert np.array_equal(as_array(matrix), np.array(rows, dtype=np.float32), equal_nan=True)


def test_libsvm_with_a_word_as_index():
    with pytest.raises(
        payload.UnreadablePayload, match=r"invalid literal for int\(\) with base 10: np\.str_\('qid'\)"
    ):
        payload.parse(b"1 qid:3 1:2", "text/libsvm", 3)


def test_unknown_content_type():
    with pytest.raises(UserError, match=r"^text/tsv is not an accepted ContentType"):
        payload.parse(b"1", "text/tsv", 1)
