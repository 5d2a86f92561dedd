"""RecordIO-protobuf, as far as the container speaks it: SageMaker's `Record` message inside RecordIO framing.

A record is a magic number and a length (little-endian uint32 each), then the message, padded to 4 bytes. Of the
message only float and integer tensors are read and float32 tensors written; three field numbers do not need a
protobuf library. Source: `Record` in the SageMaker developer guide, "Common data formats".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_Row = tuple[int, np.ndarray, np.ndarray]  # columns, indices of the values among them, values

_MAGIC = 0xCED7230A
_FEATURES, _LABEL = 1, 2
_TENSORS = {2: np.dtype("<f4"), 3: np.dtype("<f8"), 7: None}
_MOST_COLUMNS = 2**31 - 1  # as XGBoost counts them
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def record(labels: Mapping[str, Sequence[float]]) -> bytes:
    """Return one `Record` message with the given float32 label tensors, in their order."""
    message = b""
    for name, values in labels.items():
        numbers = struct.pack(f"<{len(values)}f", *values)
        value = field(2, field(1, numbers))
        message += field(_LABEL, field(1, name.encode()) + field(2, value))
    return message


def frame(message: bytes) -> bytes:
    """Return a message in RecordIO framing."""
    return struct.pack("<II", _MAGIC, len(message)) + message + b"\0" * (-len(message) % 4)


def unframe(stream: bytes) -> Iterator[bytes]:
    """Yield the messages of a RecordIO stream.

    Raises:
        ValueError: the framing is broken.
    """
    position = 0
    while position < len(stream):
        if position + 8 > len(stream):
            raise ValueError("The stream ends within a record's header.")
        magic, length = struct.unpack_from("<II", stream, position)
        position += 8
        if magic != _MAGIC or position + length > len(stream):
            raise ValueError("This is no RecordIO stream.")
        yield stream[position : position + length]
        position += length + (-length % 4)


def read_features(stream: bytes) -> csr_matrix:
    """Read the `values` of all records as (rows, columns); a sparse one takes no room for what it has not.

    Raises:
        ValueError: no RecordIO stream, no features, or rows of different lengths.
    """
    from scipy.sparse import csr_matrix

    rows = [_features(message) for message in unframe(stream)]
    if not rows:
        raise ValueError("There are no records.")
    columns = rows[0][0]
    if any(row[0] != columns for row in rows):
        raise ValueError("The records have different numbers of features.")
    ends = np.cumsum([0, *(len(values) for _, _, values in rows)])
    indices = np.concatenate([indices for _, indices, _ in rows])
    return csr_matrix(
        (np.concatenate([values for _, _, values in rows]), indices, ends), shape=(len(rows), columns)
    )


def _features(message: bytes) -> _Row:
    for number, entry in _fields(message):
        if number == _FEATURES:
            parts = dict(_fields(entry))
            for kind, tensor in _fields(parts.get(2, b"")):
                if kind in _TENSORS:
                    return _tensor(tensor, _TENSORS[kind])
    raise ValueError("A record has no features.")


def _tensor(tensor: bytes, kind: np.dtype | None) -> _Row:
    parts = dict(_fields(tensor))
    packed = parts.get(1, b"")
    values = np.array(_varints(packed), float) if kind is None else np.frombuffer(packed, kind).astype(float)
    if 2 not in parts:
        return len(values), np.arange(len(values)), values
    keys = _varints(parts[2])
    columns = _varints(parts[3])[-1] if 3 in parts else max(keys) + 1
    if max(keys, default=0) >= columns or columns > _MOST_COLUMNS or len(keys) != len(values):
        raise ValueError("The keys of a sparse record do not fit its values or its shape.")
    last = dict(zip(keys, values, strict=True))
    return columns, np.array(list(last), dtype=np.int64), np.array(list(last.values()), dtype=float)


def field(number: int, content: bytes) -> bytes:
    """Return `content` as the length-delimited protobuf field of that number."""
    return varint(number << 3 | _BYTES) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """Return a non-negative integer as protobuf writes it: 7 bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(content) or shift > 63:
            raise ValueError("A number of a record is cut off.")
        byte = content[position]
        value |= (byte & 0x7F) << shift
        position += 1
        shift += 7
        if not byte & 0x80:
            return value, position


def _varints(content: bytes) -> list[int]:
    values, position = [], 0
    while position < len(content):
        value, position = _read_varint(content, position)
        values.append(value)
    return values


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the length-delimited fields of a message as (number, content); others are skipped."""
    position = 0
    while position < len(message):
        key, position = _read_varint(message, position)
        kind = key & 7
        if kind == _BYTES:
            length, position = _read_varint(message, position)
            if position + length > len(message):
                raise ValueError("A field of a record is cut off.")
            yield key >> 3, message[position : position + length]
            position += length
        elif kind == _VARINT:
            _, position = _read_varint(message, position)
        elif kind in (_FIXED64, _FIXED32):
            position += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError("A field of a record has an unknown type.")
