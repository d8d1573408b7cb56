"""What a comparison with what was agreed puts up for review: a finding for each rule that it concerns.

Special categories, criminal justice and minors weigh most, other things less, and never more than the rule says: an
organisation that made a rule milder is not overruled. What is undecided weighs what it would weigh if it were declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reporter.declared.flows import Field
from reporter.declared.model import Place, SpanType
from reporter.declared.platform_risk import ReportedScore
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import CLASSIFICATION, PARTS, RANK, SIDE_PARTS
from reporter.plain.canonical import step
from reporter.review.agreed import SPECIAL, Compared, Point, Subject, fields, profile_place
from reporter.review.catalogue import Catalogue, Rule
from reporter.review.facts import Agreement, Document
from reporter.review.finding import DECLARED, POSSIBLE, Finding
from reporter.review.score import Score
from reporter.review.tables import SEVERITIES, Severity


@dataclass(frozen=True, slots=True)
class _Case:
    """One agent's comparison, and what its findings are made with; ``facts_sha256``: that of the file of facts."""

    scoped: ScopedAgent
    compared: Compared
    score: Score | None
    facts_sha256: str

    @property
    def entries(self) -> list[SpanType]:
        """All of its versions that count."""
        return [entry for item in self.scoped.versions for entry in item.version.span_types or ()]

    def written(self, keys: Iterable[str], which: Callable[[Agreement], bool] = lambda _: True) -> Iterator[Place]:
        """Where the organisation's file says something of these keys."""
        for source in self.compared.sources:
            for each in filter(which, source.agreements):
                for key in keys:
                    if key in each.written:
                        pointer = step(step("/agreed", each.number), key)
                        yield Place("", None, None, pointer, each.written[key], self.facts_sha256)


def findings(
    scoped: ScopedAgent, compared: Compared, score: Score | None, catalogue: Catalogue, facts_sha256: str
) -> Iterator[Finding]:
    """What the catalogue's rules say of one agent's comparison."""
    case = _Case(scoped, compared, score, facts_sha256)
    for rule in catalogue.rules.values():
        if rule.check in CHECKS and rule.severity is not None:
            found = CHECKS[rule.check](rule, case)
            if found is not None:
                yield found


def _made(rule: Rule, case: _Case, severity: Severity, **more: object) -> Finding:
    """A finding of at most the rule's severity."""
    weight = min(severity, rule.severity or severity, key=SEVERITIES.index)
    return Finding(rule, case.scoped.agent, weight, **{"certainty": DECLARED, **more})  # type: ignore[arg-type]


def _worst(points: Iterable[Point]) -> Severity:
    return "high" if any(each.name in SPECIAL for each in points) else "medium"


def _entries(points: Iterable[Point]) -> tuple[SpanType, ...]:
    """Those of several points, each once, in the order of their places."""
    found = {id(entry): entry for point in points for entry in point.entries}
    return tuple(sorted(found.values(), key=lambda each: (each.schema_version_id, each.kind, each.name, each.pointer)))


def _fields(entry: SpanType, points: Iterable[Point], *, certain: bool) -> list[Field]:
    """Where an entry says what these points are about, or does not decide it."""
    named: dict[Subject, set[str]] = {}
    for each in points:
        named.setdefault(each.subject, set()).add(each.name)
    found: list[Field] = []
    for part in PARTS:
        answer, subject = entry.declaration.answer, "action" if part == "action_profile" else "category"
        for name in fields(entry, part):
            if name in named.get(subject, ()):  # type: ignore[call-overload]
                meaning = answer(part, name).meaning
                if meaning == "yes" if certain else meaning not in ("yes", "no"):
                    found.append((part, name))
    return found


def _data(rule: Rule, case: _Case) -> Finding | None:
    return _beyond(rule, case, "category", _worst)


def _actions(rule: Rule, case: _Case) -> Finding | None:
    return _beyond(rule, case, "action", lambda _: rule.severity or "medium")


def _beyond(rule: Rule, case: _Case, subject: Subject, weight: Callable[[list[Point]], Severity]) -> Finding | None:
    points = [each for each in case.compared.exceeds if each.subject == subject]
    if not points:
        return None
    return _made(
        rule, case, weight(points), declared=_entries(points), terms=_names(points),
        rests_on=lambda entry: _fields(entry, points, certain=True),
    )  # fmt: skip


def _undecided(rule: Rule, case: _Case) -> Finding | None:
    points = [each for each in case.compared.undecided if each.subject != "level"]
    if not points:
        return None
    return _made(
        rule, case, _worst(points), certainty=POSSIBLE, possible=_entries(points), terms=_names(points),
        rests_on=lambda entry: _fields(entry, points, certain=False),
    )  # fmt: skip


def _level(rule: Rule, case: _Case) -> Finding | None:
    above = [each for each in case.compared.exceeds if each.subject == "level"]
    open_ = [each for each in case.compared.undecided if each.subject == "level"]
    if not above and not open_:
        return None
    declared = _entries(above)
    known = set(map(id, declared))
    possible = tuple(each for each in _entries(open_) if id(each) not in known)
    levels = {each.name for each in above}

    def rests_on(entry: SpanType) -> list[Field]:
        answers = {part: entry.declaration.answer(part, CLASSIFICATION).level for part in SIDE_PARTS.values()}
        wanted = levels if id(entry) in known else {None}
        return [(part, CLASSIFICATION) for part, level in answers.items() if level in wanted]

    highest = max(levels, key=RANK.__getitem__, default=None)
    return _made(
        rule, case, rule.severity or "medium", certainty=DECLARED if declared else POSSIBLE,
        declared=declared, possible=possible, rests_on=rests_on, terms=(highest,) if highest else (),
    )  # fmt: skip


