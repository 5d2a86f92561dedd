"""How much Sendero adds to the work itself, as ratios measured side by side in one run: `make bench`.

    python scripts/bench.py                              every row, on full sizes: half an hour
    python scripts/bench.py --quick --only endpoint      seconds, to see that it works
    python scripts/bench.py --only eda --scale 10        3.4 million rows, against reading, pandas and a profiler
    python scripts/bench.py --only scale                 the curves: rows x1 to x50, 10 to 2,000 columns
    python scripts/bench.py --json -                     JSON on stdout, the table on stderr

Only ratios travel: seconds are this machine's. Both sides of a row run in turns on the same files, so that
whatever else the machine does falls on both; look at the load all the same. Exit code 1 when a row could not
be measured; a target that is missed is no failure.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # a script looks for modules beside itself; these are the project's
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from scripts.benchmarks.measure import Plan

GROUPS = (
    "run",
    "eda",
    "scale",
    "training",
    "tuning",
    "quality",
    "endpoint",
    "desk",
    "workbook",
    "pages",
    "tabs",
)
VERSIONS = (
    "xgboost-cpu",
    "xgboost",
    "duckdb",
    "narwhals",
    "pandas",
    "numpy",
    "pyarrow",
    "streamlit",
    "uvicorn",
)
BUSY = 0.5  # of the processors, over the last minute


def main(arguments: list[str] | None = None) -> int:
    """Measure the groups of rows in `arguments` and print them; return 1 when a group could not be measured."""
    options = _parser().parse_args(arguments)
    out = sys.stderr if options.json == "-" else sys.stdout
    plan = Plan(options.quick, options.scale, options.repetitions)
    # XGBoost imports scikit-learn when it finds it: seconds, for classes that nothing here uses.
    sys.modules.setdefault("sklearn", None)  # pyright: ignore[reportArgumentType]  None makes the import fail
    if options.threads:
        os.environ["OMP_NUM_THREADS"] = str(options.threads)  # what every process of both sides inherits
    before = machine()
    print(header(before), file=out, flush=True)

    rows: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for group in options.only:
        with tempfile.TemporaryDirectory(prefix=f"bench-{group}-") as scratch:
            try:
                module = importlib.import_module(f"scripts.benchmarks.{group}")
                rows += [row.as_dict() for row in module.rows(plan, Path(scratch))]
            except Exception as error:  # the other groups are measured all the same
                failed.append({"group": group, "reason": f"{type(error).__name__}: {error}"})
                traceback.print_exc()
        print(
            f"{group}: {'failed' if any(f['group'] == group for f in failed) else 'measured'}",
            file=sys.stderr,
        )

    print(table(rows), file=out)
    for failure in failed:
        print(f"\nNot measured: {failure['group']}: {failure['reason']}", file=out)
    after = load()
    print(f"\nLoad average at the end: {after:.1f}.", file=out)
    if options.json:
        document = {
            "machine": before | {"load_at_end": after},
            "options": {
                "quick": plan.quick,
                "scale": plan.scale,
                "only": options.only,
                "threads": options.threads,
            },
            "rows": rows,
            "failed": failed,
        }
        text = json.dumps(document, indent=1)
        if options.json == "-":
            print(text)
        else:
            Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, few repetitions, no targets")
    parser.add_argument(
        "--only", type=_groups, default=list(GROUPS), metavar="ROWS", help=f"some of {','.join(GROUPS)}"
    )
    parser.add_argument(
        "--scale", type=_positive, default=1, help="times the flights of the EDA row (default: 1)"
    )
    parser.add_argument("--repetitions", type=_positive, help="of every row (default: each row's own)")
    parser.add_argument(
        "--threads",
        type=_positive,
        help="of XGBoost, on both sides; 1 is steadier on a busy machine (default: all)",
    )
    parser.add_argument("--json", metavar="FILE", help="write the rows there too; - is stdout")
    return parser


def _groups(text: str) -> list[str]:
    chosen = text.split(",")
    if unknown := [name for name in chosen if name not in GROUPS]:
        raise argparse.ArgumentTypeError(f"no rows {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    return chosen


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return int(text)


def load() -> float:
    """Return how many processes ran or waited for a processor, on average over the last minute."""
    return round(os.getloadavg()[0], 2)


def machine() -> dict[str, Any]:
    """Return what the seconds depend on: processors, system, versions, load."""
    versions = {}
    for name in VERSIONS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "cpus": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": versions,
        "load_at_start": load(),
    }


def header(facts: dict[str, Any]) -> str:
    """Return the machine's facts as a line, with a warning below it when the machine is busy."""
    versions = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    text = (
        f"{facts['cpus']} CPUs, Python {facts['python']}, {versions}. Load average: {facts['load_at_start']}."
    )
    if facts["load_at_start"] > BUSY * facts["cpus"]:
        text += (
            "\nWARNING: the machine is busy. Threads of XGBoost then wait for each other, now on one side and now "
            "on the other:\nratios of training hold with --threads 1 only, and seconds do not hold at all."
        )
    return text


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as aligned columns, and below them each group's baseline."""
    heads = ("", "ours", "baseline", "ratio", "target", "met", "n")
    cells = [
        (
            row["name"],
            f"{row['ours']:.4g} {row['unit']}",
            f"{row['baseline']:.4g} {row['unit']}",
            f"{row['ratio']:.2f}",
            f"{'>=' if row['at_least'] else '<='} {row['target']:.3g}" if row["target"] else "",
            {True: "yes", False: "NO", None: ""}[row["met"]],
            str(row["repetitions"]),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    lines = [
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
        )
        for line in (heads, *cells)
    ]
    against = dict.fromkeys(f"{row['group']}: the baseline is {row['against']}." for row in rows)
    return "\n".join(["", *lines, "", *against])


if __name__ == "__main__":
    sys.exit(main())
