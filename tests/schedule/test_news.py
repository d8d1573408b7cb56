"""What ends soon, by documents that agree something: one line each, whoever it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from reporter.schedule.news import Ending, endings


@dataclass(frozen=True)
class Document:
    """As far as anybody looks at it here."""

    reference: str
    title: str
    expires: str | None


@dataclass(frozen=True)
class Part:
    """An agent, what was agreed for it, and a source of that; likewise."""

    name: str = ""
    agreed: Any = None
    sources: tuple[Any, ...] = ()
    documents: tuple[Document, ...] = ()
    waivers: tuple[Any, ...] = ()
    agents: tuple[Any, ...] = ()


def agent(name: str, *documents: Document) -> Part:
    return Part(name, Part(sources=(Part(documents=documents), Part(documents=documents))))


def test_a_document_that_agrees_something_ends_once_for_all_its_agents() -> None:
    dpia, past, always = (Document(f"D-{n}", "DPIA", day) for n, day in enumerate(("2026-12-01", "2026-11-22", None)))
    agents = (*(agent(f"claims-{n}", dpia, past, always) for n in range(5)), Part("free"))
    found = list(endings(cast("Any", Part(agents=agents)), date(2026, 11, 23)))
    about = "DPIA, claims-0, claims-1, claims-2 and 2 more"
    assert found == [Ending("document", "D-0", about, "2026-12-01", 8)]
