"""What is to be hidden: the names of agents, ids, and those who own something, as they stand in the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, get_args

from reporter.declared.model import Inventory, Record
from reporter.prefactor import shapes, tools
from reporter.redaction.owners import common, owners
from reporter.redaction.pseudonyms import Kind, Pseudonyms
from reporter.review.facts import Facts
from reporter.review.waivers import Waiver

What = Literal["agent-names", "ids", "owners", "samples"]
WHAT: Final[tuple[What, ...]] = get_args(What)

_ALONE: Final = "local"  # what files are of that name no account


def pseudonyms(
    key: bytes, what: Iterable[What], inventory: Inventory, facts: Facts | None, waivers: Iterable[Waiver]
) -> Pseudonyms:
    """Pseudonyms for all of what was asked for that the evidence names.

    Args:
        key: What they are made with.
        what: What is to be hidden.
        inventory: The evidence.
        facts: What the organisation states, with who does.
        waivers: What was accepted, with who did.
    """
    asked = set(what)
    those = [*owners(inventory, facts, waivers)] if "owners" in asked else []
    return Pseudonyms(key, named(asked, inventory), those, common(inventory, those))


def named(what: Iterable[What], inventory: Inventory) -> Iterator[tuple[Kind, str]]:
    """Each agent and id with its kind; a name that is an id too is first of all a name."""
    asked = set(what)
    if "agent-names" in asked:
        yield from (("agent", name) for name in _agents(inventory))
    if "ids" in asked:
        yield from (("id", name) for name in _ids(inventory))


def _agents(inventory: Inventory) -> Iterator[str]:
    yield from (agent.name for agent in inventory.agents)
    for record in inventory.records:
        if record.agent_name:
            yield record.agent_name
        if record.kind in ("agent", tools.CARD):
            yield from _texts(record, "name", "title")


def _ids(inventory: Inventory) -> Iterator[str]:
    for agent in inventory.agents:
        yield agent.id
        yield from filter(None, (agent.external_identifier,))
        for version in agent.schema_versions:
            yield from filter(None, (version.id, version.external_identifier))
    for record in inventory.records:
        yield from filter(None, (record.agent_id,))
        if record.kind not in tools.LISTING and record.kind != shapes.SPAN_TYPES:
            yield from _of_rows(record.value)
    if inventory.account.id != _ALONE:
        yield inventory.account.id


def _of_rows(value: Any) -> Iterator[str]:
    """What a record's own rows call ids; what a declaration or a JSON schema says is no row."""
    if isinstance(value, list):
        for item in value:
            yield from _of_rows(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in shapes.ENTRY_FIELDS or name in shapes.FLAT_FIELDS:
                continue
            if isinstance(item, str) and (name in ("id", "external_identifier") or name.endswith("_id")):
                yield item
            else:
                yield from _of_rows(item)


def _texts(record: Record, *names: str) -> Iterator[str]:
    value = record.value if isinstance(record.value, dict) else {}
    yield from (value[name] for name in names if isinstance(value.get(name), str))
