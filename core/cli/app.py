"""The pages, started by `sendero app`: Streamlit on Home.py, in place of this process."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from core.project import PROJECT


def app(args: argparse.Namespace) -> NoReturn:
    """Replace this process by the app's server; every option that is not ours goes to `streamlit run`.

    Streamlit reads .streamlit/config.toml beside Home.py from whatever folder it is started, so the server listens
    on loopback only. The current folder stays what it is: its sendero.json holds the settings.
    """
    settings = {"SENDERO_WORKSPACE": args.workspace, "SENDERO_BACKEND": args.backend}
    environment = {name: str(value) for name, value in settings.items() if value is not None}
    home = str(PROJECT / "Home.py")
    command = [sys.executable, "-m", "streamlit", "run", home, *args.streamlit_options]
    sys.stdout.flush()
    os.execve(sys.executable, command, os.environ | environment)
