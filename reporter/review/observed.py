"""What ran put to the rules: it finds nothing where no runs were read, and takes no empty count for an answer.

A run of which nothing is known may have been anything, so that it weighs as much as the worst that it may hide.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from reporter.declared.answer import Answer
from reporter.declared.flows import Field
from reporter.declared.model import Agent, Place, SpanType
from reporter.declared.observed import Label, Run, Seen
from reporter.declared.ran import Ran
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import CATEGORY_NAMES, SIDE_PARTS
from reporter.review.catalogue import Catalogue, Rule
from reporter.review.finding import DECLARED, POSSIBLE, Certainty, Finding
from reporter.review.tables import SEVERITIES, Severity

#: For so many days a declared span type may not run before somebody is asked whether it is needed.
UNSEEN_DAYS: Final = 90
#: The checks of this module, by what rules call them.
CHECKS: Final = ("never_declared", "unseen", "superseded", "not_deployed", "silent_in_use", "label")
_IN_TESTS: Final[Severity] = "medium"
_NO_VERSION: Final = "unknown"


def evaluated(agents: Iterable[Agent]) -> frozenset[str]:
    """Which of these checks have anything to look at; labels are read only where somebody asks for them."""
    read = [agent.observed for agent in agents if agent.observed]
    if not read:
        return frozenset()
    return frozenset(CHECKS) - (frozenset() if any(each.labels for each in read) else {"label"})


class Contradiction(NamedTuple):
    """A label, the run and the span type that it was seen in, and the entries that say otherwise, or nothing."""

    run: Run
    seen: Seen
    label: Label
    categories: tuple[str, ...]
    excluded: tuple[SpanType, ...]
    undecided: tuple[SpanType, ...]


@cache
def _meanings() -> Mapping[str, tuple[str, ...]]:
    text = files("reporter.review").joinpath("catalogue", "labels.toml").read_text("utf-8")
    told = tomllib.loads(text)
    found = {label: (name,) for name, labels in told["labels"].items() for label in labels}
    own = {name: (name,) for name in CATEGORY_NAMES}
    return found | {label: tuple(names) for label, names in told["any"].items()} | own


def meaning(label: str) -> tuple[str, ...]:
    """The categories of the vocabulary that a label may mean; none where it is not known."""
    return _meanings().get(re.sub("[^a-z0-9]+", "_", label.lower()).strip("_"), ())


def findings(scoped: ScopedAgent, catalogue: Catalogue, unseen_days: int = UNSEEN_DAYS) -> list[Finding]:
    """What an agent's runs put up for review, beside what its declarations do by themselves."""
    if scoped.agent.observed is None:
        return []
    judged = _Judged(scoped, unseen_days)
    checks = {
        "never_declared": judged.never_declared,
        "unseen": judged.unseen,
        "superseded": judged.superseded,
        "not_deployed": judged.not_deployed,
        "silent_in_use": judged.silent_in_use,
        "label": judged.label,
    }
    rules = [rule for rule in catalogue.rules.values() if rule.check in checks and rule.severity]
    found = (checks[rule.check or ""](rule) for rule in rules)
    return [each for each in found if each is not None]


