"""What people write beside a job and change again: each edit a file of its own, `<folder>/<job>/<number>.json`.

Only one writer can create it: so of two who edit at once one is told, and whatever was written before stays in storage
until the job is deleted.
"""

from __future__ import annotations

from core.backends.base import Backend


def last_edits(backend: Backend, folder: str) -> dict[str, int]:
    """Return {job: number of its last edit} of all jobs that have one in `folder`, at the cost of one listing."""
    numbers: dict[str, int] = {}
    for key in backend.storage.files(folder):
        _, job, file = key.split("/", 2)
        number = file.removesuffix(".json")
        if number.isdigit():  # else it is none of ours
            numbers[job] = max(numbers.get(job, 0), int(number))
    return numbers
