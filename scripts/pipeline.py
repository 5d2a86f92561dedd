#!/usr/bin/env python
"""Sendero on the command line: the same verbs as the pages.

Every verb takes --workspace, --backend and --json (one JSON document on stdout, logs on stderr).
Exit code 0: done; 1: failed, with what, why and what to do next; 2: bad usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.cli import parser, verbs
from core.errors import SenderoError


def main(argv: list[str] | None = None) -> int:
    args = parser.build(__doc__).parse_args(argv)
    try:
        answer = verbs.VERBS[args.verb](args)
    except SenderoError as error:
        return _fail(args, error)
    except KeyboardInterrupt:
        print("\nStopped waiting. Jobs go on by themselves; see: jobs", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(answer.data, indent=1, ensure_ascii=False))
    elif answer.text:
        print(answer.text)
    return 0


def _fail(args: argparse.Namespace, error: SenderoError) -> int:
    failure = error.failure
    print(f"{failure.what}\n  Why:  {failure.why}\n  Next: {failure.remedy}", file=sys.stderr)
    if args.json:
        print(json.dumps({"error": failure.as_dict()}, indent=1, ensure_ascii=False))
    return 1


if __name__ == "__main__":
    sys.exit(main())
