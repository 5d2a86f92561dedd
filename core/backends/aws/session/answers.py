"""S3's answers: which codes say that a key is not there, and a body that is closed at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError

from core.backends.aws.session.errors import explain

NOT_THERE, REFUSED = ("404", "NoSuchKey", "NotFound"), ("403", "AccessDenied")


def told(error: BaseException | None) -> dict[str, Any]:
    """{"Code", "Message"} of an answer that is an error; a line that broke has none, and its response is None."""
    return (getattr(error, "response", None) or {}).get("Error", {})


@contextmanager
def closing_body(body: Any) -> Iterator[Any]:
    """An answer's body, closed at the end; a connection that breaks within it is an error for the reader."""
    try:
        yield body
    except BotoCoreError as error:
        raise explain(error, "s3", "get_object", {}) from error
    finally:
        body.close()
