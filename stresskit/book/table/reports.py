"""Workbooks for chosen portfolios: the report that a run of each alone would write."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stresskit.asking import answered, placed
from stresskit.book.table.apart import Failure, failure_of, mistake, read_alone
from stresskit.errors import InputError, StresskitError

if TYPE_CHECKING:
    from collections.abc import Collection

    from stresskit.book.files.work import Request
    from stresskit.book.table.apart import Alone

REPORTS = "reports"
BREACHES, NOBODY, EVERYBODY = "breaches", "none", "all"
WORDS = (NOBODY, BREACHES, EVERYBODY)


@dataclass(frozen=True)
class Report:
    """A report that was written: of whom, and its name in the folder of reports."""

    portfolio: str
    file: str


def chosen(asked: str, known: Collection[str], breaching: Collection[str]) -> list[str]:
    """Return the portfolios that get a workbook.

    Parameters
    ----------
    asked
        ``none``, ``breaches``, ``all``, or a text file with a portfolio per line.
    known
        All portfolios of the book.
    breaching
        Those that breach the limit.

    Raises
    ------
    InputError
        If it is none of these, or names portfolios that the book has not.
    """
    if asked == NOBODY:
        return []
    if asked == BREACHES:
        return sorted(breaching)
    if asked == EVERYBODY:
        return sorted(known)
    names = named_in(asked)
    unknown = [n for n in names if n not in set(known)]
    if unknown:
        shown = ", ".join(map(repr, unknown[:5]))
        raise InputError(
            f"{asked} names {len(unknown)} portfolios that the book has not: {shown}"
            f"{' ...' if len(unknown) > 5 else ''}.",
            hint="Write each as the column portfolio of the book has it.",
            code="reports",
        )
    return sorted(set(names))


def named_in(asked: str) -> list[str]:
    """Return the portfolios that a text file names.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        text = Path(asked).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"--reports {asked} is none of none, breaches and all, and no text file "
            "that can be read.",
            hint="Give one of these words, or a file with a portfolio per line.",
            code="reports",
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def file_of(portfolio: str) -> str:
    """Return the name of a portfolio's report: its own, and what tells it from others.

    Examples
    --------
    >>> file_of("../Müller & Co")
    'M-ller-Co-0c699946.xlsx'
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", portfolio).strip("-")[:60]
    digest = hashlib.sha256(portfolio.encode()).hexdigest()[:8]
    return f"{plain or 'portfolio'}-{digest}.xlsx"


def report_one(request: Request, folder: Path, alone: Alone) -> Report | Failure:
    """Write the report of one portfolio; whatever happens is in what is returned."""
    from stresskit.book.files.work import hedged
    from stresskit.pipeline import write_report

    try:
        portfolio = read_alone(request.files, alone)
        places = placed(request.files, portfolio, (request.main, *request.more))
        result = answered(
            portfolio, places, request.main, request.more, limit=request.limit
        )
        plan = hedged(request, result)
        name = file_of(alone.name)
        write_report(folder / name, result, plan, presentation=request.presentation)
    except StresskitError as error:
        return failure_of(alone.name, error)
    except Exception as error:  # noqa: BLE001 - one report may not stop the others
        return mistake(alone.name, error)
    return Report(alone.name, name)
