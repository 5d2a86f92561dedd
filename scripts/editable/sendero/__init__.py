"""`sendero` where the checkout itself is installed (`pip install -e .`): a package whose parts are the checkout's.

A wheel has a folder of this name, laid out as the checkout (pyproject.toml).
"""

from pathlib import Path

__path__ = [str(Path(__file__).resolve().parents[3])]
