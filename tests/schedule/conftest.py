"""Nights on which reports are made, and a webhook that is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hooks
import pytest
from conftest import Called
from hooks import Hook
from nights import Nights


@pytest.fixture
def nights(called: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    return Nights(called, tmp_path, monkeypatch)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooks.hook() as made:
        yield made
