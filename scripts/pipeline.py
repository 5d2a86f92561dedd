#!/usr/bin/env python
"""Sendero on the command line: the same verbs as the pages.

Every verb takes --workspace, --backend and --json (one JSON document on stdout, logs on stderr).
Exit code 0: done; 1: failed, with what, why and what to do next; 2: bad usage.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(__doc__))
