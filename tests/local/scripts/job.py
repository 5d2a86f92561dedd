"""A processing script that does what its config says, in order: [["verb", argument], ...]."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser()
for name in ("input-data", "output-data", "config"):
    parser.add_argument(f"--{name}", type=Path, required=True)
given = parser.parse_args()

for verb, argument in json.loads(given.config.read_text())["do"]:
    if verb == "print":
        print(argument)
    elif verb == "warn":
        print(argument, file=sys.stderr)
    elif verb == "copy":
        for file in given.input_data.iterdir():
            (given.output_data / file.name).write_bytes(file.read_bytes())
    elif verb == "write":
        (given.output_data / argument).write_text("half")
    elif verb == "list":
        for folder in sorted(given.input_data.parent.rglob("*")):
            print(folder.relative_to(given.input_data.parent))
    elif verb == "environment":
        print(json.dumps({key: os.environ.get(key) for key in argument} | {"cwd": os.getcwd()}))
    elif verb == "sleep":
        time.sleep(argument)
    elif verb == "wait for":
        while not Path(argument).exists():
            time.sleep(0.01)
    elif verb == "child":
        print(f"child {os.getpid()}")
    elif verb == "grandchild":
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(f"grandchild {process.pid}")
    elif verb == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif verb == "grow":
        data = bytearray(argument)
        data[::4096] = b"x" * len(data[::4096])
    elif verb == "spam":
        while True:
            print("x" * 1000)
    elif verb == "message":
        (given.output_data.parents[1] / "output" / "message").write_text(argument)
    elif verb == "failure":
        (given.output_data.parents[1] / "output" / "failure.json").write_text(json.dumps(argument))
    elif verb == "exit":
        sys.exit(argument)
