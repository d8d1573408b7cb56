"""Names where there is little room: what tells them apart is kept."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from builders import agent, inventory, risk, schema_version, span_type
from hypothesis import assume, given
from hypothesis import strategies as st
from pages import view

from reporter.plain.language import of
from reporter.render.pdf import pdf
from reporter.render.sheets.flows import Flows, lists
from reporter.render.sheets.names import cut, shortened, wrapped
from reporter.render.sheets.pictures import columns
from reporter.render.sheets.sheet import sheet
from reporter.view.report import Report

NAMES = st.text("abcdefg:_.", min_size=1, max_size=90)
EXPORTS = [f"tool:customer_portal_{what}_quarterly_export_v2" for what in ("invoices", "receipts", "sessions")]


def one(char: str) -> int:
    return 1 if char else 0


@given(NAMES, st.integers(12, 40))
def test_a_cut_name_keeps_its_beginning_and_its_end_and_fits(name: str, room: int) -> None:
    short = cut(name, room, one)
    assert len(short) <= room
    assert short == name or (name.startswith(short.split("\u2026")[0]) and name.endswith(short.split("\u2026")[-1]))
    assert short[0] == name[0]
    assert short[-1] == name[-1]


@given(st.text("abc", max_size=60), st.characters(), st.characters(), st.text("abc", max_size=60), st.integers(12, 40))
def test_two_names_that_differ_in_one_place_stay_different(begin: str, a: str, b: str, end: str, room: int) -> None:
    assume(a != b and "\u2026" not in a + b)
    names = [f"{begin}{each}{end}" for each in (a, b)]
    found = shortened(names, room, one)
    assert found[names[0]] != found[names[1]]


@given(st.lists(NAMES, unique=True, max_size=6), st.integers(12, 30))
def test_a_name_stands_in_two_lines_at_most_and_each_of_them_fits(names: list[str], room: int) -> None:
    for name, lines in wrapped(names, room, one).items():
        assert len(lines) <= 2
        assert all(len(line) <= room for line in lines)
        assert "".join(lines) == name or "\u2026" in "".join(lines)


def test_siblings_that_differ_in_their_middles_are_told_apart() -> None:
    found = shortened(EXPORTS, 24, columns)
    assert len(set(found.values())) == len(EXPORTS)
    assert all(short.startswith("tool:") and short.endswith("_v2") for short in found.values())


def report_of(*span_types: dict[str, Any]) -> Report:
    return view(inventory(agent(), schema_version("v", *span_types)))


def flows_of(*span_types: dict[str, Any]) -> Flows:
    found = sheet(report_of(*span_types).agents[0].again(), of("en")).flows
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("names", "boxes"),
    [
        (["a:1", "a:2"], ["a:1", "a:2"]),
        ([f"mcp__{at}__{n}" for at in ("crm", "erp", "pay") for n in range(5)], ["mcp__crm", "mcp__erp", "mcp__pay"]),
        ([*(f"tool:{at}.{n}" for at in "ab" for n in range(9)), "llm:x"], ["llm:x", "tool:a", "tool:b"]),
    ],
)
def test_a_beginning_that_names_share_does_not_fold_them_into_one_box(names: list[str], boxes: list[str]) -> None:
    found = flows_of(*(span_type(name, risk()) for name in names))
    assert [box.label for box in found.boxes if box.column == 1] == boxes


def test_where_names_tell_nothing_an_action_parts_them_and_the_head_says_which() -> None:
    told = [risk(allowed=("external_communication",)) if n % 3 else risk() for n in range(30)]
    found = flows_of(*(span_type(f"mcp__crm__{n}", each) for n, each in enumerate(told)))
    assert found.heads[1] == "Span types: External comms"
    assert [(box.label, box.count) for box in found.boxes if box.column == 1] == [("allowed", 20), ("disallowed", 10)]


def test_a_box_of_many_says_of_how_many_it_tells() -> None:
    found = lists(flows_of(*(span_type(f"tool:{n % 2}:{n}", risk("personal_identifiers")) for n in range(8))), of("en"))
    assert "\u00b7 8/8" in found
    assert "tool:0 \u00b7 4/8" in found


def test_the_full_name_of_a_row_is_in_the_pdf_whatever_its_length() -> None:
    names = [f"tool:customer_portal_{'x' * 60}_export_v{n}" for n in (2, 10)]
    data = pdf.render(report_of(*(span_type(name, risk()) for name in names))).data
    told = "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).split())
    assert all(name in told for name in names)
