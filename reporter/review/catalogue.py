"""The rules, read from their files and looked through: the program's own, and the user's in the same form.

A file is a list of ``[[rule]]`` tables; conditions are tables too (``conditions``), and there is no language to parse.
Whatever is not understood is a mistake with its file and line, and nothing is applied by half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field, SkipValidation

from reporter.errors import UsageError
from reporter.plain.disk import named
from reporter.plain.toml_lines import Strict, TomlFile, tables
from reporter.review.conditions import Condition, ConditionError, compiled
from reporter.review.counterparts import Counterparts, begins
from reporter.review.lint.checks import CHECKS
from reporter.review.tables import (
    SEVERITIES,
    Also,
    Asked,
    Base,
    Criterion,
    Exposure,
    Instrument,
    Kind,
    Law,
    Point,
    Question,
    Reached,
    Severity,
    Status,
)

OURS: Final = "datarisk"
OFF: Final = "off"

_FOLDER: Final = Path(__file__).parent / "catalogue"
#: Rules in the order that findings and lists follow, behind what they cite.
_FILES: Final = (
    "instruments",
    "counterparts",
    "bases",
    "lint",
    "combinations",
    "observed",
    "categories",
    "actions",
    "levels",
    "reading",
    "agreed",
)
#: Checks that the engine has besides those of ``lint``.
_CHECKS: Final = frozenset({
    "not_assessed", "no_span_types", "unanswered", "lost", "cannot_rule_out", "reach", "reading",
    "agreed_data", "agreed_actions", "agreed_undecided", "agreed_level", "agreed_environment", "agreed_unused",
    "agreed_differs", "agreed_document", "agreed_nothing", "agreed_profile", "agreed_score",
    "newly",
    # Of what ran (observed).
    "never_declared", "unseen", "superseded", "not_deployed", "silent_in_use", "label",
})  # fmt: skip
_LONGEST_ID: Final = 20


class _Head(Strict):
    """What a rule says, in its table and to whoever reads it."""

    id: str = Field(
        pattern="^[A-Z][A-Za-z0-9-]*$",
        description='Write a capital letter, then letters, digits and hyphens, such as id = "ACME-1"',
    )
    title: str = Field(min_length=1)
    severity: Severity | None = None
    exposure: Exposure | Literal["worst"] | None = None
    status: Status = "in-force"
    as_of: date
    source_url: str | None = None
    because: str = Field(min_length=1)
    question: str = ""
    missing: list[str] = Field(default=[])
    undetermined: str | None = None
    not_evaluated: str | None = None


class RuleTable(_Head):
    """A ``[[rule]]`` table, as it is written."""

    # Every rule makes one finding an agent by now; files of before say so in a word.
    per: Literal["span type", "agent"] = "agent"
    issue: Asked | None = None
    provisions: list[str] = Field(default=[])
    base: str | None = None
    also: list[Also] = Field(default=[])
    when: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision and the instrument that it is cited from; ``only_if`` and ``about`` are those of ``Also``."""

    text: str
    instrument: Instrument
    only_if: str | None = None
    note: str | None = None
    about: str | None = None


