"""What goes with a model that is taken away: a scorer of one file, which imports nothing of this project."""
