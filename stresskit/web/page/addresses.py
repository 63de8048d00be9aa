"""The addresses of the page, in one place for templates and routes.

| address | method | does |
|---|---|---|
| ``/`` | GET | home |
| ``/docs`` | GET | the REST interface |
| ``/runs`` | POST | upload: ``file``, ``keep`` (1 where ticked); to the run's page |
| ``/examples/{name}`` | POST | the same with a shipped example |
| ``/runs/{id}`` | GET | preview (``page``), progress, result or failure |
| ``/runs/{id}`` | GET | of a draft, with ``edit=POSITION``: a correction's form open |
| ``/runs/{id}/mapping`` | GET | fragment: row of ``position``; form with ``edit=1`` |
| ``/runs/{id}/mapping`` | POST | a correction (see ``corrections``): row or page |
| ``/runs/{id}/read`` | POST | the same fields, ``password``: read it again |
| ``/runs/{id}/start`` | POST | the question (names: fields of ``Chosen``) |
| ``/runs/{id}/progress`` | GET | fragment, polled |
| ``/runs/{id}/figures`` | GET | fragment: all that the severity changes |
| ``/runs/{id}/positions`` | GET | fragment: the table of positions |
| ``/runs/{id}/cancel``, ``delete``, ``again`` | POST | what they say |
| ``/runs/{id}/files/{name}`` | GET | a download, by the names in ``FILES`` |
| ``/sign-in``, ``/sign-out`` | GET, POST | ``token``, ``next`` |
| ``/static/{name}`` | GET | style sheet and scripts |

Every POST carries ``csrf``. A request of htmx has the header ``HX-Request``: a POST
that goes elsewhere answers it with ``HX-Redirect``, all others with 303.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

REPORT, ANNOTATED = "report.xlsx", "annotated.xlsx"
FILES = {
    REPORT: "Workbook",
    "result.json": "Result as JSON",
    "positions.csv": "Positions as CSV",
    ANNOTATED: "Your file, with what was read beside it",
}


def run(id_: str, part: str = "", parameters: Mapping[str, str] | None = None) -> str:
    """Return the address of a run, of a part of it, with parameters.

    Examples
    --------
    >>> run("run_1", "figures", {"severity": "1.5"})
    '/runs/run_1/figures?severity=1.5'
    """
    path = "/runs/" + quote(id_, safe="")
    path += "/" + quote(part, safe="/.") if part else ""
    return path + ("?" + urlencode(parameters) if parameters else "")
