"""Which way answers went between two times, and which of it is for the worse.

Pure. For the worse is: what was ruled out and is not any more, what was decided and is not any more, a declaration that
is gone, a level that sank although there are data, a new span type that has special data or a way out, or does not say,
and a new field outside the vocabulary that is not ruled out: nobody has asked for that before, or knows what it means.
Told less is never better: what is red stays red when a decided answer becomes unknown, or a declaration goes.
Told more is never worse: whoever decides what was asked and unknown, whichever way, is not red for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from reporter.declared.vocabulary import CLASSIFICATION, PARTS, RANK, TERMS, Part, in_groups
from reporter.gate.answers import Declared, Key, Names, Said, Told, asked, has_level

ChangeKind = Literal["widened", "silenced", "lost", "lowered", "extended", "new"]
_Place: TypeAlias = tuple[Part | None, str | None]

_SPECIAL: Final = frozenset(in_groups("art9", "art10", "children"))
_WAYS_OUT: Final = frozenset({"external_communication", "financial_transactions"})
#: What a span type must not have, or leave open, that nobody has looked at yet.
_TELLING: Final[dict[Part, Names]] = {
    "action_profile": _WAYS_OUT,
    "params_data_categories": _SPECIAL,
    "result_data_categories": _SPECIAL,
}
_PLACES: Final[dict[Part, str]] = {
    "action_profile": "actions",
    "params_data_categories": "inputs",
    "result_data_categories": "outputs",
}
_NAMED: Final = 3
# Renames with an answer more are looked for among so many; beyond them those without any are found all the same.
_SEARCHED: Final = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is worse than it was.

    Attributes:
        kind: ``widened``: ruled out, and now declared. ``silenced``: decided, and now not. ``lost``: a declaration, or
            a part of one, is gone. ``lowered``: the level. ``extended``: a field outside the vocabulary that nobody
            named before. ``new``: a span type that was not there.
        span_type: Its name, and ``entry`` its kind.
        part: None where it is about a whole declaration; likewise ``field`` where it is about a whole part.
        before: The answer that there was, in a word; None of what was not there, or not named.
        after: The answer that there is.
    """

    kind: ChangeKind
    agent_id: str
    agent_name: str
    entry: str
    span_type: str
    part: Part | None
    field: str | None
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What has become of an agent's span types.

    Attributes:
        changes: What is worse.
        gone: Those that are gone, and not there under another name.
        renamed: Those that are there under another name, with it.
    """

    changes: tuple[Change, ...]
    gone: tuple[Key, ...] = ()
    renamed: tuple[tuple[Key, Key], ...] = ()


def changes(before: Iterable[Said], after: Iterable[Said]) -> tuple[Change, ...]:
    """All that is worse now; an agent that was not there before is new with all of its span types."""
    known = {agent.id: agent for agent in before}
    return tuple(change for agent in after for change in compared(known.get(agent.id), agent).changes)


def compared(before: Said | None, after: Said) -> Compared:
    """One agent, then and now."""
    then: Mapping[Key, tuple[Declared, ...]] = before.entries if before else {}
    lost = {key: declared for key, declared in then.items() if key not in after.entries}
    new = {key: declared for key, declared in after.entries.items() if key not in then}
    renamed = _renamed(lost, new) if lost and new else {}
    found: list[Change] = []
    for key, declared in after.entries.items():
        if key in then:
            if then[key] != declared:
                found += _for_the_worse(after, key, then[key], declared)
        elif key not in renamed:
            found += _new(after, key, declared)
    old_names = {old: name for name, old in renamed.items()}
    return Compared(tuple(found), tuple(key for key in lost if key not in old_names), tuple(sorted(old_names.items())))


def _for_the_worse(agent: Said, key: Key, before: Sequence[Declared], after: Sequence[Declared]) -> Iterator[Change]:
    parts = [
        (part, _Part.of(part, (each.parts[n] for each in before)), _Part.of(part, (each.parts[n] for each in after)))
        for n, part in enumerate(PARTS)
    ]
    gone = [part for part, then, now in parts if now.missing and not then.missing]
    if len(gone) == len(PARTS):
        yield _change("lost", agent, key, (None, None), ("declared", "undeclared"))
        return
    for part, then, now in parts:
        if part in gone:
            yield _change("lost", agent, key, (part, None), ("declared", "undeclared"))
            continue
        for field in sorted(now.fields | then.fields):
            kind = then.worse(now, field)
            if kind:
                word = None if kind == "extended" else then.word(field)
                yield _change(kind, agent, key, (part, field), (word, now.word(field, last=True)))
        if has_level(part) and (kind := then.level_worse(now)):
            yield _change(kind, agent, key, (part, CLASSIFICATION), (then.highest, now.highest_or_open))


def _new(agent: Said, key: Key, declared: Sequence[Declared]) -> Iterator[Change]:
    parts = [(part, _Part.of(part, (each.parts[n] for each in declared))) for n, part in enumerate(PARTS)]
    if all(now.missing for _, now in parts):
        yield _change("new", agent, key, (None, None), (None, "undeclared"))
        return
    for part, now in parts:
        for field in sorted(now.fields):
            if now.extends(field) or (field in _TELLING[part] and (now.is_yes(field) or now.is_open(field))):
                yield _change("new", agent, key, (part, field), (None, now.word(field, last=True)))


def _change(kind: ChangeKind, agent: Said, key: Key, field: _Place, answers: tuple[str | None, str]) -> Change:
    return Change(kind, agent.id, agent.name, *key, *field, *answers)


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a span type, in all versions that declare it: an answer may be several at once."""

    part: Part
    told: tuple[Told, ...]
    missing: bool

    @classmethod
    def of(cls, part: Part, parts: Iterable[Told | None]) -> _Part:
        found = [*parts]
        return cls(part, tuple(each for each in found if each is not None), None in found)

    @property
    def fields(self) -> Names:
        """Every field that there is, of the vocabulary or not."""
        return asked(self.part).union(*(each.yes | each.no | each.open for each in self.told))

    def is_yes(self, field: str) -> bool:
        return any(field in each.yes for each in self.told)

    def is_no(self, field: str) -> bool:
        return any(field in each.no for each in self.told)

    def is_open(self, field: str) -> bool:
        """Whether it is undecided in one of them at least; so is what only the other time names."""
        return self.missing or any(field not in each.yes and field not in each.no for each in self.told)

    def extends(self, field: str) -> bool:
        """Whether it names a field outside the vocabulary, and does not rule it out.

        What only another version names is not open here as a field of the vocabulary is: nobody asks for it there.
        """
        own = field not in asked(self.part)
        return own and (self.is_yes(field) or any(field in each.open for each in self.told))

    def extended_by(self, now: _Part, field: str) -> bool:
        """Whether that is new there. Where nothing was declared everything was open, so that all may be answered."""
        return not self.missing and field not in self.fields and now.extends(field)

    def seen(self, field: str) -> object:
        """All that is answered to it."""
        if field == CLASSIFICATION and has_level(self.part):
            return {*self._levels}, self.level_open
        return self.is_yes(field), self.is_no(field), self.is_open(field)

    def worse(self, now: _Part, field: str) -> ChangeKind | None:
        if self.is_open(field):  # nothing was decided that could have been taken back
            return "extended" if self.extended_by(now, field) else None
        if now.is_open(field):
            return "silenced"
        return "widened" if now.is_yes(field) and not self.is_yes(field) else None

    def word(self, field: str, *, last: bool = False) -> str:
        """The answer in a word of the vocabulary; with ``last``, the worst that it may be where it is several."""
        yes, no = ("allowed", "disallowed") if self.part == "action_profile" else ("included", "excluded")
        if last and self.is_open(field):
            return "undeclared" if self.missing or not self._names(field) else "unknown"
        return yes if self.is_yes(field) else no

    def _names(self, field: str) -> bool:
        return field in asked(self.part) or any(field in each.open for each in self.told)

    @property
    def _levels(self) -> tuple[str, ...]:
        return tuple(each.level for each in self.told if each.level)

    @property
    def level_open(self) -> bool:
        return self.missing or any(each.level is None for each in self.told)

    @property
    def highest(self) -> str:
        """The highest level that is stated."""
        return max(self._levels, key=RANK.__getitem__, default="unknown")

    @property
    def highest_or_open(self) -> str:
        return ("undeclared" if self.missing else "unknown") if self.level_open else self.highest

    @property
    def may_hold_data(self) -> bool:
        """Whether some category is included, or not ruled out."""
        return self.missing or any(each.yes or each.open or asked(self.part) - each.no for each in self.told)

    def level_worse(self, now: _Part) -> ChangeKind | None:
        if now.level_open and not self.level_open:
            return "silenced"
        sank = RANK.get(now.highest, -1) < RANK.get(self.highest, -1)
        return "lowered" if sank and now.may_hold_data else None

    def kept_by(self, now: _Part) -> bool:
        """Whether every decision of this one is the same there; what was asked and undecided may be decided there."""
        if now.missing and not self.missing:
            return False
        for field in self.fields | now.fields:
            if self.extended_by(now, field):
                return False
            if not self.is_open(field):
                same = not now.is_open(field) and self.is_no(field) == now.is_no(field)
                if not (same and self.is_yes(field) == now.is_yes(field)):
                    return False
            elif (self.is_yes(field) and not now.is_yes(field)) or (self.is_no(field) and not now.is_no(field)):
                return False
        then, there = {*self._levels}, {*now._levels}
        return then <= there if self.level_open else then == there and not now.level_open


