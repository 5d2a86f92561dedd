"""Lists of AWS, page after page."""

from __future__ import annotations

from collections.abc import Iterator

from core.backends.aws.session.connection import Answer, Session


def pages(
    session: Session, service: str, operation: str, rows: str, size: str = "MaxResults", **filters: object
) -> Iterator[Answer]:
    """Yield the rows of all pages of a list. `size` is what the service calls the length of a page."""
    while True:
        page = session.call(service, operation, **{size: 100}, **filters)
        yield from page[rows]
        if not page.get("NextToken"):
            return
        filters["NextToken"] = page["NextToken"]
