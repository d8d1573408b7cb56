"""Where the recipes are, and how a program is run as a scheduler runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from builders import risk
from far_end import Answer, Asked, FarEnd, said

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "docs" / "recipes"
DATARISK = Path(sys.executable).with_name("datarisk")
TOKEN = "not-a-real-token"
RISKY = risk("health_and_medical", allowed=("external_communication",))
CALM = risk(allowed=("read_data",))
#: By itself no finding fails a gate.
STRICT = '[policy]\nfail_on = "high"\n'

Ended = subprocess.CompletedProcess[str]
Gate = Callable[..., Ended]
Platform = Callable[..., FarEnd]
Odd = Callable[[Asked, int], Answer | None]


def ended(command: list[str], *, cwd: Path, env: dict[str, str]) -> Ended:
    """What a program said and ended with."""
    return subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )


def reached(far: FarEnd) -> dict[str, str]:
    """The environment in which a platform is the one that is read."""
    return {"PREFACTOR_API_URL": far.url, "PREFACTOR_API_TOKEN": TOKEN}


def refused_until(tries: int) -> Odd:
    """Refuses the token until it has been asked so often."""
    return lambda asked, times: (
        said({"status": "error", "code": "unauthorized", "message": "No"}, 401)
        if asked.path == "/account" and times <= tries
        else None
    )


class Machine:
    """The folders that the recipes name, elsewhere: the file of reports, token, webhook and programs are there."""

    def __init__(self, folder: Path, programs: Path, far: FarEnd, webhook: str = "http://127.0.0.1:1/") -> None:
        self.etc, self.var = folder / "etc", folder / "var"
        self.etc.mkdir()
        self.var.mkdir()
        self._programs = programs
        # Where the token goes is said in the environment: no file can.
        self.reached = {"PREFACTOR_API_URL": far.url, "SOURCE_DATE_EPOCH": "1795456800"}
        (self.etc / "datarisk.toml").write_text('formats = ["json"]\ntimeout = 60\n')
        (self.etc / "datarisk-run.toml").write_text(self.here((RECIPES / "datarisk-run.toml").read_text()))
        (self.etc / "token").write_text(f"{TOKEN}\n")
        (self.etc / "webhook").write_text(f"{webhook}\n")

    def here(self, text: str) -> str:
        """What a recipe says, with the folders of this machine."""
        places = {
            "/etc/datarisk": self.etc,
            "/run/secrets/datarisk": self.etc,
            "/var/lib/datarisk": self.var,
            "/opt/datarisk/bin": self._programs,
        }
        for named, place in places.items():
            text = text.replace(named, str(place))
        return text

    @property
    def runs(self) -> list[Path]:
        """What was made, oldest first."""
        return sorted(self.var.glob("reports/*/2*"))
