"""A folder of holdings, portfolio by portfolio, each with a report of its own.

``folder`` finds them and names what comes out, ``work`` runs one, ``manifest``
remembers what is done, ``batch`` is the run.
"""

from stresskit.book.files.batch import Outcome, run_batch
from stresskit.book.files.work import Request

__all__ = ["Outcome", "Request", "run_batch"]
