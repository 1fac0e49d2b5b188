"""The dashboard's server: started, waited for, and ended with the command that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NoReturn

from advisor.cli import output
from advisor.core.errors import BadInput, MissingData, MissingExtra

_STARTED_S: Final = 60.0
"""How long the server may take until it answers."""
_SETTINGS: Final = {
    "server.headless": "true",  # the browser is opened here, once the server answers
    "server.showEmailPrompt": "false",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.maxUploadSize": "20",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorLinks": "false",
    "logger.level": "error",
    "runner.magicEnabled": "false",
    "theme.paddingTop": "1.5rem",
    "theme.headingFontSizes": '["2rem", "1.35rem", "1.15rem"]',
    "theme.light.primaryColor": "#0055a4",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.textColor": "#1f2430",
    "theme.dark.primaryColor": "#7cc4f2",
    "theme.dark.backgroundColor": "#11161d",
    "theme.dark.secondaryBackgroundColor": "#1d2530",
    "theme.dark.textColor": "#e8e6e3",
}
"""What the server is told; no request leaves the machine."""


def serve(address: str, port: int, *, snapshot: str | None, browser: bool) -> None:
    """Serve the dashboard until it ends or is interrupted; nothing is left running.

    Raises: BadInput: nobody can listen there; MissingExtra: no streamlit; MissingData: no snapshot, or the server fails.
    """
    app = _app_file()
    if find_spec("streamlit") is None:
        raise MissingExtra(
            "'streamlit' is not installed; run: pip install 'slm-advisor[dashboard]'"
        )
    environment = dict(os.environ)
    if snapshot is not None:
        from advisor.tables.locate import current_path

        environment["ADVISOR_SNAPSHOT"] = str(current_path(Path(snapshot)).resolve())
    _refuse_taken(address, port)
    _serve(app, address, port, environment, browser=browser)


def server(app: Path, address: str, port: int) -> list[str]:
    """The command that serves the dashboard."""
    settings = _SETTINGS | {"server.address": address, "server.port": str(port)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "streamlit", "run", str(app), *options]


def _app_file() -> Path:
    spec = find_spec("dashboards")
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    for folder in folders:
        if (file := Path(folder) / "app.py").is_file():
            return file
    raise MissingData(
        "the dashboard's files are missing from this installation; reinstall slm-advisor"
    )


def _refuse_taken(address: str, port: int) -> None:
    """Raise BadInput where nobody can listen there."""
    try:
        _listen(address, port)
    except socket.gaierror:
        raise BadInput(
            f"--address: {address!r} is no address of this machine; type 127.0.0.1"
        ) from None
    except OSError as error:
        free = next(
            (n for n in range(port + 1, min(port + 50, 65536)) if _is_free(address, n)), None
        )
        cure = f"type --port {free}" if free is not None else "type another --port or --address"
        words = error.strerror or "it cannot be listened on"
        raise BadInput(f"--port: {address}:{port} cannot be used ({words}); {cure}") from None


def _is_free(address: str, port: int) -> bool:
    try:
        _listen(address, port)
    except OSError:
        return False
    return True


def _listen(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))


def _serve(
    app: Path, address: str, port: int, environment: dict[str, str], *, browser: bool
) -> None:
    """Run the server until it ends or is interrupted; nothing is left running."""
    process = subprocess.Popen(  # noqa: S603 - our own file
        server(app, address, port),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    signal.signal(signal.SIGTERM, _interrupt)  # asked to end, the command takes its server along
    try:
        _wait_for(process, address, port)
        url = _url(address, port)
        output.note(f"the dashboard is at {url} ; Ctrl-C ends it")
        if browser:
            import webbrowser

            webbrowser.open(url)
        code = process.wait()
    except KeyboardInterrupt:
        output.note("the dashboard has ended")
        return
    finally:
        _end(process)
    if code:
        raise MissingData(f"the dashboard's server ended by itself (exit code {code})")


def _wait_for(process: subprocess.Popen[bytes], address: str, port: int) -> None:
    until = time.monotonic() + _STARTED_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise MissingData(
                f"the dashboard's server did not start (exit code {process.returncode})"
            )
        with (
            contextlib.suppress(OSError),
            socket.create_connection((_reached(address), port), timeout=1),
        ):
            return
        time.sleep(0.05)
    raise MissingData(f"the dashboard's server did not answer within {_STARTED_S:.0f} s")


def _reached(address: str) -> str:
    """The address under which this machine reaches a server that listens there."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - read, not bound


def _url(address: str, port: int) -> str:
    host = _reached(address)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