def _environment(rule: Rule, case: _Case) -> Finding | None:
    if not case.compared.where:
        return None
    there = {place.schema_version_id for place in case.compared.where}
    grave = any(_may_hold(entry, SPECIAL) for entry in case.entries if entry.schema_version_id in there)
    points = [each for each in case.compared.exceeds if each.subject == "environment"]
    found = (*case.compared.where, *case.written(("environments",)))
    return _made(rule, case, "high" if grave else "medium", found=found, terms=_names(points))


def _may_hold(entry: SpanType, names: Iterable[str]) -> bool:
    """Whether a span type includes, or does not exclude, one of these categories."""
    answer = entry.declaration.answer
    return any(answer(part, name).meaning != "no" for part in SIDE_PARTS.values() for name in names)


def _unused(rule: Rule, case: _Case) -> Finding | None:
    if not case.compared.unused:
        return None
    names = tuple(dict.fromkeys(name for _, _, name in case.compared.unused))
    return _made(rule, case, "info", found=tuple(_agreed_at(case, case.compared.unused)), terms=names)


def _agreed_at(case: _Case, things: Iterable[tuple[str, Subject, str]]) -> Iterator[Place]:
    profile, of_file = case.compared.profile, set()
    for kind, subject, name in things:
        if kind == "platform" and profile:
            yield from profile_place(profile, subject, name)
        elif kind == "organisation":
            of_file.add(name)
    if of_file:
        yield from case.written(
            ("categories", "actions", "others"), lambda each: bool(of_file & (each.categories | each.actions))
        )


def _differs(rule: Rule, case: _Case) -> Finding | None:
    if not case.compared.differs:
        return None
    every = [(source.kind, *each) for source in case.compared.sources for each in case.compared.differs]
    # Of the file all of its lists: what is not in them stands nowhere.
    found = [*_agreed_at(case, (each for each in every if each[0] == "platform"))]
    found += case.written(("categories", "actions", "others"))
    return _made(rule, case, "low", found=tuple(found), terms=tuple(name for _, name in case.compared.differs))


def _document(rule: Rule, case: _Case) -> Finding | None:
    about: set[Document | None] = {*case.compared.expired, *case.compared.undated}
    if not about:
        return None
    names = tuple(sorted({each.reference for each in about if each}))
    found = [*case.written(("document",), lambda each: each.document in about)]
    found += [
        Place("", None, None, step("/agreed", each.number), dict(each.written), case.facts_sha256)
        for source in case.compared.sources
        for each in source.agreements
        if each.document is None
    ]
    return _made(rule, case, rule.severity or "medium", found=tuple(found), terms=names)


def _nothing(rule: Rule, case: _Case) -> Finding | None:
    if not case.compared.neither:
        return None
    agent, entries = case.scoped.agent, case.entries
    worst: Severity = "low"
    if any(_may_hold(entry, SPECIAL) for entry in entries):
        worst = "high"
    elif any(
        entry.declaration.answer(part, name).meaning != "no"
        for entry in entries
        for part in PARTS
        for name in fields(entry, part)
    ):
        worst = "medium"
    at = (Place("", None, None, "/risk_profile_id", None, agent.record_sha256),) if agent.record_sha256 else ()
    # What was agreed is not known, so that anything may be beyond it.
    return _made(rule, case, worst, certainty=POSSIBLE, found=at)


def _profile(rule: Rule, case: _Case) -> Finding | None:
    profile, agent = case.compared.profile, case.scoped.agent
    if profile is None or not profile.odd:
        return None
    digest = profile.record_sha256 or agent.record_sha256 or ""
    places = tuple(Place("", None, None, each.pointer, each.value, digest) for each in profile.odd)
    return _made(rule, case, "medium" if profile.readable else "high", found=places, terms=(profile.name,))


def _score(rule: Rule, case: _Case) -> Finding | None:
    told = [each.reported for each in case.score.beside if each.differs] if case.score else []
    if not told:
        return None
    places, names = [], []
    for each in told:
        score = isinstance(each, ReportedScore)
        names.append(each.span_type if isinstance(each, ReportedScore) else each.name)
        number = each.score if isinstance(each, ReportedScore) else each.number
        places.append(
            Place("", "span" if score else None, names[-1] if score else None, each.pointer, number, each.record_sha256)
        )
    return _made(rule, case, "low", found=tuple(dict.fromkeys(places)), terms=tuple(dict.fromkeys(names)))


def _names(points: Iterable[Point]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in points))


CHECKS: Final[dict[str, Callable[[Rule, _Case], Finding | None]]] = {
    "agreed_data": _data,
    "agreed_actions": _actions,
    "agreed_undecided": _undecided,
    "agreed_level": _level,
    "agreed_environment": _environment,
    "agreed_unused": _unused,
    "agreed_differs": _differs,
    "agreed_document": _document,
    "agreed_nothing": _nothing,
    "agreed_profile": _profile,
    "agreed_score": _score,
}
"""Each by the name that its rule gives it."""
