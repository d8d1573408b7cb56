"""The commands ``rules`` and ``explain``: the catalogue for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reporter.cli import reading
from reporter.cli.terminal import Terminal
from reporter.plain.text import shown
from reporter.review import catalogue
from reporter.review.catalogue import OFF, OURS, Provision, Rule

_LINE = 1000


def rules(terminal: Terminal, *, config: Path | None) -> int:
    """Lists every rule with its severity, the state of the law it leans on, and whose provisions it names."""
    run = reading.told({}, config)
    known, switched = reading.rules(run).rules, catalogue.load(reading.switches(run))
    for rule in known.values():
        severity = switched.rules[rule.id].severity if rule.id in switched.rules else OFF
        where = "/".join(sorted({each.instrument.jurisdiction for each in rule.provisions} - {"any"})) or "-"
        own = f"  ({shown(rule.origin)})" if rule.origin != OURS else ""
        terminal.result(f"{rule.id:<5} {severity:<6} {rule.status:<13} {where:<8} {shown(rule.title, _LINE)}{own}")
    terminal.say(f"Catalogue {switched.version}. datarisk explain RULE says more.")
    return 0


def explain(terminal: Terminal, *, rule: str, config: Path | None) -> int:
    """Prints one rule.

    Raises:
        UsageError: There is none of this id.
    """
    run = reading.told({}, config)
    known, switched = reading.rules(run).rules, catalogue.load(reading.switches(run)).rules
    found = known.get(rule) or known.get(rule.upper())
    if found is None:
        raise catalogue.unknown_rule(rule, known, "command line")
    off = f"off here; {found.severity} by default"
    severity = switched[found.id].severity if found.id in switched else off
    for line in _told(switched.get(found.id, found), severity):
        terminal.result(shown(line, _LINE))
    return 0


def _told(rule: Rule, severity: str) -> Iterator[str]:
    yield f"{rule.id}  {rule.title}"
    yield f"severity {severity}, one finding per {rule.per}, from {rule.origin}"
    source = f", {rule.source_url}" if rule.source_url else ""
    yield f"status of the law: {rule.status}, as of {rule.as_of.isoformat()}{source}"
    yield ""
    yield rule.because
    if rule.not_evaluated:
        yield f"Not evaluated: {rule.not_evaluated}"
    if rule.question:
        yield f"Question for the reviewer: {rule.question}"
    yield from _list("Not determined by declarations:", rule.missing)
    yield from _list("Triggers review under:", [_provision(each) for each in rule.provisions if not each.only_if])
    yield from _list("And, only if:", [_provision(each) for each in rule.provisions if each.only_if])


def _list(head: str, items: list[str] | tuple[str, ...]) -> Iterator[str]:
    if items:
        yield ""
        yield head
        yield from (f"  - {item}" for item in items)


def _provision(given: Provision) -> str:
    instrument = given.instrument
    note = given.note or instrument.note
    where = f"{instrument.jurisdiction}, " if instrument.jurisdiction != "any" else ""
    state = f"{where}{instrument.status}, as of {instrument.as_of.isoformat()}"
    condition = f"{given.only_if}: " if given.only_if else ""
    return f"{condition}{given.text} ({state}){f': {note}' if note else ''}"
