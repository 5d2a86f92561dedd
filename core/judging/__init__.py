"""Judging a trained model from its predictions: how sure a number is, what to decide, where it fails and why."""
