"""What a PDF's structure says, made to say what the page shows: the rows of tables told apart, and whole lists.

A matrix or a table of flags is laid out as one cell of names and one or more of answers, a line for each row: a table
row for each would cost more than all else on the page. A reader of the structure shall not notice: here every line
becomes the cell of a row. ISO 32000-1, 14.7 (structure) and 14.8.4.3.4 (tables).
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
        RenderError: The columns of a table differ in length.
    """
    for body in [each for each in objects if _kind(each) == "/TBody"]:
        rows = _kids(body, objects)
        cells = _kids(rows[0], objects) if len(rows) == 1 else []
        if len(cells) > 1 and cells[1]["A"].get("ColSpan") == MARK:
            _deal(body, rows[0], cells, objects)


def mend_lists(objects: list[Any]) -> None:
    """Lists that are set as tables get one L around their LIs; what the table put between says nothing itself."""
    for item in [each for each in objects if _kind(each) == "/LI"]:
        above = _parent(item, objects)
        if _kind(above) == "/NonStruct":
            for put_between in (item, *_kids(item, objects)):
                put_between["S"] = "/NonStruct"
        elif _kind(above) == "/Div":
            above["S"] = "/L"
    for each in objects:
        if _kind(each) == "/L" and all(_kind(kid) != "/LI" for kid in _kids(each, objects)):
            each["S"] = "/NonStruct"


def _deal(body: Any, first: Any, cells: Sequence[Any], objects: list[Any]) -> None:
    columns = [list(_lines(cell, objects)) for cell in cells]
    if len({len(column) for column in columns}) > 1:
        raise RenderError(
            f"the PDF cannot be made: columns of {', '.join(str(len(column)) for column in columns)} rows"
        )
    rows: list[bytes] = []
    for lines in zip(*columns, strict=True):
        row = first if not rows else _row(body, objects)
        name, *answers = (_cell(line, objects) for line in lines)
        header = pydyf.String(f"row-{name.number}")
        name.update({"S": "/TH", "P": row.reference, "ID": header})
        name["A"] = pydyf.Dictionary({"O": "/Table", "Scope": "/Row"})
        for answer in answers:
            answer.update({"S": "/TD", "P": row.reference})
            answer["A"] = pydyf.Dictionary({"O": "/Table", "Headers": pydyf.Array([header])})
        row["K"] = pydyf.Array([cell.reference for cell in (name, *answers)])
        rows.append(row.reference)
    body["K"] = pydyf.Array(rows)


def _cell(line: Any, objects: list[Any]) -> Any:
    """The element that becomes a cell: the line itself, or around a link one more."""
    if line["S"] != "/Link":
        return line
    cell = _added(pydyf.Dictionary({"Type": "/StructElem", "K": pydyf.Array([line.reference])}), objects)
    line["P"] = cell.reference
    return cell


def _row(body: Any, objects: list[Any]) -> Any:
    return _added(pydyf.Dictionary({"Type": "/StructElem", "S": "/TR", "P": body.reference}), objects)


def _added(element: Any, objects: list[Any]) -> Any:
    element.number = len(objects)
    objects.append(element)
    return element


def _lines(element: Any, objects: Sequence[Any]) -> Iterator[Any]:
    """The elements that hold text themselves, in order."""
    if any(isinstance(kid, int) for kid in element["K"]):
        yield element
        return
    for kid in _kids(element, objects):
        yield from _lines(kid, objects)


def _kids(element: Any, objects: Sequence[Any]) -> list[Any]:
    return [objects[int(kid.split()[0])] for kid in element["K"] if isinstance(kid, bytes)]


def _parent(element: Any, objects: Sequence[Any]) -> Any:
    return objects[int(element["P"].split()[0])]


def _kind(each: Any) -> str:
    return str(each.get("S", "")) if isinstance(each, dict) and each.get("Type") == "/StructElem" else ""
