"""Completion as people have it: in bash, zsh and fish, on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETUP = {
    "bash": 'eval "$(datarisk completion bash)"',
    "zsh": 'autoload -Uz compinit; compinit -u -D; eval "$(datarisk completion zsh)"; zstyle ":completion:*" menu no',
    "fish": "datarisk completion fish | source",
}
ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>])|[\x07\x00]")
HOSTILE = "Cl$(touch taken)`touch taken`"
AGENTS = [("Claims assessor", "a1"), ("Clerk", "a2"), (HOSTILE, "odd-one"), ("Twin", "twin-1"), ("Twin", "twin-2")]


class Typed:
    """A shell on a terminal of its own, into which somebody types."""

    def __init__(self, shell: str, folder: Path) -> None:
        bin_ = folder / "bin"
        bin_.mkdir()
        command = bin_ / "datarisk"
        command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m reporter.cli "$@"\n')
        command.chmod(0o755)
        environment = {
            "PATH": f"{bin_}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C.UTF-8",
            "COLUMNS": "200", "PS1": "> ",
        }  # fmt: skip
        self._shell = shell
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(START[shell][0], START[shell], environment)
        self._seen = ""
        # What marks the end is put together by the shell, so that it is not found in the line that was typed.
        self._say(f"{SETUP[shell]}\recho rea''dy\r")
        self.wait_for(r"ready\r?\n")

    def _say(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, pattern: str) -> str:
        """What was shown since the last time, once it matches."""
        end = time.monotonic() + 60
        while not (found := re.search(pattern, self._plain())):
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{self._shell} did not show {pattern}: {self._plain()!r}"
            self._seen += os.read(self._terminal, 65536).decode(errors="replace")
        seen, self._seen = self._plain(), ""
        return seen[: found.end()]

    def _plain(self) -> str:
        return ESCAPES.sub("", self._seen)

    def completed(self, line: str, until: str) -> str:
        """What the shell shows once TAB was pressed behind a line."""
        self._say("\x15")
        self._say(line + "\t")
        return self.wait_for(until)

    def close(self) -> None:
        """Ends the shell."""
        os.kill(self.process, signal.SIGKILL)
        os.close(self._terminal)
        os.waitpid(self.process, 0)


@pytest.fixture(params=START)
def typed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Typed]:
    if shutil.which(request.param) is None:
        assert not os.environ.get("CI"), f"{request.param} is missing; scripts/setup develop installs it"
        pytest.skip(f"{request.param} is missing")
    last = tmp_path / "reports/local/20261123T180000Z"
    last.mkdir(parents=True)
    (last.parent / "latest").symlink_to(last.name)
    agents = [{"name": name, "id": id_, "findings": [{"id": f"{id_}beef", "rule": "X01"}]} for name, id_ in AGENTS]
    (last / "report.json").write_text(json.dumps({"agents": agents}))
    (tmp_path / "support agent.json").write_text("[]")
    (tmp_path / "datarisk.toml").write_text('[policy]\nrules = ["own.toml"]\n')
    (tmp_path / "own.toml").write_text('[[rule]]\nid = "OWN7"\ntitle = "Ours"\n')
    shell = Typed(request.param, tmp_path)
    yield shell
    shell.close()


def test_a_shell_completes_commands_rules_formats_languages_agents_findings_and_files(
    typed: Typed, tmp_path: Path
) -> None:
    assert typed.completed("datarisk expl", "explain")
    assert typed.completed("datarisk explain L0\t", r"L01[\s\S]*L03")
    assert typed.completed("datarisk explain OWN", "OWN7")
    assert typed.completed("datarisk report -f findi", r"findings\.csv")
    assert typed.completed("datarisk check -f sar", "sarif")
    assert typed.completed("datarisk report --lang d", "--lang de")
    assert typed.completed("datarisk report --agent Cle", "Clerk")
    assert typed.completed("datarisk check --agent Cla", r"Claims\\ assessor|'Claims assessor'|Claims assessor")
    assert typed.completed("datarisk report --agent tw", "twin-")
    assert typed.completed("datarisk report --agent od", "odd-one")
    assert typed.completed("datarisk waivers new a1", "a1beef")
    assert typed.completed("datarisk check supp", r"support\\ agent\.json|'support agent\.json'")
    # A name that a shell would run is offered by nobody, and neither is it where all of them are listed.
    assert "touch" not in typed.completed("datarisk report --agent Cl\t", "Clerk")
    assert not (tmp_path / "taken").exists()
