"""The command ``keys``: what runs are sealed with, for those who have nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from reporter import layers
from reporter.cli.terminal import Terminal
from reporter.plain.text import shown
from reporter.seal import keys
from reporter.seal.keys import Kind


def keys_new(terminal: Terminal, *, file: str, name: str | None, kind: Kind, days: int) -> int:
    """Makes a key, its public half and a certificate; prints where they are, and never the key."""
    passphrase = os.environ.get(layers.PASSPHRASE)
    made = keys.new(
        Path(file),
        name or "datarisk",
        kind,
        now=datetime.now(UTC),
        days=days,
        passphrase=passphrase.encode() if passphrase else None,
    )
    terminal.result(str(made.private))
    terminal.result(str(made.public))
    terminal.result(str(made.certificate))
    closed = f"encrypted with {layers.PASSPHRASE}" if passphrase else "not encrypted: only you can read the file"
    terminal.say(f"The key {made.id}, {closed}. Keep it where whoever may change reports cannot read it.")
    terminal.say(f"Its certificate holds for {days:,} days.")
    terminal.say(
        f"Seal with it: datarisk report --seal-key {shown(str(made.private))} "
        f"--seal-certificate {shown(str(made.certificate))}"
    )
    terminal.say(
        f"Give {shown(str(made.certificate))} to whoever checks, by a way that they trust: datarisk verify RUN --trust "
        f"{shown(made.certificate.name)}"
    )
    return 0
