"""From run to run: how much nobody has decided, for how long, and what became of it.

Pure, and linear in runs: what is known after one run and the ledger of the next give what is known after that. A run
that could not read everything, and one about another scope, is compared with none.

What was *decided* is told apart from what *vanished* with its span type, and what is asked for *anew* from what was
decided once and is open again. A field that is decided for a while and then is not keeps the age that it had: nothing
grows younger by being asked for again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final, Literal, TypeAlias

from reporter.declared.vocabulary import CELLS_PER_SPAN_TYPE, in_groups
from reporter.review.ledger import AgentThen, Exposure, Found, Ledger, Row
from reporter.review.previous import BITS

Key: TypeAlias = tuple[str, str, str]
"""An agent's id, and a span type's kind and name."""
Weight = Literal["special", "personal", "other"]
"""How much a field weighs: special categories (GDPR Art. 9), other personal data, all else."""
Why = Literal["declared", "answered", "accepted", "gone", "silenced", "other rules"]
"""Why a finding is open no more: by what is declared now, by an answer, by a waiver; because its span type or agent is
gone; because answers were taken back, which settles nothing; or because the rules are others."""

WEIGHTS: Final[Mapping[Weight, int]] = {"special": 3, "personal": 2, "other": 1}
WAY_OUT: Final = 2
"""What a field counts times its weight while nobody has ruled external communication out."""
#: Rules about what stands beside declarations: what was agreed, what ran, what was before. That nothing raises them may
#: only mean that nobody looked.
_BESIDE: Final = re.compile(r"[GO]\d+|X2[0-2]")
WHYS: Final[tuple[Why, ...]] = ("declared", "answered", "accepted", "gone", "silenced", "other rules")

_SPECIAL: Final = frozenset(in_groups("art9"))
_PERSONAL: Final = frozenset(in_groups("art10", "children", "personal"))
_WORST: Final[tuple[Exposure, ...]] = ("disallowed", "unknown", "allowed")


def _mask(weight: Weight) -> int:
    names = {"special": _SPECIAL, "personal": _PERSONAL}.get(weight)
    others = _SPECIAL | _PERSONAL
    return sum(bit for (_, name), bit in BITS.items() if (name in names if names else name not in others))


_MASKS: Final = tuple(_mask(weight) for weight in WEIGHTS)


@dataclass(frozen=True, slots=True)
class Line:
    """A span type in one run, in all versions of it that count: what any of them leaves open is open."""

    undecided: int
    undeclared: int
    outside: Exposure
    schemas: frozenset[str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Debt:
    """How much nobody has decided.

    Attributes:
        decisions: 42 a span type, each counted once however many of its versions count.
        unknown: Those of them that are declared unknown, and ``undeclared`` those that nobody declared.
        weighed: Both by their weight, doubled while nobody has ruled external communication out.
        special: How many of them are about special categories, and ``special_out`` of those the ones in span types
            of which external communication is not ruled out; likewise the others.
    """

    decisions: int = 0
    unknown: int = 0
    undeclared: int = 0
    weighed: int = 0
    special: int = 0
    special_out: int = 0
    personal: int = 0
    personal_out: int = 0
    other: int = 0
    other_out: int = 0

    @property
    def undecided(self) -> int:
        """Unknown or undeclared."""
        return self.unknown + self.undeclared

    @property
    def decided(self) -> int:
        """The rest."""
        return self.decisions - self.undecided

    def __add__(self, other: Debt) -> Debt:
        """Both together."""
        return Debt(*(getattr(self, name) + getattr(other, name) for name in _COUNTED))


_COUNTED: Final = tuple(each.name for each in fields(Debt))


def debt(lines: Iterable[Line]) -> Debt:
    """What these leave open together."""
    decisions = unknown = undeclared = 0
    open_, out = [0, 0, 0], [0, 0, 0]
    for line in lines:
        decisions += CELLS_PER_SPAN_TYPE
        silent = line.undeclared.bit_count()
        undeclared += silent
        unknown += line.undecided.bit_count() - silent
        may_go = line.outside != "disallowed"
        for place, mask in enumerate(_MASKS):
            number = (line.undecided & mask).bit_count()
            open_[place] += number
            if may_go:
                out[place] += number
    weights = WEIGHTS.values()
    # What may go out counts once with all, and for the rest of its factor again.
    weighed = sum(
        weight * (all_ + (WAY_OUT - 1) * some) for weight, all_, some in zip(weights, open_, out, strict=True)
    )
    pairs = (number for each in zip(open_, out, strict=True) for number in each)
    return Debt(decisions, unknown, undeclared, weighed, *pairs)


def lines(agents: Iterable[AgentThen], environment: str | None = None) -> dict[Key, Line]:
    """The span types of agents; of one environment those versions alone that are pinned there."""
    found: dict[Key, list[Row]] = {}
    for agent in agents:
        for row in agent.span_types:
            if environment is None or environment in agent.versions[row.version].environments:
                found.setdefault((agent.id, row.kind, row.name), []).append(row)
    return {key: _line(rows) for key, rows in found.items()}


def _line(rows: list[Row]) -> Line:
    if len(rows) == 1:
        [row] = rows
        return Line(int(row.undecided, 16), int(row.undeclared, 16), row.outside, frozenset([row.schemas]), (row,))
    undecided = undeclared = 0
    for row in rows:
        undecided |= int(row.undecided, 16)
        undeclared |= int(row.undeclared, 16)
    outside = max((row.outside for row in rows), key=_WORST.index)
    return Line(undecided, undeclared, outside, frozenset(row.schemas for row in rows), tuple(rows))


@dataclass(frozen=True, slots=True)
class Closed:
    """A finding that was open and is not any more."""

    agent_id: str
    agent: str
    finding: Found
    why: Why


@dataclass(frozen=True, slots=True)
class Gone:
    """A span type that is not there any more, or was not there before, and what it leaves open."""

    agent_id: str
    agent: str
    span_type: str
    undecided: int


@dataclass(frozen=True, slots=True)
class Step:
    """What became of it from one run to the next.

    Attributes:
        decided: How many fields were decided in span types that both have, and ``regressed`` how many were decided and
            are not any more.
        vanished: The span types that are gone, with what they left open; ``appeared`` those that are new.
        opened: Findings that are open now and were not, each with its agent's name.
    """

    decided: int = 0
    regressed: int = 0
    vanished: tuple[Gone, ...] = ()
    appeared: tuple[Gone, ...] = ()
    opened: tuple[tuple[str, Found], ...] = ()
    closed: tuple[Closed, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One run, and what became of things since the run before; numbers of fields, and of findings.

    Attributes:
        run: The name of its folder; empty for one that has none yet.
        at: Its time, ISO 8601 in UTC.
        sha256: The digest of its ledger, by which anybody can look it up.
        open: How many findings are open.
        closed: How many are so no more, by the reason.
    """

    run: str
    at: str
    sha256: str
    agents: int
    debt: Debt
    decided: int
    regressed: int
    vanished: int
    appeared: int
    open: int
    opened: int
    closed: dict[Why, int]


