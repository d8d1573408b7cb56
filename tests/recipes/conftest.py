"""What the recipes run, run as they do, with the real ``datarisk``, a platform and a webhook on the loopback."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hooks
import pytest
from builders import span_type
from far_end import FarEnd, account, far_end, of_agent
from hooks import Hook
from scheduled import CALM, DATARISK, RECIPES, RISKY, STRICT, Ended, Gate, Odd, Platform, ended


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH, with the two programs that the recipes have installed."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "datarisk").symlink_to(DATARISK)
    (folder / "datarisk-gate").symlink_to(RECIPES / "datarisk-gate.sh")
    return folder


@pytest.fixture
def environment(programs: Path, tmp_path: Path) -> dict[str, str]:
    """What every run has around it, and nothing of whoever runs the tests."""
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "SOURCE_DATE_EPOCH": "1795456800",
        "GATE_WAIT": "0",
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory with two files of declarations, one of which triggers a review."""
    folder = tmp_path / "place"
    folder.mkdir()
    for name, declared in (("calm", CALM), ("risky", RISKY)):
        (folder / f"{name}.json").write_text(json.dumps([span_type("tool:a", declared)]))
    (folder / "datarisk.toml").write_text(STRICT)
    return folder


@pytest.fixture
def gate(place: Path, environment: dict[str, str]) -> Gate:
    """Runs ``datarisk-gate`` in the working directory."""

    def run(*sources: str, **more: str) -> Ended:
        return ended(["datarisk-gate", *sources], cwd=place, env=environment | more)

    return run


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook that is told what is new."""
    with hooks.hook() as made:
        yield made


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Starts a platform with one agent, which declares what it is told to; an ``odd`` answer comes first."""
    with ExitStack() as opened:

        def start(declared: dict[str, Any], odd: Odd = lambda asked, times: None) -> FarEnd:
            known = account()
            known["/agent_schema_version/v0"]["span_type_schemas"]["tool:a"] = span_type("tool:a", declared)
            return opened.enter_context(
                far_end(known, lambda asked, times: odd(asked, times) or of_agent(asked, times))
            )

        yield start
