"""How data are declared to flow through one span type, and what may reach the outside world through an agent.

What many declarations answer is held field by field, as numbers with a bit for each entry: a condition over an agent's
entries then costs an operation on integers for each field that it reads, however many entries there are. What is
neither yes nor no is open: declared unknown, no answer of the vocabulary, or undeclared.

Nothing of it is an observed flow: it is what declarations allow for. The classes and their conditions are those of the
method section; each category is judged by itself, and an answer that is missing leaves its class undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from reporter.declared.answer import Answers
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORY_NAMES,
    CLASSIFICATION,
    FIELDS,
    LEVELS,
    PARTS,
    RANK,
    SIDE_PARTS,
    SIDES,
    Part,
    Side,
    State,
)
from reporter.plain.language import Message

_T = TypeVar("_T")

Field = tuple[Part, str]
#: All fields of a declaration, actions last: the order in which evidence is told.
ALL_FIELDS: Final[tuple[Field, ...]] = tuple((part, name) for part in (*PARTS[1:], PARTS[0]) for name in FIELDS[part])
LEVEL_FIELDS: Final[dict[Side, Field]] = {side: (SIDE_PARTS[side], CLASSIFICATION) for side in SIDES}
_SIDE_OF: Final[dict[Part, Side]] = {part: side for side, part in SIDE_PARTS.items()}


class Facts:
    """The answers of some entries.

    Attributes:
        all: A bit for each entry, in their order.
        yes: For each field the entries that include or allow it; of a classification, those that state a level.
        no: Those that exclude or disallow it.
        levels: For each side the entries at each level, ascending.
        kept: What others have made of these facts for a category, and want again.
    """

    def __init__(self, entries: Sequence[SpanType]) -> None:
        self.all = (1 << len(entries)) - 1
        self.levels: dict[Side, list[int]] = {side: [0] * len(LEVELS) for side in SIDES}
        self.kept: dict[str, object] = {}
        self.yes: dict[Field, int] = {}
        self.no: dict[Field, int] = {}
        for part in PARTS:
            self._read(part, [entry.declaration.parts[part] for entry in entries])

    def _read(self, part: Part, declared: Sequence[Answers | None]) -> None:
        """One part of every entry."""
        yes, no = dict.fromkeys(FIELDS[part], 0), dict.fromkeys(FIELDS[part], 0)
        levels = self.levels[_SIDE_OF[part]] if part in _SIDE_OF else []
        bit = 1
        for values in declared:
            for name, answer in values.items() if values else ():
                if name not in yes:
                    continue
                if answer.meaning == "yes":
                    yes[name] |= bit
                elif answer.meaning == "no":
                    no[name] |= bit
                elif answer.level:
                    yes[name] |= bit
                    levels[RANK[answer.level]] |= bit
            bit <<= 1
        self.yes |= {(part, name): bits for name, bits in yes.items()}
        self.no |= {(part, name): bits for name, bits in no.items()}

    def open(self, field: Field) -> int:
        """The entries that decide nothing there."""
        return self.all & ~(self.yes[field] | self.no[field])


def chosen(entries: Sequence[_T], bits: int) -> Iterator[_T]:
    """The entries of these bits."""
    while bits:
        low = bits & -bits
        yield entries[low.bit_length() - 1]
        bits ^= low


def categories(fields: Iterable[Field]) -> list[str]:
    """The categories among these fields, each once, in the vocabulary's order."""
    named = {name for _, name in fields}
    return [name for name in CATEGORY_NAMES if name in named]


@lru_cache(maxsize=4096)
def in_order(fields: frozenset[Field]) -> tuple[Field, ...]:
    """Fields in the order of evidence; the same for the same fields, as many declarations rest on the same ones."""
    return tuple(field for field in ALL_FIELDS if field in fields)


class Ways(NamedTuple):
    """The entries of which something is declared, and those of which it is or may be; a bit for each."""

    certain: int
    possible: int

    def __and__(self, other: Ways) -> Ways:
        """Both hold."""
        return Ways(self.certain & other.certain, self.possible & other.possible)

    def __or__(self, other: Ways) -> Ways:
        """One of both holds."""
        return Ways(self.certain | other.certain, self.possible | other.possible)


