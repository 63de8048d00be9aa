"""The stress: from shocks and exposures to P&L, its band and what else may be asked."""
