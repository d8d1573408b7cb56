"""Conditions over declared facts, as the catalogue's files write them: leaves, and ``all`` or ``any`` of conditions.

A condition is judged in three values: it holds, it does not, or answers are missing so that it cannot be ruled out.
It is compiled once, to operations on the bits of ``facts``, which judge hundreds of entries at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import and_, or_
from typing import Any, Final, Protocol

from reporter.declared.flows import BY_NAME, CLASS_NAMES, LEVEL_FIELDS, Facts, Field, Ways, ways
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORIES,
    CATEGORY_NAMES,
    FLAGS,
    LEVELS,
    RANK,
    SIDE_PARTS,
    SIDES,
    UNKNOWN,
    Side,
    in_groups,
)


class Condition(Protocol):
    """Judges some entries at once, and says of one what it rests on."""

    def __call__(self, facts: Facts) -> Ways:
        """The entries for which it holds, and those for which it holds or cannot be ruled out."""

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        """The fields that make it so for one entry, by its bit: of what may hold, those that are missing too."""

    def reads(self) -> frozenset[Field]:
        """All fields that it looks at."""


class ConditionError(ValueError):
    """A condition that cannot be understood; ``key`` is what in it."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(what)
        self.key = key


#: The groups of columns, those of one law each, and two more.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    **{group: in_groups(group) for group in dict.fromkeys(term.group for term in CATEGORIES)},
    "personal_data": FLAGS[0].categories,
    "all": CATEGORY_NAMES,
}
_SIDES: Final[dict[str, tuple[Side, ...]]] = {"params": ("params",), "result": ("result",), "either": SIDES}
_INCLUDED: Final[dict[str, tuple[Side, ...]]] = {"params": ("params",), "result": ("result",), "both": SIDES}


def rank(ways_: Ways, entry: int = 1) -> int:
    """Of one entry, by its bit: 2 where it holds, 1 where it cannot be ruled out, 0 where it does not."""
    return bool(ways_.certain & entry) + bool(ways_.possible & entry)


@dataclass(frozen=True, slots=True)
class _Joined:
    """Holds where all of its parts do (``and_``), or one of them (``or_``)."""

    join: Callable[[Ways, Ways], Ways]
    parts: Sequence[Condition]

    def __call__(self, facts: Facts) -> Ways:
        return reduce(self.join, (part(facts) for part in self.parts))

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        parts = self.parts
        if self.join is or_:
            # Where one part holds, those that only may hold are no reason; where none does, nothing is.
            ranks = [rank(part(facts), entry) for part in parts]
            most = max(ranks) or None
            parts = [part for part, each in zip(parts, ranks, strict=True) if each == most]
        return frozenset().union(*(part.fields(facts, entry) for part in parts))

    def reads(self) -> frozenset[Field]:
        return frozenset().union(*(part.reads() for part in self.parts))


