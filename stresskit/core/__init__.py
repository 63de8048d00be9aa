"""The arithmetic: arrays in, arrays out; no file, clock, solver or network.

``event`` and ``shrinkage`` estimate a factor, ``sensitivities`` relates securities
to it, ``stress`` and ``band`` project a portfolio, ``overlay`` states the hedge
problem. Shapes are given in words in every docstring: n positions, K segments,
T days, M instruments.
"""
