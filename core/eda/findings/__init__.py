"""What costly measures say of a sample of the rows."""
