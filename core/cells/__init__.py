"""How a cell is written: numbers, dates, durations, units, and how each is inferred from its cells."""
