"""Declarations in any number, always the same for the same size."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from reporter.declared.model import Source
from reporter.declared.scope import Selection
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, LEVELS
from reporter.order import Order
from reporter.pipeline import Run, run
from reporter.prefactor import records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.view.report import Controller

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)


def registrations(agents: int, span_types: int) -> list[dict[str, Any]]:
    """What the SDK would register for so many agents of so many span types each; one in ten declares nothing."""
    chance = random.Random(20261123)
    return [
        {
            "agent_id": f"agent-{number:04}",
            "agent_version": {"external_identifier": "1.0"},
            "agent_schema_version": {
                "external_identifier": f"schema-{number:04}",
                "span_type_schemas": [_span_type(index, chance) for index in range(span_types)],
            },
        }
        for number in range(agents)
    ]


def _span_type(index: int, chance: random.Random) -> dict[str, Any]:
    return {
        "name": f"tool:step_{index:03}.{chance.choice(['get', 'update', 'notify', 'score'])}",
        "title": "A step of the work",
        "params_schema": {"type": "object", "properties": {"case": {"type": "string"}, "amount": {"type": "number"}}},
        "result_schema": {"type": "object", "properties": {"outcome": {"type": "string"}}},
        "data_risk": None if chance.random() < 0.1 else _risk(chance),  # noqa: PLR2004
    }


def _risk(chance: random.Random) -> dict[str, Any]:
    def side() -> dict[str, str]:
        answers = {name: chance.choice(["included", "excluded", "excluded", "unknown"]) for name in CATEGORY_NAMES}
        return answers | {"classification": chance.choice([*LEVELS, "unknown"])}

    return {
        "action_profile": {name: chance.choice(["allowed", "disallowed", "unknown"]) for name in ACTION_NAMES},
        "params_data_categories": side(),
        "result_data_categories": side(),
    }


def later(agents: int, span_types: int) -> list[dict[str, Any]]:
    """The same agents when every span type has come to say what another one said, and each has a new one."""
    found = registrations(agents, span_types)
    for each in found:
        entries = each["agent_schema_version"]["span_type_schemas"]
        risks = [entry["data_risk"] for entry in entries]
        for number, entry in enumerate(entries):
            entry["data_risk"] = risks[number - 1]
        entries[0] |= {"name": "tool:new", "params_schema": {"type": "string"}}
    return found


def collected(agents: int, span_types: int) -> Collected:
    """Such a corpus, as if it had been read from one file."""
    kept = [
        records.record(unit.kind, unit.value, source="corpus.json", location=f"corpus.json#{unit.pointer}")
        for unit in units(registrations(agents, span_types))
        if isinstance(unit, Unit)
    ]
    return Collected((Source("file", "corpus.json", NOW),), tuple(kept))


def found(agents: int, span_types: int) -> Run:
    """A run over such a corpus."""
    controller = Controller("Harbour Mutual", "What our AI agents are declared to do", "privacy@example.test", None)
    return run(collected(agents, span_types), Order(Selection(), controller, NOW))
