"""The rows of `scripts/bench.py`, one module a group, and what they are held against in `baselines/`."""