Group: TypeAlias = tuple[str, str | None, int]
"""Fields that were first seen open together: since when, the time of the last run in which they were not, and bits."""


@dataclass(frozen=True, slots=True)
class Trend:
    """What is known after some runs.

    Attributes:
        points: The runs, oldest first.
        last: The ledger of the newest.
        since: Of each span type that ever was, since when its fields are open.
        step: What became of things with the newest.
        held: What the newest leaves open, where it was just read.
    """

    points: tuple[Point, ...] = ()
    last: Ledger | None = None
    since: dict[Key, tuple[Group, ...]] = field(default_factory=dict)
    step: Step = Step()
    held: Mapping[Key, Line] | None = None


def advance(trend: Trend, ledger: Ledger, *, run: str = "", sha256: str = "") -> Trend:
    """What is known after one run more, which is about the same account and scope and could read everything."""
    now = lines(ledger.agents)
    step = Step()
    renamed: Mapping[Key, Key] = {}
    if trend.last is not None:
        then = trend.held if trend.held is not None else lines(trend.last.agents)
        renamed = renames(then, now)
        step = _step(trend.last, ledger, then, now, renamed)
    before = trend.points[-1].at if trend.points else None
    since = dict(trend.since)
    for key, line in now.items():
        known = since.get(renamed.get(key, key), ()) or since.get(key, ())
        seen = 0
        for _, _, bits in known:
            seen |= bits
        if new := line.undecided & ~seen:
            known = (*known, *_groups(ledger, key, line, new, before))
        if known:
            since[key] = known
    point = Point(
        run,
        ledger.generated_at,
        sha256,
        len(ledger.agents),
        debt(now.values()),
        step.decided,
        step.regressed,
        sum(each.undecided for each in step.vanished),
        sum(each.undecided for each in step.appeared),
        sum(each.status == "open" for agent in ledger.agents for each in agent.findings),
        len(step.opened),
        dict(Counter(each.why for each in step.closed)),
    )
    return Trend((*trend.points, point), ledger, since, step, now)


def _groups(ledger: Ledger, key: Key, line: Line, new: int, before: str | None) -> Iterable[Group]:
    """Since when fields are open that no run before knew as open: since the first version that leaves them so."""
    versions = _versions(ledger)[key[0]]
    left = new
    for row in sorted(line.rows, key=lambda row: versions[row.version] or ledger.generated_at):
        bits = left & int(row.undecided, 16)
        if bits:
            # A clock may be wrong, and nothing is open since the future.
            yield min(versions[row.version] or ledger.generated_at, ledger.generated_at), before, bits
            left &= ~bits


