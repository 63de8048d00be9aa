"""A book as one table of positions, stressed as a whole."""
