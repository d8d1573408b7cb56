"""How much of an agent is answered, as far as a gate goes by it.

One answer must not hide all the silence beside it: under half of the fields known, or none of external communication,
of the special categories or of minors' data decided, is mostly unanswered, whatever else was said. What the version
before had and this one has not counts with the answers that it gave: dropping what nobody answered answers nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reporter.declared import model
from reporter.declared.answer import Answers
from reporter.declared.vocabulary import CELLS_PER_SPAN_TYPE, PARTS, Part, in_groups
from reporter.view.report import Agent, SpanType

Loud = Literal["not assessed", "mostly unanswered"]

_SIDES: Final[tuple[Part, ...]] = ("params_data_categories", "result_data_categories")
#: Some answer is wanted to each of these, somewhere.
_ASKED: Final[tuple[tuple[tuple[str, ...], tuple[Part, ...]], ...]] = (
    (("external_communication",), ("action_profile",)),
    (in_groups("art9"), _SIDES),
    (in_groups("children"), _SIDES),
)


@dataclass(frozen=True, slots=True)
class _Entry:
    known_cells: int
    parts: Mapping[Part, Answers | None]


def of_agent(agent: Agent, lost: Sequence[model.SpanType] = ()) -> Loud | None:
    """What is too little of it; None where enough is answered."""
    if not agent.assessed:
        return "not assessed"
    gone = (_Entry(entry.known_cells, entry.declaration.parts) for entry in lost)
    return _loud([*map(_shown, agent.span_types), *gone])


def of_span_type(entry: SpanType) -> Loud | None:
    """The same of one span type."""
    return _loud([_shown(entry)]) if entry.assessed else "not assessed"


def _shown(entry: SpanType) -> _Entry:
    parts = (entry.action_profile, entry.params_data_categories, entry.result_data_categories)
    return _Entry(entry.known_cells, dict(zip(PARTS, parts, strict=True)))


def _loud(entries: Sequence[_Entry]) -> Loud | None:
    few = sum(entry.known_cells for entry in entries) * 2 < len(entries) * CELLS_PER_SPAN_TYPE
    return "mostly unanswered" if few or not all(_decided(entries, *asked) for asked in _ASKED) else None


def _decided(entries: Sequence[_Entry], names: tuple[str, ...], parts: tuple[Part, ...]) -> bool:
    answers = (entry.parts[part] for entry in entries for part in parts)
    return any(name in found and found[name].decided for found in answers if found for name in names)
