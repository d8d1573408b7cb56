"""What became of things from run to run, as the view holds it: numbers of runs, ages, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Literal, get_args

from reporter.plain.language import Language, reading_order
from reporter.review.ledger import AgentThen, Ledger
from reporter.review.past import Past
from reporter.review.trend import Aged, Debt, Point, Step, advance, aged, debt, lines

Kind = Literal["agent", "owner", "environment"]
_OLDEST: Final = 12
_HOLDERS: Final = 12
_TABLE: Final = 14
#: Days from which on an undecided field belongs to the next group of ages.
_AGES: Final = (30, 90, 180)


@dataclass(frozen=True, slots=True)
class Run:
    """One run; numbers of decisions, 42 a span type, each span type once however many of its versions count.

    Attributes:
        run: The name of its folder; empty for this one. ``day`` is that of its time, in the report's language.
        shown: Whether a table of few lines shows it.
        unknown: Decisions that are declared unknown, and ``undeclared`` those that nobody declared.
        weighed: Both by weight: special categories thrice, other personal data twice, all else once; double while
            nobody has ruled external communication out.
        special: Undecided ones about special categories, ``special_out`` of those the ones in span types that may
            send something out; likewise other ``personal`` data, and all ``other`` fields.
        decided: Undecided in the run before, and decided now; ``regressed`` the other way round.
        vanished: Undecided in the run before, and gone with their span types; ``appeared`` came with new ones.
        open_findings: How many findings are open, ``opened`` those that were not in the run before, and the rest those
            that are so no more: by what is declared, an answer, a waiver; as their span types or agents are gone; as
            answers were taken back; or as the rules are others.
    """

    run: str
    at: str
    day: str
    shown: bool
    agents: int
    decisions: int
    unknown: int
    undeclared: int
    undecided: int
    weighed: int
    special: int
    special_out: int
    personal: int
    personal_out: int
    other: int
    other_out: int
    decided: int
    regressed: int
    vanished: int
    appeared: int
    open_findings: int
    opened: int
    closed_declared: int
    closed_answered: int
    closed_accepted: int
    closed_gone: int
    closed_silenced: int
    closed_other_rules: int


@dataclass(frozen=True, slots=True)
class Age:
    """Undecided fields by age in days, from ``least`` to below ``most``; None where there is no such end."""

    least: int
    most: int | None
    words: str
    fields: int


@dataclass(frozen=True, slots=True)
class Old:
    """Fields of one span type that are undecided; ``not_before`` is when they were not yet, None where not known."""

    agent_id: str
    agent: str
    owner: str | None
    kind: str
    span_type: str
    fields: int
    since: str
    day: str
    days: int
    not_before: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """What an agent, an owner or an environment leaves undecided; None where it was not there in the run before.

    What is in several environments counts in each; an agent without an owner, or one that is nowhere, has no name.
    """

    kind: Kind
    name: str
    decisions: int
    undecided: int
    before: int | None
    weighed: int


@dataclass(frozen=True, slots=True)
class Trend:
    """All of it.

    Attributes:
        words: How much is undecided, and what became of it since the run before, in sentences.
        compared: Whether this run is among ``runs``; one that could not read everything is not.
        runs: Oldest first.
        vanished: The span types that are gone since the run before.
        not_told: What has to be known of the comparison, in sentences.
    """

    words: list[str]
    compared: bool
    runs: list[Run]
    ages: list[Age]
    oldest: list[Old]
    holders: list[Holder]
    vanished: list[str]
    not_told: list[str]


def trend(past: Past, ledger: Ledger, language: Language) -> Trend:
    """What became of things until this run, which is compared only if it could read everything."""
    known = advance(past.trend, ledger) if ledger.complete else past.trend
    points, step = known.points, known.step if ledger.complete else Step()
    shown = _shown(len(points))
    every = aged(known)
    at = datetime.fromisoformat(ledger.generated_at)
    last = past.trend.last
    return Trend(
        words=list(_words(points, language, compared=ledger.complete)),
        compared=ledger.complete,
        runs=[_run(point, language, shown=place in shown) for place, point in enumerate(points)],
        ages=_ages(every, at, language),
        oldest=[_old(each, at, language) for each in every[:_OLDEST]],
        holders=list(_holders(ledger.agents if ledger.complete else (), last.agents if last else ())),
        vanished=[f"{each.agent}: {each.span_type}" for each in step.vanished],
        not_told=list(_not_told(past, language, compared=ledger.complete)),
    )


def _shown(number: int) -> set[int]:
    """The places of the runs that a short table shows: the first and the last, and even steps between."""
    if number <= _TABLE:
        return set(range(number))
    return {round(place * (number - 1) / (_TABLE - 1)) for place in range(_TABLE)}


def _day(time: str, language: Language) -> str:
    return language.day(datetime.fromisoformat(time))


def _run(point: Point, language: Language, *, shown: bool) -> Run:
    made = {item.name: getattr(point.debt, item.name) for item in fields(Debt)}
    names = ("declared", "answered", "accepted", "gone", "silenced", "other rules")
    closed = {f"closed_{name.replace(' ', '_')}": point.closed.get(name, 0) for name in names}  # type: ignore[call-overload]
    return Run(
        run=point.run,
        at=point.at,
        day=_day(point.at, language),
        shown=shown,
        agents=point.agents,
        undecided=point.debt.undecided,
        decided=point.decided,
        regressed=point.regressed,
        vanished=point.vanished,
        appeared=point.appeared,
        open_findings=point.open,
        opened=point.opened,
        **made,
        **closed,
    )


def _words(points: tuple[Point, ...], language: Language, *, compared: bool) -> Iterator[str]:
    last = points[-1]
    yield language.gettext(
        "Decisions not made on %(day)s: %(undecided)s of %(decisions)s; on %(first)s: %(then)s of %(of)s.",
        day=_day(last.at, language),
        undecided=last.debt.undecided,
        decisions=last.debt.decisions,
        first=_day(points[0].at, language),
        then=points[0].debt.undecided,
        of=points[0].debt.decisions,
    )
    if not compared or len(points) == 1:
        return
    counted = (
        (last.decided, language.gettext("%(number)s decided by review", number=last.decided)),
        (last.regressed, language.gettext("%(number)s open again", number=last.regressed)),
        (last.vanished, language.gettext("%(number)s vanished with their span types", number=last.vanished)),
        (last.appeared, language.gettext("%(number)s asked for by new span types", number=last.appeared)),
    )
    told = "; ".join(words for number, words in counted if number) or language.gettext("nothing moved")
    yield language.gettext("Since the run of %(day)s: %(told)s.", day=_day(points[-2].at, language), told=told)


def _days(since: str, at: datetime) -> int:
    return max(0, (at - datetime.fromisoformat(since)).days)


def _ages(every: Iterable[Aged], at: datetime, language: Language) -> list[Age]:
    counts = dict.fromkeys((0, *_AGES), 0)
    for each in every:
        days = _days(each.since, at)
        counts[max(least for least in counts if least <= days)] += each.fields.bit_count()
    ends = (*_AGES, None)
    return [
        Age(least, most, _between(least, most, language), counts[least])
        for least, most in zip(counts, ends, strict=True)
    ]


def _between(least: int, most: int | None, language: Language) -> str:
    if most is None:
        return language.gettext("%(days)s days and more", days=least)
    return language.gettext("%(least)s to %(most)s days", least=least, most=most - 1)


def _old(each: Aged, at: datetime, language: Language) -> Old:
    agent_id, kind, name = each.key
    number, days = each.fields.bit_count(), _days(each.since, at)
    day = _day(each.since, language)
    return Old(agent_id, each.agent, each.owner, kind, name, number, each.since, day, days, each.not_before)


def _holders(now: tuple[AgentThen, ...], then: tuple[AgentThen, ...]) -> Iterator[Holder]:
    """The heaviest of each kind, and below them what has the name of no owner or environment."""
    for kind in get_args(Kind):
        before = {key: held.undecided for key, held in by(kind, then).items()}
        names = {agent.id: agent.name for agent in now} if kind == "agent" else {}
        found = [
            Holder(kind, names.get(key, key), each.decisions, each.undecided, before.get(key), each.weighed)
            for key, each in by(kind, now).items()
        ]
        if [each.name for each in found] == [""]:
            continue  # that nobody owns anything, or nothing is deployed, is no list
        found.sort(key=lambda each: (-each.weighed, reading_order(each.name)))
        yield from found[:_HOLDERS]


def by(kind: Kind, agents: Iterable[AgentThen]) -> dict[str, Debt]:
    """How much is undecided by ids of agents, or names of owners or environments; what has none has an empty name."""
    found: dict[str, Debt] = {}
    for agent in agents:
        held = debt(lines([agent]).values())
        if kind == "environment":
            # Where all versions are in the same places, there is no need to look at each place.
            same = len({each.environments for each in agent.versions}) == 1
            parts = {
                name: held if same else debt(lines([agent], name).values()) for name in agent.environments or ("",)
            }
        else:
            parts = {agent.id if kind == "agent" else agent.owner or "": held}
        for name, part in parts.items():
            found[name] = found[name] + part if name in found else part
    return found


def _not_told(past: Past, language: Language, *, compared: bool) -> Iterator[str]:
    if not compared:
        yield language.gettext("This run could not read everything, so it is compared with none.")
    counted = (
        (
            past.incomplete,
            language.gettext(
                "Earlier runs that could not read everything, not counted: %(number)s.", number=past.incomplete
            ),
        ),
        (
            past.other_scope,
            language.gettext("Earlier runs about another scope, not counted: %(number)s.", number=past.other_scope),
        ),
        (
            len(past.torn),
            language.gettext("Earlier runs that cannot be read, not counted: %(number)s.", number=len(past.torn)),
        ),
        (
            past.later,
            language.gettext(
                "Runs dated later than this one, as when a clock went back, not counted: %(number)s.", number=past.later
            ),
        ),
        (
            len(past.clocks),
            language.gettext(
                "Runs that are dated before what they hold, as when a clock went back: %(number)s.",
                number=len(past.clocks),
            ),
        ),
        (
            past.from_reports,
            language.gettext(
                "Earlier runs without a ledger, read from their reports: %(number)s.", number=past.from_reports
            ),
        ),
    )
    yield from (words for number, words in counted if number)