class _Told:
    """What some entries answer about one category, ready to be joined.

    What is not declared to the contrary is possible: silence never rules a way out.
    """

    def __init__(self, facts: Facts, category: str) -> None:
        self._facts = facts
        params, result = ((part, category) for part in SIDE_PARTS.values())
        self.params, self.result = self.yes(params), self.yes(result)
        self.not_params, self.not_result = self.no(params), self.no(result)

    def yes(self, field: Field) -> Ways:
        """Whether it is included or allowed."""
        return Ways(self._facts.yes[field], self._facts.all & ~self._facts.no[field])

    def no(self, field: Field) -> Ways:
        """Whether it is excluded or disallowed."""
        return Ways(self._facts.no[field], self._facts.all & ~self._facts.yes[field])

    def below(self, lower: Side, higher: Side) -> Ways:
        """Whether what flows on one side is classified below what flows on the other; both have to state a level."""
        certain = below = stated = 0
        # From the lowest level up, ``below`` gathers the entries whose lower side stands under the level at hand: what
        # has its higher side there, and its bit in ``below`` already, is certain.
        for low, high in zip(self._facts.levels[lower], self._facts.levels[higher], strict=True):
            certain |= high & below
            below |= low
            stated |= high
        # By now ``below`` holds all whose lower side states any level; where one of both is silent, it may be so.
        return Ways(certain, certain | self._facts.all & ~(below & stated))


def _undecided(ways: Ways) -> Ways:
    """What may be, and is not declared to be."""
    open_ = ways.possible & ~ways.certain
    return Ways(open_, open_)


@dataclass(frozen=True, slots=True)
class FlowClass:
    """A way for data to flow; ``label`` is what a report calls it, ``reading`` what it asks a reviewer to look at.

    Attributes:
        rests_on: The actions and levels that it depends on, besides the category itself.
    """

    name: str
    label: Message
    reading: Message
    judge: Callable[[_Told], Ways]
    rests_on: tuple[Field, ...] = ()


_CREATE, _READ, _UPDATE, _DESTROY, _MONEY, _OUTSIDE = ((PARTS[0], name) for name in ACTION_NAMES)
_LEVELS: Final = tuple(LEVEL_FIELDS.values())
#: What uses data up without returning them: a message, a payment, a record, or what is destroyed by them.
_SINKS: Final = (_CREATE, _UPDATE, _DESTROY, _MONEY, _OUTSIDE)


def _reduced(told: _Told) -> Ways:
    found = told.params & told.not_result
    for action in _SINKS:
        found &= told.no(action)
    return found


CLASSES: Final[tuple[FlowClass, ...]] = (
    FlowClass(
        "EGRESS",
        Message("May go outside"),
        Message(
            "Declared path: it flows in (or only out) where external communication is allowed. Which recipient, which "
            "legal basis, which safeguards?"
        ),
        # The vocabulary has no direction for the outside: a reply may carry what only flows out.
        lambda told: told.yes(_OUTSIDE) & (told.params | told.result),
        (_OUTSIDE,),
    ),
    FlowClass(
        "EGRESS?",
        Message("Cannot be ruled out to go outside"),
        Message("Possible path, undecided: it may flow in, and may go outside, but not both are declared."),
        # Of what flows in alone: what only flows out is the weaker sign, and is told where it is declared.
        lambda told: _undecided(told.yes(_OUTSIDE) & told.params),
        (_OUTSIDE,),
    ),
    FlowClass(
        "INGRESS",
        Message("May come from outside"),
        Message("It flows out where external communication is allowed: is its source told to those it is about?"),
        # GDPR Art. 14: of data that were not obtained from the person, the source has to be told.
        lambda told: told.yes(_OUTSIDE) & told.result,
        (_OUTSIDE,),
    ),
    FlowClass(
        "PASS-THROUGH",
        Message("Passes through"),
        Message("It flows in and out, and nothing goes outside here: is it needed on both sides?"),
        lambda told: told.no(_OUTSIDE) & told.params & told.result,
        (_OUTSIDE,),
    ),
    FlowClass(
        "REDUCTION",
        Message("Is taken out"),
        Message(
            "It flows in and not out, and nothing may be sent, paid, recorded or destroyed here: a point of "
            "minimisation, which has to be true in code. Ask for proof."
        ),
        # GDPR Art. 5(1)(c) and 25: what is sent or booked is not returned either, and yet it is not left out.
        _reduced,
        _SINKS,
    ),
    FlowClass(
        "ORIGIN-RETRIEVED",
        Message("Is read here"),
        Message("It flows out and not in, where reading is allowed: a source of these data."),
        lambda told: told.not_params & told.result & told.yes(_READ),
        (_READ,),
    ),
    FlowClass(
        "ORIGIN-INFERRED",
        Message("Is made here"),
        Message(
            "It flows out and not in, it is neither read nor may it come from outside, and creating is allowed: it is "
            "generated or inferred. Can it be told from other data?"
        ),
        # Every other source has to be ruled out: what was read or received was there before.
        lambda told: told.not_params & told.result & told.no(_READ) & told.no(_OUTSIDE) & told.yes(_CREATE),
        (_READ, _CREATE, _OUTSIDE),
    ),
    FlowClass(
        "PERSIST",
        Message("May be stored"),
        Message("It flows in where creating or updating is allowed: how long is it kept, and who keeps it right?"),
        lambda told: told.params & (told.yes(_CREATE) | told.yes(_UPDATE)),
        (_CREATE, _UPDATE),
    ),
    FlowClass(
        "DESTROY",
        Message("May be destroyed"),
        Message("It flows in where destroying is allowed: erasure, availability, legal hold."),
        lambda told: told.params & told.yes(_DESTROY),
        (_DESTROY,),
    ),
    FlowClass(
        "DECLASSIFY",
        Message("Comes out classified lower"),
        Message("What flows out is classified below what flows in: who decided that?"),
        # A level is that of a whole side, so that it counts for each category on either.
        lambda told: (told.params | told.result) & told.below("result", "params"),
        _LEVELS,
    ),
    FlowClass(
        "UPCLASSIFY",
        Message("Comes out classified higher"),
        Message("What flows out is classified above what flows in: by aggregation, or is a label missing before?"),
        lambda told: (told.params | told.result) & told.below("params", "result"),
        _LEVELS,
    ),
)
BY_NAME: Final = {each.name: each for each in CLASSES}
CLASS_NAMES: Final = tuple(BY_NAME)


