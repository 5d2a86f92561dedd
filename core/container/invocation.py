"""One request to `/invocations`: body and headers in, status, content type and body out. No HTTP library here."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.container import payload, selectable
from core.container.channels import parse_header
from core.container.errors import UserError, without_frames
from core.container.lean_xgboost import xgb
from core.container.model import Model
from core.container.number_text import texts

log = logging.getLogger(__name__)

ACCEPTED = ["application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv"]
HTML = "text/html; charset=utf-8"

_MIB = 1024**2
_LARGEST = 20 * _MIB
_DEFAULT_LARGEST = 6 * _MIB
# A form is parsed, not kept as a body, and one larger than this is refused.
_LARGEST_FORM = 500_000


# A short body can ask for a long answer: rows of a blank each, and a score for every class.
_MOST_SCORES = 16_000_000
_SENT_TOGETHER = 1 << 16  # rows of a long answer that are written at a time


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client; `more` follows the body, made while it is sent."""

    status: int
    body: bytes = b""
    content_type: str = HTML
    more: Iterator[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The container's environment variables for serving.

    Attributes:
        batch: SAGEMAKER_BATCH, one line a row whatever is accepted.
        ensemble: SAGEMAKER_INFERENCE_ENSEMBLE, on unless it says otherwise.
        output: SAGEMAKER_INFERENCE_OUTPUT, the selected keys; None when not set.
        accept: SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT, used when a request accepts anything.
        largest: MAX_CONTENT_LENGTH in bytes, 6 MiB unless set, never above 20 MiB.
    """

    batch: bool = False
    ensemble: bool = True
    output: tuple[str, ...] | None = None
    accept: str = "text/csv"
    largest: int = _DEFAULT_LARGEST

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        output = environment.get("SAGEMAKER_INFERENCE_OUTPUT")
        return cls(
            batch=bool(environment.get("SAGEMAKER_BATCH")),
            ensemble=environment.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") == "true",
            output=None if output is None else tuple(selectable.selected_keys(output)),
            accept=environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv"),
            largest=min(int(environment.get("MAX_CONTENT_LENGTH", _DEFAULT_LARGEST)), _LARGEST),
        )

    def execution_parameters(self) -> Answer:
        """Return what a batch transform job asks before it sends anything."""
        parameters = {
            "MaxConcurrentTransforms": os.cpu_count(),
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self.largest // _MIB,
        }
        return Answer(200, json.dumps(parameters).encode(), "application/json")


def invoke(model: Model, settings: Settings, body: bytes, content_type: str | None, accept: str) -> Answer:
    """Answer one request.

    Args:
        content_type: the header as sent, None without one (libsvm is then assumed).
        accept: the Accept header as sent, "" without one.

    Returns:
        204 without a body, 415 for a body or content type that cannot be read, 400 when the model refuses it,
        406 for an accept type, 413 above the size limit, 500 when the answer cannot be encoded; else 200.
    """
    form = _is_form(content_type)
    if len(body) > (_LARGEST_FORM if form == "urlencoded" else settings.largest):
        return too_large()
    if not body or form:
        return Answer(204)
    try:
        rows = payload.parse(body, content_type, model.features)
    except (UserError, payload.UnreadablePayload) as error:
        return _refused(415, str(error))
    count = len(rows) if isinstance(rows, np.ndarray) else rows.num_row()
    if count * max(int(model.num_class or 0), 1) * len(model.boosters) > _MOST_SCORES:
        return too_large()
    try:
        predictions = model.predict_array(rows) if isinstance(rows, np.ndarray) else None
        if predictions is None:
            matrix = rows if isinstance(rows, xgb.DMatrix) else xgb.DMatrix(rows)
            predictions = model.predict(matrix)
    except Exception as error:
        return _refused(400, f"Unable to evaluate payload provided: {without_frames(str(error))}")
    try:
        kind = _accepted(accept, settings.accept)
    except ValueError as error:
        return _refused(406, str(error))
    if settings.output is not None:
        return _selected(model, settings, predictions, kind)
    return _encoded(predictions, kind, settings.batch)


def too_large() -> Answer:
    """Return 413, for a body above the limit."""
    return page(413, "Request Entity Too Large", "The data value transmitted exceeds the capacity limit.")


def page(status: int, title: str, text: str) -> Answer:
    """Return an error page as Flask words it."""
    html = (
        f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    )
    return Answer(status, html.encode())


def internal_error() -> Answer:
    """Return 500, when the container itself fails."""
    text = (
        "The server encountered an internal error and was unable to complete your request. Either the server is "
        "overloaded or there is an error in the application."
    )
    return page(500, "Internal Server Error", text)


def _refused(status: int, message: str) -> Answer:
    log.error("%d: %s", status, message)
    return Answer(status, message.encode())


def _is_form(content_type: str | None) -> str | None:
    """Return whether it is a form: Flask takes it apart before the container sees it, so its body counts as empty."""
    kind, parameters = parse_header(content_type or "")
    if kind.lower() == "application/x-www-form-urlencoded":
        return "urlencoded"
    return "multipart" if kind.lower() == "multipart/form-data" and parameters.get("boundary") else None


def _accepted(header: str, default: str) -> str:
    """Return the accept type of a request. There is no negotiation: a list of types is one unknown type."""
    kind, _ = parse_header(header)
    if not kind or kind == "*/*":
        return default
    if kind.lower() not in ACCEPTED:
        raise ValueError(
            f"Accept type {kind} is not supported. Please use supported accept types: {ACCEPTED}."
        )
    return kind.lower()


def _selected(model: Model, settings: Settings, predictions: np.ndarray, kind: str) -> Answer:
    keys = list(settings.output or ())
    try:
        rows = selectable.select(predictions, keys, model.objective, model.num_class)
        return Answer(200, selectable.encode(rows, keys, kind, settings.batch), _content_type(kind))
    except selectable.UnsupportedSelection as error:
        return _refused(500, str(error))


def _encoded(predictions: np.ndarray, kind: str, batch: bool) -> Answer:
    if not batch and kind not in ("text/csv", "application/json"):
        # Accepted by the check of the header, but only selected content can be written so.
        return internal_error()
    write = _batch_lines if batch else _csv_lines if kind == "text/csv" else _json_scores
    parts = write(predictions)
    if len(predictions) <= _SENT_TOGETHER:
        return Answer(200, b"".join(parts), _content_type(kind))
    return Answer(200, b"", _content_type(kind), parts)


def _pieces(predictions: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(predictions), _SENT_TOGETHER):
        yield predictions[start : start + _SENT_TOGETHER]


def _batch_lines(predictions: np.ndarray) -> Iterator[bytes]:
    """Yield Python's text of each row: a number, or a list of them."""
    for piece in _pieces(predictions):
        yield ("\n".join(map(str, piece.tolist())) + "\n").encode()


def _csv_lines(predictions: np.ndarray) -> Iterator[bytes]:
    for piece in _pieces(predictions):
        lines = texts(piece)
        if piece.ndim > 1:
            width = piece.shape[1]
            lines = [",".join(lines[start : start + width]) for start in range(0, len(lines), width)]
        yield ("\n".join(lines) + "\n").encode()


def _json_scores(predictions: np.ndarray) -> Iterator[bytes]:
    """Yield `{"predictions": [...]}`, in pieces."""
    before = b'{"predictions": ['
    for piece in _pieces(predictions):
        yield before + json.dumps([{"score": value} for value in piece.tolist()])[1:-1].encode()
        before = b", "
    yield b"]}"


def _content_type(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
