"""What changed between two times in what agents answer, by meaning, and which of it is for the worse.

Pure. The one comparison: a gate takes what is for the worse, a diff and a report tell all of it. For the worse is what
was ruled out and is not any more, what was decided and is not any more, a declaration that is gone, a level that sank
although there are data, a new span type that has special data or a way out, or does not say, a new field outside the
vocabulary that is not ruled out, as nobody has asked for that before or knows what it means, and what is gone.

An agent is known by its id and a span type by its name, or by its schemas under another one, and never by a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from reporter.declared.vocabulary import CLASSIFICATION, PARTS, Part, in_groups
from reporter.review.answers import Declared, Key, Names, Said, has_level, undecided
from reporter.review.parts import PartSaid, Way
from reporter.review.renames import renamed

ChangeKind = Literal[Way, "lost", "declared", "new", "gone", "renamed"]
_Place: TypeAlias = tuple[Part | None, str | None]
_Pair: TypeAlias = tuple[Part, PartSaid, PartSaid]

_SPECIAL: Final = frozenset(in_groups("art9", "art10", "children"))
_WAYS_OUT: Final = frozenset({"external_communication", "financial_transactions"})
#: What a span type must not have, or leave open, that nobody has looked at yet.
_TELLING: Final[dict[Part, Names]] = {
    "action_profile": _WAYS_OUT,
    "params_data_categories": _SPECIAL,
    "result_data_categories": _SPECIAL,
}
_OTHER: Final[dict[ChangeKind, ChangeKind]] = {
    "widened": "narrowed", "silenced": "decided", "extended": "withdrawn", "raised": "lowered", "lost": "declared",
    "new": "gone", "renamed": "renamed",
}  # fmt: skip
MIRRORED: Final[dict[ChangeKind, ChangeKind]] = {**_OTHER, **{other: kind for kind, other in _OTHER.items()}}
"""What a change is the other way round."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a span type that comes or goes answers, where that is worth knowing of it."""

    part: Part
    field: str
    answer: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed.

    Attributes:
        kind: ``widened``: ruled out, and now declared; ``narrowed`` the other way. ``silenced``: decided, and now not;
            ``decided`` the other way. ``lost``: a declaration, or a part of one, is gone; ``declared`` the other way.
            ``raised`` and ``lowered``: the level. ``extended``: a field outside the vocabulary that nobody named
            before; ``withdrawn`` the other way. ``new``, ``gone`` and ``renamed``: a span type.
        span_type: Its name, and ``entry`` its kind.
        part: None where it is about a whole declaration; likewise ``field`` where it is about a whole part. A level
            that went has a change of its own beside that of its part.
        before: The answer that there was, in a word; None of what was not there, or not named.
        after: The answer that there is.
        worse: Whether a gate stays shut for it.
        was: Of what was renamed, the name that it had.
        telling: Of what is new or gone, the answers that matter: special data, ways out, fields of its own.
    """

    kind: ChangeKind
    agent_id: str
    agent_name: str
    entry: str
    span_type: str
    part: Part | None
    field: str | None
    before: str | None
    after: str | None
    worse: bool
    was: str | None = None
    telling: tuple[Answer, ...] = ()

    def singly(self) -> Iterator[Change]:
        """The same, one answer at a time where it tells several."""
        if not self.telling or self.kind != "new":
            yield self
        for each in self.telling if self.kind == "new" else ():
            yield replace(self, part=each.part, field=each.field, after=each.answer, telling=())


@dataclass(frozen=True, slots=True)
class Compared:
    """What has become of one agent.

    Attributes:
        id: Its own, and ``name`` as it is called now, or was where it is gone.
        there: Whether it was there and is (``both``), is ``new`` or ``gone``.
        changes: By span type, in one order.
        renamed: The span types that are there under another name, each with that name behind its own.
        undecided: How many of the 42 fields of each span type were without a decision, and how many are.
    """

    id: str
    name: str
    there: Literal["both", "new", "gone"]
    changes: tuple[Change, ...]
    renamed: tuple[tuple[Key, Key], ...]
    undecided: tuple[int, int]

    @property
    def worse(self) -> tuple[Change, ...]:
        """What a gate stays shut for."""
        return tuple(each for each in self.changes if each.worse)


def between(before: Iterable[Said], after: Iterable[Said]) -> tuple[Compared, ...]:
    """All agents of two times, by id; an agent that comes or goes does so with all of its span types."""
    then, now = ({agent.id: agent for agent in agents} for agents in (before, after))
    found = [compared(then.get(key), agent) for key, agent in now.items()]
    found += [gone(agent) for key, agent in then.items() if key not in now]
    return tuple(sorted(found, key=lambda each: each.id))


def gone(agent: Said) -> Compared:
    """One that is not there any more, with all of its span types."""
    return replace(compared(agent, replace(agent, entries={})), there="gone")


def compared(before: Said | None, after: Said) -> Compared:
    """One agent, then and now."""
    then, now = before.entries if before else {}, after.entries
    there: Literal["both", "new"] = "both" if before else "new"
    if then == now:
        left = _undecided(then)
        return Compared(after.id, after.name, there, (), (), (left, left))
    lost = {key: declared for key, declared in then.items() if key not in now}
    new = {key: declared for key, declared in now.items() if key not in then}
    names = renamed(lost, new) if lost and new else {}
    found = _Changes(after)
    for key in sorted({*now, *lost} - {*names.values()}):
        old = names.get(key, key)
        if key in now and old in then:
            found.of_entry(key, old, then[old], now[key])
        elif key in now:
            found.come(key, now[key])
        else:
            found.gone(key, then[key])
    pairs = tuple(sorted((old, name) for name, old in names.items()))
    return Compared(after.id, after.name, there, tuple(found.made), pairs, (_undecided(then), _undecided(now)))


def _undecided(entries: Mapping[Key, Sequence[Declared]]) -> int:
    return sum(undecided(declared) for declared in entries.values())


class _Changes:
    """Collects the changes of an agent."""

    def __init__(self, agent: Said) -> None:
        self.made: list[Change] = []
        self._agent = agent.id, agent.name

    def _add(
        self, kind: ChangeKind, key: Key, place: _Place, answers: tuple[str | None, str | None], *, worse: bool,
        was: str | None = None, telling: tuple[Answer, ...] = (),
    ) -> None:  # fmt: skip
        self.made.append(Change(kind, *self._agent, *key, *place, *answers, worse, was, telling))

    def of_entry(self, key: Key, old: Key, before: Sequence[Declared], after: Sequence[Declared]) -> None:
        """A span type that was there, under this name or another."""
        pairs: list[_Pair] = [
            (part, PartSaid.of(part, (e.parts[n] for e in before)), PartSaid.of(part, (e.parts[n] for e in after)))
            for n, part in enumerate(PARTS)
        ]
        first = len(self.made)
        if before != after:
            self._answers(key, pairs)
        if key != old:
            # A decision of one version alone may be taken back without being open anew: it is less all the same.
            told = any(each.worse for each in self.made[first:])
            less = not all(then.kept_by(now) for _, then, now in pairs)
            self._add("renamed", key, (None, None), (old[1], key[1]), worse=less and not told, was=old[1])

    def _answers(self, key: Key, pairs: Sequence[_Pair]) -> None:
        went: dict[Part, ChangeKind] = {
            part: "lost" if now.missing else "declared" for part, then, now in pairs if now.missing != then.missing
        }
        words: dict[ChangeKind, tuple[str, str]] = {
            "lost": ("declared", "undeclared"), "declared": ("undeclared", "declared"),
        }  # fmt: skip
        whole = len(went) == len(PARTS) and len({*went.values()}) == 1
        for part, kind in went.items():
            if not whole or part == PARTS[0]:
                self._add(kind, key, (None if whole else part, None), words[kind], worse=kind == "lost")
        for part, then, now in pairs:
            if part not in went:
                self._fields(key, part, then, now)
            # With the part of one version the level of the others is neither lost nor stated.
            if has_level(part) and (part not in went or (then.levels and now.levels and then.levels != now.levels)):
                self._level(key, part, then, now)

    def _fields(self, key: Key, part: Part, then: PartSaid, now: PartSaid) -> None:
        for field in sorted(then.differing(now)):
            if found := then.went(now, field):
                before = None if found.way == "extended" else then.word(field)
                self._add(found.way, key, (part, field), (before, now.word(field)), worse=found.worse)

    def _level(self, key: Key, part: Part, then: PartSaid, now: PartSaid) -> None:
        if found := then.level_went(now):
            words = (then.highest or then.level_word, now.level_word)
            self._add(found.way, key, (part, CLASSIFICATION), words, worse=found.worse)

    def come(self, key: Key, declared: Sequence[Declared]) -> None:
        """A span type that was not there."""
        word, telling = _alone(declared)
        worse = word != "declared" or bool(telling)
        self._add("new", key, (None, None), (None, word), worse=worse, telling=telling)

    def gone(self, key: Key, declared: Sequence[Declared]) -> None:
        """A span type that is not there any more; what it may have done then, nobody answers for now."""
        word, telling = _alone(declared)
        self._add("gone", key, (None, None), (word, None), worse=True, telling=telling)


def _alone(declared: Sequence[Declared]) -> tuple[str, tuple[Answer, ...]]:
    """Whether a span type is declared, and which of its answers nobody should take in unseen."""
    if not declared:
        return "unknown", ()  # of a name alone nobody knows what it does
    parts = [PartSaid.of(part, (each.parts[n] for each in declared)) for n, part in enumerate(PARTS)]
    if all(each.missing for each in parts):
        return "undeclared", ()
    return "declared", tuple(
        Answer(said.part, field, said.word(field))
        for said in parts
        for field in sorted(said.fields)
        if said.extends(field) or (field in _TELLING[said.part] and (said.is_yes(field) or said.is_open(field)))
    )


def same(before: Sequence[Declared], after: Sequence[Declared], part: Part, field: str) -> bool:
    """Whether one field has the answers that it had."""
    n = PARTS.index(part)
    then, now = (PartSaid.of(part, (each.parts[n] for each in some)) for some in (before, after))
    return then.seen(field) == now.seen(field)
