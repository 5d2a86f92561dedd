"""`python profiling.py IN.csv OUT.html`: fg-data-profiling (ydata-profiling until 2026), its minimal report."""

import sys

import pandas as pd
from data_profiling import ProfileReport  # pyright: ignore[reportMissingImports]  it has an environment of its own

ProfileReport(pd.read_csv(sys.argv[1]), minimal=True, progress_bar=False).to_file(sys.argv[2])
