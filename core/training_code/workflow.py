"""A workflow of GitHub Actions that goes the whole path with a data set, and fails where the model is not good enough.

The exit code of `run` is the gate. On AWS it acts as a role that trusts GitHub's tokens (OIDC): no key is stored.
https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence

ROLE = "SENDERO_CI_ROLE"  # the repository's variable
PYTHON = "3.12"  # as the image has


def workflow(title: str, words: Sequence[str], settings: Mapping[str, str], region: str, file: str) -> str:
    """Return the file. `words` are those of `run`, `settings` the environment; a `region` is where it is on AWS, and
    `file` the data set's path in the repository, "" where it is elsewhere.
    """
    lines = [
        "# Trains a model by Sendero, and fails where it is not good enough: the exit code of `run` is the gate.",
        "# It goes into .github/workflows/ of a repository that has Sendero in it, such as a fork.",
    ]
    if file:
        lines.append(f"# The data set is expected in the repository as {_line(file)}.")
    if region:
        lines += [
            f"# Set the repository's variable {ROLE} to the ARN of a role that trusts GitHub's OIDC provider and has",
            "# the user policy that `python scripts/pipeline.py policies` prints.",
        ]
    lines += [f"name: {_text(f'Train {title}')}", "on:", "  workflow_dispatch:"]
    if file:
        lines += ["  push:", "    paths:", f"      - {_text(_pattern(file))}"]
    lines += ["permissions:", "  contents: read", *(["  id-token: write"] if region else [])]
    lines += ["jobs:", "  train:", "    runs-on: ubuntu-latest"]
    if settings:
        lines += ["    env:", *(f"      {name}: {_text(value)}" for name, value in settings.items())]
    lines += [
        "    steps:",
        "      - uses: actions/checkout@v5",
        "      - uses: actions/setup-python@v6",
        "        with:",
        f"          python-version: {_text(PYTHON)}",
        "          cache: pip",
        "      - run: pip install -r requirements.txt",
    ]
    if region:
        lines += [
            "      - uses: aws-actions/configure-aws-credentials@v5",
            "        with:",
            f"          role-to-assume: ${{{{ vars.{ROLE} }}}}",
            f"          aws-region: {_text(region)}",
        ]
    lines += [
        "      - name: Train, and fail where the model is not good enough",
        *_run(["python", "scripts/pipeline.py", *words, "--json"], "run.json"),
        "      - uses: actions/upload-artifact@v4",
        "        if: always()",
        "        with:",
        "          name: run",
        "          path: run.json",
    ]
    return "\n".join(lines) + "\n"


def _run(words: Sequence[str], output: str) -> list[str]:
    """Return the step's command, an option a line where no word has a line end of its own."""
    if any(re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", word) for word in words):
        return [f"        run: {_text(f'{shlex.join(words)} > {output}')}"]
    lines: list[list[str]] = [[]]
    for word in words:
        if word.startswith("--"):
            lines.append([])
        lines[-1].append(_escaped(shlex.quote(word)))
    told = " \\\n  ".join(" ".join(line) for line in lines) + f" > {output}"
    return ["        run: |", *(f"          {line}" for line in told.split("\n"))]


def _text(value: str) -> str:
    """Return a string as YAML has it, which takes JSON's."""
    return _escaped(json.dumps(value))


def _escaped(text: str) -> str:
    """Return a text in which GitHub sees no expression of its own."""
    return text.replace("${{", "${{ '${{' }}")


def _line(text: str) -> str:
    return " ".join(text.split())


def _pattern(path: str) -> str:
    """Return a path as a filter of paths, in which no sign stands for others."""
    return re.sub(r"([*?+!\[\]\\])", r"\\\1", path)
