"""What stands where on the pages of a finished PDF, and in which elements of its structure."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf


@dataclass(frozen=True)
class Drawn:
    """What stands on a page: how far down and from its left, and in which elements, outermost first."""

    height: float
    left: float
    kinds: tuple[str, ...]


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


def places(page: pikepdf.Page) -> dict[int, tuple[float, float]]:
    """How far down the page and from its left what is marked is drawn."""
    found: dict[int, tuple[float, float]] = {}
    stack: list[pikepdf.Matrix] = []
    matrix, mark = pikepdf.Matrix(), None
    for each in pikepdf.parse_content_stream(page):
        operands, name = each.operands, str(each.operator)
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
            at = pikepdf.Matrix(*map(float, operands)) @ matrix
            if mark is not None:
                found.setdefault(int(mark), (float(page.mediabox[3]) - at.f, at.e))
    return found


def drawn(data: bytes) -> list[list[Drawn]]:
    """All pages, each from its top to its foot."""
    with pikepdf.open(io.BytesIO(data)) as document:
        at = [places(page) for page in document.pages]
        pages: list[list[Drawn]] = [[] for _ in document.pages]
        for page, mark, above in elements(document.Root.StructTreeRoot, document):
            if mark in at[page]:
                pages[page].append(Drawn(*at[page][mark], tuple(str(each.S) for each in above)))
    return [sorted(page, key=lambda each: each.height) for page in pages]
