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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field, SkipValidation

from reporter.errors import UsageError
from reporter.plain.language import Language
from reporter.plain.toml_lines import Strict, TomlFile, tables
from reporter.review.conditions import Condition, ConditionError, compiled
from reporter.review.counterparts import Counterparts, begins
from reporter.review.lint.checks import CHECKS

Severity = Literal["info", "low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high")
Status = Literal["in-force", "adopted-later", "proposed", "guidance", "unsettled"]

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
    "categories",
    "actions",
    "levels",
    "reading",
)
#: Checks that the engine has besides those of ``lint``.
_CHECKS: Final = frozenset({"not_assessed", "no_span_types", "lost", "cannot_rule_out", "reach", "reading"})
_LONGEST_ID: Final = 20


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


class _Head(Strict):
    """What a rule says, in its table and to whoever reads it."""

    id: str = Field(pattern="^[A-Z][A-Za-z0-9-]*$")
    title: str = Field(min_length=1)
    severity: Severity
    per: Literal["span type", "agent"] = "span type"
    status: Status = "in-force"
    as_of: date
    source_url: str | None = None
    because: str = Field(min_length=1)
    question: str = ""
    missing: list[str] = Field(default=[])
    result_alone: Literal["lower"] | None = None
    undetermined: str | None = None
    not_evaluated: str | None = None


class RuleTable(_Head):
    """A ``[[rule]]`` table, as it is written."""

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
        result_alone: Whether it counts a step less where only what flows out makes it so.
        undetermined: The rule that takes what cannot be ruled out, instead of this one a step lower.
        not_evaluated: Why it is not.
        condition: What it asks of a declaration; None where a function does (``check``), or nothing yet.
        origin: ``datarisk``, or the file that it came from.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

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
    reader = _Reader(switches.jurisdictions)
    # One after the other: an instrument of the user's own is known from its file on, and cites nothing of ours anew.
    for name in _FILES:
        reader.take(TomlFile(_FOLDER / f"{name}.toml"), OURS)
    for path in switches.own:
        reader.take(TomlFile(path), str(path))
    for rule in reader.rules.values():
        if rule.undetermined and rule.undetermined not in reader.rules:
            raise unknown_rule(rule.undetermined, reader.rules, reader.places[rule.id]())
    head, law, screening, coverage = (
        reader.counted(TomlFile(_FOLDER / f"{name}.toml")) for name in ("catalogue", "law", "screening", "coverage")
    )
    wanted = dict(switches.severities)
    for rule_id in wanted:
        if rule_id not in reader.rules:
            raise unknown_rule(rule_id, reader.rules, "policy.severities")
    rules = {}
    for rule in reader.rules.values():
        severity = wanted.get(rule.id, rule.severity)
        if severity != OFF:
            cited = tuple(_here(rule.provisions, switches.jurisdictions, reader.counterparts))
            rules[rule.id] = rule.model_copy(update={"severity": severity, "provisions": cited})
    return Catalogue(
        version=head.value["version"],
        sha256=reader.digest.hexdigest(),
        preconditions=(
            *head.value["preconditions"],
            *(text for each in reader.counterparts for text in each.preconditions),
        ),
        rules=rules,
        law=tuple(each for _, each in tables(law, "law", Law)),
        criteria=tuple(each for _, each in tables(screening, "criterion", Criterion)),
        points=tuple(each for _, each in tables(coverage, "point", Point)),
    )


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
        if given.base is not None and given.base not in self._bases:
            remedy = f"Known: {', '.join(self._bases)}"
            raise UsageError(f"there is no base {given.base!r}", where=at("base"), remedy=remedy)
        provisions = (
            *(self._provision(text, partial(at, "provisions")) for text in given.provisions),
            *(self._provision(each.provision, at, each.only_if, each.note) for each in given.also),
            *self._bases.get(given.base or "", ()),
        )
        # What users cite is theirs; ours is written from the Union's law.
        if origin == OURS:
            provisions = self._with_counterparts(provisions, at)
        head = {name: getattr(given, name) for name in _Head.model_fields}
        return Rule(**head, provisions=provisions, condition=condition, check=check, origin=origin)

    def _with_counterparts(self, cited: tuple[Provision, ...], at: Callable[[], str]) -> tuple[Provision, ...]:
        """Each with what stands beside it elsewhere, unless the rule cites that itself."""
        found = {each.text: each for each in cited}
        ordered: dict[str, Provision] = {}
        for each in cited:
            ordered[each.text] = each
            for text, only_if in (pair for some in self.counterparts for pair in some.beside(each.text, each.only_if)):
                if text not in found:
                    found[text] = ordered[text] = self._provision(text, at, only_if)
        return tuple(ordered.values())

    def _provision(
        self, text: str, at: Callable[[], str], only_if: str | None = None, note: str | None = None
    ) -> Provision:
        """With its instrument: a provision that names none could be of any law."""
        # The longest counts, as a single article may have a state of its own.
        found = self._named.get(text)
        if found is None:
            names = [name for name in self._instruments if begins(text, name)]
            if not names:
                remedy = "Begin with an instrument, such as GDPR Art. 9(1), or add its [[instrument]]"
                raise UsageError(f"{text!r} names no instrument that is known", where=at(), remedy=remedy)
            found = self._named[text] = self._instruments[max(names, key=len)]
        return Provision(text, found, only_if, note)


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
    "MDR": "MDR",
    "NIS2": "NIS-2-Richtlinie",
    "PSD2": "PSD2",
    "Regulation (EU) 2024/900": "Verordnung (EU) 2024/900",
    "WP248": "WP248",
    "ePrivacy Directive": "ePrivacy-Richtlinie",
}
#: These are named first in German too.
_CITED_FIRST: Final = frozenset({"CJEU", "WP248"})
#: Articles of definitions, whose first step is a number and no paragraph.
_DEFINITIONS: Final = frozenset({("GDPR", "4"), ("AI Act", "3"), ("Directive (EU) 2016/943", "2"), ("MDR", "2")})

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
