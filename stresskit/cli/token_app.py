"""``stresskit token create | list | revoke``: who may call the service."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.cli.options import JsonOption

if TYPE_CHECKING:
    from stresskit.web.ledger import Ledger, Token

LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        help="The ledger: sqlite:///FILE or postgresql://USER@HOST/DATABASE. A file "
        "in your own data folder unless said.",
        envvar="STRESSKIT_LEDGER",
        show_envvar=True,
    ),
]
# Longer than anyone means, and short of the last year a date can have.
LONGEST = 36_500

token_app = typer.Typer(
    help="Tokens of the service: make one, list them, revoke one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class RoleChoice(StrEnum):
    """What a token opens."""

    READ = "read"
    RUN = "run"


@token_app.command("create")
def token_create(
    owner: Annotated[
        str, typer.Argument(help="Who will call: a person or a system, seen as owner.")
    ],
    role: Annotated[
        RoleChoice,
        typer.Option("--role", help="read: look at own runs; run: start them, too."),
    ],
    expires: Annotated[
        int | None,
        typer.Option("--expires", min=1, max=LONGEST, help="Days until it ends."),
    ] = None,
    label: Annotated[
        str, typer.Option("--label", help="What it is for, shown in the list.")
    ] = "",
    ledger: LedgerOption = None,
) -> None:
    """Make a token and print it, once: only its hash is kept."""
    from stresskit.cli.show import print_plain

    opened = open_ledger(ledger)
    from stresskit.web.access import new_token

    text, token_hash = new_token()
    days = None if expires is None else dt.timedelta(days=expires)
    try:
        token = opened.add_token(
            owner,
            role.value,
            token_hash=token_hash,
            expires=None if days is None else dt.datetime.now(dt.UTC) + days,
            label=label,
        )
    finally:
        opened.close()
    typer.echo(text)
    until = f"until {token.expires:%Y-%m-%d}" if token.expires else "without an end"
    said = (
        f"{token.id}: {token.owner} may {token.role}, {until}. Keep the token now: it "
        "is not shown again."
    )
    print_plain(said, stderr=True)


@token_app.command("list")
def token_list(json: JsonOption = None, ledger: LedgerOption = None) -> None:
    """List every token there ever was, and whether it still opens anything."""
    from stresskit.cli.show import print_plain, table_of
    from stresskit.writers import write_json

    opened = open_ledger(ledger)
    try:
        found = opened.tokens()
    finally:
        opened.close()
    if json is not None:
        tokens = [{**_told(t), "state": _state(t)} for t in found]
        write_json(json, {"schema": "stresskit/tokens/1", "tokens": tokens})
        if str(json) == "-":
            return
    table = table_of(
        "Tokens", "Token", "Owner", "Role", "Label", "Created", "Ends", "Is"
    )
    for t in found:
        ends = f"{t.expires:%Y-%m-%d}" if t.expires else ""
        made = f"{t.created:%Y-%m-%d}"
        table.add_row(t.id, t.owner, t.role, t.label, made, ends, _state(t))
    print_plain(table)


@token_app.command("revoke")
def token_revoke(
    token: Annotated[str, typer.Argument(help="The id of `stresskit token list`.")],
    ledger: LedgerOption = None,
) -> None:
    """End a token now, for ever."""
    from stresskit.cli.show import print_plain
    from stresskit.errors import InputError

    opened = open_ledger(ledger)
    try:
        ended = opened.revoke(token)
    finally:
        opened.close()
    if not ended:
        raise InputError(
            f"There is no token {token} that is not revoked.",
            hint="See `stresskit token list` for the ids.",
            code="token",
        )
    print_plain(f"{token}: revoked.")


def open_ledger(url: str | None) -> Ledger:
    """Open the ledger that is meant.

    Raises
    ------
    InputError
        If the URL names no database.
    LedgerError
        If the database cannot be opened.
    MissingExtra
        If the extra ``serve`` is not installed.
    """
    from stresskit.errors import MissingExtra

    try:
        from stresskit.web.ledger import Ledger, ledger_url

        return Ledger(ledger_url(url))
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"The ledger needs the package {error.name}.",
            hint="Install it: pip install 'portfolio-stresskit[serve]'.",
        ) from error


def _told(token: Token) -> dict[str, str | None]:
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else value
        for name, value in vars(token).items()
    }


def _state(token: Token) -> str:
    if token.revoked:
        return "revoked"
    return "valid" if token.valid(dt.datetime.now(dt.UTC)) else "expired"
