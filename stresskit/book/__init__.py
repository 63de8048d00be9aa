"""Many portfolios at once: a folder of them, or one table of all their positions.

``files`` runs a folder, a report for each, ``table`` a table as a whole; ``crew`` does
several tasks at a time, ``lock`` keeps two runs apart.
"""
