"""Read a CSV with DuckDB as it comes out of the box, into a table in memory, and nothing else."""

import sys

import duckdb

duckdb.connect().execute("CREATE TABLE data AS SELECT * FROM read_csv(?)", [sys.argv[1]]).fetchall()