def ways(name: str, facts: Facts, category: str) -> Ways:
    """The entries in which a category flows in one way."""
    return BY_NAME[name].judge(_told(facts, category))


def _told(facts: Facts, category: str) -> _Told:
    # Many rules ask about the same category of the same entries.
    told = facts.kept.get(category)
    if not isinstance(told, _Told):
        told = facts.kept[category] = _Told(facts, category)
    return told


def classified(entries: Sequence[SpanType]) -> dict[str, list[tuple[SpanType, list[str]]]]:
    """The ways that declarations decide: for each the entries, in their order, with their categories."""
    facts = Facts(entries)
    found = {}
    for each in CLASSES:
        some: dict[int, list[str]] = {}
        for category in CATEGORY_NAMES:
            for number in chosen(range(len(entries)), each.judge(_told(facts, category)).certain):
                some.setdefault(number, []).append(category)
        if some:
            found[each.name] = [(entries[number], some[number]) for number in sorted(some)]
    return found


@dataclass(frozen=True, slots=True)
class Reach:
    """What may reach the outside world through an agent in the worst case.

    Attributes:
        included: Categories that some entry includes, on either side.
        undetermined: Those that none includes, and that some entry leaves open.
        sources: The entries that include one, with what they include.
        exits: The entries whose external communication is allowed; ``undecided_exits`` those that do not say.
        entries: How many there are.
    """

    included: tuple[str, ...]
    undetermined: tuple[str, ...]
    sources: tuple[tuple[SpanType, tuple[str, ...]], ...]
    exits: tuple[SpanType, ...]
    undecided_exits: tuple[SpanType, ...]
    entries: int

    @property
    def state(self) -> State:
        """The worst case, in the words of a category."""
        if not self.entries:
            return "none"
        if self.included and self.exits:
            return "included"
        possible = (self.included or self.undetermined) and (self.exits or self.undecided_exits)
        return "undetermined" if possible else "excluded"


def reach(entries: Sequence[SpanType]) -> Reach:
    """The upper bound: within one agent, anything may pass from any span type to any other."""
    facts = Facts(entries)
    either = {category: _told(facts, category).params | _told(facts, category).result for category in CATEGORY_NAMES}
    included = tuple(category for category, found in either.items() if found.certain)
    here = (tuple(name for name in included if either[name].certain >> number & 1) for number in range(len(entries)))
    # Not by entry: what one takes in may come out of another, and no declaration says which hands what to which.
    return Reach(
        included,
        tuple(category for category, found in either.items() if found.possible and not found.certain),
        tuple((entry, some) for entry, some in zip(entries, here, strict=True) if some),
        tuple(chosen(entries, facts.yes[_OUTSIDE])),
        tuple(chosen(entries, facts.open(_OUTSIDE))),
        len(entries),
    )