def same(before: Sequence[Declared], after: Sequence[Declared], part: Part, field: str) -> bool:
    """Whether one field has the answers that it had."""
    n = PARTS.index(part)
    then, now = (_Part.of(part, (each.parts[n] for each in some)) for some in (before, after))
    return then.seen(field) == now.seen(field)


# Renames -----------------------------------------------------------------------------------------------------------


def _renamed(lost: Mapping[Key, tuple[Declared, ...]], new: Mapping[Key, tuple[Declared, ...]]) -> dict[Key, Key]:
    """What is there under a new name, by that name: the same schemas, and every decision that was taken.

    An answer more does not make it another one. Otherwise whoever renames a span type and declares more of it would be
    red, and taking that answer back would be green.
    """
    found: dict[Key, Key] = {}
    alike: dict[tuple[object, ...], list[Key]] = {}
    for name, declared in new.items():
        alike.setdefault((name[0], declared), []).append(name)
    left = []
    for old, declared in lost.items():
        same = alike.get((old[0], declared))
        if same and _same_schemas(declared, declared):
            found[same.pop(0)] = old
        else:
            left.append(old)
    names = [name for name in new if name not in found]
    if len(left) <= _SEARCHED:
        may_be = {old: [name for name in names if _may_be(old, lost[old], name, new[name])] for old in left}
        for old in left:
            _assign(old, may_be, found, set())
    return found


