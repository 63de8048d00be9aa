"""Many portfolios at once: ``files`` runs a folder of them, a report for each, and
``table`` one table of all their positions.

``crew`` does several at a time, ``lock`` keeps two runs apart.
"""
