"""Declarations, API answers and inventories, short to write in tests."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from reporter.declared.answer import Answer
from reporter.declared.model import Declaration, Inventory, Source
from reporter.declared.scope import Selection, scope
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, LEVELS
from reporter.plain.language import ENGLISH
from reporter.prefactor import records
from reporter.prefactor.shapes import Unit, units
from reporter.review.assessment import assess
from reporter.review.catalogue import AS_SHIPPED, load
from reporter.view.compose import Context, compose
from reporter.view.report import Controller, Report

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)


def risk(
    *included: str, allowed: tuple[str, ...] = (), level: str = "internal", result: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A declaration in which everything is decided: what is named is included or allowed, all else is not."""
    return {
        "action_profile": {name: "allowed" if name in allowed else "disallowed" for name in ACTION_NAMES},
        "params_data_categories": _side(included, level),
        "result_data_categories": _side(result, level),
    }


def _side(included: tuple[str, ...], level: str) -> dict[str, str]:
    return {name: "included" if name in included else "excluded" for name in CATEGORY_NAMES} | {"classification": level}


def told(declaration: Declaration, part: str) -> dict[str, Any] | None:
    """What a part of a declaration says, as it was written: what was left out is left out."""
    answers = declaration.parts[part]  # type: ignore[index]
    return None if answers is None else {name: answer.value for name, answer in answers.items() if answer.given}


def plain(value: Any) -> Any:
    """What JSON holds of an answer, and of anything else that is no JSON by itself."""
    return value.value if isinstance(value, Answer) else asdict(value)


def decisions(part: str, field: str) -> tuple[str, ...]:
    """The words that decide something there."""
    if part == "action_profile":
        return ("allowed", "disallowed")
    return LEVELS if field == "classification" else ("included", "excluded")


def span_type(name: str, data_risk: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "params_schema": {"type": "object"}, "data_risk": data_risk, **more}


def schema_version(
    version_id: str,
    *span_types: dict[str, Any],
    agent: str = "a1",
    at: str | None = "2026-01-01T00:00:00Z",
    **more: Any,
) -> dict[str, Any]:
    """A schema version's details, as the API answers them."""
    return {
        "type": "agent_schema_version",
        "id": version_id,
        "agent_id": agent,
        "inserted_at": at,
        "span_type_schemas": {item["name"]: item for item in span_types},
        **more,
    }


def agent(agent_id: str = "a1", name: str = "Claims", **more: Any) -> dict[str, Any]:
    return {"type": "agent", "id": agent_id, "name": name, "status": "active", **more}


def pinned(version_id: str, environment: str, *, agent_id: str = "a1") -> list[dict[str, Any]]:
    """A deployment, the agent version that it points to, and the environment, for one schema version."""
    key = f"{agent_id}-{environment}"
    return [
        {"type": "environment", "id": f"env-{environment}", "name": environment},
        {"type": "agent_version", "id": f"av-{key}", "agent_id": agent_id, "agent_schema_version_id": version_id},
        {
            "type": "agent_deployment",
            "id": f"dep-{key}",
            "agent_id": agent_id,
            "environment_id": f"env-{environment}",
            "current_version_id": f"av-{key}",
        },
    ]


def inventory(*values: Any, collected_at: datetime = NOW) -> Inventory:
    """What these records mean together."""
    found = [unit for unit in units(list(values)) if isinstance(unit, Unit)]
    assert len(found) == len(values)
    kept = [
        records.record(unit.kind, unit.value, source="test.json", location=f"test.json#{unit.pointer}", agent_id="a1")
        for unit in found
    ]
    return records.Collected((Source("file", "test.json", collected_at),), tuple(kept)).inventory()


def composed(found: Inventory, asked: Selection | None = None, **given: Any) -> Report:
    """The report about what was read, as a run makes it.

    Args:
        found: What was read.
        asked: What is in scope.
        given: A ``controller``, the ``digest`` of the evidence, a ``language``, ``switches``, ``waivers``, ``policy``.
    """
    asked = asked or Selection()
    chosen = scope(found, asked)
    controller = given.get("controller") or Controller(None, "t", None, None)
    spoken, rules = given.get("language", ENGLISH), given.get("policy")
    context = Context(NOW, given.get("digest", "0" * 64), asked, controller, spoken, policy_sha256=rules)
    return compose(
        found,
        chosen,
        assess(chosen.agents, load(given.get("switches", AS_SHIPPED)), given.get("waivers", ()), NOW),
        context,
    )
