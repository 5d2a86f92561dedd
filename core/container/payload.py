"""The body of a request -> rows. One fast way for clean numbers, the image's own way for everything else.

The image splits the text into a string array and lets numpy convert it, and its error messages are numpy's; that is
`slow_csv`. `fast_csv` reads the same numbers several times faster and declines whatever it is not sure of.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial

import numpy as np

from core.container.channels import CSV, LIBSVM, RECORDIO_PROTOBUF, data_format
from core.container.errors import without_frames
from core.container.lean_xgboost import xgb
from core.container.recordio import read_features

try:
    import pyarrow
    from pyarrow import csv as arrow_csv
except ImportError:  # Comes with Streamlit; without it large bodies are read by numpy.
    pyarrow = arrow_csv = None

# What a clean body is made of. `_` and letters other than the exponent's mean something else somewhere.
_CLEAN = b"0123456789.,+-eE\n"
# Below this many bytes arrow's set-up costs more than it saves.
_WORTH_ARROW = 4096
# Arrow takes 5 KB for a column, however short.
_ARROW_COLUMNS = 10_000
_ARROW_NAN = "nan"
_PIECE = 1 << 20  # letters that are looked at together
_LONGEST_NUMBER = 50_000  # letters; Python takes 500 bytes for each to make a number of them
# A body up to this is read to its end although it has more columns than the model, for the image's order of complaints.
_READ_ANYWAY = 1 << 16
# numpy's words.
_RAGGED = (
    "setting an array element with a sequence. The requested array has an inhomogeneous shape after 1 dimensions. "
    "The detected shape was ({rows},) + inhomogeneous part."
)

Rows = np.ndarray | xgb.DMatrix


class UnreadablePayload(Exception):
    """The body is not what its content type says; answered with 415."""


def parse(body: bytes, content_type: str | None, features: int) -> Rows:
    """Read the rows of a request, a float32 array of (rows, columns) or a DMatrix; no labels.

    Args:
        features: the model's number of columns, to tell libsvm indices that start at 1 from those that start at 0.

    Raises:
        UserError: the content type is not one of the container's.
        UnreadablePayload: the body does not fit it.
    """
    kind = data_format(content_type)
    if kind == CSV:
        rows = fast_csv(body, features)
        return (
            _reading("csv", ":\n {}\n {}", partial(slow_csv, features=features), body)
            if rows is None
            else rows
        )
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


def fast_csv(body: bytes, features: int | None = None) -> np.ndarray | None:
    """Read rows as float32 when the body is plain numbers and blanks between commas, each as long as the first.

    None when it is not, when a number is too large for float32, or when there are more columns than `features`:
    `slow_csv` then has the right words.
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
    if columns > (_ARROW_COLUMNS if features is None else min(features, _ARROW_COLUMNS)):
        return None
    if read is _floats and len(body) > _PIECE:
        return None
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
    if not pyarrow or not arrow_csv:
        return None
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


def slow_csv(body: bytes, features: int | None = None) -> xgb.DMatrix:
    """Read rows as the image does, but in pieces: numpy makes each text as wide as the longest one beside it.

    Raises:
        UnicodeDecodeError, csv.Error, ValueError, xgboost.core.XGBoostError: with the texts the image answers.
    """
    text = body.strip().decode("utf-8")
    first = text.partition("\n")[0]
    sniffed = csv.Sniffer().sniff(first[:512]).delimiter
    # A line of one number has no delimiter, and the sniffer then names a digit.
    delimiter = "," if sniffed.isalnum() else sniffed
    columns = first.count(delimiter) + 1
    if any(
        line.count(delimiter) != columns - 1 for piece in _pieces(text, "\n") for line in piece.split("\n")
    ):
        raise ValueError(_RAGGED.format(rows=text.count("\n") + 1))
    if features is not None and columns > features and len(body) > _READ_ANYWAY:
        return _empty_row(columns)
    cells = [
        _converted([cell or "nan" for cell in piece.split(delimiter)], float)
        for piece in _pieces(text.replace("\n", delimiter), delimiter)
    ]
    return xgb.DMatrix(np.concatenate(cells).reshape(-1, columns))


def _pieces(text: str, end: str) -> Iterator[str]:
    """Yield `text` cut at an `end` after every million letters or so."""
    start = 0
    while start >= 0:
        cut = text.find(end, start + _PIECE)
        yield text[start:] if cut < 0 else text[start:cut]
        start = cut + 1 if cut >= 0 else -1


def _converted(texts: list[str], kind: type) -> np.ndarray:
    """Read texts as numpy reads them, by halves until none takes much memory."""
    longest = max(map(len, texts), default=0)
    if len(texts) > 1 and len(texts) * longest > _PIECE:
        half = len(texts) // 2
        return np.concatenate([_converted(texts[:half], kind), _converted(texts[half:], kind)])
    if longest > _LONGEST_NUMBER:
        raise ValueError(f"could not convert string to {kind.__name__}: np.str_({max(texts, key=len)!r})")
    return np.array(texts).astype(kind)


def _empty_row(columns: int) -> xgb.DMatrix:
    """Return a row of so many columns, for the model to refuse: more than its own would cost memory for nothing."""
    from scipy.sparse import csr_matrix

    return xgb.DMatrix(csr_matrix((1, columns)))


def _libsvm(body: bytes, features: int) -> xgb.DMatrix:
    from scipy.sparse import csr_matrix

    parts, wrong = [], None
    for rows, indices, texts in _features(body.strip().decode("utf-8")):
        columns, values = _converted(indices, int), np.zeros(0)
        if wrong is None:
            try:
                values = _converted(texts, float)
            except ValueError as error:  # told of only if every index is one
                wrong = error
        parts.append((np.array(rows, np.int64), columns, values))
    if wrong is not None:
        raise wrong
    rows, indices, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    if indices.size and indices.min() == 1 and indices.max() == features:
        # One column more than the model has, and nothing in column 0: they count from 1.
        indices -= 1
    return xgb.DMatrix(csr_matrix((values, (rows, indices))))


def _features(text: str) -> Iterator[tuple[list[int], list[str], list[str]]]:
    """Yield (row, index, value) of every feature, as lists of some at a time."""
    row = 0
    for piece in _pieces(text, "\n"):
        rows, indices, values = [], [], []
        for line in piece.split("\n"):
            if ":" in line:
                for item in line.split(" "):
                    index, colon, rest = item.partition(":")
                    if colon:
                        rows.append(row)
                        indices.append(index)
                        values.append(rest.partition(":")[0])
            row += 1
        yield rows, indices, values


def _recordio(body: bytes) -> xgb.DMatrix:
    return xgb.DMatrix(read_features(body))
