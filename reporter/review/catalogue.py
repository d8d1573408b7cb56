"""The rules, read from their files and looked through: the program's own, and the user's in the same form.

A file is a list of ``[[rule]]`` tables; conditions are tables too (``conditions``), and there is no language to parse.
Whatever is not understood is a mistake with its file and line, and nothing is applied by half.

Provisions are cited in English ("GDPR Art. 9(2)(d)"). German puts the instrument last and names each step: "Art. 9 Abs.
2 Buchst. d DSGVO". Only law of the European Union has German names; what is not known to be that, or not written as a
citation, stays as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import ConfigDict, Field, SkipValidation

from reporter.errors import UsageError
from reporter.plain.language import Language
from reporter.plain.toml_lines import Strict, TomlFile, tables
from reporter.review.conditions import Condition, ConditionError, compiled
from reporter.review.lint.checks import CHECKS

Severity = Literal["info", "low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high")
Status = Literal["in-force", "adopted-later", "proposed", "guidance", "unsettled"]
Exposure = Literal["out", "handled", "inside"]
EXPOSURES: Final[tuple[Exposure, ...]] = ("out", "handled", "inside")
Asked = Literal[
    "unanswered", "recipients", "condition", "impact", "keeping", "money", "secrets", "confidential", "levels",
    "declarations",
]  # fmt: skip
"""The questions that a person answers, by their keys."""
ASKED: Final[tuple[Asked, ...]] = get_args(Asked)
UNANSWERED: Final[Asked] = "unanswered"

OURS: Final = "datarisk"
OFF: Final = "off"

_FOLDER: Final = Path(__file__).parent / "catalogue"
#: Rules in the order that findings and lists follow, behind what they cite.
_FILES: Final = ("instruments", "bases", "lint", "combinations", "categories", "actions", "levels", "reading")
#: Checks that the engine has besides those of ``lint``.
_CHECKS: Final = frozenset({
    "not_assessed", "no_span_types", "unanswered", "lost", "cannot_rule_out", "reach", "reading",
})  # fmt: skip
_LONGEST_ID: Final = 20
_WORD: Final = re.compile("[A-Za-z0-9]")


class Instrument(Strict):
    """What provisions are cited from; its name is what they begin with, and the longest name counts."""

    name: str
    title: str
    jurisdiction: Literal["EU", "UK", "US", "any"]
    status: Status
    as_of: date
    source_url: str | None = None
    note: str | None = None


class Also(Strict):
    """A provision that applies only if something holds that declarations do not say."""

    provision: str
    only_if: str
    note: str | None = None


class Base(Strict):
    """Provisions that several rules share."""

    id: str
    provisions: list[str]


class Law(Strict):
    """The state of a law that rules lean on."""

    title: str
    status: Status
    as_of: date
    source_url: str | None = None
    text: str


class Point(Strict):
    """A point of GDPR Art. 30(1), and what of it declarations cover."""

    item: str
    title: str
    coverage: Literal["none", "partial", "signal only"]
    words: str


class Criterion(Strict):
    """A criterion of WP248 rev.01; without a condition declarations cannot show it."""

    number: int
    title: str
    words: str
    when: dict[str, Any] | None = None
    cannot_be_assessed: bool = False

    @cached_property
    def condition(self) -> Condition | None:
        """What it asks of declarations."""
        return compiled(self.when) if self.when else None


class Kind(Strict):
    """Categories that weigh the same, and how severe it is that they go out, are handled, or stay inside."""

    name: str
    title: str
    categories: list[str]
    out: Severity
    handled: Severity
    inside: Severity

    def severity(self, exposure: Exposure) -> Severity:
        """How severe it is that they go so far."""
        found: Severity = getattr(self, exposure)
        return found


class Reached(Strict):
    """How far data may go, in words."""

    name: Exposure
    title: str


class Question(Strict):
    """What a person answers about an agent; ``facts`` are those of the organisation that an answer needs."""

    key: Asked
    title: str
    because: str
    facts: list[str] = Field(default=[])


class _Head(Strict):
    """What a rule says, in its table and to whoever reads it."""

    id: str = Field(pattern="^[A-Z][A-Za-z0-9-]*$")
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
    """A provision and the instrument that it is cited from; ``only_if`` is a fact that declarations do not hold."""

    text: str
    instrument: Instrument
    only_if: str | None = None
    note: str | None = None


class Rule(_Head):
    """One rule, ready to be evaluated.

    Attributes:
        severity: How severe its findings are at worst; None where it only lists what is declared.
        exposure: How far the data that it is about go, where that and their kind say how severe it is.
        issue: The question that its findings belong to.
        undetermined: The rule that takes what is only possible.
        not_evaluated: Why it is not.
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
class Switches:
    """What users change: rules of their own, severities (or ``off``) by rule, and the jurisdictions they are in."""

    own: tuple[Path, ...] = ()
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
    reader = _Reader()
    # One after the other: an instrument of the user's own is known from its file on, and cites nothing of ours anew.
    for name in _FILES:
        reader.take(TomlFile(_FOLDER / f"{name}.toml"), OURS)
    for path in switches.own:
        reader.take(TomlFile(path), str(path))
    for rule in reader.rules.values():
        if rule.undetermined and rule.undetermined not in reader.rules:
            raise unknown_rule(rule.undetermined, reader.rules, reader.places[rule.id]())
    head, law, screening, coverage, severity, issues = (
        reader.counted(TomlFile(_FOLDER / f"{name}.toml"))
        for name in ("catalogue", "law", "screening", "coverage", "severity", "issues")
    )
    kinds = tuple(each for _, each in tables(severity, "kind", Kind))
    wanted = dict(switches.severities)
    for rule_id in wanted:
        if rule_id not in reader.rules:
            raise unknown_rule(rule_id, reader.rules, "policy.severities")
    # Standards hold everywhere, laws only in their own jurisdiction.
    here = {*switches.jurisdictions, "any"} if switches.jurisdictions else None
    rules = {}
    for rule in reader.rules.values():
        weight = wanted.get(rule.id) or _worst(rule, kinds)
        if weight != OFF:
            cited = tuple(each for each in rule.provisions if here is None or each.instrument.jurisdiction in here)
            # What an organisation says of a rule holds whatever the data are.
            exposure = None if rule.id in wanted else rule.exposure
            rules[rule.id] = rule.model_copy(update={"severity": weight, "exposure": exposure, "provisions": cited})
    return Catalogue(
        version=head.value["version"],
        sha256=reader.digest.hexdigest(),
        preconditions=tuple(head.value["preconditions"]),
        rules=rules,
        kinds=kinds,
        exposures=tuple(each for _, each in tables(severity, "exposure", Reached)),
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


def unknown_rule(rule_id: str, rules: Iterable[str], where: str) -> UsageError:
    """The mistake of naming a rule that is not there."""
    near = sorted(rules, key=lambda known: (known[:1] != rule_id[:1].upper(), known))[:6]
    remedy = f"`datarisk rules` lists all of them, such as {', '.join(near)}"
    # What is too long to be an id may be a secret that went astray.
    named = repr(rule_id) if len(rule_id) <= _LONGEST_ID else f"whose id has {len(rule_id)} characters"
    return UsageError(f"there is no rule {named}", where=where, remedy=remedy)


class _Reader:
    """Puts files together, each rule with what it names."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.rules: dict[str, Rule] = {}
        self.places: dict[str, _Place] = {}
        self._instruments: dict[str, Instrument] = {}
        self._bases: dict[str, tuple[Provision, ...]] = {}

    def counted(self, file: TomlFile) -> TomlFile:
        """A file, counted among those that the catalogue was made from."""
        self.digest.update(hashlib.sha256(file.data).digest())
        return file

    def take(self, file: TomlFile, origin: str) -> None:
        """The instruments of a file, the provisions that rules share, and its rules."""
        self.counted(file)
        self._instruments |= {each.name: each for _, each in tables(file, "instrument", Instrument)}
        # A table that nobody reads would be a rule that its author believes in.
        known = {"rule", "instrument", "base"} if origin == OURS else {"rule", "instrument"}
        for key in file.value:
            if key not in known:
                raise UsageError(f"no such table: {key}", where=file.place(key=key), remedy="Rules stand in [[rule]]")
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
            *(self._provision(each.provision, at, each.only_if, each.note) for each in given.also),
            *self._bases.get(given.base or "", ()),
        )
        head = {name: getattr(given, name) for name in _Head.model_fields}
        issue = given.issue or _asked(condition)
        return Rule(**head, issue=issue, provisions=provisions, condition=condition, check=check, origin=origin)

    def _provision(
        self, text: str, at: Callable[[], str], only_if: str | None = None, note: str | None = None
    ) -> Provision:
        """With its instrument: a provision that names none could be of any law."""
        # The longest counts, as a single article may have a state of its own. Behind its name the word has to have
        # ended: EDPB Guidelines are not cited by the name EDPB Guide.
        names = [name for name in self._instruments if text.startswith(name) and not _WORD.match(text, len(name))]
        if not names:
            remedy = "Begin with an instrument, such as GDPR Art. 9(1), or add its [[instrument]]"
            raise UsageError(f"{text!r} names no instrument that is known", where=at(), remedy=remedy)
        return Provision(text, self._instruments[max(names, key=len)], only_if, note)


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


#: What the law of the European Union, and the guidelines on it, are called in German.
_GERMAN: Final = {
    "AI Act": "KI-VO",
    "AML Directive": "Geldwäscherichtlinie",
    "CJEU": "EuGH",
    "DORA": "DORA",
    "DSA": "DSA",
    "Directive (EU) 2016/680": "Richtlinie (EU) 2016/680",
    "Directive (EU) 2016/943": "Richtlinie (EU) 2016/943",
    "Directive 2000/43/EC": "Richtlinie 2000/43/EG",
    "Directive 2000/78/EC": "Richtlinie 2000/78/EG",
    "EHDS": "EHDS-Verordnung",
    "GDPR": "DSGVO",
    "MAR": "MAR",
    "NIS2": "NIS-2-Richtlinie",
    "PSD2": "PSD2",
    "Regulation (EU) 2024/900": "Verordnung (EU) 2024/900",
    "WP248": "WP248",
    "ePrivacy Directive": "ePrivacy-Richtlinie",
}
#: These are named first in German too.
_CITED_FIRST: Final = frozenset({"CJEU", "WP248"})
#: Articles of definitions, whose first step is a number and no paragraph.
_DEFINITIONS: Final = frozenset({("GDPR", "4"), ("AI Act", "3"), ("Directive (EU) 2016/943", "2")})

_STEPS: Final = r"\d+[a-z]?(?:\(\w+\))*(?:(?:-|, )(?:\d+[a-z]?)?(?:\(\w+\))*)*"
_NAMED: Final = re.compile(rf"({'|'.join(map(re.escape, _GERMAN))})(?: (.+))?")
_ARTICLES: Final = re.compile(rf"Arts?\. ({_STEPS})")
_RECITALS: Final = re.compile(r"Recital(s?) ([\d, -]+)")
_ANNEX: Final = re.compile(rf"Annex ([IVX]+)(?: points? ({_STEPS}))?")
_CHAPTER: Final = re.compile(r"Chapter ([IVX]+)")


def localized(provision: str, language: Language) -> str:
    """A provision as a language cites it; in English, or where nothing is known of it, as it stands."""
    named = _NAMED.fullmatch(provision) if language.code == "de" else None
    if named is None:
        return provision
    instrument, place = named.groups()
    name = _GERMAN[instrument]
    if place is None:
        return name
    if instrument in _CITED_FIRST:
        return f"{name} {place.replace('criterion', 'Kriterium')}"
    if found := _ARTICLES.fullmatch(place):
        number = re.split(r"\W", found[1])[0]
        return f"Art. {_spelled(found[1], 'Nr.' if (instrument, number) in _DEFINITIONS else 'Abs.')} {name}"
    if found := _RECITALS.fullmatch(place):
        return f"{'Erwägungsgründe' if found[1] else 'Erwägungsgrund'} {_spelled(found[2], '')} {name}"
    if found := _ANNEX.fullmatch(place):
        points = f" Nr. {_spelled(found[2], 'Nr.')}" if found[2] else ""
        return f"Anhang {found[1]}{points} {name}"
    found = _CHAPTER.fullmatch(place)
    return f"Kapitel {found[1]} {name}" if found else provision


def _spelled(steps: str, first: str) -> str:
    """Steps with their words."""
    words = re.sub(r"\((\d+)\)", rf" {first} \1", steps)
    words = re.sub(r"\(([a-z]+)\)", r" Buchst. \1", words)
    # In a list or a range a word is not said twice.
    words = re.sub(r"(?<=, ) (?:\w+\.) ", "", words)
    return re.sub(r"-(?: \w+\. )?", "\u2013", words)
