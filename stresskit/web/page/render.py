"""The pages and the fragments that replace parts of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stresskit.core.stress.answer import Unit
from stresskit.web.page import addresses, spelled, words
from stresskit.web.page.answered import listing, moving, whole
from stresskit.web.page.figures import Level, name_of
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
from stresskit.web.page.listed import listed
from stresskit.web.page.placed import (
    form_of,
    groups_of,
    placed_of,
    read_of,
    unit_of_holdings,
)
from stresskit.writers.text import clean_text

HERE = Path(__file__).parent
STATIC = HERE / "static"
# What failed to be read has no currency yet.
NO_UNIT = Unit("", 0)


class Pages:
    """All pages, made once per server; methods return HTML as text and keep nothing.

    ``holdings``, ``mapping`` and ``result`` are what ``holdings --json``, ``map
    --json`` and ``stress --json`` write; ``levels`` a list of the same shape as the
    result's ``scenarios``, each with its ``severity`` beside (0.0 to 3.0). ``csrf`` is
    put into every form as the field ``csrf``. Where they lead: ``addresses``. What the
    browser needs is in the folder ``STATIC``, served as ``/static/``.
    """

    def __init__(self, *, version: str):
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(
            cut=words.cut,
            day=words.day_of,
            size=words.size_of,
            time=words.time_of,
            spelled=spelled.parts,
            typed=clean_text,
            worded=spelled.worded,
        )
        self._templates.globals.update(
            version=version, assets=_fingerprint(), labels=spelled.LABELS
        )
        for name in ("forms", "parts"):
            macros = self._templates.get_template(f"{name}.html").module
            self._templates.globals[name] = macros

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
        return self._made(
            "home.html",
            csrf=csrf,
            user=user,
            limits=limits,
            examples=examples,
            error=error,
            groups=groups_of(error.errors, NO_UNIT) if error else (),
            runs=[listed(run) for run in runs],
        )

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
        read = read_of(holdings, mapping, choices, chosen.page)
        problem = chosen.problem
        absent = {"password"} if read.weights_only else {"password", "value"}
        return self._made(
            "preview.html",
            csrf=csrf,
            user=user,
            read=read,
            fields={*spelled.READING, *spelled.ASKING, spelled.PLACES} - absent,
            problem=problem,
            groups=groups_of(problem.errors, NO_UNIT) if problem else (),
            open_table=bool(
                problem
                or chosen.sheet
                or chosen.table
                or chosen.columns
                or read.asked_for & {"sheet", "table", "columns"}
            ),
            asks_password=False,
            unread=False,
            holdings_name=words.plain(holdings["name"] or draft.input_name),
            draft=draft,
            choices=choices,
            chosen=chosen,
            errors=errors or {},
            focus=False,
            page_address=lambda n: addresses.run(draft.id, "", {"page": str(n)}),
            **_correcting(draft, mapping, chosen.correction, chosen.page),
        )

    def unread(
        self,
        draft: RunShown,
        problem: Problem,
        chosen: Chosen,
        *,
        asks_password: bool,
        csrf: str,
        user: User,
        errors: Mapping[str, str] | None = None,
    ) -> str:
        """Return why a file was not read, with the form of what it may lack."""
        absent = {"value"} if asks_password else {"value", "password"}
        return self._made(
            "unread.html",
            csrf=csrf,
            user=user,
            draft=draft,
            problem=problem,
            groups=groups_of(problem.errors, NO_UNIT),
            fields={*spelled.READING} - absent,
            chosen=chosen,
            errors=errors or {},
            open_table=not asks_password,
            asks_password=asks_password,
            unread=True,
            address=_address(draft),
        )

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

        ``position`` is its id. With a ``correction`` the form is open: as typed where
        it has something, else with what stands.

        Raises
        ------
        KeyError
            If the holdings have no such position.
        """
        number, found = _position(holdings, position)
        placed = {row["id"]: row for row in mapping["positions"]}.get(position)
        unit = unit_of_holdings(holdings)
        return self._made(
            "placed.html",
            csrf=csrf,
            p=placed_of(number, found, placed, choices, unit),
            choices=choices,
            focus=correction is None,
            **_correcting(draft, mapping, correction, 1),
        )

    def progress(self, run: RunShown, step: Step, *, csrf: str, user: User) -> str:
        """Return the page of a run that waits or is under way; it reloads itself."""
        return self._made(
            "progress.html",
            csrf=csrf,
            user=user,
            step=step,
            name=name_of(run),
            address=_address(run),
        )

    def progress_fragment(self, step: Step) -> str:
        """Return its part that is polled.

        When the run has ended, answer the poll with the header ``HX-Refresh: true``.
        """
        return self._made("step.html", step=step)

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
        return self._made(
            "result.html",
            csrf=csrf,
            user=user,
            run=run,
            address=_address(run),
            oob=False,
            **whole(run, result, levels, view),
        )

    def figures(
        self, run: RunShown, result: Json, levels: Sequence[Json], view: View
    ) -> str:
        """Return what the severity changes: sentences, pictures, tables, positions.

        Send it with the header ``HX-Replace-Url: addresses.run(run.id, "",
        view.asked())``, so that a reload shows the same.
        """
        shown = moving(run, result, levels, view)
        return self._made("moved.html", oob=True, **shown)

    def positions(
        self, run: RunShown, result: Json, levels: Sequence[Json], view: View
    ) -> str:
        """Return the table of positions, sorted, filtered, paged; header as above."""
        level = Level(result, levels, view.severity)
        return self._made("found.html", oob=False, **listing(run, level, levels, view))

    def failed(self, run: RunShown, problem: Problem, *, csrf: str, user: User) -> str:
        """Return the page of a run that failed, was cancelled or interrupted."""
        return self._made(
            "failed.html",
            csrf=csrf,
            user=user,
            run=run,
            name=name_of(run),
            problem=problem,
            groups=groups_of(problem.errors, NO_UNIT),
            address=_address(run),
        )

    def sign_in(self, *, csrf: str, error: str = "", next_: str = "/") -> str:
        """Return the form that asks for a token (``token``, ``next``)."""
        return self._made("sign_in.html", csrf=csrf, user=None, error=error, next=next_)

    def api(self, document: Json, *, address: str, csrf: str, user: User) -> str:
        """Return what can be asked over HTTP, from the OpenAPI document."""
        groups: dict[str, list[dict[str, str]]] = {}
        for path, methods in document["paths"].items():
            for method, said in methods.items():
                about = {
                    "method": method.upper(),
                    "path": path,
                    "about": said["description"].replace("`", ""),
                    "statuses": ", ".join(said["responses"]),
                }
                groups.setdefault(said["tags"][0], []).append(about)
        return self._made(
            "api.html",
            about=document["info"]["description"].replace("`", ""),
            address=address,
            groups=list(groups.items()),
            csrf=csrf,
            user=user,
        )

    def problem(
        self,
        status: int,
        title: str,
        detail: str,
        fix: str = "",
        *,
        csrf: str = "",
        user: User | None = None,
    ) -> str:
        """Return a page for what cannot be done."""
        return self._made(
            "problem.html",
            csrf=csrf,
            user=user,
            status=status,
            title=title,
            detail=detail,
            fix=fix,
        )

    def notice(self, title: str, detail: str = "", fix: str = "") -> str:
        """Return the same as a fragment.

        For a request of htmx (header ``HX-Request``): send it with ``HX-Retarget:
        #notice`` and ``HX-Reswap: innerHTML``.
        """
        return self._made("notice.html", title=title, detail=detail, fix=fix)

    def _made(self, template: str, **shown: Any) -> str:
        return self._templates.get_template(template).render(shown)


