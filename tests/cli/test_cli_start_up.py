"""The command line starts light: what only jobs need is imported by jobs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

HEAVY = {
    "sklearn", "scipy", "xgboost", "matplotlib", "streamlit", "plotly", "boto3", "sagemaker",
    "pandas", "numpy", "duckdb", "pyarrow", "narwhals", "mlflow",
}  # fmt: skip


@pytest.mark.parametrize(
    "args", [["--help"], ["jobs"], ["endpoints"], ["cost"], ["eda", "--help"]], ids=" ".join
)
def test_nothing_heavy_is_imported(workspace, args):
    where = [] if "--help" in args else ["--workspace", str(workspace)]
    command = [sys.executable, "-X", "importtime", str(ROOT / "scripts" / "pipeline.py"), *args, *where]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "argparse" in imported
    assert imported & HEAVY == set()
