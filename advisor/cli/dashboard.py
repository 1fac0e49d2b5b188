"""`advisor dashboard`: the answers as pages, on a server of this machine's own."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from advisor.cli import output

PORT: Final = 8501


def command(
    port: Annotated[str, typer.Option(help="Port to listen on.", metavar="N")] = str(PORT),
    address: Annotated[str, typer.Option(help="Address to listen on.", metavar="IP")] = "127.0.0.1",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open a browser.")
    ] = False,
    snapshot: output.SnapshotOption = None,
) -> None:
    """Ask, compare and look at the evidence in a browser."""
    from advisor.cli.serving import serve
    from advisor.core.ranges import whole

    serve(
        address,
        whole("--port", port, least=1, most=65535, example=str(PORT)),
        snapshot=output.snapshot_path(snapshot),
        browser=not no_browser,
    )