class _Judged:
    """One agent's runs."""

    def __init__(self, scoped: ScopedAgent, unseen_days: int) -> None:
        assert scoped.agent.observed is not None  # noqa: S101  (findings() asks for no other)
        self._scoped = scoped
        self._agent = scoped.agent
        self._observed = scoped.agent.observed
        self._ran = Ran(scoped, self._observed)
        self._days = unseen_days

    def never_declared(self, rule: Rule) -> Finding | None:
        """What runs name and nobody declared; a run that tells nothing may have named it, too."""
        certain: dict[str, tuple[Run, Seen]] = {}
        open_: dict[str, tuple[Run, Seen]] = {}
        for run in sorted(self._observed.runs, key=_live_first):
            for seen in run.seen:
                standing = self._ran.standing(run, seen.name)
                if standing == "not declared":
                    certain.setdefault(seen.name, (run, seen))
                elif standing == "unknown":
                    open_.setdefault(seen.name, (run, seen))
        silent = [run for run in self._observed.runs if not run.told and run.begun]
        weights: list[tuple[Severity, Certainty]] = [
            *((self._weight(rule, run), DECLARED) for run, _ in certain.values()),
            *((self._weight(rule, run), POSSIBLE) for run in (*(run for run, _ in open_.values()), *silent)),
        ]
        if not weights:
            return None
        places = [_named(run, seen) for _, (run, seen) in sorted((certain or open_).items())]
        # One run stands for all that tell nothing: what is bound to this finding would else change with every run.
        places += [_place(run, "/spans", None) for run in silent[:1] if not certain]
        return self._finding(rule, weights, places)

    def silent_in_use(self, rule: Rule) -> Finding | None:
        """What runs live and nobody decided anything about."""
        entries: dict[int, SpanType] = {}
        found: dict[str, Place] = {}
        for run in self._observed.live:
            for seen in run.seen:
                if self._ran.standing(run, seen.name) == "not assessed":
                    found.setdefault(seen.name, _named(run, seen))
                    for entry in self._ran.in_scope.get(seen.name, ()):
                        if not entry.assessed:
                            entries[id(entry)] = entry
        if not found:
            return None
        places = [found[name] for name in sorted(found)]
        return self._finding(rule, [(rule.severity or "high", DECLARED)], places, declared=tuple(entries.values()))

    def label(self, rule: Rule) -> Finding | None:
        """Labels of what declarations exclude, or leave open: an answer that is missing may turn out to be that one."""
        excluded: dict[int, SpanType] = {}
        undecided: dict[int, SpanType] = {}
        fields: dict[int, dict[Field, None]] = {}
        counting = {id(entry) for some in self._ran.in_scope.values() for entry in some}
        certainty: Certainty = POSSIBLE
        found: dict[tuple[str, str, str], Place] = {}
        concerned: dict[str, None] = {}
        for each in contradictions(self._ran):
            certainty = DECLARED if each.excluded else certainty
            for entries, some in ((excluded, each.excluded), (undecided, each.undecided)):
                # What does not count has no row in the report; the label itself is the evidence there.
                for entry in (one for one in some if id(one) in counting):
                    entries[id(entry)] = entry
                    part = SIDE_PARTS[each.label.side]
                    fields.setdefault(id(entry), {}).update(dict.fromkeys((part, name) for name in each.categories))
            key = (each.seen.name, each.label.side, each.label.name)
            version = each.run.schema_version_id or _NO_VERSION
            place = Place(version, "span", each.seen.name, each.label.pointer, each.label.name, each.run.record_sha256)
            found.setdefault(key, place)
            concerned.update(dict.fromkeys(each.categories))
        if not found:
            return None
        severity = rule.severity or "high"
        only = tuple(entry for key, entry in undecided.items() if key not in excluded)
        made = self._finding(
            rule,
            [(severity, certainty)],
            [found[key] for key in sorted(found)],
            declared=tuple(excluded.values()),
            possible=only,
        )
        return made._replace(rests_on=lambda entry: tuple(fields[id(entry)]), concerned=tuple(concerned))

    def superseded(self, rule: Rule) -> Finding | None:
        """Live runs of a version older than what is deployed where they ran."""
        return self._misplaced(rule, "superseded")

    def not_deployed(self, rule: Rule) -> Finding | None:
        """Live runs of a version that no deployment where they ran points to, and that is not known to be older."""
        return self._misplaced(rule, "not deployed")

    def _misplaced(self, rule: Rule, place: str) -> Finding | None:
        found: dict[tuple[str, str], Place] = {}
        for run in self._observed.live:
            if self._ran.place(run) == place:
                key = (run.environment or "", run.schema_version_id or "")
                found.setdefault(key, _place(run, "/agent_version_id", run.agent_version_id))
        places = [found[key] for key in sorted(found)]
        return self._finding(rule, [(rule.severity or "medium", DECLARED)], places) if places else None

    def unseen(self, rule: Rule) -> Finding | None:
        """Declared and in no live run of so many days; nothing is said where a run in them may have had it."""
        observed = self._observed
        end = min(observed.until or observed.read_at, observed.read_at)
        start = end - timedelta(days=self._days)
        if observed.since > start or not self._scoped.whole or observed.elsewhere:
            return None
        near = [run for run in observed.live if run.last is None or run.last >= start]
        if not near or not all(run.told and not run.scored for run in near):
            return None
        names = {seen.name for run in near for seen in run.seen}
        entries = []
        for item in self._scoped.versions:
            registered = item.version.inserted_at
            if not item.version.listed and registered is not None and registered <= start:
                spans = (entry for entry in item.version.span_types or () if entry.kind == "span")
                entries += [entry for entry in spans if entry.name not in names]
        if not entries:
            return None
        places = [
            Place(each.schema_version_id, each.kind, each.name, each.at("/name"), each.name, each.record_sha256)
            for each in entries
        ]
        return self._finding(rule, [(rule.severity or "low", DECLARED)], places, declared=tuple(entries))

    def _weight(self, rule: Rule, run: Run) -> Severity:
        """What only tests did weighs less, as far as they say that they are tests."""
        severity = rule.severity or "high"
        return severity if run.live else min(severity, _IN_TESTS, key=SEVERITIES.index)

    def _finding(
        self, rule: Rule, weights: Sequence[tuple[Severity, Certainty]], places: Iterable[Place],
        *, declared: tuple[SpanType, ...] = (), possible: tuple[SpanType, ...] = (),
    ) -> Finding:  # fmt: skip
        severity, certainty = max(weights, key=lambda each: (SEVERITIES.index(each[0]), each[1] == DECLARED))
        return Finding(rule, self._agent, severity, certainty, declared, possible, found=tuple(places))


def contradictions(ran: Ran) -> Iterator[Contradiction]:
    """The labels that runs carry and no declaration includes; what nobody knows the meaning of is none."""
    for run in sorted(ran.observed.runs, key=_live_first):
        for seen in run.spans or ():
            for label in seen.labels:
                names = meaning(label.name)
                told = [(entry, _answers(entry, label, names)) for entry in ran.entries(run, seen.name)]
                # Whatever includes one of them answers for the label, and whatever excludes all of them denies it.
                silent = [(entry, some) for entry, some in told if some and not any(_is(e, "included") for e in some)]
                denied = [all(_is(each, "excluded") for each in some) for _, some in silent]
                against = tuple(entry for (entry, _), no in zip(silent, denied, strict=True) if no)
                open_ = tuple(entry for (entry, _), no in zip(silent, denied, strict=True) if not no)
                if against or open_:
                    yield Contradiction(run, seen, label, names, against, open_)


def _answers(entry: SpanType, label: Label, names: Iterable[str]) -> list[Answer]:
    return [entry.declaration.answer(SIDE_PARTS[label.side], name) for name in names]


def _is(answer: Answer, value: str) -> bool:
    return answer.decided and answer.value == value


def _live_first(run: Run) -> tuple[bool, str]:
    return not run.live, run.id


def _named(run: Run, seen: Seen) -> Place:
    return Place(run.schema_version_id or _NO_VERSION, "span", seen.name, seen.pointer, seen.name, run.record_sha256)


def _place(run: Run, below: str, value: object) -> Place:
    version = run.schema_version_id or _NO_VERSION
    return Place(version, None, None, f"{run.pointer}{below}", value, run.record_sha256)
