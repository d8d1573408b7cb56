"""The rules, read from their files and looked through: the program's own, and the user's in the same form.

A file is a list of ``[[rule]]`` tables; conditions are tables too (``conditions``), and there is no language to parse.
Whatever is not understood is a mistake with its file and line, and nothing is applied by half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal

from reporter.errors import UsageError
from reporter.plain.toml_lines import Place, TomlFile, tables
from reporter.review.conditions import Condition, ConditionError, compiled
from reporter.review.lint.checks import CHECKS
from reporter.review.tables import (
    SEVERITIES,
    Base,
    CriterionTable,
    Instrument,
    Law,
    Point,
    RuleTable,
    Severity,
    Status,
)

OURS: Final = "datarisk"
OFF: Final = "off"

_FOLDER: Final = Path(__file__).parent / "catalogue"
#: In the order that findings and lists follow.
_RULES: Final = ("lint", "combinations", "categories", "actions", "levels", "reading")


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision and the instrument that it is cited from; ``only_if`` is a fact that declarations do not hold."""

    text: str
    instrument: Instrument
    only_if: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to be evaluated.

    Attributes:
        condition: What it asks of a declaration; None where a function does (``check``), or nothing yet.
        result_alone: Whether it counts a step less where only what flows out makes it so.
        undetermined: The rule that takes what cannot be ruled out, instead of this one a step lower.
        not_evaluated: Why it is not.
        origin: ``datarisk``, or the file that it came from.
    """

    id: str
    title: str
    severity: Severity
    per: Literal["span type", "agent"]
    status: Status
    as_of: date
    source_url: str | None
    because: str
    question: str
    missing: tuple[str, ...]
    provisions: tuple[Provision, ...]
    condition: Condition | None
    check: str | None
    result_alone: bool
    undetermined: str | None
    not_evaluated: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of the screening sheet; without a condition declarations cannot show it."""

    number: int
    title: str
    words: str
    condition: Condition | None


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

#: Checks that the engine has besides those of ``lint``.
_CHECKS: Final = frozenset({"not_assessed", "no_span_types", "lost", "cannot_rule_out", "reach", "reading"})


@cache
def load(switches: Switches = AS_SHIPPED) -> Catalogue:
    """The catalogue as it is switched.

    Raises:
        UsageError: A file of the user's own is wrong, or a rule that is switched is not there.
    """
    reader = _Reader()
    reader.instruments(TomlFile(_FOLDER / "instruments.toml"))
    reader.bases(TomlFile(_FOLDER / "bases.toml"))
    for name in _RULES:
        reader.rules(TomlFile(_FOLDER / f"{name}.toml"), OURS)
    for path in switches.own:
        file = TomlFile(path)
        reader.instruments(file)
        reader.rules(file, str(path))
    reader.check_references()
    head, law, screening, coverage = (
        reader.read(TomlFile(_FOLDER / f"{name}.toml")) for name in ("catalogue", "law", "screening", "coverage")
    )
    return Catalogue(
        version=head.value["version"],
        sha256=reader.digest.hexdigest(),
        preconditions=tuple(head.value["preconditions"]),
        rules=_switched(reader.found, switches),
        law=tuple(each for _, each in tables(law, "law", Law)),
        criteria=tuple(_criteria(screening)),
        points=tuple(each for _, each in tables(coverage, "point", Point)),
    )


def _switched(rules: Mapping[str, Rule], switches: Switches) -> dict[str, Rule]:
    wanted = dict(switches.severities)
    for rule_id in wanted:
        if rule_id not in rules:
            raise unknown_rule(rule_id, rules, "policy.severities")
    kept = (rule for rule in rules.values() if wanted.get(rule.id) != OFF)
    return {rule.id: _in_force(replace(rule, severity=_severity(wanted.get(rule.id), rule)), switches) for rule in kept}


def _severity(wanted: str | None, rule: Rule) -> Severity:
    return next((each for each in SEVERITIES if each == wanted), rule.severity)


def _in_force(rule: Rule, switches: Switches) -> Rule:
    """Without the provisions of other jurisdictions; standards hold everywhere."""
    if not switches.jurisdictions:
        return rule
    here = {*switches.jurisdictions, "any"}
    return replace(rule, provisions=tuple(p for p in rule.provisions if p.instrument.jurisdiction in here))


def unknown_rule(rule_id: str, rules: Iterable[str], where: str) -> UsageError:
    """The mistake of naming a rule that is not there; what is too long to be an id may be a secret that went astray."""
    near = sorted(rules, key=lambda known: (known[:1] != rule_id[:1].upper(), known))[:6]
    remedy = f"`datarisk rules` lists all of them, such as {', '.join(near)}"
    named = repr(rule_id) if len(rule_id) <= _LONGEST_ID else f"whose id has {len(rule_id)} characters"
    return UsageError(f"there is no rule {named}", where=where, remedy=remedy)


