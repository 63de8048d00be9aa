"""StressResult -> Hedge: an overlay of shorts, a long-only rotation, nothing.

Each hedger answers with one suggestion that was checked against its limits, or
raises HedgeInfeasible with the best in reach.
"""
