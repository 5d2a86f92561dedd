"""The predictions of a job, sent from the disk as they stand: Streamlit would hold all of them in memory."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

FOLDER = "predictions"
KINDS = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
}


def address(job: str, again: str = "") -> str:
    """Return where a page finds the predictions of a job, beside itself; `again` is the file that was wanted later."""
    return f"{FOLDER}/{job}{again and f'?again={again}'}"


def send(request: Request) -> Response:
    """Answer with the predictions of the job that the address names, or say that they are not there."""
    from core.backends import get_backend  # late: the server starts without them
    from core.errors import SenderoError
    from core.settings import Settings
    from core.verbs.written import written

    job, again = request.path_params["job"], request.query_params.get("again", "")
    try:
        file, name = written(get_backend(Settings.load()), job, again)
    except SenderoError as error:
        return PlainTextResponse(f"{error.failure.what} {error.failure.why}", 404)
    return FileResponse(file, media_type=KINDS[file.suffix], filename=name)


ROUTE = Route(f"/{FOLDER}/{{job}}", send)
