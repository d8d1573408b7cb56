"""Nothing on paper is parted from its head: read from the structure of the finished PDF, page by page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hard_cases import case
from pages import several, waived

from reporter.render.pdf import pdf

CASES = Path(__file__).resolve().parent.parent / "cases"
HEADS = {"/H1", "/H2", "/H3", "/H4", "/H5"}
NEAR = 3  # points between what stands on one line


@dataclass(frozen=True)
class Drawn:
    """What stands on a page: at which height, and in which elements, outermost first."""

    height: float
    kinds: tuple[str, ...]
    ids: tuple[int, ...]
    text: str = ""


def elements(node: Any, document: pikepdf.Pdf) -> Iterator[tuple[int, int, tuple[Any, ...]]]:
    """Page, mark and the elements around it, for all that is marked."""
    todo: list[tuple[Any, tuple[Any, ...]]] = [(node, ())]
    pages = {page.obj.objgen: number for number, page in enumerate(document.pages)}
    while todo:
        element, above = todo.pop()
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                todo.append((kid, (*above, kid)))
            elif not isinstance(kid, pikepdf.Dictionary):
                yield pages[element.Pg.objgen], int(kid), above
            elif "/MCID" in kid:
                yield pages[kid.get("/Pg", element.get("/Pg")).objgen], int(kid.MCID), above


def heights(page: pikepdf.Page) -> dict[int, float]:
    """How far down the page what is marked is drawn."""
    found: dict[int, float] = {}
    stack: list[pikepdf.Matrix] = []
    matrix, mark = pikepdf.Matrix(), None
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "q":
            stack.append(matrix)
        elif name == "Q":
            matrix = stack.pop()
        elif name == "cm":
            matrix = pikepdf.Matrix(*map(float, operands)) @ matrix
        elif name == "BDC" and len(operands) > 1 and isinstance(operands[1], pikepdf.Dictionary):
            mark = operands[1].get("/MCID")
        elif name == "EMC":
            mark = None
        elif name == "Tm":
            at = (pikepdf.Matrix(*map(float, operands)) @ matrix).f
            if mark is not None:
                found.setdefault(int(mark), float(page.mediabox[3]) - at)
    return found


def drawn(data: bytes) -> list[list[Drawn]]:
    """All pages, each from its top to its foot."""
    with pikepdf.open(io.BytesIO(data)) as document:
        down = [heights(page) for page in document.pages]
        pages: list[list[Drawn]] = [[] for _ in document.pages]
        numbers: dict[Any, int] = {}
        for page, mark, above in elements(document.Root.StructTreeRoot, document):
            if mark in down[page]:
                ids = tuple(numbers.setdefault(each.objgen, len(numbers)) for each in above)
                pages[page].append(Drawn(down[page][mark], tuple(str(each.S) for each in above), ids))
    return [sorted(page, key=lambda each: each.height) for page in pages]


def lines(page: list[Drawn]) -> list[list[Drawn]]:
    """What stands on a page line by line."""
    found: list[list[Drawn]] = []
    for each in page:
        if found and each.height - found[-1][0].height < NEAR:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def is_head(line: list[Drawn]) -> bool:
    return any(set(each.kinds) & HEADS for each in line)


def is_within(line: list[Drawn], kind: str) -> bool:
    return all(kind in each.kinds for each in line)


def parted(data: bytes) -> list[str]:
    """What stands at the foot of a page or at its top, and belongs to what stands on another."""
    pages = [lines(page) for page in drawn(data)]
    found = []
    for number, (page, after) in enumerate(zip(pages, [*pages[1:], []], strict=True), 1):
        if len(page) > 1 and after:
            found += [f"page {number} ends with {told}" for told in at_the_foot(page, after)]
        if len(page) > 1 and number > 1 and not is_head(page[0]) and is_head(page[1]) and not is_within(page[0], "/TR"):
            found.append(f"page {number} begins with a line that stands alone")
    return found


def at_the_foot(page: list[list[Drawn]], after: list[list[Drawn]]) -> Iterator[str]:
    """Heads, heads of tables, and heads of rows whose cells stand on the next page."""
    last = page[-1]
    if is_head(last):
        yield "a head"
    elif is_head(page[-2]) and not is_head(after[0]):
        yield "a head and a line"
    elif is_within(last, "/THead"):
        yield "the head of a table"
    elif is_within(last, "/TH") and all("/TD" in each.kinds for each in after[0]):
        yield "the head of a row"
    elif is_within(after[0], "/TD"):
        yield "half of a row"


@cache
def english(name: str) -> bytes:
    return pdf.render({"several": several, "waived": waived}.get(name, lambda: case(name))()).data