class Rule(_Head):
    """One rule, ready to be evaluated.

    Attributes:
        severity: How severe its findings are at worst; None where it only lists what is declared.
        exposure: How far the data that it is about go, where that and their kind say how severe it is.
        issue: The question that its findings belong to.
        undetermined: The rule that takes what is only possible.
        not_evaluated: Why it is not; with a check, where there is nothing that this could look at.
        condition: What it asks of a declaration; None where a function does (``check``), or nothing yet.
        origin: ``datarisk``, or the file that it came from.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    issue: Asked
    provisions: tuple[Provision, ...]
    condition: SkipValidation[Condition | None]
    check: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rules by their ids, and what is printed with them; ``sha256`` is that of every file it was read from."""

    version: str
    sha256: str
    preconditions: tuple[str, ...]
    rules: Mapping[str, Rule]
    kinds: tuple[Kind, ...]
    exposures: tuple[Reached, ...]
    questions: tuple[Question, ...]
    law: tuple[Law, ...]
    criteria: tuple[Criterion, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class OwnRules:
    """A file of the user's own rules, and what it is called in a report: its path from the root of its tree."""

    name: str
    file: TomlFile

    @classmethod
    def at(cls, path: Path) -> OwnRules:
        """The one at a path.

        Raises:
            UsageError: It cannot be read, or is no TOML.
        """
        return cls(named(path, Path()), TomlFile(path))


@dataclass(frozen=True, slots=True)
class Switches:
    """What users change: rules of their own, severities (or ``off``) by rule, and the jurisdictions they are in."""

    own: tuple[OwnRules, ...] = ()
    severities: tuple[tuple[str, Severity | Literal["off"]], ...] = ()
    jurisdictions: tuple[str, ...] = ()


AS_SHIPPED: Final = Switches()
_Place = Callable[..., str]
"""Says where a table stands, or a key in it; nobody looks for it unless there is a mistake."""


@cache
def load(switches: Switches = AS_SHIPPED) -> Catalogue:
    """The catalogue as it is switched.

    Raises:
        UsageError: A file of the user's own is wrong, or a rule that is switched is not there.
    """
    reader = _Reader(switches.jurisdictions)
    # One after the other: an instrument of the user's own is known from its file on, and cites nothing of ours anew.
    for name in _FILES:
        reader.take(TomlFile(_FOLDER / f"{name}.toml"), OURS)
    for own in switches.own:
        reader.take(own.file, own.name)
    for rule in reader.rules.values():
        if rule.undetermined and rule.undetermined not in reader.rules:
            raise unknown_rule(rule.undetermined, reader.rules, reader.places[rule.id]())
    head, law, screening, coverage, scale, issues = (
        reader.counted(TomlFile(_FOLDER / f"{name}.toml"))
        for name in ("catalogue", "law", "screening", "coverage", "severity", "issues")
    )
    kinds = tuple(each for _, each in tables(scale, "kind", Kind))
    wanted = dict(switches.severities)
    for rule_id, weight in wanted.items():
        if rule_id not in reader.rules:
            raise unknown_rule(rule_id, reader.rules, "policy.severities")
        rule = reader.rules[rule_id]
        if weight != OFF and rule.severity is None and rule.exposure is None:
            remedy = f'Take it out, say {rule_id} = "off", or write a rule of your own'
            what = f"rule {rule_id} lists what is declared, and has no severity"
            raise UsageError(what, where="policy.severities", remedy=remedy)
    rules = {}
    for rule in reader.rules.values():
        severity = wanted.get(rule.id) or _worst(rule, kinds)
        if severity != OFF:
            cited = tuple(_here(rule.provisions, switches.jurisdictions, reader.counterparts))
            # What an organisation says of a rule holds whatever the data are.
            exposure = None if rule.id in wanted else rule.exposure
            rules[rule.id] = rule.model_copy(update={"severity": severity, "exposure": exposure, "provisions": cited})
    return Catalogue(
        version=head.value["version"],
        sha256=reader.digest.hexdigest(),
        preconditions=(
            *head.value["preconditions"],
            *(text for each in reader.counterparts for text in each.preconditions),
        ),
        rules=rules,
        kinds=kinds,
        exposures=tuple(each for _, each in tables(scale, "exposure", Reached)),
        questions=tuple(each for _, each in tables(issues, "issue", Question)),
        law=tuple(each for _, each in tables(law, "law", Law)),
        criteria=tuple(each for _, each in tables(screening, "criterion", Criterion)),
        points=tuple(each for _, each in tables(coverage, "point", Point)),
    )


def _worst(rule: Rule, kinds: Iterable[Kind]) -> Severity | None:
    """The severity of a rule, or the worst that its data can make it."""
    if rule.exposure is None or rule.condition is None:
        return rule.severity
    about = {name for _, name in rule.condition.reads()}
    exposure = "out" if rule.exposure == "worst" else rule.exposure
    found = [kind.severity(exposure) for kind in kinds if not about.isdisjoint(kind.categories)]
    return max(found, key=SEVERITIES.index, default=None)


def _asked(condition: Condition | None) -> Asked:
    """The question of a rule that names none, by the actions and levels that it looks at."""
    named = {name for _, name in condition.reads()} if condition else set()
    about: tuple[tuple[str, Asked], ...] = (
        ("external_communication", "recipients"), ("financial_transactions", "money"), ("destroy_data", "keeping"),
        ("create_data", "keeping"), ("update_data", "keeping"), ("classification", "levels"),
    )  # fmt: skip
    return next((asked for name, asked in about if name in named), "condition")


def _here(
    cited: Iterable[Provision], jurisdictions: Sequence[str], counterparts: Iterable[Counterparts]
) -> Iterator[Provision]:
    """Those of the jurisdictions that somebody is in: standards hold everywhere, laws only in their own."""
    # Beside the Union's law that of another country would only repeat it, so there it keeps its condition.
    given = {text for each in counterparts for text in each.given} if "EU" not in jurisdictions else set()
    for each in cited:
        if not jurisdictions or each.instrument.jurisdiction in (*jurisdictions, "any"):
            yield replace(each, only_if=None) if each.only_if in given else each


def unknown_rule(rule_id: str, rules: Iterable[str], where: str) -> UsageError:
    """The mistake of naming a rule that is not there."""
    near = sorted(rules, key=lambda known: (known[:1] != rule_id[:1].upper(), known))[:6]
    remedy = f"`datarisk rules` lists all of them, such as {', '.join(near)}"
    # What is too long to be an id may be a secret that went astray.
    named = repr(rule_id) if len(rule_id) <= _LONGEST_ID else f"whose id has {len(rule_id)} characters"
    return UsageError(f"there is no rule {named}", where=where, remedy=remedy)


class _Reader:
    """Puts files together, each rule with what it names."""

    def __init__(self, jurisdictions: Sequence[str]) -> None:
        self.digest = hashlib.sha256()
        self.rules: dict[str, Rule] = {}
        self.places: dict[str, _Place] = {}
        #: Of the jurisdictions that somebody asked for: to whoever says none they would be the same law once more.
        self.counterparts: list[Counterparts] = []
        self._jurisdictions = jurisdictions
        self._instruments: dict[str, Instrument] = {}
        #: Provisions that were looked up among these instruments, as many rules share them.
        self._named: dict[str, Instrument] = {}
        self._bases: dict[str, tuple[Provision, ...]] = {}

    def counted(self, file: TomlFile) -> TomlFile:
        """A file, counted among those that the catalogue was made from."""
        self.digest.update(hashlib.sha256(file.data).digest())
        return file

    def take(self, file: TomlFile, origin: str) -> None:
        """The instruments of a file, the provisions that rules share, and its rules."""
        self.counted(file)
        self._instruments |= {each.name: each for _, each in tables(file, "instrument", Instrument)}
        self._named.clear()
        # A table that nobody reads would be a rule that its author believes in.
        known = {"rule", "instrument", "base", "beside"} if origin == OURS else {"rule", "instrument"}
        for key in file.value:
            if key not in known:
                raise UsageError(f"no such table: {key}", where=file.place(key=key), remedy="Rules stand in [[rule]]")
        beside = (each for _, each in tables(file, "beside", Counterparts))
        self.counterparts += [each for each in beside if each.jurisdiction in self._jurisdictions]
        for at, base in tables(file, "base", Base):
            self._bases[base.id] = tuple(self._provision(text, at) for text in base.provisions)
        for number, (_, given) in enumerate(tables(file, "rule", RuleTable)):
            at = partial(file.place, "rule", number)
            if given.id in self.rules:
                there = f"It stands at {self.places[given.id]()} already; give it an id of its own"
                raise UsageError(f"two rules of the id {given.id}", where=at("id"), remedy=there)
            self.places[given.id] = at
            self.rules[given.id] = self._rule(given, at, origin)

    def _rule(self, given: RuleTable, at: _Place, origin: str) -> Rule:
        condition, check = _condition(given, at)
        if given.exposure and (given.severity or condition is None):
            what = f"the rule {given.id} has an exposure, so that the data say how severe it is"
            raise UsageError(what, where=at("exposure"), remedy="Leave out severity or exposure, and give a condition")
        if given.base is not None and given.base not in self._bases:
            remedy = f"Known: {', '.join(self._bases)}"
            raise UsageError(f"there is no base {given.base!r}", where=at("base"), remedy=remedy)
        provisions = (
            *(self._provision(text, partial(at, "provisions")) for text in given.provisions),
            *(self._provision(each.provision, at, each.only_if, each.note, each.about) for each in given.also),
            *self._bases.get(given.base or "", ()),
        )
        # What users cite is theirs; ours is written from the Union's law.
        if origin == OURS:
            provisions = self._with_counterparts(provisions, at)
        head = {name: getattr(given, name) for name in _Head.model_fields}
        issue = given.issue or _asked(condition)
        return Rule(**head, issue=issue, provisions=provisions, condition=condition, check=check, origin=origin)

    def _with_counterparts(self, cited: tuple[Provision, ...], at: Callable[[], str]) -> tuple[Provision, ...]:
        """Each with what stands beside it elsewhere, unless the rule cites that itself."""
        found, away = {each.text: each for each in cited}, "EU" not in self._jurisdictions
        ordered: dict[str, Provision] = {}
        for each in cited:
            ordered[each.text] = each
            for text, only_if in (pair for some in self.counterparts for pair in some.beside(each.text, each.only_if)):
                if text not in found:
                    found[text] = ordered[text] = self._provision(text, at, only_if, None, each.about if away else None)
        return tuple(ordered.values())

    def _provision(self, text: str, at: Callable[[], str], *more: str | None) -> Provision:
        """With its instrument, and ``more`` that is known: a provision that names none could be of any law."""
        # The longest counts, as a single article may have a state of its own.
        found = self._named.get(text)
        if found is None:
            names = [name for name in self._instruments if begins(text, name)]
            if not names:
                remedy = "Begin with an instrument, such as GDPR Art. 9(1), or add its [[instrument]]"
                raise UsageError(f"{text!r} names no instrument that is known", where=at(), remedy=remedy)
            found = self._named[text] = self._instruments[max(names, key=len)]
        return Provision(text, found, *more)


def _condition(given: RuleTable, at: _Place) -> tuple[Condition | None, str | None]:
    """What a rule asks: a condition over declared fields, or a check by its name."""
    if given.when is None:
        if given.not_evaluated is None:
            remedy = 'Add [rule.when], or not_evaluated = "why"'
            raise UsageError(f"the rule {given.id} has no condition", where=at(), remedy=remedy)
        return None, None
    if "check" in given.when:
        check = given.when["check"]
        known = isinstance(check, str) and (check in _CHECKS or check in CHECKS)
        if not known or given.when.keys() != {"check"}:
            remedy = "Use a condition over declared fields"
            raise UsageError(f"there is no check {check!r}", where=at("when"), remedy=remedy)
        return None, check
    # Compiled while it is read, so that a mistake in it is told with its line and before anything is judged.
    try:
        return compiled(given.when), None
    except ConditionError as error:
        raise UsageError(f"rule {given.id}: {error}", where=at(error.key), remedy="Mend the condition") from error
