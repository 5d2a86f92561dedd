"""The command line: what `python FOLDER` runs, with the project's folder on the import path."""

from __future__ import annotations

import sys

from core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