def _versions(ledger: Ledger) -> Mapping[str, tuple[str | None, ...]]:
    return {agent.id: tuple(each.inserted_at for each in agent.versions) for agent in ledger.agents}


def renames(then: Mapping[Key, Line], now: Mapping[Key, Line]) -> dict[Key, Key]:
    """The old key of each span type that is there under another name: of one agent and kind, with the same schemas.

    Where several might be meant none is.
    """
    gone = [key for key in then if key not in now]
    new = [key for key in now if key not in then]
    if not gone or not new:
        return {}

    def by_schemas(keys: Iterable[Key], of: Mapping[Key, Line]) -> dict[tuple[str, str, frozenset[str]], list[Key]]:
        found: dict[tuple[str, str, frozenset[str]], list[Key]] = {}
        for key in keys:
            if "" not in of[key].schemas:
                found.setdefault((key[0], key[1], of[key].schemas), []).append(key)
        return found

    old = by_schemas(gone, then)
    pairs = ((keys, old.get(alike, [])) for alike, keys in by_schemas(new, now).items())
    return {keys[0]: others[0] for keys, others in pairs if len(keys) == len(others) == 1}


def _step(
    last: Ledger, ledger: Ledger, then: Mapping[Key, Line], now: Mapping[Key, Line], renamed: Mapping[Key, Key]
) -> Step:
    decided, regressed = 0, dict[Key, int]()
    for key, line in now.items():
        old = then.get(renamed.get(key, key))
        if old is not None:
            decided += (old.undecided & ~line.undecided).bit_count()
            if lost := (line.undecided & ~old.undecided).bit_count():
                regressed[renamed.get(key, key)] = lost
    stayed = {renamed.get(key, key) for key in now}
    names = {agent.id: agent.name for agent in (*last.agents, *ledger.agents)}
    vanished = tuple(_gone(names, key, line) for key, line in then.items() if key not in stayed)
    appeared = tuple(_gone(names, key, line) for key, line in now.items() if renamed.get(key, key) not in then)
    opened, closed = _findings(last, ledger, stayed, regressed.keys())
    return Step(decided, sum(regressed.values()), vanished, appeared, tuple(opened), tuple(closed))


def _gone(names: Mapping[str, str], key: Key, line: Line) -> Gone:
    return Gone(key[0], names[key[0]], key[2], line.undecided.bit_count())


def _findings(
    last: Ledger, ledger: Ledger, stayed: set[Key], regressed: Iterable[Key]
) -> tuple[list[tuple[str, Found]], list[Closed]]:
    now = {agent.id: {each.id: each for each in agent.findings} for agent in ledger.agents}
    silent = {*regressed}
    opened: list[tuple[str, Found]] = []
    closed: list[Closed] = []
    were = {agent.id: {each.id for each in agent.findings if each.status == "open"} for agent in last.agents}
    for agent in ledger.agents:
        known = were.get(agent.id, set())
        opened += [(agent.name, each) for each in agent.findings if each.status == "open" and each.id not in known]
    for agent in last.agents:
        there = now.get(agent.id)
        for each in agent.findings:
            found = there.get(each.id) if there else None
            if each.status != "open" or (found and found.status == "open"):
                continue
            about = {key for place, key in enumerate(_keys(agent)) if int(each.about, 16) >> place & 1}
            why: Why
            if found:
                why = "accepted" if found.status == "accepted" else "answered"
            elif there is None or not about <= stayed or _BESIDE.fullmatch(each.rule):
                why = "gone"
            elif not silent.isdisjoint(about or set(_keys(agent))):
                why = "silenced"
            else:
                why = "declared" if last.rules == ledger.rules else "other rules"
            closed.append(Closed(agent.id, agent.name, each, why))
    return opened, closed


def _keys(agent: AgentThen) -> list[Key]:
    return [(agent.id, row.kind, row.name) for row in agent.span_types]


@dataclass(frozen=True, slots=True)
class Aged:
    """Fields of one span type that are open, and since when.

    Attributes:
        since: When the first schema version was registered that leaves them open, or when the first run was made that
            saw it; ISO 8601 in UTC.
        not_before: They were not open before that; None where nobody can tell.
        fields: Which, as bits.
    """

    key: Key
    agent: str
    owner: str | None
    since: str
    not_before: str | None
    fields: int
    weighed: int


def aged(trend: Trend) -> list[Aged]:
    """What is open now with its age, oldest first, then what weighs most."""
    if trend.last is None:
        return []
    agents = {agent.id: agent for agent in trend.last.agents}
    found = []
    for key, line in lines(trend.last.agents).items():
        agent = agents[key[0]]
        for since, after, bits in trend.since.get(key, ()):
            if still := bits & line.undecided:
                weighed = debt([replace(line, undecided=still)]).weighed
                bound = after or agent.registered_at
                found.append(Aged(key, agent.name, agent.owner, since, bound, still, weighed))
    return sorted(found, key=lambda each: (each.since, -each.weighed, each.agent, each.key))