def _assign(old: Key, may_be: Mapping[Key, list[Key]], found: dict[Key, Key], seen: set[Key]) -> bool:
    """Finds a name for it, if need be by finding another one for who has it: as many as can be find one."""
    for name in may_be.get(old, ()):
        if name not in seen:
            seen.add(name)
            if name not in found or _assign(found[name], may_be, found, seen):
                found[name] = old
                return True
    return False


def _may_be(old: Key, before: Sequence[Declared], name: Key, after: Sequence[Declared]) -> bool:
    if old[0] != name[0] or not _same_schemas(before, after):
        return False
    return all(
        _Part.of(part, (each.parts[n] for each in before)).kept_by(_Part.of(part, (each.parts[n] for each in after)))
        for n, part in enumerate(PARTS)
    )


def _recognised(declared: Sequence[Declared]) -> bool:
    return all(each.schemas for each in declared)


def _same_schemas(before: Sequence[Declared], after: Sequence[Declared]) -> bool:
    if _recognised(before) and _recognised(after):
        return {each.schemas for each in before} == {each.schemas for each in after}
    # A report holds no schemas, so that only what somebody decided can tell there who is who.
    return any(told and (told.yes or told.no) for each in before for told in each.parts)


# Words -------------------------------------------------------------------------------------------------------------


def lines(found: Iterable[Change]) -> list[str]:
    """Each change in plain words: what, where, before and after; those of one place that went one way are one line."""
    return [words for words, _ in told(found)]


def told(found: Iterable[Change]) -> list[tuple[str, Change]]:
    """These lines, each with the first change that it tells."""
    grouped: dict[tuple[object, ...], list[Change]] = {}
    for each in found:
        answers = (each.before, each.after) if each.kind != "new" else ()
        place = (each.kind, each.agent_id, each.entry, each.span_type, each.part)
        grouped.setdefault((*place, *answers), []).append(each)
    return [(_line(some), some[0]) for some in grouped.values()]


def _line(some: Sequence[Change]) -> str:
    first = some[0]
    kind = "" if first.entry == "span" else f" ({first.entry})"
    place = f"{first.agent_name}, {first.span_type}{kind}"
    if first.part is None:
        what = "a new span type without a declaration" if first.kind == "new" else "was declared, and is undeclared"
        return f"{place}: {what}"
    where = _PLACES[first.part]
    if first.kind == "new":
        answers: dict[str, list[Change]] = {}
        for each in some:
            answers.setdefault(each.after, []).append(each)
        told = "; ".join(f"{_fields(group)} {answer}" for answer, group in answers.items())
        return f"{place}: a new span type, {where}: {told}"
    if first.field is None:
        return f"{place}: the declaration of its {where} was there, and is undeclared"
    were, are = ("was", "is") if len(some) == 1 else ("were", "are")
    if first.kind == "extended":
        return f"{place}: {_fields(some)} ({where}) {are} new, outside the vocabulary, and {first.after}"
    return f"{place}: {_fields(some)} ({where}) {were} {first.before}, and {are} {first.after}"


def _fields(some: Sequence[Change]) -> str:
    names = [_label(each.field or "") for each in some]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _label(field: str) -> str:
    if field == CLASSIFICATION:
        return "Classification"
    return TERMS[field].label if field in TERMS else field
