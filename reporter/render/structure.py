"""The rows of a matrix, told apart in a PDF's structure.

A lot of a matrix is laid out as one cell of names and one of answers, a line for each row: a table row of its own for
each would cost more than all else on the page. A reader of the structure shall not notice: here every line becomes the
cell of a row. ISO 32000-1, 14.7 (structure) and 14.8.4.3.4 (tables).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pydyf

from reporter.errors import RenderError


#: So many columns the cell of answers spans where it holds many rows; nothing else in the document does.
MARK: Final = 2


def tell_rows_apart(objects: list[Any]) -> None:
    """Gives each line of such tables a row; other tables stay as they are. New objects are added at the end.

    Raises:
        RenderError: Names and answers of a table are not equal in number.
    """
    for body in [each for each in objects if _kind(each) == "/TBody"]:
        rows = _kids(body, objects)
        cells = _kids(rows[0], objects) if len(rows) == 1 else []
        if [_kind(cell) for cell in cells] == ["/TH", "/TD"] and cells[1]["A"].get("ColSpan") == MARK:
            _deal(body, rows[0], cells, objects)


def _deal(body: Any, first: Any, cells: Sequence[Any], objects: list[Any]) -> None:
    names, answers = (list(_lines(cell, objects)) for cell in cells)
    if len(names) != len(answers):
        raise RenderError(f"the PDF cannot be made: {len(names)} names stand beside {len(answers)} rows of answers")
    rows = []
    for name, answer in zip(names, answers, strict=True):
        row = first if not rows else _row(body, objects)
        header = pydyf.String(f"row-{name.number}")
        name.update({"S": "/TH", "P": row.reference, "ID": header})
        name["A"] = pydyf.Dictionary({"O": "/Table", "Scope": "/Row"})
        answer.update({"S": "/TD", "P": row.reference})
        answer["A"] = pydyf.Dictionary({"O": "/Table", "Headers": pydyf.Array([header])})
        row["K"] = pydyf.Array([name.reference, answer.reference])
        rows.append(row.reference)
    body["K"] = pydyf.Array(rows)


def _row(body: Any, objects: list[Any]) -> Any:
    row = pydyf.Dictionary({"Type": "/StructElem", "S": "/TR", "P": body.reference})
    row.number = len(objects)
    objects.append(row)
    return row


def _lines(element: Any, objects: Sequence[Any]) -> Iterator[Any]:
    """The elements that hold text themselves, in order."""
    kids = element["K"]
    if kids and isinstance(kids[0], int):
        yield element
        return
    for kid in _kids(element, objects):
        yield from _lines(kid, objects)


def _kids(element: Any, objects: Sequence[Any]) -> list[Any]:
    return [objects[int(kid.split()[0])] for kid in element["K"] if isinstance(kid, bytes)]


def _kind(each: Any) -> str:
    return str(each.get("S", "")) if isinstance(each, dict) and each.get("Type") == "/StructElem" else ""
