"""The body of a request -> rows. One fast way for clean numbers, the image's own way for everything else.

The image splits the text into a string array and lets numpy convert it, and its error messages are numpy's; that is
`slow_csv`. `fast_csv` reads the same numbers several times faster and declines whatever it is not sure of.
"""

from __future__ import annotations

import csv
from functools import partial

import numpy as np
import xgboost as xgb

from core.container.channels import CSV, LIBSVM, RECORDIO_PROTOBUF, data_format
from core.container.errors import without_frames
from core.container.recordio import read_features

try:
    import pyarrow
    from pyarrow import csv as arrow_csv
except ImportError:  # Comes with Streamlit; without it large bodies are read by numpy.
    pyarrow = None

# What a clean body is made of. `_` and letters other than the exponent's mean something else somewhere.
_CLEAN = b"0123456789.,+-eE\n"
# Below this many bytes arrow's set-up costs more than it saves.
_WORTH_ARROW = 4096
_ARROW_NAN = "nan"

Rows = np.ndarray | xgb.DMatrix


class UnreadablePayload(Exception):
    """The body is not what its content type says; answered with 415."""


def parse(body: bytes, content_type: str | None, features: int) -> Rows:
    """Rows of a request, a float32 array of (rows, columns) or a DMatrix; no labels.

    Args:
        features: the model's number of columns, to tell libsvm indices that start at 1 from those that start at 0.

    Raises:
        UserError: the content type is not one of the container's.
        UnreadablePayload: the body does not fit it.
    """
    kind = data_format(content_type)
    if kind == CSV:
        rows = fast_csv(body)
        return _reading("csv", ":\n {}\n {}", slow_csv, body) if rows is None else rows
    if kind == LIBSVM:
        return _reading("libsvm", ":\n {}\n {}", partial(_libsvm, features=features), body)
    if kind == RECORDIO_PROTOBUF:
        return _reading("recordio-protobuf", ": {} {}", _recordio, body)
    raise UnreadablePayload(f"Content-type {content_type} is not supported.")


def _reading(name: str, ending: str, read, body: bytes) -> xgb.DMatrix:
    try:
        return read(body)
    except Exception as error:
        message = f"Loading {name} data failed with Exception, please ensure data is in {name} format"
        raise UnreadablePayload(message + ending.format(type(error), without_frames(str(error)))) from error


def fast_csv(body: bytes) -> np.ndarray | None:
    """Rows as float32 when the body is plain numbers and blanks between commas, every row as long as the first.

    None when it is not, or when a number is too large for float32: `slow_csv` then has the right words.
    """
    body = body.strip()
    if not body or body.translate(None, _CLEAN):
        return None
    first = body[: body.find(b"\n")] if b"\n" in body else body
    # The sniffer prefers the comma to every other character, if it sees one in the first 512.
    if b"," not in first[:512]:
        return None
    columns = first.count(b",") + 1
    read = _arrow if pyarrow and len(body) >= _WORTH_ARROW else _floats
    with np.errstate(over="ignore"):
        rows = read(body, columns)
    return None if rows is None or np.isinf(rows).any() else rows


def _floats(body: bytes, columns: int) -> np.ndarray | None:
    lines = body.split(b"\n")
    if any(line.count(b",") != columns - 1 for line in lines):
        return None
    try:
        cells = [float(cell or _ARROW_NAN) for line in lines for cell in line.split(b",")]
    except ValueError:
        return None
    return np.array(cells).astype(np.float32).reshape(len(lines), columns)


def _arrow(body: bytes, columns: int) -> np.ndarray | None:
    names = [str(column) for column in range(columns)]
    try:
        table = arrow_csv.read_csv(
            pyarrow.py_buffer(body),
            read_options=arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(body) + 1
            ),
            parse_options=arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.float64()), null_values=[""]
            ),
        )
    except pyarrow.ArrowInvalid:
        return None
    rows = np.empty((table.num_rows, columns), dtype=np.float32)
    for column in range(columns):
        # Read as float64 first: rounding the text to float32 at once can give another number than the image has.
        rows[:, column] = table.column(column).to_numpy()
    # A blank line is an error to the image, but a row of blanks to arrow. Searching costs more than looking first.
    return None if np.isnan(rows[:, 0]).any() and b"\n\n" in body else rows


def slow_csv(body: bytes) -> xgb.DMatrix:
    """Rows as the image reads them.

    Raises:
        UnicodeDecodeError, csv.Error, ValueError, xgboost.core.XGBoostError: with the texts the image answers.
    """
    text = body.strip().decode("utf-8")
    lines = text.split("\n")
    sniffed = csv.Sniffer().sniff(lines[0][:512]).delimiter
    # A line of one number has no delimiter, and the sniffer then names a digit.
    delimiter = "," if sniffed.isalnum() else sniffed
    cells = [["nan" if cell == "" else cell for cell in line.split(delimiter)] for line in lines]
    return xgb.DMatrix(np.array(cells).astype(float))


def _libsvm(body: bytes, features: int) -> xgb.DMatrix:
    from scipy.sparse import csr_matrix

    rows, columns, values = [], [], []
    for row, line in enumerate(body.strip().decode("utf-8").split("\n")):
        for item in line.split(" "):
            if ":" in item:
                index, value = item.split(":")[:2]
                rows.append(row)
                columns.append(index)
                values.append(value)
    indices = np.array(columns).astype(int)
    if indices.size and indices.min() == 1 and indices.max() == features:
        # One column more than the model has, and nothing in column 0: they count from 1.
        indices -= 1
    return xgb.DMatrix(csr_matrix((np.array(values).astype(float), (np.array(rows), indices))))


def _recordio(body: bytes) -> xgb.DMatrix:
    return xgb.DMatrix(read_features(body))
