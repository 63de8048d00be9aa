"""Many portfolios at once.

``folder`` finds them and names what comes out, ``work`` runs one, ``crew`` several at
a time, ``manifest`` remembers what is done, ``lock`` keeps two runs apart, ``batch`` is
the run.
"""

from stresskit.book.batch import Outcome, run_batch
from stresskit.book.work import Request

__all__ = ["Outcome", "Request", "run_batch"]
