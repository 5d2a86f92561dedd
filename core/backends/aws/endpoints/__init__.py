"""Endpoints and their endings."""
