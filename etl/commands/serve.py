"""`kcna ui` and `kcna report`: what people open in a browser, on 127.0.0.1 only."""

from __future__ import annotations

import functools
import http.server
import io
import os
import signal
import socket
import sys
from pathlib import Path
from typing import BinaryIO

from etl.commands import show
from etl.commands.instance import prepare_instance
from etl.quality.report import write_report
from etl.settings import Settings

ADDRESS = "127.0.0.1"


class ServeError(RuntimeError):
    """Something cannot be served; the message says why and what to do."""


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def start_ui(settings: Settings, port: int) -> None:
    """Become the Dagster UI and daemon of this home; Ctrl-C ends both."""
    home = settings.paths()
    if any(sign in str(home.dagster) for sign in "*?["):
        raise ServeError(f"{home.root}: Dagster takes * ? [ in a path for a pattern; choose a --home without them")
    if not _is_free(port):
        raise ServeError(f"port {port} on {ADDRESS} is in use; choose another with --port")
    prepare_instance(home)
    home.inbox.mkdir(parents=True, exist_ok=True)
    show.console().print(
        f"Dagster UI: http://{ADDRESS}:{port} (Ctrl-C ends it)\nhome: {home.root}\n"
        f"inbox: {home.inbox} (pages put here are loaded by themselves)",
        soft_wrap=True,
    )
    environment = os.environ | {
        "DAGSTER_HOME": str(home.dagster),
        "KCNA_HOME": str(home.root),
        # dagster dev announces its successor at every start, as a FutureWarning
        "PYTHONWARNINGS": "ignore::FutureWarning",
    }
    command = [sys.executable, "-m", "dagster", "dev", "-m", "etl.definitions", "-h", ADDRESS, "-p", str(port)]
    command += ["--log-level", "warning"]  # at "info", every look of every sensor is a line
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell; the arguments are ours and a number


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the pages of the report's folder, lists no folder, and tells the browser to run nothing."""

    # The kinds of file that are served at all.
    extensions_map = {  # noqa: RUF012 - the base class has it as a plain dictionary
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".json": "application/json",
    }

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Answer "not found" to everything but the files of the report."""
        if self._is_of_the_report():
            return super().send_head()
        self.send_error(http.HTTPStatus.NOT_FOUND)
        return None

    def _is_of_the_report(self) -> bool:
        try:
            path = Path(self.translate_path(self.path))
            file = (path / "index.html" if path.is_dir() else path).resolve(strict=True)
        except (OSError, ValueError):
            return False
        # A link may lead anywhere, so what counts is where it ends.
        return file.is_relative_to(Path(self.directory).resolve()) and file.suffix in self.extensions_map

    def end_headers(self) -> None:
        # Great Expectations' pages share their styles; the report brings its own. A garbled request has no path.
        is_shared = getattr(self, "path", "").startswith("/data-docs/")
        styles = "'self' 'unsafe-inline'" if is_shared else "'unsafe-inline'"
        self.send_header("Content-Security-Policy", f"default-src 'none'; style-src {styles}")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing for each request."""


def serve_report(settings: Settings, port: int) -> None:
    """Serve the report until Ctrl-C."""
    home = settings.paths()
    if not home.report.exists():
        write_report(settings)
    if port and not _is_free(port):
        raise ServeError(f"port {port} on {ADDRESS} is in use; choose another with --port")
    # a process started in the background of a script is born deaf to Ctrl-C, and could then only be killed
    signal.signal(signal.SIGINT, signal.default_int_handler)
    handler = functools.partial(_Handler, directory=str(home.report.parent))
    with http.server.ThreadingHTTPServer((ADDRESS, port), handler) as server:
        show.console().print(
            f"Report: http://{ADDRESS}:{server.server_port}/ (Ctrl-C ends it)\nfile: {home.report}", soft_wrap=True
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
