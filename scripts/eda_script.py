"""The Processing Job: profiles a CSV, splits it, and writes report, pictures and feature contract.

Started by either backend: `python scripts/eda_script.py --input-data DIR --output-data DIR --config FILE|JSON`.
A failure exits non-zero and leaves one line in the job's `output/message`, as SageMaker's ExitMessage does; one
that Sendero knows also leaves `failure.json` beside it, so that its kind and its remedy are not lost in the line.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path

# A job finds `core` by PYTHONPATH. Run by hand from a checkout, this file finds it in the folder above its own: Python
# puts only the folder of a program on the import path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PREFIX = Path("/opt/ml")
STOPPED = 128 + signal.SIGTERM  # as a shell tells it
# Objects between two looks for garbage: what is imported stays, and to look at it took a twentieth of a small job.
RARELY = 50_000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--input-data", type=Path, default=PREFIX / "processing" / "input")
    parser.add_argument("--output-data", type=Path, default=PREFIX / "processing" / "output")
    parser.add_argument("--config", required=True, help="JSON, or a file that holds it")
    parser.add_argument(
        "--message", type=Path, help="where a failure's line goes (default: <prefix>/output/message)"
    )
    parser.add_argument("--engine", help="instead of the configuration's: auto, duckdb or spark")
    options = parser.parse_args(arguments)
    message = options.message or message_path(options.input_data)
    gc.set_threshold(RARELY)
    try:
        from core.eda.config import EdaConfig
        from core.eda.run import run_eda

        config = EdaConfig.read(options.config)
        if options.engine:
            config = replace(config, engine=options.engine)
        report = run_eda(config, options.input_data, options.output_data, say)
    except Exception as error:
        return STOPPED if stopped else fail(error, message)
    for warning in report["warnings"]:
        print(f"Warning: {warning['message']}", flush=True)
    return 0


def message_path(input_data: Path) -> Path:
    """Return `X/output/message` for an input folder `X/processing/input`, else SageMaker's own path."""
    folder = input_data.absolute()
    if folder.name == "input" and folder.parent.name == "processing":
        return folder.parent.parent / "output" / "message"
    return PREFIX / "output" / "message"


_said = (-100, "")
stopped = False


def say(percent: int, text: str) -> None:
    """Print one line for the live view, for each percent or new work."""
    global _said
    if stopped:
        sys.exit(STOPPED)
    if text != _said[1] or percent > _said[0]:
        _said = (percent, text)
        print(f"progress {percent}% {text}", flush=True)


def fail(error: Exception, message: Path) -> int:
    """Tell the reason in one line, on stderr and in `message`; a defect's traceback comes after it.

    `failure.json` beside `message` holds a known error's kind, what, why and remedy.
    """
    failure = getattr(error, "failure", None)  # of a SenderoError; core may be what could not be imported
    line = " ".join(str(error).split()) or type(error).__name__
    if failure is None:
        line = f"The EDA step met an error it does not know: {type(error).__name__}: {line}"
    print(f"error: {line}", file=sys.stderr, flush=True)
    if failure is None:
        traceback.print_exception(error)
    try:
        message.parent.mkdir(parents=True, exist_ok=True)
        message.write_text(line[:1024] + "\n", encoding="utf-8")
        if failure is not None:
            report = json.dumps(failure.as_kept(), ensure_ascii=False)
            message.with_name("failure.json").write_text(report, encoding="utf-8")
    except OSError as refused:
        print(f"error: could not write {message}: {refused}", file=sys.stderr, flush=True)
    return 1


def stop(*_: object) -> None:
    """Exit on a stop as on anything else: what was written is taken back on the way out.

    DuckDB turns the exit into an error of the running query, or loses it; `stopped` still knows.
    """
    global stopped
    stopped = True
    sys.exit(STOPPED)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    code = main()
    from core.leaving import leave

    leave(code)
