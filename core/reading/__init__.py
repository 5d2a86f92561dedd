"""A file of rows: from the bytes of any text file to a table."""
