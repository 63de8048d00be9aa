"""The command ``stresskit serve``: the upload page and the REST interface."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stresskit.cli.token_app import LedgerOption
from stresskit.errors import InputError, MissingExtra, OutputError

if TYPE_CHECKING:
    from stresskit.web.settings import Settings


def serve(
    host: Annotated[
        str,
        typer.Option(
            "--host",
            help="Address to listen at; others than this machine's own need tokens.",
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen at.")] = 8000,
    ledger: LedgerOption = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            help="A host name the service goes by, beside localhost. May be given "
            "several times.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            help="Processes that compute; one more than processors unless said.",
        ),
    ] = None,
    queue: Annotated[
        int, typer.Option("--queue", help="Runs that may wait; more are refused.")
    ] = 100,
    seconds: Annotated[
        float, typer.Option("--seconds", help="What one run may take.")
    ] = 300.0,
    upload_bytes: Annotated[
        int, typer.Option("--upload-bytes", help="The largest body.")
    ] = 20_000_000,
    rate: Annotated[
        int, typer.Option("--rate", help="Requests a second of one caller.")
    ] = 200,
    keep_uploads: Annotated[
        bool,
        typer.Option("--keep-uploads", help="Keep uploads after their run."),
    ] = False,
    keep_results: Annotated[
        float | None,
        typer.Option(
            "--keep-results", help="Days that results stay; for ever unless said."
        ),
    ] = None,
    webhook_host: Annotated[
        list[str] | None,
        typer.Option(
            "--webhook-host",
            help="A host that may be told of finished runs (host or host:port). May be "
            "given several times.",
        ),
    ] = None,
    webhook_secret: Annotated[
        str,
        typer.Option(
            "--webhook-secret",
            help="What webhooks are signed with: whsec_ and base64.",
            envvar="STRESSKIT_WEBHOOK_SECRET",
        ),
    ] = "",
    factors: Annotated[
        Path | None,
        typer.Option("--factors", help="Folder with factors of the house."),
    ] = None,
    behind_tls: Annotated[
        bool,
        typer.Option(
            "--behind-tls", help="A proxy in front speaks TLS: cookies need it."
        ),
    ] = False,
) -> None:
    """Serve the upload page and the REST interface, on this machine unless told."""
    # What is loaded stays: looking through it while it grows takes time only.
    gc.disable()
    try:
        from stresskit.web.ledger import ledger_url
        from stresskit.web.settings import Settings, processors
    except ImportError as error:
        raise MissingExtra(
            f"The service needs a package that is not installed: {error.name}.",
            hint="Install the extra: pip install 'portfolio-stresskit[serve]'.",
        ) from error
    settings = Settings(
        ledger=ledger_url(ledger),
        host=host,
        port=port,
        names=tuple(name or ()),
        workers=processors() + 1 if workers is None else workers,
        queue=queue,
        seconds=seconds,
        upload_bytes=upload_bytes,
        rate=rate,
        keep_uploads=keep_uploads,
        keep_results=keep_results,
        webhook_hosts=tuple(h.lower() for h in webhook_host or ()),
        webhook_secret=webhook_secret,
        factors=factors,
        secure=behind_tls,
    )
    if factors is not None and not factors.is_dir():
        raise InputError(f"--factors {factors} is not a folder.", code="not-found")
    _run(settings)


def _run(settings: Settings) -> None:
    import socket

    import uvicorn
    from rich.console import Console

    from stresskit.web.app import make_app
    from stresskit.web.connections import Connection
    from stresskit.web.webhooks import key_of

    if settings.webhook_hosts:
        key_of(settings.webhook_secret)
    app = make_app(settings)
    service = app.state.service
    if settings.public and not service.ledger.has_tokens():
        service.ledger.close()
        raise InputError(
            f"{settings.host} can be reached from other machines, and there is no "
            "token.",
            hint="Make one first: stresskit token create NAME --role run. Or leave "
            "--host out.",
            code="no-tokens",
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        listener.close()
        service.ledger.close()
        raise OutputError(
            f"Port {settings.port} of {settings.host} cannot be used: "
            f"{error.strerror}.",
            hint="Give another --port, or 0 for any that is free.",
        ) from error
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    Console(stderr=True, highlight=False).print(
        f"stresskit serves http://{shown}:{port}/ (Ctrl-C ends it)."
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            log_level="warning",
            access_log=False,
            server_header=False,
            h11_max_incomplete_event_size=32_768,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=5,
            backlog=512,
        )
    )
    gc.enable()
    gc.freeze()
    server.run(sockets=[listener])
