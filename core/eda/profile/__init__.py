"""Each column as plain numbers."""
