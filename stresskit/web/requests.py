"""The body of a request to what a run is made from: positions or a file, options."""

from __future__ import annotations

import asyncio
import difflib
import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from stresskit.web.options import Options, checked_options, sealed
from stresskit.web.problems import Refused, one_error, refuse_many, shown

if TYPE_CHECKING:
    from starlette.requests import Request

    from stresskit.web.options import Side

SCHEMA = "stresskit/holdings/1"
# What `stresskit holdings --json` writes, so that its output can be sent as it is.
CONTRACT = (
    *("schema", "name", "as_of", "base_currency", "total_value", "stated_total"),
    *("fx", "columns", "source", "positions", "issues"),
)
OWN = ("options", "webhook")
SIDES = ("fx", "overrides", "prices", "mandate")
TEXTS = ("options", "webhook", "password")
# Above it parsing would hold up other requests.
SMALL = 256_000
MOST_SIDES = 40
JSON_NAME = "positions.json"
_ALONE = threading.Lock()
_FUND = re.compile(r"fund:[A-Za-z0-9 .&-]{1,60}")


@dataclass(frozen=True, kw_only=True)
class Body:
    """What came: the holdings, what is asked of them, whom to tell."""

    kind: str
    name: str
    data: bytes
    options: Options
    sides: dict[str, Side]
    webhook: str | None = None


