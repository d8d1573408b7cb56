"""From findings, flows and the catalogue to their part of the view; ``compose`` does the rest.

Every sentence puts something up for review and says what is not determined here. None concludes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from reporter.declared import flows as flowing
from reporter.declared.flows import Facts, Field, categories, chosen
from reporter.declared.model import Place, SpanType, reading_place
from reporter.plain.language import Language
from reporter.review import catalogue as rules
from reporter.review import tables
from reporter.review.assessment import Assessed
from reporter.review.citations import localized
from reporter.review.finding import Basis, Finding, fingerprint
from reporter.review.observed import CHECKS
from reporter.review.waivers import Fate
from reporter.view import claims, words
from reporter.view import findings as shown
from reporter.view.ran import particulars

# A sentence has to be read to its end.
_NAMED: Final = 10  # span types in one sentence; all of them stand in the evidence
_TERMS: Final = 12  # things in one sentence; all of them stand with the agent
_CITED: Final = 6  # provisions in one sentence; all of them stand with the rule


def anchor(prefix: str, *parts: str) -> str:
    """An id in the report that is the same in every run."""
    return f"{prefix}-{fingerprint(*parts)[:12]}"


class Anchors:
    """The anchors of an agent's rows, each made once: every field that something rests on asks for its row's."""

    def __init__(self, agent_id: str) -> None:
        self.agent_id = agent_id
        self._made: dict[int, str] = {}

    def __call__(self, entry: SpanType) -> str:
        """That of an entry's row."""
        # By identity, which is quick and, as long as the agent is there, tells entries apart.
        made = self._made.get(id(entry))
        if made is None:
            parts = (self.agent_id, entry.schema_version_id, entry.kind, entry.name, entry.pointer)
            made = self._made[id(entry)] = anchor("s", *parts)
        return made


def finding(found: Finding, row: Anchors, language: Language) -> shown.Finding:
    """A finding of the view; its words, and what it rests on, are worked out when somebody asks."""
    return shown.Finding.later(_Finding(found, row, language))


class _Finding:
    """Works out each other field of a finding, by its name."""

    __slots__ = ("_basis", "_found", "_language", "_row")

    def __init__(self, found: Finding, row: Anchors, language: Language) -> None:
        self._found = found
        self._row = row
        self._language = language
        self._basis: Basis | None = None

    def known(self) -> dict[str, Any]:
        found = self._found
        return {
            "rule": found.rule.id,
            "severity": found.severity,
            "certainty": found.certainty,
            "issue": found.asked,
            "status": found.decision.status,
            "waiver": found.decision.waiver,
        }

    def _based(self) -> Basis:
        self._basis = self._basis or self._found.basis()
        return self._basis

    def id(self) -> str:
        return self._found.id

    def claim(self) -> str:
        return claims.of_agent(self._row.agent_id, "findings", self.id())

    def title(self) -> str:
        return self._language.gettext(self._found.rule.title)

    def why(self) -> str:
        return _why(self._found, self._language)

    def sentence(self) -> str:
        return _sentence(self._found, self._language)

    def particulars(self) -> list[str]:
        before, after = _particulars(self._found, self._language)
        return [*before, *after]

    def provisions(self) -> list[str]:
        return [localized(each.text, self._language) for each in self._found.provisions]

    def instances(self) -> list[shown.Instance]:
        found = self._found
        return [self._instance(entry, "declared") for entry in found.declared] + [
            self._instance(entry, "possible") for entry in found.possible
        ]

    def _instance(self, entry: SpanType, certainty: shown.Certainty) -> shown.Instance:
        waiver = self._found.accepted.get(entry.name) or self._found.decision.waiver
        version = entry.schema_version_id
        return shown.Instance(entry.name, entry.kind, version, self._row(entry), certainty, waiver)

    def places(self) -> Sequence[Place]:
        return self._found.found

    def newly(self) -> list[shown.Newly] | None:
        say, told = self._language.say, self._found.newly
        made = [shown.Newly(e.rule, e.kind, e.span_type, e.since, say(e.against), e.told) for e in told]
        return made or None

    def categories(self) -> list[str]:
        return self._based().categories

    def evidence(self) -> shown.Trail:
        found = self._based().evidence
        return shown.Trail(len(found), lambda: found, self._row)

    def value_sha256(self) -> str:
        return self._based().value_sha256

    def note(self) -> str | None:
        note = self._found.decision.note
        return self._language.say(note) if note else None


def named(entries: Iterable[SpanType], language: Language, most: int = _NAMED) -> str:
    """Span types by name, no more than a sentence holds."""
    names = list(dict.fromkeys(entry.name for entry in entries))
    told = ", ".join(names[:most])
    more = len(names) - most
    return f"{told} {language.gettext('and %(number)s more', number=more)}" if more > 0 else told


