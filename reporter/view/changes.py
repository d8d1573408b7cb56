"""What changed between two sides, as the view holds it: agent by agent, worst first, in a line a span type and way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from reporter.declared.vocabulary import ACTION_NAMES, FIELDS, LEVELS, PARTS, Part
from reporter.plain.language import Language, Message, natural_order, reading_order
from reporter.review import difference as compared
from reporter.review.changes import Change, ChangeKind, Compared
from reporter.review.difference import Difference, Release
from reporter.view.changed import (
    ChangedAgent,
    ChangedField,
    ChangedSpanType,
    Changes,
    ComparedSide,
    Uncompared,
    Version,
)
from reporter.view.words import field as called

#: The ways, worst first, and what each is called.
WAYS: Final[dict[ChangeKind, Message]] = {
    "lost": Message("declaration lost"),
    "silenced": Message("regressed to unknown"),
    "widened": Message("widened"),
    "extended": Message("asked outside the vocabulary"),
    "new": Message("added"),
    "gone": Message("removed"),
    "lowered": Message("level lowered"),
    "raised": Message("level raised"),
    "withdrawn": Message("no longer asked"),
    "renamed": Message("renamed"),
    "declared": Message("declaration made"),
    "decided": Message("decided"),
    "narrowed": Message("narrowed"),
}
_PLACES: Final[dict[Part, Message]] = {
    "action_profile": Message("actions"),
    "params_data_categories": Message("inputs"),
    "result_data_categories": Message("outputs"),
}
_ORDER: Final = [*WAYS]
_NAMED: Final = 3  # fields that went one way; all of them stand in the line's list


def changes(found: Difference, language: Language) -> Changes:
    """What changed, in words."""
    agents = sorted((_agent(each, found, language) for each in found.agents), key=_worst_first)
    lines = [line for each in agents for line in each.span_types]
    counts = Counter(line.way for line in lines)
    return Changes(
        old=_side(found.old),
        new=_side(found.new),
        words=_words(agents, lines, found, language),
        worse=sum(line.worse for line in lines),
        counts={way: counts[way] for way in WAYS if counts[way]},
        agents=agents,
        unchanged=found.unchanged,
        not_spoken_of=found.not_spoken_of,
        not_comparable=[_uncompared(each, language) for each in found.not_comparable],
        notes=[language.say(each) for each in found.notes],
    )


def _side(side: compared.Side) -> ComparedSide:
    name = side.account.name if side.account else None
    return ComparedSide(side.location, name, side.read_at, side.complete, side.knows)


def _uncompared(found: compared.NotComparable, language: Language) -> Uncompared:
    values = {"side": found.side, "why": language.say(found.why)}
    return Uncompared(
        found.agent_id,
        found.agent_name,
        language.gettext("Not comparable: %(side)s could not be read whole (%(why)s)", **values),
    )


def _worst_first(agent: ChangedAgent) -> tuple[object, ...]:
    worst = min((_ORDER.index(each.way) for each in agent.span_types if each.worse), default=len(_ORDER))
    return not agent.worse, worst, reading_order(agent.agent), agent.agent_id


def _words(
    agents: Sequence[ChangedAgent], lines: Iterable[ChangedSpanType], found: Difference, language: Language
) -> str:
    worse, other = Counter[ChangeKind](), Counter[ChangeKind]()
    for line in lines:
        (worse if line.worse else other)[line.way] += 1
    told = []
    if worse:
        told.append(language.gettext("For the worse: %(counts)s.", counts=_counted(worse, language)))
    if other:
        told.append(language.gettext("Besides: %(counts)s.", counts=_counted(other, language)))
    if agents:
        told.append(language.ngettext("%(number)s agent changed.", "%(number)s agents changed.", len(agents)))
    elif found.not_comparable:
        told.append(language.gettext("Nothing changed of what can be compared."))
    else:
        told.append(language.gettext("Nothing changed."))
    if some := sum(each.agent_id is not None for each in found.not_comparable):
        told.append(
            language.ngettext("%(number)s agent is not comparable.", "%(number)s agents are not comparable.", some)
        )
    return " ".join(told)


def _counted(counts: Mapping[ChangeKind, int], language: Language) -> str:
    return ", ".join(f"{language.number(counts[way])} {language.say(WAYS[way])}" for way in WAYS if counts[way])


def _agent(found: Compared, of: Difference, language: Language) -> ChangedAgent:
    grouped: dict[tuple[str, str, ChangeKind], list[Change]] = {}
    for each in found.changes:
        grouped.setdefault((each.entry, each.span_type, each.kind), []).append(each)
    lines = [_line(some, language) for some in grouped.values()]
    lines.sort(key=lambda each: (not each.worse, _ORDER.index(each.way), natural_order(each.span_type), each.kind))
    before, after = (side.releases.get(found.id, ()) for side in (of.old, of.new))
    words = [*_brought(before, after, language)]
    if found.id in of.out:
        words.append(language.gettext("Not in scope: %(why)s.", why=language.say(of.out[found.id])))
    return ChangedAgent(
        found.id, found.name, found.there, " ".join(words), [*map(_version, before)], [*map(_version, after)],
        *found.undecided, lines,
    )  # fmt: skip


def _version(release: Release) -> Version:
    return Version(release.id, release.external_identifier, release.inserted_at, list(release.environments))


def _brought(before: Sequence[Release], after: Sequence[Release], language: Language) -> Iterator[str]:
    """Which release brought what changed."""
    known = {each.id for each in before}
    new = [each for each in after if each.id not in known]
    if new:
        names = ", ".join(_release(each) for each in new)
        old = ", ".join(_release(each) for each in before if each.id not in {one.id for one in after})
        # Of files an identifier may stay when what it stands for changes.
        if old and old != names:
            yield language.gettext("Schema version %(new)s, was %(old)s.", new=names, old=old)
        else:
            yield language.gettext("Schema version %(new)s.", new=names)


def _release(release: Release) -> str:
    name = release.external_identifier or release.id
    return f"{name} ({', '.join(release.environments)})" if release.environments else name


def _line(some: Sequence[Change], language: Language) -> ChangedSpanType:
    first = some[0]
    fields = [ChangedField(each.part, each.field, each.before, each.after) for each in some]
    if first.kind in ("new", "gone"):
        fields += [
            ChangedField(each.part, each.field, *((None, each.answer) if first.kind == "new" else (each.answer, None)))
            for each in first.telling
        ]
    worse = any(each.worse for each in some)
    words = _whole(first, language) if first.part is None else _went(some, language)
    label = language.say(WAYS[first.kind])
    if first.kind == "decided" and all(each.before == each.after for each in some):
        label = language.gettext("decided in part")
    return ChangedSpanType(first.kind, label, worse, first.span_type, first.entry, first.was, words, fields)


def _whole(change: Change, language: Language) -> str:
    """Of a whole span type."""
    if change.kind == "renamed":
        return language.gettext("was called %(name)s", name=change.was or "")
    if change.kind in ("lost", "declared"):
        return language.gettext("the whole declaration")
    if "unknown" in (change.before, change.after):
        return language.gettext("what it declares is not known")
    if "undeclared" in (change.before, change.after):
        return language.gettext("without a declaration")
    if not change.telling:
        return language.gettext("without special data or a way out")
    told: dict[tuple[Part, str], list[str]] = {}
    for each in change.telling:
        told.setdefault((each.part, each.answer), []).append(each.field)
    return "; ".join(
        language.gettext(
            "%(fields)s (%(place)s) %(answer)s",
            fields=_fields(fields, language), place=_where(part, language), answer=_answer(answer, language),
        )
        for (part, answer), fields in told.items()
    )  # fmt: skip


def _went(some: Iterable[Change], language: Language) -> str:
    """Of fields and parts: those of one place that went the same way together."""
    told: dict[tuple[Part | None, str | None, str | None], list[str | None]] = {}
    for each in some:
        told.setdefault((each.part, each.before, each.after), []).append(each.field)
    sentences = []
    for (part, before, after), names in told.items():
        place = _where(part or "action_profile", language)
        if None in names:
            sentences.append(language.gettext("the declaration of its %(place)s", place=place))
            continue
        fields = _fields([name for name in names if name], language)
        now = _answer(after or "", language)
        if before == after:
            told_ = language.gettext(
                "%(fields)s (%(place)s): answered in one version, %(after)s in another",
                fields=fields,
                place=place,
                after=now,
            )
            sentences.append(told_)
        elif before is None:
            sentences.append(
                language.gettext("%(fields)s (%(place)s) %(answer)s", fields=fields, place=place, answer=now)
            )
        else:
            was = _answer(before, language)
            sentences.append(
                language.gettext(
                    "%(fields)s (%(place)s): was %(before)s, is %(after)s",
                    fields=fields, place=place, before=was, after=now,
                )
            )  # fmt: skip
    return "; ".join(sentences)


# The same words stand in thousands of lines.
@lru_cache(maxsize=4096)
def _answer(word: str, language: Language) -> str:
    return language.gettext(word) if word in LEVELS else language.pgettext("value", word)


#: The way outside first, then data in need of more protection, as columns are ordered; fields outside the vocabulary
#: before all.
_FIELDS: Final = {
    name: place
    for place, name in enumerate((*reversed(ACTION_NAMES), *(name for part in PARTS[1:] for name in FIELDS[part])))
}


def _place(field: str) -> tuple[int, str]:
    return _FIELDS.get(field, -1), field


def _fields(names: Sequence[str], language: Language) -> str:
    told = [_called(name, language) for name in sorted(names, key=_place)[:_NAMED]]
    if len(names) > _NAMED:
        told.append(language.gettext("and %(number)s more", number=len(names) - _NAMED))
    return ", ".join(told)


@lru_cache(maxsize=64)
def _where(part: Part, language: Language) -> str:
    return language.say(_PLACES[part])


@lru_cache(maxsize=4096)
def _called(name: str, language: Language) -> str:
    return called(name, language)