@dataclass(frozen=True, slots=True)
class _Answered:
    """Whether some of these fields has this answer."""

    over: tuple[Field, ...]
    answer: str

    def __call__(self, facts: Facts) -> Ways:
        # Plain integers, and one pair at the end: rules ask about some thousand fields of each lot of entries.
        decided = undecided = 0
        told = self._told(facts)
        for field in self.over:
            decided |= told[field]
            undecided |= facts.open(field)
        return Ways(undecided, undecided) if self.answer == UNKNOWN else Ways(decided, decided | undecided)

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        told = self._told(facts)
        # A decided answer is the whole reason; an open one counts only where nothing is decided.
        decided = frozenset(field for field in self.over if self.answer != UNKNOWN and told[field] & entry)
        return decided or frozenset(field for field in self.over if facts.open(field) & entry)

    def _told(self, facts: Facts) -> Mapping[Field, int]:
        return facts.yes if self.answer in ("included", "allowed") else facts.no

    def reads(self) -> frozenset[Field]:
        return frozenset(self.over)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Something about one category or side, which rests on the same fields wherever it may hold."""

    judge: Callable[[Facts], Ways]
    over: frozenset[Field]

    def __call__(self, facts: Facts) -> Ways:
        return self.judge(facts)

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        return self.over if self.judge(facts).possible & entry else frozenset()

    def reads(self) -> frozenset[Field]:
        return self.over


def compiled(given: Any) -> Condition:
    """A condition of a file, ready to judge.

    Raises:
        ConditionError: A key or a value in it is not known.
    """
    if not isinstance(given, Mapping) or not given:
        raise ConditionError('a condition is a table, such as { action = "read_data", is = "allowed" }', "when")
    for key, compile_ in _FORMS.items():
        if key in given:
            return compile_(given)
    keys = ", ".join(map(str, given))
    raise ConditionError(f"a condition has one of {', '.join(_FORMS)}, not {keys}", "when")


def _joined(how: str, given: Mapping[str, Any]) -> Condition:
    _only(given, {how})
    if not isinstance(given[how], list) or not given[how]:
        raise ConditionError(f"{how} is a list of conditions", how)
    return _Joined(and_ if how == "all" else or_, tuple(map(compiled, given[how])))


def _only(given: Mapping[str, Any], known: set[str]) -> None:
    # A mistyped key that is passed over would make another condition of it, which nobody meant.
    for key in given:
        if key not in known:
            raise ConditionError(f"{key} is not known here; known are {', '.join(sorted(known))}", key)


def _one_of(given: Mapping[str, Any], key: str, known: Iterable[str]) -> str:
    value = given.get(key)
    if not isinstance(value, str) or value not in known:
        raise ConditionError(f"{key} = {value!r}: it is one of {', '.join(known)}", key)
    return value


def _some_of(given: Mapping[str, Any], key: str, known: Sequence[str]) -> list[str]:
    value = given[key]
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values:
        raise ConditionError(f"{key} is a name or a list of names", key)
    for each in values:
        if each not in known:
            raise ConditionError(f"{key}: there is no {each!r}; there are {', '.join(known)}", key)
    return values


def _action(given: Mapping[str, Any]) -> Condition:
    _only(given, {"action", "is"})
    names = _some_of(given, "action", ACTION_NAMES)
    answer = _one_of(given, "is", ("allowed", "disallowed", UNKNOWN))
    return _Answered(tuple(("action_profile", name) for name in names), answer)


def _categories(given: Mapping[str, Any]) -> Sequence[str]:
    if "group" in given:
        return GROUPS[_one_of(given, "group", GROUPS)]
    return _some_of(given, "category", CATEGORY_NAMES)


def _category(given: Mapping[str, Any]) -> Condition:
    _only(given, {"side", "is", "group" if "group" in given else "category"})
    names = _categories(given)
    sides = _SIDES[_one_of(given, "side", _SIDES)]
    answer = _one_of(given, "is", ("included", "excluded", UNKNOWN))
    return _Answered(tuple((SIDE_PARTS[side], name) for side in sides for name in names), answer)


def _classification(given: Mapping[str, Any]) -> Condition:
    """Whether what flows on a side is at one of these levels, or states none."""
    _only(given, {"classification", "side"})
    levels = _some_of(given, "classification", (*LEVELS, UNKNOWN))
    ranks = [RANK[level] for level in levels if level != UNKNOWN]

    def judge(side: Side, facts: Facts) -> Ways:
        stated, silent = 0, facts.open(LEVEL_FIELDS[side])
        for each in ranks:
            stated |= facts.levels[side][each]
        # Who states no level may be at any; whether silence is asked for decides if that is enough.
        return Ways(stated | silent if UNKNOWN in levels else stated, stated | silent)

    sides = _SIDES[_one_of(given, "side", _SIDES)]
    return _Joined(or_, tuple(_Leaf(partial(judge, side), frozenset({LEVEL_FIELDS[side]})) for side in sides))


def _flow(given: Mapping[str, Any]) -> Condition:
    """Whether some of these categories flows in one way, and is included on the side that is named, or on both."""
    _only(given, {"flow", "category", "group", "included"})
    name = _one_of(given, "flow", CLASS_NAMES)
    sides = _INCLUDED[_one_of(given, "included", _INCLUDED)] if "included" in given else ()

    def leaf(category: str) -> Condition:
        both_sides = ((part, category) for part in SIDE_PARTS.values())
        flows = _Leaf(lambda facts: ways(name, facts, category), frozenset([*both_sides, *BY_NAME[name].rests_on]))
        return _Joined(and_, (flows, *(_Answered(((SIDE_PARTS[side], category),), "included") for side in sides)))

    return _Joined(or_, tuple(map(leaf, _categories(given))))


_FORMS: Final[dict[str, Callable[[Mapping[str, Any]], Condition]]] = {
    "all": partial(_joined, "all"),
    "any": partial(_joined, "any"),
    "flow": _flow,
    "action": _action,
    "classification": _classification,
    "category": _category,
    "group": _category,
}
