"""A real browser: the system's Chromium, started once a module. Without one its tests are skipped, but never in CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reporter.render import html
from reporter.view.report import Report

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window, gone after the module: while its driver runs, no other test can run an event loop."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (a second of imports)

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: apt install chromium")
        pytest.skip("Chromium is not installed (apt install chromium)")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a report in a tab of its own; whatever it asks for or complains about fails the test."""
    contexts, asked, complaints = [], [], []

    def open_(report: Report, fragment: str = "", **options: Any) -> Any:
        file = tmp_path / "report.html"
        file.write_bytes(html.render(report).data)
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri() + fragment)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url[:100] for url in asked if not url.startswith(("data:", tmp_path.as_uri()))] == []
