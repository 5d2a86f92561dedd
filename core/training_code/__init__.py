"""A training run as code that does it again without Sendero."""
