"""Programs of jobs end with their own exit code, whatever the libraries below them do when they are torn down."""

from __future__ import annotations

import subprocess
import sys

from core.project import PROJECT

ABORTING = """
import atexit, os
from core.leaving import leave

atexit.register(os.abort)
print("done")
leave(3)
"""
PROGRAMS = (
    "core/evaluation.py",
    "core/judging/explain.py",
    "core/judging/gain.py",
    "core/page_work.py",
    "core/prediction_job.py",
    "core/registration.py",
    "scripts/eda_script.py",
)


def test_the_exit_code_and_the_last_words_outlive_what_aborts_at_the_end():
    ended = subprocess.run([sys.executable, "-c", ABORTING], cwd=PROJECT, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "done\n", "")


def test_programs_that_load_such_libraries_end_so():
    for program in PROGRAMS:
        last = (PROJECT / program).read_text().rstrip().splitlines()[-1].strip()
        assert last in ("leave(main())", "leave(code)"), program
