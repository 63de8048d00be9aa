"""Grids of cells to a portfolio: the table, its columns, its rows, what adds up."""

from stresskit.readers.holdings.read import read_holdings_file

__all__ = ["read_holdings_file"]
