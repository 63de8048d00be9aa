"""The errors of stresskit, by whose fault it is.

::

    StresskitError                 .code (slug)  .hint (what to do)
      InputError (ValueError)      the user's file or argument
        HoldingsError              carries every issue of the file, not the first
        FactorError                a factor, a value chain or moves
        MappingError               overrides that cannot be applied
        IdempotencyConflict        a key of the service stands for another request
      ComputationError             the input is fine and there is no answer
        HedgeInfeasible            names the limit that binds and the best in reach
      PluginError                  a plugin failed or does not fit
      MissingExtra                 an optional dependency is not installed
      OutputError                  the result cannot be written
        LedgerError                the service's ledger cannot be read or written

One ``except StresskitError`` catches them all; no other exception is meant to
leave the public functions. Exit codes and HTTP statuses are the edges' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.model import Hedge, Issue


class StresskitError(Exception):
    """Something stopped the run; the message says what, the hint what to do."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None):
        super().__init__(message)
        self.hint = hint
        if code is not None:
            self.code = code


class InputError(StresskitError, ValueError):
    """The user's file or argument cannot be used."""

    code = "input"


class HoldingsError(InputError):
    """The holdings file gives no portfolio; ``issues`` says everything found."""

    code = "holdings"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str | None = None,
        issues: tuple[Issue, ...] = (),
    ):
        super().__init__(message, hint=hint, code=code)
        self.issues = issues


class FactorError(InputError):
    """A factor folder, a value chain or a price panel cannot be used."""

    code = "factor"


class MappingError(InputError):
    """Overrides or exposures do not fit the portfolio or the value chain."""

    code = "mapping"


class ComputationError(StresskitError):
    """The input is fine, but the calculation has no answer."""

    code = "computation"


class HedgeInfeasible(ComputationError):
    """No hedge reaches the target within the limits; ``best`` is the nearest."""

    code = "hedge-infeasible"

    def __init__(self, message: str, *, best: Hedge | None = None, hint: str = ""):
        super().__init__(message, hint=hint)
        self.best = best


class PluginError(StresskitError):
    """A plugin failed or does not fit its seam."""

    code = "plugin"


class MissingExtra(StresskitError):
    """An optional dependency is needed; the hint says what to install."""

    code = "missing-extra"


class OutputError(StresskitError):
    """The result cannot be written where it was asked for."""

    code = "output"
