"""The formats of a check: which there are, what renders each, and which of them a file's name asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Final, Literal, assert_never

from reporter.gate.policy import Verdict
from reporter.render.document import Document
from reporter.view.report import Report

CheckFormat = Literal["sarif", "junit", "markdown", "github"]

Checker = Callable[[Report, Verdict], Document]


def checker(format_: CheckFormat) -> Checker:
    """The renderer of a format, imported when it is needed."""
    match format_:
        case "sarif":
            from reporter.render.check import sarif  # noqa: PLC0415

            return sarif.render
        case "junit":
            from reporter.render.check import junit  # noqa: PLC0415

            return junit.render
        case "markdown":
            from reporter.render.check import markdown  # noqa: PLC0415

            return markdown.render
        case "github":
            from reporter.render.check import github  # noqa: PLC0415

            return github.render
        case _:
            assert_never(format_)


_BY_ENDING: Final[dict[str, CheckFormat]] = {
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".github.txt": "github",
}


def inferred(name: str) -> CheckFormat | None:
    """The format that a file's name asks for; None where it ends in none of theirs."""
    plain = PurePath(name).name.lower()
    return next((format_ for ending, format_ in _BY_ENDING.items() if plain.endswith(ending)), None)
