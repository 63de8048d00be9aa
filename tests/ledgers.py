"""What tests put into a ledger, and what comes of it."""

from __future__ import annotations

from stresskit.web.ledger import Outcome

SECRET = b"MEIER-FAMILY-OFFICE " * 400
OUTCOME: Outcome = {
    "result": b'{"pnl": -1.5}',
    "summary": {"name": "Meier", "pnl": -1.5},
    "version": "1.2.3",
    "factor": "deepseek-2025-01-27",
    "factor_revision": 3,
    "factor_sha256": "f" * 64,
}
