"""How much there is to read: pages of the PDF, and words on a page, of whole runs of the command."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Read:
    """A PDF: its pages, all of its words, and those of the page that has most and of the one in the middle."""

    pages: int
    words: int
    most: int
    median: float


def of(*command: str) -> Read:
    """What a command of ours writes as PDF, at a fixed time."""
    with tempfile.TemporaryDirectory(prefix="datarisk-") as folder:
        call = [sys.executable, "-m", "reporter.cli", *command, "-q", "-f", "pdf", "-o", folder]
        environment = os.environ | {"PYTHONPATH": str(HERE.parent), "SOURCE_DATE_EPOCH": "1795456800"}
        # In a folder of its own, so that no settings, waivers or facts that lie about here count.
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL, cwd=folder, env=environment)
        [path] = Path(folder).glob("*/2*/report.pdf")
        words = [len(page.extract_text().split()) for page in PdfReader(path).pages]
    return Read(len(words), sum(words), max(words), statistics.median(words))
