"""Runs of a schedule: a folder with agents in files, a file that names reports, and one night after another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Called
from gate_calls import OPEN, put
from hooks import Hook

#: 24 November 2026, 18:00 in UTC, and a day.
FIRST, DAY = 1795456800, 86400
MORE = {"span_type_schemas": [*OPEN["span_type_schemas"]]}
ONE = """
[[report]]
name = "night"
sources = ["in"]
"""


class Nights:
    """A folder in which ``run`` is called, each time a day later."""

    def __init__(self, called: Called, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._called, self.folder, self._patch = called, folder, monkeypatch
        self.day = -1
        put(folder, "datarisk.toml", b'formats = ["json"]\npolicy.max_not_assessed = 99\n')

    def file(self, text: str = ONE) -> None:
        """The file that names the reports."""
        put(self.folder, "datarisk-run.toml", text.encode())

    def declare(self, **agents: Any) -> None:
        """What agents declare, each in a file of its name; None takes one away."""
        for name, value in agents.items():
            if value is None:
                (self.folder / f"in/{name}.json").unlink()
            else:
                put(self.folder, f"in/{name}.json", value)

    def run(self, *args: str, status: int = 0, night: int | None = None, **environment: str) -> str:
        """What a night's run says."""
        self.day = self.day + 1 if night is None else night
        self._patch.setenv("SOURCE_DATE_EPOCH", str(FIRST + self.day * DAY))
        found, said = self._called("run", *args, **environment)
        assert found == status, said
        return said

    def told_by(self, hook: Hook, shape: str = "json", more: str = "") -> None:
        """One report, of which a webhook is told."""
        put(self.folder, "hook", hook.url.encode())
        self.file(f'{ONE}\n[report.notify]\nurl_file = "hook"\nshape = "{shape}"\ntimeout = 10\n{more}\n')

    @property
    def archive(self) -> Path:
        return self.folder / "reports" / "local"

    @property
    def kept(self) -> list[str]:
        """The days of the runs that are there."""
        return sorted(path.name[:8] for path in self.archive.glob("2*"))

    def report(self) -> Any:
        """The newest one."""
        return json.loads((self.archive / "latest" / "report.json").read_bytes())