class _Address:
    """The address of a run or of one of its parts."""

    def __init__(self, run: RunShown):
        self._id = run.id

    def __call__(self, part: str = "") -> str:
        return addresses.run(self._id, part)


def _address(run: RunShown) -> _Address:
    return _Address(run)


def _correcting(
    draft: RunShown, mapping: Json, correction: Correction | None, page: int
) -> dict[str, Any]:
    """Return what the rows of a preview need beside themselves."""
    placed = {row["id"]: row for row in mapping["positions"]}
    at = correction.position if correction else None

    def row(position: str, **more: str) -> str:
        return addresses.run(draft.id, "mapping", {"position": position, **more})

    def edit(position: str) -> str:
        paged = {"page": str(page)} if page > 1 else {}
        return addresses.run(draft.id, "", {"edit": position, **paged})

    return {
        "address": _address(draft),
        "form_at": at,
        "form": form_of(correction, placed.get(at)) if correction else None,
        "edit_address": edit,
        "edit_fragment": lambda position: row(position, edit="1"),
        "row_fragment": row,
    }


def _position(holdings: Json, position: str) -> tuple[int, Json]:
    for number, found in enumerate(holdings["positions"]):
        if found["id"] == position:
            return number, found
    raise KeyError(position)


def _fingerprint() -> str:
    """Return what changes when a static file does, so that none is served stale."""
    found = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]
