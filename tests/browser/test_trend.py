"""The trend in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from archives import moved
from axe_playwright_python.sync_playwright import Axe

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_at_wcag_2_2_aa_where_there_is_a_trend(opened: Any, scheme: str, width: int) -> None:
    page = opened(moved(5), color_scheme=scheme, viewport={"width": width, "height": 900})
    assert Axe().run(page, context="#trend", options=WCAG).response["violations"] == []
