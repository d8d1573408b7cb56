"""Conditions over declared facts, as the catalogue's files write them: leaves, and ``all`` or ``any`` of conditions.

A condition is judged in three values: it holds, it does not, or answers are missing so that it cannot be ruled out.
It is compiled once, to operations on the bits of ``facts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from reporter.declared.facts import LEVEL_FIELDS, Facts, Field
from reporter.declared.flows import BY_NAME, CLASS_NAMES, Ways, ways
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORIES,
    CATEGORY_NAMES,
    FLAGS,
    LEVELS,
    RANK,
    SIDE_PARTS,
    SIDES,
    Side,
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


GROUPS: Final[dict[str, tuple[str, ...]]] = {
    **{
        group: tuple(t.name for t in CATEGORIES if t.group == group)
        for group in dict.fromkeys(t.group for t in CATEGORIES)
    },
    "personal_data": FLAGS[0].categories,
    "all": CATEGORY_NAMES,
}
_SIDES: Final[dict[str, tuple[Side, ...]]] = {"params": ("params",), "result": ("result",), "either": SIDES}
_EXTERNAL: Final = "external_communication"


def compiled(given: Any) -> Condition:
    """A condition of a file, ready to judge.

    Raises:
        ConditionError: A key or a value in it is not known.
    """
    if not isinstance(given, Mapping) or not given:
        raise ConditionError('a condition is a table, such as { action = "read_data", is = "allowed" }', "when")
    joined = {"all", "any"} & given.keys()
    if joined:
        return _joined(given, joined.pop())
    for key, compile_ in _LEAVES.items():
        if key in given:
            return compile_(given)
    raise ConditionError(f"a condition has one of {', '.join(['all', 'any', *_LEAVES])}, not {_keys(given)}", "when")


def _joined(given: Mapping[str, Any], how: str) -> Condition:
    _only(given, {how})
    if not isinstance(given[how], list) or not given[how]:
        raise ConditionError(f"{how} is a list of conditions", how)
    parts = tuple(compiled(each) for each in given[how])
    return _All(parts) if how == "all" else _Any(parts)


def rank(ways_: Ways, entry: int = 1) -> int:
    """Of one entry, by its bit: 2 where it holds, 1 where it cannot be ruled out, 0 where it does not."""
    return bool(ways_.certain & entry) + bool(ways_.possible & entry)


@dataclass(frozen=True, slots=True)
class _All:
    """Holds where all of its parts do."""

    parts: tuple[Condition, ...]

    def __call__(self, facts: Facts) -> Ways:
        found = Ways(facts.all, facts.all)
        for part in self.parts:
            found &= part(facts)
        return found

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        return frozenset().union(*(part.fields(facts, entry) for part in self.parts))

    def reads(self) -> frozenset[Field]:
        return frozenset().union(*(part.reads() for part in self.parts))


@dataclass(frozen=True, slots=True)
class _Any:
    """Holds where one of its parts does, and rests on those that say most."""

    parts: tuple[Condition, ...]

    def __call__(self, facts: Facts) -> Ways:
        found = Ways(0, 0)
        for part in self.parts:
            found |= part(facts)
        return found

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        ranks = [rank(part(facts), entry) for part in self.parts]
        most = max(ranks)
        return frozenset().union(
            *(part.fields(facts, entry) for part, one in zip(self.parts, ranks, strict=True) if one == most)
        )

    def reads(self) -> frozenset[Field]:
        return frozenset().union(*(part.reads() for part in self.parts))


def _only(given: Mapping[str, Any], known: set[str]) -> None:
    for key in given:
        if key not in known:
            raise ConditionError(f"{key} is not known here; known are {', '.join(sorted(known))}", key)


def _keys(given: Mapping[str, Any]) -> str:
    return ", ".join(map(str, given))


def _one_of(given: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
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


@dataclass(frozen=True, slots=True)
class _Answered:
    """Whether some of these fields has this answer."""

    over: tuple[Field, ...]
    answer: str

    def __call__(self, facts: Facts) -> Ways:
        decided = undecided = 0
        told = facts.yes if self.answer in _YES else facts.no
        for field in self.over:
            decided |= told[field]
            undecided |= facts.open(field)
        return Ways(undecided, undecided) if self.answer == "unknown" else Ways(decided, decided | undecided)

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        told = facts.yes if self.answer in _YES else facts.no
        decided = frozenset(field for field in self.over if told[field] & entry)
        if decided and self.answer != "unknown":
            return decided
        return frozenset(field for field in self.over if facts.open(field) & entry)

    def reads(self) -> frozenset[Field]:
        return frozenset(self.over)


_YES: Final = frozenset({"included", "allowed"})


def _action(given: Mapping[str, Any]) -> Condition:
    _only(given, {"action", "is"})
    names = _some_of(given, "action", ACTION_NAMES)
    answer = _one_of(given, "is", ("allowed", "disallowed", "unknown"))
    return _Answered(tuple(("action_profile", name) for name in names), answer)


def _categories(given: Mapping[str, Any]) -> list[str]:
    if "group" in given:
        return list(GROUPS[_one_of(given, "group", tuple(GROUPS))])
    return _some_of(given, "category", CATEGORY_NAMES)


def _category(given: Mapping[str, Any]) -> Condition:
    _only(given, {"category", "group", "side", "is"} - ({"category"} if "group" in given else {"group"}))
    names = _categories(given)
    sides = _SIDES[_one_of(given, "side", tuple(_SIDES))]
    answer = _one_of(given, "is", ("included", "excluded", "unknown"))
    return _Answered(tuple((SIDE_PARTS[side], name) for side in sides for name in names), answer)


@dataclass(frozen=True, slots=True)
class _Classified:
    """Whether what flows on one side is at one of these levels, or states none (``silence``)."""

    side: Side
    ranks: tuple[int, ...]
    silence: bool

    def __call__(self, facts: Facts) -> Ways:
        levels = facts.levels[self.side]
        certain, silent = 0, facts.open(LEVEL_FIELDS[self.side])
        for rank in self.ranks:
            certain |= levels[rank]
        if self.silence:
            return Ways(certain | silent, certain | silent)
        return Ways(certain, certain | silent)

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        return self.reads() if self(facts).possible & entry else frozenset()

    def reads(self) -> frozenset[Field]:
        return frozenset({LEVEL_FIELDS[self.side]})


def _classification(given: Mapping[str, Any]) -> Condition:
    _only(given, {"classification", "side"})
    levels = _some_of(given, "classification", (*LEVELS, "unknown"))
    ranks = tuple(RANK[level] for level in levels if level != "unknown")
    sides = _SIDES[_one_of(given, "side", tuple(_SIDES))]
    return _Any(tuple(_Classified(side, ranks, "unknown" in levels) for side in sides))


@dataclass(frozen=True, slots=True)
class _Flows:
    """Whether some of these categories flows in one way, and, where a side is named, is included there."""

    name: str
    names: tuple[str, ...]
    still: Side | None

    def _of(self, category: str, facts: Facts) -> Ways:
        found = ways(self.name, facts, category)
        return found & _Answered(((SIDE_PARTS[self.still], category),), "included")(facts) if self.still else found

    def __call__(self, facts: Facts) -> Ways:
        found = Ways(0, 0)
        for category in self.names:
            found |= self._of(category, facts)
        return found

    def fields(self, facts: Facts, entry: int) -> frozenset[Field]:
        ranks = {category: rank(self._of(category, facts), entry) for category in self.names}
        most = max(ranks.values())
        if not most:
            return frozenset()
        return self._reads(category for category, one in ranks.items() if one == most)

    def reads(self) -> frozenset[Field]:
        return self._reads(self.names)

    def _reads(self, names: Iterable[str]) -> frozenset[Field]:
        sides = ((part, category) for category in names for part in SIDE_PARTS.values())
        return frozenset([*sides, *BY_NAME[self.name].rests_on])


def _flow(given: Mapping[str, Any]) -> Condition:
    _only(given, {"flow", "category", "group", "included"})
    name = _one_of(given, "flow", CLASS_NAMES)
    still = _SIDES[_one_of(given, "included", ("params", "result"))][0] if "included" in given else None
    return _Flows(name, tuple(_categories(given)), still)


_LEAVES: Final[dict[str, Callable[[Mapping[str, Any]], Condition]]] = {
    "flow": _flow,
    "action": _action,
    "classification": _classification,
    "category": _category,
    "group": _category,
}
