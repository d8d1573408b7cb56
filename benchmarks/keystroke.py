"""How soon the page answers a keystroke in its search: ``python keystroke.py [AGENTS]``, in the system's Chromium."""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import corpus

from reporter.pipeline import renderer

# From the event to the frame after the one that shows its effect.
MEASURE = """text => new Promise(done => {
  const input = document.querySelector('[name=q]');
  input.value = text;
  const start = performance.now();
  input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""


def median_ms(agents: int, span_types: int = 20) -> float | None:
    """The median over 20 keystrokes, each a letter more or less; None where there is no Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        return None
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder, "report.html")
        file.write_bytes(renderer("html")(corpus.found(agents, span_types).report).data)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(file.as_uri())
        page.evaluate("document.getElementById('agents').scrollIntoView()")
        word = "agent-0123"
        typed = [word[:end] for end in range(1, len(word) + 1)]
        taken: list[float] = [page.evaluate(MEASURE, text) for text in (*typed, *reversed(typed))]
        browser.close()
    return statistics.median(taken)


if __name__ == "__main__":
    print(median_ms(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
