"""Declarations to start from: for what nobody declared, such as the tools of a list, span types with every answer open.

They are what the platform's SDK registers, and what this program reads. Nothing in them is answered: what names and
schemas suggest says only what to ask about first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reporter.declared.model import SpanType
from reporter.declared.vocabulary import FIELDS, PARTS, UNKNOWN
from reporter.review.assessment import Assessed
from reporter.review.lint.suggesting import suggested, urgency


def undeclared(assessed: Assessed) -> list[SpanType]:
    """The span types of an agent that nobody declared, those to ask about first before all others."""
    found = {entry.name: entry for entry in assessed.entries if entry.kind == "span" and not entry.declared_cells}
    return sorted(found.values(), key=lambda entry: (-urgency(suggested(entry)), entry.name))


def draft(assessed: Assessed, entries: Sequence[SpanType]) -> dict[str, Any]:
    """A schema version that declares them, each field unknown; it names its agent, and is read as its own."""
    return {"agent_id": assessed.agent.id, "span_type_schemas": [_entry(entry) for entry in entries]}


def _entry(entry: SpanType) -> dict[str, Any]:
    texts = {"title": entry.title, "description": entry.description}
    return {
        "name": entry.name,
        **{name: text for name, text in texts.items() if text},
        "params_schema": entry.schemas.get("params_schema", {"type": "object"}),
        **({"result_schema": entry.schemas["result_schema"]} if "result_schema" in entry.schemas else {}),
        "data_risk": {part: dict.fromkeys(FIELDS[part], UNKNOWN) for part in PARTS},
    }