async def body_of(request: Request) -> Body:
    """Read a body of JSON positions, or a form with a file.

    Raises
    ------
    Refused
        If it is neither; every field that is wrong is named.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return await _of_json(await request.body())
    if kind == "multipart/form-data":
        return await _of_form(request)
    raise Refused(
        415,
        "media-type",
        "The body is neither JSON nor a form with a file.",
        fix="Send application/json with positions, or multipart/form-data with the "
        "part `file`.",
    )


async def _of_json(data: bytes) -> Body:
    if len(data) <= SMALL:
        return _json_body(data)
    return await asyncio.to_thread(_json_body_alone, data)


def _json_body_alone(data: bytes) -> Body:
    # What a large body holds takes ten times its size: one at a time.
    with _ALONE:
        return _json_body(data)


def _json_body(data: bytes) -> Body:
    content = parsed(data)
    unknown = [k for k in content if k not in CONTRACT and k not in OWN]
    if unknown:
        raise _unknown(unknown, (*CONTRACT, *OWN))
    if content.get("schema", SCHEMA) != SCHEMA:
        said = shown(content["schema"])
        raise Refused(
            422,
            "schema",
            f"The body says it is {said!r}, not {SCHEMA!r}.",
            fix="Send holdings, as `stresskit holdings FILE --json` writes them.",
            errors=(one_error(message="not this", column="schema", value=said),),
        )
    if not isinstance(content.get("positions"), list):
        raise Refused(
            422,
            "no-positions",
            "The body holds no list of positions.",
            fix=f'Send {{"schema": "{SCHEMA}", "positions": [...]}}.',
            errors=(one_error(message="a list is needed", column="positions"),),
        )
    refuse_many(len(content["positions"]))
    # Without words of its own the body is the file, byte for byte.
    whole = "schema" in content and not content.keys() & set(OWN)
    given = content.pop("options", None)
    options = checked_options({} if given is None else given)
    webhook = _webhook(content.pop("webhook", None))
    if not whole:
        data = _file_of(content)
    return Body(
        kind="json",
        name=JSON_NAME,
        data=data,
        options=options,
        sides={},
        webhook=webhook,
    )


def _file_of(content: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps({"schema": SCHEMA, **content})
    except orjson.JSONEncodeError as error:
        # What it reads is four times as deep as what it writes.
        raise Refused(
            422, "json", "The body is nested too deeply.", fix="Send it flat."
        ) from error


def parsed(data: bytes) -> dict[str, Any]:
    """Return the object that a body holds.

    Raises
    ------
    Refused
        If it is no JSON, or no object; NaN and Infinity are no JSON, and of two
        fields with one name none can be chosen.
    """
    try:
        content = orjson.loads(data)
        if not _holds_all(data, content):
            json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refused(
            400,
            "json",
            f"The body is no JSON: {str(error)[:200]}.",
            fix="NaN and Infinity are no JSON: leave out what is not known.",
        ) from error
    if not isinstance(content, dict):
        raise Refused(
            422,
            "no-positions",
            "The body is no JSON object.",
            fix=f'Send {{"schema": "{SCHEMA}", "positions": [...]}}.',
        )
    return content


def _holds_all(data: bytes, content: object) -> bool:
    """Say whether nothing was dropped for sure: then no field stands twice.

    A field that is dropped takes its name's quotation marks along, and where none is
    escaped every mark begins or ends a text. It takes a fifth of looking at each.
    """
    if b'\\"' in data or b"\\u0022" in data:
        return False
    try:
        return orjson.dumps(content).count(b'"') == data.count(b'"')
    except orjson.JSONEncodeError:
        # Nested deeper than it writes.
        return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        left = dict(found)
        twice = next(name for name, _ in pairs if left.pop(name, left) is left)
        raise ValueError(f"the field {twice[:60]!r} stands twice in one object")
    return found


def _webhook(given: object) -> str | None:
    if given is None or isinstance(given, str):
        return given or None
    raise Refused(
        422,
        "webhook",
        "The webhook is no address.",
        fix='Give "webhook": "https://host/path".',
        errors=(one_error(message="a text is needed", column="webhook"),),
    )


def _unknown(names: list[str], known: tuple[str, ...]) -> Refused:
    errors = []
    names = [name[:100] for name in names[:100]]
    for name in names:
        near = difflib.get_close_matches(name, known, n=1)
        fix = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
        errors.append(one_error(message="not known", column=name, fix=fix))
    return Refused(
        422,
        "unknown-field",
        f"The body holds fields that are not known: {', '.join(names)[:300]}.",
        fix="Each error says what was probably meant.",
        errors=tuple(errors),
    )


async def _of_form(request: Request) -> Body:
    try:
        async with request.form(
            max_files=MOST_SIDES, max_fields=20, max_part_size=2_000_000
        ) as form:
            parts = form.multi_items()
            return await _of_parts(parts)
    except OSError as error:
        # Large parts lie on the disk until the request is over.
        raise Refused(
            503,
            "no-room",
            "The server has no room for the upload.",
            fix="Tell the operator, and try again later.",
            headers={"Retry-After": "60"},
        ) from error
    except MultiPartException as error:
        raise Refused(
            400, "form", f"The form cannot be read: {error.message[:200]}"
        ) from error


async def _of_parts(parts: list[tuple[str, UploadFile | str]]) -> Body:
    names = [name for name, _ in parts]
    known = ("file", *SIDES, *TEXTS)
    unknown = [n for n in names if n not in known and not _FUND.fullmatch(n)]
    if unknown:
        raise _unknown(unknown, (*known, "fund:ISIN"))
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Refused(422, "given-twice", f"Parts are given twice: {twice[0][:100]}.")
    texts: dict[str, str] = {}
    sides: dict[str, Side] = {}
    for name, value in parts:
        if name in TEXTS:
            texts[name] = await _text(name, value)
        elif isinstance(value, UploadFile):
            sides[name] = (safe_name(value.filename), await value.read())
        else:
            raise Refused(
                422,
                "no-file",
                f"The part {name[:60]} is no file.",
                fix="Send it as a file, with a file name.",
            )
    if "file" not in sides:
        raise Refused(
            422,
            "no-file",
            "The form has no part `file`.",
            fix="Send the holdings as the part `file`.",
        )
    name, data = sides.pop("file")
    if "password" in texts:
        sides["password"] = ("", sealed(texts["password"], data))
    given = texts.get("options", "").strip()
    return Body(
        kind="file",
        name=name,
        data=data,
        options=checked_options(parsed(given.encode()) if given else {}),
        sides=sides,
        webhook=texts.get("webhook") or None,
    )


async def _text(name: str, value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value
    try:
        return (await value.read()).decode()
    except UnicodeDecodeError as error:
        raise Refused(422, "form", f"The part {name} is no text.") from error


def safe_name(given: str | None) -> str:
    r"""Return a file's name without folders, without what cannot be shown.

    Examples
    --------
    >>> safe_name("..\\..\\etc/client a.xlsx"), safe_name("")
    ('client a.xlsx', 'upload')
    """
    base = re.split(r"[/\\]", given or "")[-1]
    shown = "".join(c for c in base if c.isprintable()).strip(" .")
    return shown[-120:] or "upload"
