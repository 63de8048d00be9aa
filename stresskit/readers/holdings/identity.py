"""Who a line is: identifiers cleaned, recognised by content and checked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from stresskit.core.identifiers import (
    Scheme,
    exchange_mic,
    has_shape,
    is_valid,
    restore_zeros,
    scheme_of,
    split_ticker,
)
from stresskit.model import Identifiers, Issue
from stresskit.readers.cells import text_of
from stresskit.readers.holdings.columns import IDENTIFIERS
from stresskit.readers.holdings.lines import Line
from stresskit.readers.holdings.options import option_code
from stresskit.readers.holdings.tables import Table

_SCHEMES: tuple[Scheme, ...] = ("isin", "cusip", "sedol", "figi")
_CODE_NAME = re.compile(r"(\d{3}[0-9A-Z])\s+(.+)|(.+?)\s*\((\d{3}[0-9A-Z])\)")
_LONGEST_TICKER = 15
# What custodians put where money and contracts have no code.
_ISIN_IN_NAME = re.compile(
    r"(?:\bISIN\s*:?\s*|[(\[|/,-]\s*)?\b([A-Z]{2}[A-Z0-9]{9}\d)\b\s*[)\]]?"
)
_WKN = re.compile(r"[A-Z0-9]{6}")
_NO_CODE = re.compile(r"(cash|none|n/?a|0+|9{3}[A-Z]{3}[A-Z0-9]{3}|-)", re.IGNORECASE)


@dataclass
class Identity:
    """Name and identifiers found for a line, and what was wrong with them."""

    name: str
    found: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    @property
    def secure(self) -> bool:
        """Whether an identifier with a right check digit was found."""
        return any(scheme in self.found for scheme in _SCHEMES)

    @property
    def identifiers(self) -> Identifiers:
        """The identifiers as the portfolio holds them."""
        return Identifiers(**self.found)


def identity_of(line: Line, table: Table) -> Identity:
    """Find a line's name and identifiers, whatever column they stand in.

    Parameters
    ----------
    line : Line
        Row of the table.
    table : Table
        Its table, for the coordinates of issues.
    """
    identity = Identity(name=line.text("name") or "")
    identity.name = identity.name or line.text("other_name") or ""
    both = line.text("code_name")
    if both:
        match = _CODE_NAME.fullmatch(unicodedata.normalize("NFKC", both))
        identity.name = (match[2] or match[3]) if match else both
        if match:
            _ticker(identity, match[1] or match[4])
    for role in IDENTIFIERS:
        text = line.text(role)
        if text:
            _take(identity, role, text, line=line, table=table)
    if not identity.secure:
        _isin_in_name(identity)
    mic = exchange_mic(line.text("exchange") or "")
    if mic and "mic" not in identity.found:
        identity.found["mic"] = mic
    found = identity.found
    identity.name = identity.name or next(
        (found[k] for k in ("ticker", *_SCHEMES) if k in found),
        next((t for r in IDENTIFIERS if (t := line.text(r))), ""),
    )
    return identity


def _isin_in_name(identity: Identity) -> None:
    """Take the ISIN that stands beside or below a name in one cell."""
    match = _ISIN_IN_NAME.search(identity.name[:200])
    if match is None or not is_valid(match[1], "isin"):
        return
    identity.found["isin"] = match[1]
    rest = identity.name.replace(match[0], " ")
    rest = " ".join(rest.split()).strip(" ,;:/|-")
    identity.name = rest or identity.name


def _take(
    identity: Identity, role: str, text: str, *, line: Line, table: Table
) -> None:
    """Put the text of an identifier column where its content belongs."""
    header = table.columns[role].header.text if role in table.columns else ""
    parts = [p for p in re.split(r"\s[/|]\s|[|;\n]", text) if p.strip()]
    if len(parts) > 1 and any(scheme_of(_code(p)) for p in parts):
        for part in parts:
            _take(identity, role, part.strip(), line=line, table=table)
        return
    if re.search("valor", header, re.IGNORECASE) and text.strip().isdigit():
        identity.found.setdefault("valor", text.strip())
        return
    code, scheme = _scheme_in(role, _code(text), table)
    if scheme:
        identity.found.setdefault(scheme, code)
    elif re.search("wkn|kenn", header, re.IGNORECASE) and _WKN.fullmatch(code):
        identity.found.setdefault("wkn", code)
    elif role in _SCHEMES:
        _reject(identity, role, text, line=line, table=table)
    elif role == "identifier" and _shaped(code):
        _reject(
            identity, _shaped(code) or role, text, line=line, table=table, role=role
        )
    else:
        _ticker(identity, text)


def _scheme_in(role: str, code: str, table: Table) -> tuple[str, Scheme | None]:
    """Give a code with its lost zeros, and its scheme as far as its column has one."""
    scheme = scheme_of(code)
    if role == "ticker" and scheme in {"sedol", "cusip"}:
        # Seven or nine characters can be a local ticker too.
        return code, scheme if _is_cusip(code) or _is_sedol(code) else None
    if role == "identifier" and code.isdigit() and not _holds_codes(table):
        # Any seven digits are a SEDOL one time in ten.
        return code, None
    schemes: tuple[Literal["cusip", "sedol"], ...] = ("cusip", "sedol")
    for short in schemes if scheme is None else ():
        filled = restore_zeros(code, short) if role in {short, "identifier"} else None
        if filled:
            return filled, scheme_of(filled)
    return code, scheme


def _code(text: str) -> str:
    return re.sub(r"\s+", "", text).upper()


def _holds_codes(table: Table) -> bool:
    """Say whether most of a column of identifiers are valid in some scheme."""
    if "identifier" not in table.shares:
        texts = [text_of(v) for v in table.column_cells("identifier")[:500]]
        codes = [_code(t) for t in texts if t]
        valid = sum(scheme_of(c) is not None for c in codes)
        table.shares["identifier"] = valid / len(codes) if codes else 0.0
    return table.shares["identifier"] >= 0.5


def _is_cusip(code: str) -> bool:
    return is_valid(code, "cusip") and sum(c.isdigit() for c in code) >= 5


def _is_sedol(code: str) -> bool:
    """Say whether a code is a SEDOL of today: a letter first, digits, no vowels."""
    digits = sum(c.isdigit() for c in code)
    return is_valid(code, "sedol") and code[0].isalpha() and digits >= 2


def _shaped(code: str) -> Scheme | None:
    """Say which identifier a code is built like; a SEDOL's shape says too little."""
    if any(c.isdigit() for c in code[2:]):
        return next((s for s in ("isin", "cusip") if has_shape(code, s)), None)
    return None


def _ticker(identity: Identity, text: str) -> None:
    if option_code(text):
        # The code is the ticker; its blanks are padding, not an exchange.
        identity.found.setdefault("ticker", text_of(text))
        return
    ticker, mic = split_ticker(text_of(text).rstrip("*"))
    if " " in ticker and len(ticker) > _LONGEST_TICKER:
        # Brokers write lines without a code, such as pending activity, here.
        identity.name = identity.name or text
        return
    identity.found.setdefault("ticker", ticker)
    if mic:
        identity.found.setdefault("mic", mic)


def _reject(
    identity: Identity,
    scheme: str,
    text: str,
    *,
    line: Line,
    table: Table,
    role: str | None = None,
) -> None:
    """Leave out an identifier that its check digit disproves, and say so."""
    if _NO_CODE.fullmatch(text.replace(" ", "")):
        return
    column = table.columns.get(role or scheme)
    identity.issues.append(
        Issue(
            code="identifier",
            severity="warning",
            message=f"{text} is no valid {scheme.upper()}: its length or check digit "
            "is wrong. It was not used.",
            fix="Correct the identifier.",
            sheet=table.grid.sheet,
            row=line.row,
            column=column.letters if column else None,
            value=text,
        )
    )
