"""Whatever is wrong with a platform: nothing is lost in silence, nothing is taken for true that is not."""

from __future__ import annotations

import logging
import tracemalloc
from pathlib import Path

import pytest
from builders import NOW
from far_world import opened
from faults import FAULTS, TOKEN, Fault
from pydantic import SecretStr

from reporter.credentials import Access
from reporter.errors import DatariskError
from reporter.scope import Selection, scope
from reporter.sources import snapshot
from reporter.sources.platform import Platform

CASES = [fault for fault in FAULTS if not fault.slow]


def held(fault: Fault, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Reads the far end, holds what comes of it to the law, and returns every word of it."""
    with opened(fault, folder) as (place, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        access = Access(place.url, SecretStr(TOKEN), "the test", **fault.settings)  # type: ignore[arg-type]
        try:
            found = Platform(access, Selection(), NOW).collect().inventory()
        except DatariskError as error:
            assert error.exit_status in (2, 3)
            assert error.remedy
            return str(error)
    if not found.gaps:
        pairs = {
            (scoped.agent.id, entry.name)
            for scoped in scope(found, Selection()).agents
            for item in scoped.versions
            for entry in item.version.span_types or ()
        }
        assert not fault.lost(pairs)
    return snapshot.to_bytes(found).decode()


@pytest.mark.parametrize("fault", CASES, ids=[fault.injected for fault in CASES])
def test_nothing_is_lost_in_silence_nor_made_up(
    fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = held(fault, tmp_path, monkeypatch) + caplog.text
    assert TOKEN not in told.lower()
    assert "pw-of-proxy" not in told


def test_there_are_many_faults_of_every_kind() -> None:
    assert len({fault.injected for fault in FAULTS}) == len(FAULTS) >= 40


def test_a_bomb_of_500_megabytes_costs_a_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [fault] = [fault for fault in FAULTS if "500 MB" in fault.injected]
    tracemalloc.start()
    try:
        told = held(fault, tmp_path, monkeypatch)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "its answer is larger than 20 MB" in told
    assert peak < 80_000_000
