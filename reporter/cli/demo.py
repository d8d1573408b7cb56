"""``demo``: the main job about a made-up company, with all that an organisation keeps beside its declarations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from reporter import layers, pipeline
from reporter.cli.reading import Call
from reporter.cli.reporting import ordered, written
from reporter.cli.terminal import Terminal
from reporter.declared.model import FactsFile, Source
from reporter.declared.observed import Window
from reporter.declared.scope import scope
from reporter.errors import MissingPart
from reporter.gate import previous
from reporter.order import Order, Stated
from reporter.plain.canonical import digest
from reporter.plain.toml_lines import TomlFile
from reporter.prefactor import credentials, records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.registry import made_up as account
from reporter.render import json
from reporter.review import catalogue, facts_file, ledger, waiver_file
from reporter.review.past import Past
from reporter.review.trend import Trend, advance
from reporter.sources.platform import Platform

_SOURCE = "made-up account on a local registry"
_LAST = "Larkmoor Mutual's last report"


def demo(terminal: Terminal, **given: Any) -> int:
    """Reports about the made-up company: registered with a local registry over HTTP, and collected from it.

    Without the extra that the registry needs, from the answers that the registry would have given.
    """
    call = Call(terminal, given)
    order = _with_files(ordered(call, waive=False), call.now.astimezone(UTC).date())
    try:
        from reporter.registry.serve import filled
    except MissingPart as missing:
        terminal.say(
            f"The local registry is not installed, so the demo reads its answers from files. {missing.remedy}."
        )
        collected = _answers(call.now)
    else:
        with terminal.progress("agents read") as bar, filled() as local:
            access = credentials.Access(local.url, SecretStr(local.token), "the demo", call.settings.timeout)
            platform = Platform(
                access, call.selection, call.now, _SOURCE, window=Window(account.observed(), labels=True)
            )
            collected = platform.collect(bar.count)
    terminal.say("A made-up company's declarations, decisions and waivers; none of it is real.")
    last = _reported(order, account.reported())
    if call.settings.history:
        runs = [*(_reported(order, until) for until in account.reported_before()), last]
        order = replace(order, archived=lambda *_: _past(runs))
    order = replace(order, previous=previous.of_report(json.render(last.report).data, _LAST))
    found = pipeline.run(collected, order)
    return written(call, found, split=bool(given["split"]))


def _with_files(order: Order, today: date) -> Order:
    """With what the company states of its agents, and what it accepts."""
    facts, waivers = (account.stated(name, today) for name in ("facts.toml", "waivers.toml"))
    kept = FactsFile("company/facts.toml", digest(facts), facts.decode())
    terms = waiver_file.Terms(catalogue.load().rules)
    return replace(
        order,
        facts=Stated(kept, facts_file.read(kept, today)),
        waivers=waiver_file.load(TomlFile(Path("company/waivers.toml"), data=waivers), terms),
        configuration=(
            *order.configuration,
            layers.Applied("waivers", "company/waivers.toml", digest(waivers)),
            layers.Applied("facts", kept.path, kept.sha256),
        ),
    )


def _reported(order: Order, until: datetime) -> pipeline.Run:
    """What the company had reported at some time: by the same rules, from what was registered and decided by then."""
    at = order.generated_at - account.before_next(until)
    stated = order.facts
    if stated:
        decided = (each for each in stated.facts.answers if each.decided_on and each.decided_on <= at.date())
        stated = replace(stated, facts=replace(stated.facts, answers=tuple(decided)))
    collected = _answers(at, until)
    # As a collector reads a platform: the details of what counts, and of nothing before it.
    counts = {v.version.id for a in scope(collected.inventory(), order.selection).agents for v in a.versions}
    records_ = (each for each in collected.records if each.kind != "agent_schema_version" or each.value["id"] in counts)
    return pipeline.run(
        replace(collected, records=tuple(records_)), replace(order, generated_at=at, facts=stated, archived=None)
    )


def _past(runs: Iterable[pipeline.Run]) -> Past:
    """The company's reports before this one, as an archive of them would tell."""
    trend = Trend()
    for run in runs:
        sha256 = digest(ledger.to_bytes(run.ledger))
        trend = advance(trend, run.ledger, run=f"{run.order.generated_at:%Y%m%dT%H%M%SZ}", sha256=sha256)
    return Past(trend)


def _answers(now: datetime, until: datetime | None = None) -> Collected:
    kept = [
        records.record(unit.kind, unit.value, source=_SOURCE, location=f"{name}#{unit.pointer}")
        for name, answer in account.answers(until)
        for unit in units(answer)
        if isinstance(unit, Unit)
    ]
    return Collected((Source("files", _SOURCE, now),), tuple(kept))
