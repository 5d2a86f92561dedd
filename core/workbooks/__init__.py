"""Workbooks: the program that reads a sheet of one, and the writer."""
