"""Shared ground of the EDA tests: tables with row numbers, and one run of the script over the flights."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from core.engines import duckdb_table
from core.engines.table import ROW, Table
from core.reading.sniff import sniff
from core.reading.text_file import opened
from scripts import eda_script
from tests.conftest import FLIGHTS, ROOT, once_for_all_workers


def table_of(connection, name: str = "raw") -> nw.LazyFrame:
    return nw.from_native(connection.sql(f'SELECT rowid AS "{ROW}", * FROM {name}'))


def read(connection, path: Path, scratch: Path) -> Table:
    """A CSV as the EDA step reads it."""
    text = opened(path, scratch)
    return duckdb_table.read(connection, text, sniff(connection, text), scratch, lambda share: None)


@dataclass(frozen=True)
class Run:
    """What `scripts/eda_script.py` did, as a process, with a job's folders."""

    code: int
    out: str
    err: str
    prefix: Path

    @property
    def output(self) -> Path:
        return self.prefix / "processing" / "output"

    @property
    def message(self) -> str:
        path = self.prefix / "output" / "message"
        return path.read_text() if path.exists() else ""

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.output / "report" / "report.json").read_text())

    def split(self, name: str) -> np.ndarray:
        """The split's numbers, label first, NaN where blank."""
        return pd.read_csv(self.output / name / f"{name}.csv", header=None, dtype=float).to_numpy()


def run_script(prefix: Path, data: Path | pd.DataFrame, process: bool = False, **config: Any) -> Run:
    """Run the script over a copy of `data`: in this process, or as a job would be, which takes seconds longer."""
    folder = prefix / "processing" / "input"
    folder.mkdir(parents=True)
    if isinstance(data, pd.DataFrame):
        data.to_csv(folder / "data.csv", index=False)
    else:
        (folder / data.name).write_bytes(data.read_bytes())
    output = prefix / "processing" / "output"
    arguments = ["--input-data", folder, "--output-data", output, "--config", json.dumps(config)]
    arguments = [str(part) for part in arguments]
    if process:
        command = [sys.executable, str(ROOT / "scripts" / "eda_script.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=prefix)
        return Run(done.returncode, done.stdout, done.stderr, prefix)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = eda_script.main(arguments)
    return Run(code, out.getvalue(), err.getvalue(), prefix)


@pytest.fixture(scope="session")
def flights_run(tmp_path_factory) -> Run:
    """Read only, by agreement: all workers are given the same."""
    with once_for_all_workers(tmp_path_factory, "flights-run") as once:
        told = once / "told.json"
        if not told.exists():
            run = run_script(Path(tempfile.mkdtemp(dir=once)), FLIGHTS, process=True, target="late")
            told.write_text(json.dumps([run.code, run.out, run.err, str(run.prefix)]))
        code, out, err, prefix = json.loads(told.read_text())
    return Run(code, out, err, Path(prefix))