def _particulars(found: Finding, language: Language) -> tuple[list[str], list[str]]:
    """What its rule does not say of all its findings: what stands before the rule's own line, and what behind it."""
    before, after = [], []
    if found.possible:
        told = language.gettext("Possible, as answers are missing: %(names)s.", names=named(found.possible, language))
        before.append(told)
    if found.terms:
        things = [words.label(each, language) for each in found.terms[:_TERMS]]
        things += [language.gettext("and others")] * (len(found.terms) > _TERMS)
        before.append(language.gettext("It is about: %(things)s.", things=", ".join(things)))
    if found.rule.check == "lost":
        names = [item.span_type or "" for item in found.found]
        more = [language.gettext("and others")] * (len(names) > _NAMED)
        after.append(language.gettext("Gone: %(span_types)s.", span_types=", ".join([*names[:_NAMED], *more])))
    after += _newly(found, language)
    after += particulars(found, language)
    if found.alone:
        told = language.gettext(
            "Among the outputs alone, and the way outside cannot be declared, so that it weighs less there: %(names)s.",
            names=named(found.alone, language),
        )
        after.append(told)
    return before, after


def _newly(found: Finding, language: Language) -> list[str]:
    """What is newly met, since which schema version, against what, and by which report that was told first."""
    told: dict[tuple[str, str, str | None], dict[str, None]] = {}
    for each in found.newly:
        day = language.day_of(each.told)
        rules_ = told.setdefault((each.since, language.say(each.against), day), {})
        rules_[f"{language.gettext(each.title)} ({each.rule})"] = None
    return [
        language.gettext(
            "Newly so since schema version %(version)s, against %(other)s: %(rules)s.",
            version=since, other=against, rules="; ".join(rules_),
        ) if day is None else language.gettext(
            "Newly so since schema version %(version)s, against %(other)s, as first told on %(day)s: %(rules)s.",
            version=since, other=against, day=day, rules="; ".join(rules_),
        )
        for (since, against, day), rules_ in told.items()
    ]  # fmt: skip


def _why(found: Finding, language: Language) -> str:
    """The rule's line, with what is particular to this finding."""
    before, after = _particulars(found, language)
    return " ".join([*before, language.gettext(found.rule.because), *after])


def _sentence(found: Finding, language: Language) -> str:
    rule = found.rule
    names = named(found.declared, language)
    subject = language.gettext("What this agent declares")
    if names:
        subject = language.gettext("What is declared of %(span_types)s", span_types=names)
    elif rule.check in CHECKS:
        subject = language.gettext("What ran")
    # What needs a further fact is left to the register: "under" would claim that the fact is there.
    cited = [localized(each.text, language) for each in found.provisions]
    if cited[_CITED:]:
        cited = [*cited[:_CITED], language.gettext("and others")]
    head = language.gettext("%(subject)s triggers review.", subject=subject)
    if cited:
        told = {"subject": subject, "provisions": "; ".join(cited)}
        head = language.gettext("%(subject)s triggers review under %(provisions)s.", **told)
    missing = "; ".join(language.gettext(each) for each in rule.missing)
    tail = [language.gettext("Not determined here: %(facts)s.", facts=missing.rstrip("."))] if missing else []
    return " ".join([head, _why(found, language), *tail])


def waiver(fate: Fate, language: Language) -> shown.Waiver:
    """A waiver with what became of it."""
    waiver = fate.waiver
    return shown.Waiver(
        id=waiver.id,
        rule=waiver.rule,
        agent=waiver.agent,
        span_type=waiver.span_type,
        category=waiver.category,
        value_sha256=waiver.value_sha256,
        reason=waiver.reason,
        approved_by=waiver.approved_by,
        ticket=waiver.ticket,
        evidence=waiver.evidence,
        approved_on=waiver.approved_on.isoformat(),
        expires=waiver.expires.isoformat(),
        status=fate.status,
        words=language.say(fate.words),
        findings=list(fate.findings),
    )


def catalogue(
    found: rules.Catalogue, made: Iterable[Finding], language: Language, evaluated: Collection[str] = ()
) -> shown.Catalogue:
    """The rules of this report, each with how often it was found; ``evaluated``: checks of what few reports read."""
    counts = Counter(each.rule.id for each in made)
    return shown.Catalogue(
        version=found.version,
        sha256=found.sha256,
        preconditions=[language.gettext(each) for each in found.preconditions],
        questions=[shown.Asking(each.key, language.gettext(each.title)) for each in found.questions],
        kinds=[_kind(each, language) for each in found.kinds],
        exposures=[shown.Exposure(each.name, language.gettext(each.title)) for each in found.exposures],
        rules=[_rule(rule, counts[rule.id], language, evaluated) for rule in found.rules.values()],
        law=[_law(each, language) for each in found.law],
    )


