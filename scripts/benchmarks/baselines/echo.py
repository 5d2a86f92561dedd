"""A bare Starlette application that answers with what it was sent: `echo.py FD`, over a socket that is open already."""

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def echo(request: Request) -> Response:
    return Response(await request.body(), media_type="text/csv")


def ping(request: Request) -> Response:
    return Response()


routes = [Route("/invocations", echo, methods=["POST"]), Route("/ping", ping)]
config = uvicorn.Config(Starlette(routes=routes), log_level="warning", access_log=False, lifespan="off")
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
