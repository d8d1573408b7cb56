"""Nothing on paper is parted from its head: read from the structure of the finished PDF, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn import Drawn, drawn
from hard_cases import case

from reporter.render.pdf import pdf

CASES = Path(__file__).resolve().parent.parent / "cases"
HEADS = {"/H1", "/H2", "/H3", "/H4", "/H5"}
NEAR = 3  # points between what stands on one line
COLUMN = 30  # points between what stands in one column of text


def lines(page: list[Drawn]) -> list[list[Drawn]]:
    """What stands on a page line by line."""
    found: list[list[Drawn]] = []
    for each in page:
        if found and each.height - found[-1][0].height < NEAR:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def is_head(line: list[Drawn], beside: list[Drawn]) -> bool:
    """Whether a head is in it, in the column of text that the other line is in."""
    left = min(each.left for each in beside)
    return any(set(each.kinds) & HEADS and abs(each.left - left) < COLUMN for each in line)


def is_within(line: list[Drawn], kind: str) -> bool:
    return all(kind in each.kinds for each in line)


def parted(data: bytes) -> list[str]:
    """What stands at the foot of a page or at its top, and belongs to what stands on another."""
    pages = [lines(page) for page in drawn(data)]
    found = []
    for number, (page, after) in enumerate(zip(pages, [*pages[1:], []], strict=True), 1):
        if len(page) > 1 and after:
            found += [f"page {number} ends with {told}" for told in at_the_foot(page, after)]
        if (
            len(page) > 1
            and number > 1
            and not is_head(page[0], page[0])
            and is_head(page[1], page[0])
            and not is_within(page[0], "/TR")
        ):
            found.append(f"page {number} begins with a line that stands alone")
    return found


def at_the_foot(page: list[list[Drawn]], after: list[list[Drawn]]) -> Iterator[str]:
    """Heads, heads of tables, and heads of rows whose cells stand on the next page."""
    last = page[-1]
    if is_head(last, last):
        yield "a head"
    elif is_head(page[-2], last) and not is_head(after[0], last):
        yield "a head and a line"
    elif is_within(last, "/THead"):
        yield "the head of a table"
    elif is_within(last, "/TH") and all("/TD" in each.kinds for each in after[0]):
        yield "the head of a row"
    elif is_within(after[0], "/TD"):
        yield "half of a row"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "case_", ["", "hospital-agent.json", "gamed.json", "x12.json"], ids=lambda name: name or "demo"
)
def test_no_head_label_or_line_is_parted_from_what_it_belongs_to(
    case_: str, language: str, datarisk: Any, tmp_path: Path
) -> None:
    command = ("report", str(CASES / case_)) if case_ else ("demo",)
    done = datarisk(*command, "-f", "pdf", "--lang", language, "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    [path] = (tmp_path / "out").glob("*/2*/report.pdf")
    assert parted(path.read_bytes()) == []


@pytest.mark.parametrize("name", ["many findings", "several versions", "25 span types", "40 gaps"])
def test_no_head_label_or_line_of_a_hard_case_is_parted_either(name: str) -> None:
    assert parted(pdf.render(case(name)).data) == []
