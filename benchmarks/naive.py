"""What anybody would write first: one table an agent, a row for each span type, a cell for each field."""

from __future__ import annotations

from html import escape

from reporter.declared.vocabulary import FIELDS, PARTS
from reporter.view.report import Agent, Report, SpanType

STYLE = """
@page { size: A4 landscape; margin: 10mm }
table { border-collapse: collapse; font: 5pt sans-serif }
td, th { border: .2pt solid #999; padding: 1pt }
thead th { writing-mode: sideways-lr }
.included, .allowed { background: #14365c; color: #fff }
.unknown, .undeclared { background: #ffc857 }
"""
SHORT = {"included": "I", "allowed": "A", "excluded": "X", "disallowed": "D", "unknown": "?", "undeclared": "-"}


def table(report: Report) -> str:
    """The report's declared fields as an HTML document of such tables."""
    agents = "".join(_agent(agent) for agent in report.agents)
    return f"<!doctype html><html lang=en><style>{STYLE}</style><body>{agents}</body></html>"


def _agent(agent: Agent) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for part in PARTS for name in FIELDS[part])
    rows = "".join(_row(entry) for entry in agent.span_types)
    return f"<h2>{escape(agent.name)}</h2><table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(entry: SpanType) -> str:
    cells = []
    for part in PARTS:
        values = getattr(entry, part)
        for name in FIELDS[part]:
            value = "undeclared" if values is None else str(values.get(name))
            cells.append(f'<td class="{escape(value)}">{escape(SHORT.get(value, value))}</td>')
    return f"<tr><th>{escape(entry.name)}</th>{''.join(cells)}</tr>"
