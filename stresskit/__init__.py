"""Stress a portfolio with a market event defined along a value chain.

>>> import stresskit
>>> factor = stresskit.load_factor("deepseek-2025-01-27")
>>> scenario = stresskit.Scenario(factor, severity=1.0)

The rest is one straight line: ``read_holdings``, ``map_exposures``, ``stress``,
``hedge``, ``write_report``. Importing the package loads nothing heavy; each name is
loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stresskit.errors import InputError, StresskitError
    from stresskit.factors import (
        build_factor,
        check_factor,
        define_factor,
        list_factors,
        load_chain,
        load_factor,
        save_factor,
        validate_factor,
        vary_factor,
    )
    from stresskit.frames import stress_frame
    from stresskit.hedging import hedge
    from stresskit.mapping import map_exposures
    from stresskit.model import (
        Exposures,
        Factor,
        HedgePlan,
        Issue,
        Portfolio,
        Position,
        Scenario,
        StressResult,
    )
    from stresskit.pipeline import read_holdings, write_report
    from stresskit.scenarios import scenario_set
    from stresskit.stressing import compare, reverse_stress, simulate, stress

__version__ = "0.1.0"

_HOME = {
    "Exposures": "stresskit.model",
    "Factor": "stresskit.model",
    "HedgePlan": "stresskit.model",
    "InputError": "stresskit.errors",
    "Issue": "stresskit.model",
    "Portfolio": "stresskit.model",
    "Position": "stresskit.model",
    "Scenario": "stresskit.model",
    "StressResult": "stresskit.model",
    "StresskitError": "stresskit.errors",
    "build_factor": "stresskit.factors",
    "check_factor": "stresskit.factors",
    "compare": "stresskit.stressing",
    "define_factor": "stresskit.factors",
    "hedge": "stresskit.hedging",
    "list_factors": "stresskit.factors",
    "load_chain": "stresskit.factors",
    "load_factor": "stresskit.factors",
    "map_exposures": "stresskit.mapping",
    "read_holdings": "stresskit.pipeline",
    "reverse_stress": "stresskit.stressing",
    "save_factor": "stresskit.factors",
    "scenario_set": "stresskit.scenarios",
    "simulate": "stresskit.stressing",
    "stress": "stresskit.stressing",
    "stress_frame": "stresskit.frames",
    "validate_factor": "stresskit.factors",
    "vary_factor": "stresskit.factors",
    "write_report": "stresskit.pipeline",
}

__all__ = [
    "Exposures",
    "Factor",
    "HedgePlan",
    "InputError",
    "Issue",
    "Portfolio",
    "Position",
    "Scenario",
    "StressResult",
    "StresskitError",
    "__version__",
    "build_factor",
    "check_factor",
    "compare",
    "define_factor",
    "hedge",
    "list_factors",
    "load_chain",
    "load_factor",
    "map_exposures",
    "read_holdings",
    "reverse_stress",
    "save_factor",
    "scenario_set",
    "simulate",
    "stress",
    "stress_frame",
    "validate_factor",
    "vary_factor",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'stresskit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
