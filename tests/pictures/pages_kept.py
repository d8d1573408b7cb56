"""The pages that pictures are kept of. None needs a font of the system's, which another machine has not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from compare import picture
from hard_cases import case
from PIL import Image

from reporter.declared.scope import Selection
from reporter.order import Order
from reporter.pipeline import run
from reporter.render.document import PLAIN, Theme
from reporter.render.pdf import pdf
from reporter.review.past import Past
from reporter.sources.files import Files
from reporter.view.report import Controller, Report

SAMPLE: Final = "the sample"  # what it was held against: the last report, earlier ones, what was agreed, what ran
SNAPSHOT: Final = Path(__file__).parents[2] / "reports" / "sample" / "evidence" / "snapshot.json"
KEPT: Final = {
    "no agents": (1, 2),
    "one agent": (1, 2, 3, 4, 5, 6),
    "one agent without span types": (1, 2),
    "13 agents": (1, 2, 3, 5, 7),
    "120 agents": (1, 5, 6, 14),
    "25 span types": (3,),
    "60 span types": (3, 4),
    "extensions and odd values": (2, 3),
    "one gap": (1, 2),
    "40 gaps": (2, 7),
    "many findings": (2, 3, 5),
    "waivers": (2, 3, 5, 6),
    "several versions": (2,),
    "everything not assessed": (1, 2),
    "everything known": (2,),
    "at least": (2, 4),
    "undetermined and unknown": (1, 2),
    SAMPLE: (8, 9, 11),
}
LETTER: Final = (1, 2, 3, 5)  # of "13 agents"


@cache
def document(name: str, *, letter: bool = False) -> bytes:
    """A case as PDF."""
    report = _sample() if name == SAMPLE else case(name)
    return pdf.render(report, Theme(page_size="Letter") if letter else PLAIN).data


def _sample() -> Report:
    """The report of the sample's evidence, with all that it brings with it."""
    at = datetime(2026, 11, 23, 18, tzinfo=UTC)
    order = Order(Selection(), Controller(None, "What our AI agents are declared to do", None, None), at)
    # Asked for what came before it tells what it was held against, and no archive is there to ask.
    return run(Files([str(SNAPSHOT)], at).collect(), replace(order, archived=lambda *_: Past())).report


def kept() -> Iterator[tuple[str, str, int, bool]]:
    """The name of each picture; its case, its page, and whether it is on Letter."""
    for name, pages in KEPT.items():
        for page in pages:
            yield f"{name.replace(' ', '-')}-{page}", name, page, False
    for page in LETTER:
        yield f"letter-{page}", "13 agents", page, True


def drawn(name: str, page: int, *, letter: bool) -> Image.Image:
    """One of these pages."""
    return picture(document(name, letter=letter), page)
