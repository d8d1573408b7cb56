"""How much memory a report takes follows from what was declared, not from how much rests on it."""

from __future__ import annotations

import json as parser
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from builders import composed, inventory

from reporter.gate.policy import Limits, verdict
from reporter.plain.memory import Lazily
from reporter.render import json
from reporter.render.check import gate, junit, sarif
from reporter.render.document import Document, Large
from reporter.render.tables import csv
from reporter.view.report import Report

#: 50,000 span types of which nothing is said, in a gigabyte, are 20 KB each; half of it is what the program may take.
BYTES_EACH = 10_000
RENDERERS: dict[str, Callable[[Report], Document]] = {
    "report.json": json.render,
    "report.csv": csv.render,
    "findings.csv": lambda view: csv.render(view, "findings"),
    "check.json": lambda view: gate.to_json(view, verdict(view, Limits())),
    "check.sarif": lambda view: sarif.render(view, verdict(view, Limits())),
    "check.xml": lambda view: junit.render(view, verdict(view, Limits())),
}


def peak(span_types: int, render: Callable[[Report], Document]) -> int:
    """The most bytes that live at once from what was read to the finished document."""
    read = inventory({"span_type_schemas": [{"name": str(number)} for number in range(span_types)]})
    tracemalloc.start()
    try:
        made = render(composed(read))
        for _ in made.pieces():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", RENDERERS)
def test_a_bare_span_type_takes_few_bytes_in_every_large_format(name: str) -> None:
    peak(1, RENDERERS[name])  # what is made once for all documents counts for none
    few, many = 200, 400  # more of either than a document keeps in memory
    assert (peak(many, RENDERERS[name]) - peak(few, RENDERERS[name])) / (many - few) < BYTES_EACH


def test_what_is_made_lazily_is_like_a_list_and_made_anew_for_every_reader() -> None:
    made = []

    def make() -> Iterator[int]:
        made.append(1)
        return iter(range(3))

    lazy = Lazily(3, make)
    assert (len(lazy), bool(lazy), made) == (3, True, [])
    assert lazy == [0, 1, 2]
    assert (lazy[0], lazy[-1], lazy[1:], list(reversed(lazy))) == (0, 2, [1, 2], [2, 1, 0])
    assert [*lazy, *lazy] == [0, 1, 2, 0, 1, 2]


def test_a_large_document_is_read_again_from_its_beginning() -> None:
    parts = [b"x" * 1_000_003, b"", b"y" * 3_000_000, b"z"]
    document = Document("d", "text/plain", Large(parts))
    assert document.data == document.data == b"".join(parts)
    assert sum(map(len, document.pieces())) == sum(map(len, parts))


@pytest.mark.parametrize("depth", [5, 6, 7])
def test_a_document_says_the_same_on_however_many_lines(depth: int) -> None:
    odd = {"span_type_schemas": [{"name": "line\nbreak \ud800", "data_risk": {"odd": [{}, [], 1]}}]}
    view = composed(inventory(odd))
    pieces = b"".join(json.streamed(view, depth))
    assert parser.loads(pieces) == parser.loads(json.render(view).data)
    assert pieces.count(b"\n") > json.render(view).data.count(b"\n")
