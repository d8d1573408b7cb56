"""The sides of a comparison: from what is in scope, from a report, or from a file of a gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from reporter.declared.model import Account, Inventory
from reporter.declared.scope import Scope
from reporter.declared.vocabulary import PARTS, Part
from reporter.errors import UnreadableError, UsageError
from reporter.gate import baseline
from reporter.gate.baseline import Baseline
from reporter.plain.canonical import without_surrogates
from reporter.plain.language import Message
from reporter.review.answers import Names, Said, asked, in_scope
from reporter.review.difference import LOCAL, Release, Side, releases


def of_scope(inventory: Inventory, chosen: Scope, location: str) -> Side:
    """What counts of an inventory."""
    asked_at = [source.collected_at for source in inventory.sources if source.kind == "platform"]
    unread: dict[str | None, Message] = {}
    for what, why, agent_id in (
        *((gap.what, gap.why, gap.agent_id) for gap in inventory.gaps),
        *((str(gap.what), str(gap.why), gap.agent_id) for gap in chosen.gaps),
    ):
        unread.setdefault(agent_id, _unread(what, why))
    return Side(
        location,
        _account(inventory.account),
        max(asked_at).isoformat().replace("+00:00", "Z") if asked_at else None,
        in_scope(chosen.agents),
        unread=unread,
        left_out={item.agent_id: item.why for item in chosen.left_out if item.agent_id and not item.schema_version_id},
        releases=releases(chosen.agents),
    )


def of_file(path: Path, location: str, agents: Iterable[str] = ()) -> Side:
    """What a report.json or a baseline file knows of the agents that these patterns match; all, where there are none.

    Raises:
        UnreadableError: It is not what it says that it is.
    """
    try:
        found, value, _ = baseline.opened(path)
    except UsageError as error:
        raise UnreadableError(error.what, where=error.where, remedy=error.remedy) from error
    side = of_baseline(found, value, location)
    patterns = [pattern.casefold() for pattern in agents]
    return replace(side, agents=tuple(each for each in side.agents if not patterns or _matches(each, patterns)))


def of_baseline(found: Baseline, value: Mapping[str, Any], location: str) -> Side:
    """What such a file knows; ``value`` is the JSON object that it was read from."""
    return Side(
        location,
        _account(found.account),
        _read_at(value),
        found.agents,
        "names" if found.findings is not None else "schemas" if found.schemas else "answers",
        {} if found.complete else dict(_gaps(value)),
        vocabulary=_vocabulary(value),
        releases=dict(_releases(value)),
    )


def _read_at(value: Mapping[str, Any]) -> str | None:
    """When the platform was asked that a report is about: the report may have been made at any time since."""
    sources = value.get("sources")
    found = [each for each in sources if isinstance(each, dict)] if isinstance(sources, list) else []
    return max((_said(each.get("collected_at")) for each in found if each.get("kind") == "platform"), default=None)


def _account(account: Account) -> Account | None:
    return None if account.id == LOCAL else account


def _unread(what: str, why: str) -> Message:
    return Message("%(what)s: %(why)s", {"what": what, "why": why})


def _matches(agent: Said, patterns: Iterable[str]) -> bool:
    names = (agent.name.casefold(), agent.id.casefold())
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _gaps(value: Mapping[str, Any]) -> Iterator[tuple[str | None, Message]]:
    """What an incomplete report could not read; anybody may have written it."""
    gaps = value.get("gaps")
    found = [gap for gap in gaps if isinstance(gap, dict)] if isinstance(gaps, list) else []
    for gap in found:
        agent_id = gap.get("agent_id")
        yield _text(agent_id), _unread(_said(gap.get("what")), _said(gap.get("why")))
    if not found:
        yield None, Message("it says that it is incomplete")


def _vocabulary(value: Mapping[str, Any]) -> dict[Part, Names]:
    """The fields that were asked for: those that a baseline file names, or else those of today."""
    named = {"action_profile": value.get("actions")}
    found: dict[Part, Names] = {}
    for part in PARTS:
        given = named.get(part, value.get("categories"))
        found[part] = frozenset(map(str, given)) if isinstance(given, list) else asked(part)
    return found


def _releases(value: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Release, ...]]]:
    """The schema versions that a report names, as far as it is made like ours."""
    agents = value.get("agents")
    for agent in agents if isinstance(agents, list) else ():
        versions = agent.get("schema_versions")
        found = [each for each in versions if isinstance(each, dict)] if isinstance(versions, list) else []
        yield (
            _said(agent.get("id")),
            tuple(
                Release(
                    _said(each.get("id")),
                    _text(each.get("external_identifier")),
                    _text(each.get("inserted_at")),
                    tuple(map(_said, each.get("environments") or ())),
                )
                for each in found
                if not each.get("listed")
            ),
        )


def _text(value: Any) -> str | None:
    return _said(value) if isinstance(value, str) else None


def _said(value: Any) -> str:
    """Text, in which what is no Unicode is spelled out, as in all evidence."""
    return str(without_surrogates(str(value)))
