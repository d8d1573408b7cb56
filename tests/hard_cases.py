"""Reports whose pages are hard to lay out; each is looked at, checked and compared with its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from builders import agent, inventory, pinned, risk, schema_version, span_type
from pages import busy_risk, hostile, odd_risk, view, waived

from reporter.declared.model import Gap, Inventory
from reporter.declared.vocabulary import CATEGORY_NAMES, LEVELS
from reporter.view.report import Report

Records = list[dict[str, Any]]

_LONG = {
    "one unbroken word": "x" * 200,
    "words": "Claims that nobody else has taken since " * 5,
    "wide": "漢字の長い名前" * 28 + "字字字字",
    "from the right": "وكيل لمعالجة المطالبات " * 8,
    "emoji": "😀" * 200,
}


def _mixed(number: int) -> dict[str, Any]:
    """A declaration unlike its neighbours'."""
    included = CATEGORY_NAMES[number % len(CATEGORY_NAMES)]
    level = LEVELS[number % len(LEVELS)]
    declared = risk(included, allowed=("read_data",), level=level, result=(included,))
    if number % 3 == 0:
        declared["action_profile"]["update_data"] = "unknown"
    if number % 4 == 0:
        del declared["params_data_categories"][CATEGORY_NAMES[(number + 5) % len(CATEGORY_NAMES)]]
    return declared


def _agent(number: int, *span_types: dict[str, Any], name: str | None = None) -> Records:
    key = f"a{number:03}"
    return [agent(key, name or f"Agent {number:03}"), schema_version(f"v-{key}", *span_types, agent=key)]


def _agents(count: int) -> Inventory:
    records: Records = []
    for number in range(count):
        span_types = (span_type(f"tool:{number:03}.{n}", _mixed(number + n) if number % 7 else None) for n in range(2))
        records += _agent(number, *span_types)
    return inventory(*records)


def _span_types(count: int) -> Inventory:
    return inventory(*_agent(1, *(span_type(f"tool:desk.{n:02}", _mixed(n)) for n in range(count))))


def _long_names() -> Inventory:
    records: Records = []
    for number, (kind, text) in enumerate(_LONG.items()):
        named = span_type(f"tool:{kind}:{text}", _mixed(number), title=text, description=text)
        records += _agent(number, named, span_type(f"tool:{kind}", _mixed(number + 1)), name=f"{kind} {text}"[:200])
        records += pinned(f"v-a{number:03}", f"Environment {text}"[:200], agent_id=f"a{number:03}")
    return inventory(*records)


def _extensions() -> Inventory:
    declared = odd_risk()
    declared["params_data_categories"] |= {
        f"own_category_{n}": ("included", "unknown", "maybe")[n % 3] for n in range(8)
    }
    declared["result_data_categories"] |= {"z" * 500: "included", "classification": "top secret"}
    declared["action_profile"] |= {"launch_missiles": "allowed", "read_data": {"a": [1, 2]}}
    return inventory(*_agent(1, *(span_type(f"tool:odd.{n}", declared if n % 2 else _mixed(n)) for n in range(12))))


def _versions() -> Inventory:
    records: Records = [agent("a1", "Claims")]
    for number, environment in enumerate(("Development", "Staging", "Production")):
        declared = (span_type(f"tool:claims.{n}", _mixed(number * 3 + n)) for n in range(3 + number))
        records.append(schema_version(f"v{number}", *declared, at=f"2026-0{number + 1}-01T00:00:00Z"))
        records += pinned(f"v{number}", environment)
    return inventory(*records)


def _levels() -> Inventory:
    records: Records = []
    for number, level in enumerate((*LEVELS, None)):
        known = risk("contact_information", level=level) if level else risk()
        open_ = risk("contact_information")
        for side in ("params_data_categories", "result_data_categories"):
            open_[side]["classification"] = "unknown"
            known[side].pop("classification") if level is None else None
        known["action_profile"]["update_data"] = "unknown"
        records += _agent(
            number, span_type("tool:stated", known), span_type("tool:open", open_), name=f"At least {level}"
        )
    return inventory(*records)


def _undetermined() -> Inventory:
    declared = dict.fromkeys(CATEGORY_NAMES, "unknown")
    said_unknown = risk() | {"params_data_categories": declared, "result_data_categories": declared}
    said_nothing: dict[str, Any] = {"action_profile": {}, "params_data_categories": {}}
    return inventory(*_agent(1, span_type("tool:unknown", said_unknown), span_type("tool:nothing", said_nothing)))


def _many_findings() -> Inventory:
    """Findings and kinds of data that fill more than a line, names that fill more than a box, and answers missing."""
    names = (
        "tool:claims.read",
        "tool:claims.write",
        "llm:a name that no box has room for, or nearly none",
        "crm/lookup",
        "x",
    )
    unknown = risk() | {"params_data_categories": dict.fromkeys(CATEGORY_NAMES, "unknown")}
    declared = [busy_risk() if number % 2 else _mixed(number) for number in range(44)]
    declared = [unknown if number % 5 == 0 else each for number, each in enumerate(declared)]
    span_types = (span_type(f"{names[n % 5]}.{n}", each if n % 11 else None) for n, each in enumerate(declared))
    return inventory(*_agent(1, *span_types))


def _gaps(count: int) -> Inventory:
    found = _agents(2)
    gaps = (
        Gap("the deployments of an agent", "HTTP 403", f"g{n:02}", f"GET /agent_deployment?agent_id=g{n:02}")
        for n in range(count)
    )
    return replace(found, gaps=tuple(gaps))


_CASES: dict[str, Callable[[], Inventory]] = {
    "no agents": inventory,
    "one agent": lambda: _span_types(3),
    "one agent without span types": lambda: inventory(*_agent(1)),
    "13 agents": lambda: _agents(13),
    "120 agents": lambda: _agents(120),
    "25 span types": lambda: _span_types(25),
    "60 span types": lambda: _span_types(60),
    "long names": _long_names,
    "extensions and odd values": _extensions,
    "one gap": lambda: _gaps(1),
    "40 gaps": lambda: _gaps(40),
    "several versions": _versions,
    "everything not assessed": lambda: inventory(*_agent(1, *(span_type(f"tool:{n}") for n in range(5)))),
    "everything known": lambda: inventory(*_agent(1, *(span_type(f"tool:{n}", risk()) for n in range(5)))),
    "many findings": _many_findings,
    "at least": _levels,
    "undetermined and unknown": _undetermined,
}
NAMES = (*_CASES, "hostile", "waivers")


@cache
def case(name: str) -> Report:
    """The view of one of ``NAMES``."""
    if name == "hostile":
        return hostile("http://127.0.0.1:9/x", "file:///etc/hostname")
    return waived() if name == "waivers" else view(_CASES[name]())
