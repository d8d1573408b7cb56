"""The command ``registry``: a platform on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from reporter.cli.terminal import Terminal
from reporter.registry.serve import Running, serve


def registry(terminal: Terminal, *, host: str, port: int, db: Path | None, as_sent: bool) -> int:
    """Runs until it is interrupted; the first line on stdout is its address."""
    given = os.environ.get("PREFACTOR_API_TOKEN") or None

    def announce(running: Running) -> None:
        terminal.result(running.url)
        if not given:
            terminal.result(running.token)
        terminal.say(
            f"Set PREFACTOR_API_URL={running.url} and PREFACTOR_API_TOKEN for your agent and for datarisk report."
        )

    serve(host=host, port=port, db=db, token=given, fill_unknown=not as_sent, announce=announce)
    return 0
