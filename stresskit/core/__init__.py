"""The arithmetic: arrays in, arrays out; no file, clock, solver or network.

``factor`` defines and estimates events and says how well they predict, ``stress``
and ``band`` project a portfolio, ``hedge`` states the hedge problem. Shapes are given
in words in every docstring: n positions, N securities, K segments, T days,
M instruments.
"""