_LONGEST_ID: Final = 20


class _Reader:
    """Puts files together, each rule with what it names."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.found: dict[str, Rule] = {}
        self._places: dict[str, Place] = {}
        self._instruments: dict[str, Instrument] = {}
        self._bases: dict[str, tuple[Provision, ...]] = {}

    def read(self, file: TomlFile) -> TomlFile:
        """Counts a file among those that the catalogue was made from."""
        self.digest.update(hashlib.sha256(file.data).digest())
        return file

    def instruments(self, file: TomlFile) -> None:
        """What provisions are cited from."""
        if file.path.parent == _FOLDER:
            self.read(file)
        self._instruments |= {each.name: each for _, each in tables(file, "instrument", Instrument)}

    def bases(self, file: TomlFile) -> None:
        """Provisions that several rules share."""
        self.read(file)
        for at, base in tables(file, "base", Base):
            self._bases[base.id] = tuple(self._provision(text, at) for text in base.provisions)

    def rules(self, file: TomlFile, origin: str) -> None:
        """The rules of a file."""
        self.read(file)
        known = {"rule", "instrument"}
        for key in file.value:
            if key not in known:
                raise UsageError(f"no such table: {key}", where=file.place(key=key), remedy="Rules stand in [[rule]]")
        for number, (at, given) in enumerate(tables(file, "rule", RuleTable)):
            if given.id in self.found:
                there = f"It stands at {self._places[given.id]()} already; give it an id of its own"
                raise UsageError(
                    f"two rules of the id {given.id}", where=file.place("rule", number, "id"), remedy=there
                )
            self._places[given.id] = at
            self.found[given.id] = self._rule(given, file, number, origin)

    def check_references(self) -> None:
        """Rules that name others name some that are there."""
        for rule in self.found.values():
            if rule.undetermined and rule.undetermined not in self.found:
                raise unknown_rule(rule.undetermined, self.found, self._places[rule.id]())

    def _rule(self, given: RuleTable, file: TomlFile, number: int, origin: str) -> Rule:
        at = partial(file.place, "rule", number)
        condition, check = _condition(given, file, number)
        if given.base is not None and given.base not in self._bases:
            where = file.place("rule", number, "base")
            raise UsageError(f"there is no base {given.base!r}", where=where, remedy=f"Known: {', '.join(self._bases)}")
        return Rule(
            **{name: getattr(given, name) for name in _TAKEN},
            missing=tuple(given.missing),
            provisions=(
                *(self._provision(text, partial(at, "provisions")) for text in given.provisions),
                *(self._provision(each.provision, at, each.only_if, each.note) for each in given.also),
                *self._bases.get(given.base or "", ()),
            ),
            condition=condition,
            check=check,
            result_alone=given.result_alone is not None,
            origin=origin,
        )

    def _provision(self, text: str, where: Place, only_if: str | None = None, note: str | None = None) -> Provision:
        """With its instrument: a provision that names none could be of any law."""
        names = [name for name in self._instruments if text.startswith(name) and _ends_word(text, len(name))]
        if not names:
            remedy = "Begin with an instrument, such as GDPR Art. 9(1), or add its [[instrument]]"
            raise UsageError(f"{text!r} names no instrument that is known", where=where(), remedy=remedy)
        return Provision(text, self._instruments[max(names, key=len)], only_if, note)


def _ends_word(text: str, at: int) -> bool:
    """Whether a word has ended there: EDPB Guidelines are not cited by the name EDPB Guide."""
    following = text[at : at + 1]
    return not (following.isascii() and following.isalnum())


_TAKEN: Final = (
    "id", "title", "severity", "per", "status", "as_of", "source_url", "because", "question", "undetermined",
    "not_evaluated",
)  # fmt: skip


def _condition(given: RuleTable, file: TomlFile, number: int) -> tuple[Condition | None, str | None]:
    when = given.when
    if when is None:
        if given.not_evaluated is None:
            remedy = 'Add [rule.when], or not_evaluated = "why"'
            raise UsageError(f"the rule {given.id} has no condition", where=file.place("rule", number), remedy=remedy)
        return None, None
    if "check" in when:
        check = when["check"]
        if when.keys() != {"check"} or not (check in _CHECKS or check in CHECKS):
            where = file.place("rule", number, "when")
            raise UsageError(f"there is no check {check!r}", where=where, remedy="Use a condition over declared fields")
        return None, check
    try:
        return compiled(when), None
    except ConditionError as error:
        where = file.place("rule", number, error.key)
        raise UsageError(f"rule {given.id}: {error}", where=where, remedy="Mend the condition") from error


def _criteria(file: TomlFile) -> Iterator[Criterion]:
    for _, given in tables(file, "criterion", CriterionTable):
        yield Criterion(given.number, given.title, given.words, compiled(given.when) if given.when else None)
