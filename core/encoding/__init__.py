"""The one encoder: the feature contract, and raw rows to numbers by it."""
