"""How much of an agent is answered, as far as a gate goes by it.

One answer must not hide all the silence beside it: under half of the fields known, or none of external communication,
of the special categories or of minors' data decided, is mostly unanswered, whatever else was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from reporter.declared.vocabulary import CELLS_PER_SPAN_TYPE, in_groups
from reporter.view.report import Agent, SpanType

Loud = Literal["not assessed", "mostly unanswered"]

_ART_9: Final = in_groups("art9")
_CHILDREN: Final = in_groups("children")
_WAY_OUT: Final = ("external_communication",)


def of_agent(agent: Agent) -> Loud | None:
    """What is too little of it; None where enough is answered."""
    return _loud(agent.span_types) if agent.assessed else "not assessed"


def of_span_type(entry: SpanType) -> Loud | None:
    """The same of one span type."""
    return _loud([entry]) if entry.assessed else "not assessed"


def _loud(entries: Iterable[SpanType]) -> Loud | None:
    found = [*entries]
    few = sum(entry.known_cells for entry in found) * 2 < len(found) * CELLS_PER_SPAN_TYPE
    asked = ((_WAY_OUT, ("action_profile",)), (_ART_9, _SIDES), (_CHILDREN, _SIDES))
    return "mostly unanswered" if few or not all(_decides(found, names, parts) for names, parts in asked) else None


_SIDES: Final = ("params_data_categories", "result_data_categories")


def _decides(entries: Iterable[SpanType], names: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether one of them decides one of these."""
    answers = (getattr(entry, part) for entry in entries for part in parts)
    return any(name in found and found[name].decided for found in answers if found for name in names)
