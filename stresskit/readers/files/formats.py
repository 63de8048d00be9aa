"""The built-in formats as readers: each knows its content and makes grids of it.

They stand in the seam ``stresskit.readers`` as those of other packages do. Which of
them a file is, ``kind_of`` decides in one look; the others are asked after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from stresskit.errors import HoldingsError
from stresskit.readers.files.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stresskit.readers.files.grids import Grid


@dataclass(frozen=True)
class Format:
    """A format by the name that ``kind_of`` gives it.

    ``parser`` is a module of this package and a function in it, which is loaded only
    when it is needed; ``several`` says that the function reads more formats than this.
    """

    kind: str
    parser: str
    several: bool = False

    def reads(self, name: str, content: bytes) -> bool:
        """Say whether content is of this format.

        Examples
        --------
        >>> CSV().reads("depot.xls", b"Name;Wert"), JSON().reads("a.json", b"Name;Wert")
        (True, False)
        """
        try:
            return kind_of(name, content) == self.kind
        except HoldingsError:
            return False

    def grids(self, content: bytes) -> list[Grid]:
        """Return its cells.

        Raises
        ------
        HoldingsError
            If it is damaged, or holds no table.
        """
        module, _, name = self.parser.partition(":")
        parse = getattr(import_module(f"stresskit.readers.files.{module}"), name)
        grids: list[Grid] = parse(content, *((self.kind,) if self.several else ()))
        return grids


_WORKBOOK = "workbook:read_workbook_grids"

CSV = partial(Format, "csv", "text:read_csv_grids")
XLSX = partial(Format, "xlsx", _WORKBOOK, several=True)
XLSB = partial(Format, "xlsb", _WORKBOOK, several=True)
ODS = partial(Format, "ods", _WORKBOOK, several=True)
XLS = partial(Format, "xls", "xls:read_xls_grids")
SPREADSHEETML = partial(
    Format, "spreadsheetml", "spreadsheetml:read_spreadsheetml_grids"
)
HTML = partial(Format, "html", "html:read_html_grids")
PARQUET = partial(Format, "parquet", "parquet:read_parquet_grids")
JSON = partial(Format, "json", "contract:read_json_grids")
FORM_13F = partial(Format, "13f", "thirteenf:read_13f_grids")
NPORT = partial(Format, "nport", "nport:read_nport_grids")

BY_KIND: dict[str, Callable[[], Format]] = {
    make().kind: make
    for make in (
        *(CSV, XLSX, XLSB, ODS, XLS, SPREADSHEETML, HTML, PARQUET, JSON, FORM_13F),
        NPORT,
    )
}
