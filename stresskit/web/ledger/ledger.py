"""The ledger as one class, from what its parts do."""

from __future__ import annotations

from stresskit.web.ledger.contents import Contents
from stresskit.web.ledger.course import Course
from stresskit.web.ledger.deliveries import Deliveries
from stresskit.web.ledger.lines import Lines
from stresskit.web.ledger.own_factors import OwnFactors
from stresskit.web.ledger.tokens import Tokens


class Ledger(Lines, Course, Contents, Deliveries, Tokens, OwnFactors):
    """The ledger in one database, safe to be used by many threads.

    Opening it brings the database to the newest tables. A process that starts runs is
    a server: of those one may use a file of SQLite, and several a PostgreSQL.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://USER@HOST/DATABASE``.
    keep_uploads : bool
        Whether inputs stay when a run is done or has failed.

    Raises
    ------
    InputError
        If the URL names no database.
    LedgerError
        If the database cannot be opened, is something else, or is newer.
    MissingExtra
        If the driver of PostgreSQL is not installed.
    """
