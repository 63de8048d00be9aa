"""The pages and the fragments that replace parts of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresskit.web.page.given import (
        Choices,
        Chosen,
        Correction,
        Example,
        Json,
        Limits,
        Problem,
        RunShown,
        Step,
        User,
        View,
    )


class Pages:
    """All pages, made once per server; methods return HTML as text and keep nothing.

    ``holdings``, ``mapping`` and ``result`` are what ``holdings --json``, ``map --json``
    and ``stress --json`` write; ``levels`` a list of the same shape as the result's
    ``scenarios``, each with its ``severity`` beside (0.0 to 3.0). ``csrf`` is put into
    every form as the field ``csrf``.
    """

    def home(
        self,
        runs: Sequence[RunShown],
        *,
        csrf: str,
        user: User,
        limits: Limits,
        examples: Sequence[Example],
        error: Problem | None = None,
    ) -> str:
        """Return the first page: upload, examples, the user's runs, newest first."""
        raise NotImplementedError

    def preview(
        self,
        draft: RunShown,
        holdings: Json,
        mapping: Json,
        choices: Choices,
        chosen: Chosen,
        *,
        csrf: str,
        user: User,
        errors: Mapping[str, str] | None = None,
    ) -> str:
        """Return what was read, its issues first, the places, then the question.

        ``errors`` are by field of ``Chosen``; ``""`` is about the whole form.
        """
        raise NotImplementedError

    def mapping_row(
        self,
        draft: RunShown,
        holdings: Json,
        mapping: Json,
        choices: Choices,
        position: str,
        *,
        csrf: str,
        correction: Correction | None = None,
    ) -> str:
        """Return one position's rows, to take the place of the ones shown.

        ``position`` is its id. A ``correction`` with errors comes back as typed, with
        the form open.
        """
        raise NotImplementedError

    def progress(self, run: RunShown, step: Step, *, csrf: str, user: User) -> str:
        """Return the page of a run that waits or is under way; it reloads itself."""
        raise NotImplementedError

    def progress_fragment(self, run: RunShown, step: Step) -> str:
        """Return its part that is polled.

        When the run has ended, answer the poll with the header ``HX-Refresh: true``.
        """
        raise NotImplementedError

    def result(
        self,
        run: RunShown,
        result: Json,
        levels: Sequence[Json],
        view: View,
        *,
        csrf: str,
        user: User,
    ) -> str:
        """Return the whole answer; without ``levels`` there is no slider."""
        raise NotImplementedError

    def figures(
        self, run: RunShown, result: Json, levels: Sequence[Json], view: View
    ) -> str:
        """Return what the severity changes: sentences, pictures, tables, positions."""
        raise NotImplementedError

    def positions(
        self, run: RunShown, result: Json, levels: Sequence[Json], view: View
    ) -> str:
        """Return the table of positions, sorted, filtered, paged."""
        raise NotImplementedError

    def failed(self, run: RunShown, problem: Problem, *, csrf: str, user: User) -> str:
        """Return the page of a run that failed, was cancelled or interrupted."""
        raise NotImplementedError

    def sign_in(self, *, csrf: str, error: str = "", next_: str = "/") -> str:
        """Return the form that asks for a token (``token``, ``next``)."""
        raise NotImplementedError

    def problem(
        self,
        status: int,
        title: str,
        detail: str,
        fix: str = "",
        *,
        user: User | None = None,
    ) -> str:
        """Return a page for what cannot be done."""
        raise NotImplementedError

    def notice(self, title: str, detail: str = "", fix: str = "") -> str:
        """Return the same as a fragment.

        For a request of htmx (header ``HX-Request``): send it with ``HX-Retarget:
        #notice`` and ``HX-Reswap: innerHTML``.
        """
        raise NotImplementedError
