"""The hedge problem as arrays: instruments, costs, limits, and checks of answers."""
