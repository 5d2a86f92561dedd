#!/usr/bin/env python
"""Sendero on the command line, in any folder: of a checkout that nobody installed, and the installed `sendero`."""

from __future__ import annotations

import runpy
from pathlib import Path


def main() -> None:
    """Run the project's __main__.py as `python FOLDER` does: with that folder, which holds core/, on the import path.

    Raises SystemExit with the verb's exit code.
    """
    runpy.run_path(str(Path(__file__).resolve().parent.parent), run_name="__main__")


if __name__ == "__main__":
    main()
