"""One part of a span type at two times: which way each of its answers went, and whether that is for the worse.

Pure. Told less is never better: what was decided and is not any more is worse, and what was worse stays so when an
answer becomes unknown. Told more is never worse: whoever decides what was asked and unknown, whichever way, is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from reporter.declared.vocabulary import CLASSIFICATION, RANK, Part
from reporter.review.answers import Names, Told, asked, has_level

_NONE: Final[Names] = frozenset()
Way = Literal["widened", "narrowed", "silenced", "decided", "extended", "withdrawn", "raised", "lowered"]


class Went(NamedTuple):
    """Which way one answer went, and whether that is for the worse."""

    way: Way
    worse: bool


@dataclass(frozen=True, slots=True)
class PartSaid:
    """One part of a span type, in all versions that declare it: an answer may be several at once.

    Attributes:
        told: What each version says, ``missing`` whether one does not declare the part.
        yes: The fields that a version includes or allows, ``no`` those that one rules out.
        closed: The fields that all of these decide; of a part that one does not declare nothing is.
        fields: Every field that there is, of the vocabulary or not.
    """

    part: Part
    told: tuple[Told, ...]
    missing: bool
    yes: Names
    no: Names
    closed: Names
    fields: Names

    @classmethod
    def of(cls, part: Part, parts: Iterable[Told | None]) -> PartSaid:
        """From what each version says; None of one that does not declare the part."""
        found = [*parts]
        told = tuple(each for each in found if each is not None)
        yes, no = _NONE.union(*(each.yes for each in told)), _NONE.union(*(each.no for each in told))
        fields = asked(part).union(yes, no, *(each.open for each in told))
        closed = fields.intersection(*(each.yes | each.no for each in told))
        return cls(part, told, None in found, yes, no, closed, fields)

    def is_yes(self, field: str) -> bool:
        """Whether a version includes or allows it."""
        return field in self.yes

    def is_no(self, field: str) -> bool:
        """Whether a version rules it out."""
        return field in self.no

    def is_open(self, field: str) -> bool:
        """Whether it is undecided in one of them at least; so is what only the other time names."""
        return self.missing or field not in self.closed

    def differing(self, now: PartSaid) -> Names:
        """The fields that may have gone some way; of all others it is plain that they are as they were."""
        return (self.yes ^ now.yes) | (self.no ^ now.no) | (self.closed ^ now.closed) | (self.fields ^ now.fields)

    def names(self, field: str) -> bool:
        """Whether it was asked: where nothing was declared everything is open, so that all may be answered."""
        return self.missing or field in self.fields

    def extends(self, field: str) -> bool:
        """Whether it names a field outside the vocabulary, and does not rule it out.

        What only another version names is not open here as a field of the vocabulary is: nobody asks for it there.
        """
        own = field not in asked(self.part)
        return own and (self.is_yes(field) or any(field in each.open for each in self.told))

    def seen(self, field: str) -> object:
        """All that is answered to it."""
        if field == CLASSIFICATION and has_level(self.part):
            return {*self.levels}, self.level_open
        return self.is_yes(field), self.is_no(field), self.is_open(field), self.names(field)

    def went(self, now: PartSaid, field: str) -> Went | None:
        """Which way a field went; None where it is answered as it was."""
        if self.seen(field) == now.seen(field):
            return None
        if not self.names(field):
            return Went("extended", worse=now.extends(field))
        if not now.names(field):
            return Went("withdrawn", worse=not self.is_open(field))
        if self.is_open(field) != now.is_open(field):
            return Went("decided" if self.is_open(field) else "silenced", worse=now.is_open(field))
        yes, no = now.is_yes(field) - self.is_yes(field), now.is_no(field) - self.is_no(field)
        if self.is_open(field) and yes * no >= 0:
            # Nothing was decided by all versions that could have been taken back.
            return Went("decided" if yes + no > 0 else "silenced", worse=False)
        widened = yes > 0 or (yes == 0 and no < 0)
        return Went("widened" if widened else "narrowed", worse=yes > 0 and not self.is_open(field))

    def word(self, field: str) -> str:
        """The answer in a word of the vocabulary; the worst that it may be where it is several."""
        yes, no = ("allowed", "disallowed") if self.part == "action_profile" else ("included", "excluded")
        if self.is_open(field):
            named = field in asked(self.part) or any(field in each.open for each in self.told)
            return "undeclared" if self.missing or not named else "unknown"
        return yes if self.is_yes(field) else no

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that are stated, ascending."""
        return tuple(sorted({each.level for each in self.told if each.level}, key=RANK.__getitem__))

    @property
    def level_open(self) -> bool:
        """Whether a version does not state any."""
        return self.missing or any(each.level is None for each in self.told)

    @property
    def highest(self) -> str | None:
        """The highest level that is stated."""
        return self.levels[-1] if self.levels else None

    @property
    def level_word(self) -> str:
        """That level, unless a higher one may be meant."""
        return ("undeclared" if self.missing else "unknown") if self.level_open else self.highest or "unknown"

    @property
    def may_hold_data(self) -> bool:
        """Whether some category is included, or not ruled out."""
        return self.missing or any(each.yes or each.open or asked(self.part) - each.no for each in self.told)

    def level_went(self, now: PartSaid) -> Went | None:
        """Which way the classification went; that it sank is worse where there may be data."""
        if self.seen(CLASSIFICATION) == now.seen(CLASSIFICATION):
            return None
        then, there = self.levels, now.levels
        sank = RANK.get(now.highest or "", -1) < RANK.get(self.highest or "", -1) and now.may_hold_data
        worse = sank or (now.level_open and not self.level_open)
        if then and there and then != there:
            return Went("raised" if _height(there) > _height(then) else "lowered", worse)
        more = len(there) > len(then) or (self.level_open and not now.level_open)
        return Went("decided" if more else "silenced", worse)

    def kept_by(self, now: PartSaid) -> bool:
        """Whether every decision of this one is the same there; what was asked and undecided may be decided there."""
        if now.missing and not self.missing:
            return False
        for field in self.fields | now.fields:
            if not self.names(field) and now.extends(field):
                return False
            if not self.is_open(field):
                same = not now.is_open(field) and self.is_no(field) == now.is_no(field)
                if not (same and self.is_yes(field) == now.is_yes(field)):
                    return False
            elif (self.is_yes(field) and not now.is_yes(field)) or (self.is_no(field) and not now.is_no(field)):
                return False
        then, there = {*self.levels}, {*now.levels}
        return then <= there if self.level_open else then == there and not now.level_open


def _height(levels: tuple[str, ...]) -> tuple[int, ...]:
    """An order of what several versions state: the highest first, and of those alike the one without lower ones."""
    ranks = [RANK[each] for each in levels]
    return (ranks[-1], *ranks)