def _kind(given: tables.Kind, language: Language) -> shown.Kind:
    title, names = language.gettext(given.title), list(given.categories)
    return shown.Kind(given.name, title, names, given.out, given.handled, given.inside)


def _law(law: tables.Law, language: Language) -> shown.Law:
    title, text = language.gettext(law.title), language.gettext(law.text)
    return shown.Law(title, law.status, law.as_of.isoformat(), law.source_url, text)


def _rule(rule: rules.Rule, found: int, language: Language, evaluated: Collection[str]) -> shown.Rule:
    return shown.Rule(
        id=rule.id,
        title=language.gettext(rule.title),
        severity=rule.severity,
        issue=rule.issue,
        status=rule.status,
        as_of=rule.as_of.isoformat(),
        source_url=rule.source_url,
        origin=rule.origin,
        because=language.gettext(rule.because),
        question=_said(rule.question, language) or "",
        missing=[language.gettext(each) for each in rule.missing],
        provisions=[_provision(each, language) for each in rule.provisions],
        findings=found,
        not_evaluated=None if rule.check in evaluated else _said(rule.not_evaluated, language),
    )


def _provision(given: rules.Provision, language: Language) -> shown.Provision:
    instrument = given.instrument
    return shown.Provision(
        text=localized(given.text, language),
        jurisdiction=instrument.jurisdiction,
        status=instrument.status,
        as_of=instrument.as_of.isoformat(),
        source_url=instrument.source_url,
        only_if=_said(given.only_if, language),
        note=_said(given.note or instrument.note, language),
    )


def _said(text: str | None, language: Language) -> str | None:
    """Nothing stays nothing: gettext answers an empty text with the catalogue's head."""
    return language.gettext(text) if text else None


def coverage(found: rules.Catalogue, language: Language) -> list[shown.Coverage]:
    """What of GDPR Art. 30(1) declarations cover."""
    return [
        shown.Coverage(each.item, language.gettext(each.title), each.coverage, language.gettext(each.words))
        for each in found.points
    ]


def listed(agents: Sequence[Assessed]) -> list[shown.Listed]:
    """The rules that only list what is declared, with their agents."""
    found: dict[str, shown.Listed] = {}
    for each in agents:
        for rule, certainty in each.listed:
            one = found.setdefault(rule.id, shown.Listed(rule.id, [], []))
            (one.declared if certainty == "declared" else one.possible).append(each.agent.id)
    return [found[rule_id] for rule_id in sorted(found)]


def flows(row: Anchors, entries: Sequence[SpanType], language: Language) -> list[shown.Flow]:
    """The ways that data are declared to flow, each with its span types; of what is not assessed none is known."""
    found = flowing.classified(sorted((each for each in entries if each.assessed), key=reading_place))
    return [
        shown.Flow(
            each.name,
            language.say(each.label),
            language.say(each.reading),
            [shown.FlowEntry(entry.name, row(entry), some) for entry, some in found[each.name]],
        )
        for each in flowing.CLASSES
        if each.name in found
    ]


def reach(row: Anchors, entries: Sequence[SpanType], language: Language) -> shown.Reach:
    """The upper bound of what may go outside."""
    found = flowing.reach(sorted(entries, key=reading_place))

    def told(entry: SpanType, some: Iterable[str] = ()) -> shown.FlowEntry:
        return shown.FlowEntry(entry.name, row(entry), list(some))

    return shown.Reach(
        state=found.state,
        words=words.reach(found, language),
        included=list(found.included),
        undetermined=list(found.undetermined),
        sources=[told(*each) for each in found.sources],
        exits=[told(each) for each in found.exits],
        undecided_exits=[told(each) for each in found.undecided_exits],
    )


def screening(entries: Sequence[SpanType], found: rules.Catalogue, language: Language) -> list[shown.Criterion]:
    """The nine criteria: what some span type declares is indicated; "not indicated" needs an answer of all of them."""
    facts = Facts(entries)
    made = []
    for each in found.criteria:
        certainty, named = _screened(each, entries, facts)
        answer, sentence = words.criterion(certainty, named, language)
        title, about = language.gettext(each.title), language.gettext(each.words)
        made.append(shown.Criterion(each.number, title, answer, f"{sentence} {about}", named, about))
    return made


def _screened(criterion: tables.Criterion, entries: Sequence[SpanType], facts: Facts) -> tuple[int | None, list[str]]:
    """How certain it is, and the categories that make it so."""
    condition = criterion.condition
    if condition is None:
        return None, []
    certain, possible = condition(facts)
    if not possible:
        return (0 if entries else 1), []
    named: set[Field] = set()
    for number in chosen(range(len(entries)), certain or possible):
        named |= condition.fields(facts, 1 << number)
        # The condition names no more than these, and an agent may have thousands of span types.
        if named == condition.reads():
            break  # of many that say nothing the first names all
    return (2 if certain else 1), categories(named)
