"""The project's own folder: a checkout, or site-packages/sendero, which the wheel lays out alike."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]  # holds core/, pages/, scripts/, Home.py and requirements.txt


def command() -> str:
    """Return how the command line is called here: by the script of a checkout, or as the installed `sendero`."""
    checkout = (PROJECT / "Makefile").exists()  # the wheel leaves it out
    return "python scripts/pipeline.py" if checkout else "sendero"
