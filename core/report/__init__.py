"""The EDA report as data, words, pictures and files. It imports nothing of the EDA that makes it."""
