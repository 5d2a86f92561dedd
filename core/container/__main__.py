"""The container's two commands, `train` and `serve`, as the image has them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.container", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="run one training job")
    serve = commands.add_parser("serve", help="answer /ping, /execution-parameters and /invocations")
    for command in (train, serve):
        command.add_argument("--prefix", type=Path, required=True, help="the folder that stands for /opt/ml")
    serve.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    serve.add_argument("--port", type=int, default=8080, help="default: %(default)s")
    serve.add_argument("--fd", type=int, help="a socket inherited from the parent, instead of host and port")
    serve.add_argument("--endpoint-name", help="the only name that /endpoints/NAME/invocations accepts")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "train":
        from core.container import train

        return train.main(options.prefix)
    from core.container import serve

    return serve.main(options.prefix, options.host, options.port, options.fd, options.endpoint_name)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Leaves without tearing down the interpreter, as the image does: nothing is left to be cleaned up.
    os._exit(code)
