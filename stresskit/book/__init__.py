"""Many portfolios at once: ``files`` runs a folder of them, a report for each.

``lock`` keeps two runs apart.
"""
