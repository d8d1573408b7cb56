"""The same facts drawn by ReportLab: a cell for each field, as anybody would; and a string for each row, as a limit."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from naive import SHORT
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

from reporter.declared.vocabulary import FIELDS, PARTS
from reporter.view.report import Agent, Report, SpanType

NAVY, AMBER, GREY = HexColor("#14365c"), HexColor("#ffc857"), HexColor("#999999")
COLOURS = {"I": (NAVY, white), "A": (NAVY, white), "?": (AMBER, None), "-": (AMBER, None)}
FRAME = [("FONT", (0, 0), (-1, -1), "Helvetica", 5), ("GRID", (0, 0), (-1, -1), 0.2, GREY)]


def document(report: Report, table_of: Callable[[Agent], Table]) -> bytes:
    """A PDF of one table an agent."""
    heading = getSampleStyleSheet()["Heading2"]
    story: list[Any] = []
    for agent in report.agents:
        name = escape(agent.name)
        story += [Paragraph(f'<a name="{escape(agent.anchor)}"/>{name}', heading), table_of(agent), PageBreak()]
    target = io.BytesIO()
    SimpleDocTemplate(target, pagesize=landscape(A4), leftMargin=10 * mm, rightMargin=10 * mm).build(story)
    return target.getvalue()


def cell_per_field(agent: Agent) -> Table:
    """A cell for each field, coloured as the naive table's."""
    rows = [["", *(name[:6] for part in PARTS for name in FIELDS[part])]]
    style: list[tuple[Any, ...]] = list(FRAME)
    for number, entry in enumerate(agent.span_types, start=1):
        letters = _letters(entry)
        rows.append([entry.name, *letters])
        for place, letter in enumerate(letters, start=1):
            if letter in COLOURS:
                back, text = COLOURS[letter]
                style.append(("BACKGROUND", (place, number), (place, number), back))
                if text is not None:
                    style.append(("TEXTCOLOR", (place, number), (place, number), text))
    return Table(rows, style=TableStyle(style), repeatRows=1)


def string_per_row(agent: Agent) -> Table:
    """All letters of a row in one cell, without colours: the least that this library could draw."""
    rows = [["", "Declared fields"], *([entry.name, "".join(_letters(entry))] for entry in agent.span_types)]
    return Table(rows, style=TableStyle([*FRAME, ("FONT", (1, 1), (1, -1), "Courier", 5)]), repeatRows=1)


def _letters(entry: SpanType) -> list[str]:
    found = []
    for part in PARTS:
        values = getattr(entry, part)
        for name in FIELDS[part]:
            value = "undeclared" if values is None else str(values.get(name))
            found.append(SHORT.get(value, value[:1]))
    return found
