"""``datarisk history``: how much nobody has decided, run by run, for how long, and what became of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from datetime import time as clock
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from reporter.archive import runs
from reporter.archive.runs import Read, Run, Torn
from reporter.archive.stores import opened
from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, count
from reporter.declared.model import Account
from reporter.errors import EvidenceError, UsageError
from reporter.plain.language import ENGLISH
from reporter.plain.text import shown
from reporter.render.tables.csv import guarded
from reporter.review.ledger import Ledger, time
from reporter.review.past import Past
from reporter.review.trend import WHYS, Debt, Step, Trend, advance, aged
from reporter.view import trend as view

Format = Literal["text", "json", "csv"]
SCHEMA: Final = "datarisk/trend/1"
_KINDS: Final[tuple[view.Kind, ...]] = ("agent", "owner", "environment")
_LIMIT: Final = 40


@dataclass(slots=True)
class _Told:
    """What the complete runs about one scope told, one after the other.

    Attributes:
        before: What was known before the newest of them, and ``trend`` what is known with it.
        steps: What became of things with each, and ``held`` how much is undecided after it, by kind and name.
    """

    trend: Trend = field(default_factory=Trend)
    before: Trend = field(default_factory=Trend)
    from_reports: int = 0
    steps: list[Step] = field(default_factory=list)
    held: list[dict[view.Kind, dict[str, Debt]]] = field(default_factory=list)

    def take(self, read: Read, agents: Sequence[str]) -> None:
        """One run more."""
        ledger = _of_agents(read.ledger, agents)
        self.before = self.trend
        self.trend = advance(self.trend, ledger, run=read.run.name, sha256=read.sha256)
        self.from_reports += read.from_report
        self.steps.append(self.trend.step)
        self.held.append({kind: _named(kind, ledger) for kind in _KINDS})


def history(
    terminal: Terminal,
    *,
    place: str | None,
    account: str | None,
    agents: Sequence[str],
    since: str | None,
    until: str | None,
    format_: Format,
    **given: Any,
) -> int:
    """Tells what became of things; a run of the range that cannot be read ends it with 3.

    Raises:
        UsageError: There are several accounts and none was named, or a time is none.
        EvidenceError: There is no complete run in the range, or nobody can tell what is there.
    """
    call = Call(terminal, given)
    store = opened(place or call.settings.archive or call.settings.output)
    from_, to = _moment(since, "--since", clock.min), _moment(until, "--until", clock.max)
    found = [each for each in runs.of_account(store) if from_ <= _at(each) <= to]
    whole = _of_account([each for each in found if isinstance(each, Run)], account, store.name)
    homes = tuple(f"{store.name}/{run.folder[0]}/" for run in whole)
    torn = [each for each in found if isinstance(each, Torn) and (not homes or each.where.startswith(homes))]
    by_scope: dict[str, _Told] = {}
    newest, total = None, 0
    for run in (each for each in whole if each.complete):
        read = runs.ledger(store, run)
        if isinstance(read, Torn):
            torn.append(read)
            continue
        for each, why in runs.clocks([read], time(call.now)):
            terminal.complain(shown(f"{store.name}/{'/'.join(each.folder)}: {why}", 500))
        newest, total = read, total + 1
        by_scope.setdefault(read.ledger.scope, _Told()).take(read, agents)
    for one in torn:
        terminal.complain(shown(f"{one.where}: not read: {one.why}", 500))
    if newest is None:
        remedy = "`datarisk report` leaves one; see --account, --since and --until"
        raise EvidenceError("no complete run in this range", where=store.name, remedy=remedy)
    told = by_scope[newest.ledger.scope]
    past = Past(
        told.before,
        incomplete=sum(not each.complete for each in whole),
        other_scope=total - len(told.trend.points),
        from_reports=told.from_reports,
    )
    for line in {"text": _text, "json": _json, "csv": _csv}[format_](newest.run.account, told, past):
        terminal.result(line)
    return EvidenceError.exit_status if any(each.finished for each in torn) else 0


def _at(found: Run | Torn) -> str:
    return found.generated_at if isinstance(found, Run) else found.at


def _moment(given: str | None, option: str, rest: clock) -> str:
    """A time as ledgers hold it; of a day its first or its last moment, and without one before or behind all."""
    if given is None:
        return "" if rest == clock.min else "~"
    try:
        if len(given) <= len("2026-11-23"):
            return time(datetime.combine(date.fromisoformat(given), rest, UTC))
        found = datetime.fromisoformat(given)
        return time(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        what = "not an ISO 8601 date or time, such as 2026-11-23 or 2026-11-23T18:00:00Z"
        raise UsageError(what, where=f"command line, {option}") from error


def _of_account(whole: list[Run], given: str | None, where: str) -> list[Run]:
    """The runs of the account that was named by id or name, or of the only one that there is."""
    accounts: dict[str, Account] = {each.account.id: each.account for each in whole}
    chosen = [each.id for each in accounts.values() if given is None or given in (each.id, each.name)]
    if len(chosen) > 1 or (given is not None and not chosen and whole):
        names = "; ".join(f"{each.name} ({each.id})" for each in accounts.values())
        what = f"no runs of the account {given}" if not chosen else f"runs of {count(len(chosen), 'account')}"
        raise UsageError(what, where=where, remedy=f"Say which with --account: {names}")
    return [each for each in whole if each.account.id in chosen]


def _of_agents(ledger: Ledger, patterns: Sequence[str]) -> Ledger:
    """The same about the agents whose name or id matches."""
    if not patterns:
        return ledger
    folded = [pattern.casefold() for pattern in patterns]
    kept = tuple(
        agent
        for agent in ledger.agents
        if any(fnmatchcase(name.casefold(), pattern) for name in (agent.name, agent.id) for pattern in folded)
    )
    return replace(ledger, agents=kept)


def _named(kind: view.Kind, ledger: Ledger) -> dict[str, Debt]:
    """By names; agents of one name are told apart by their ids."""
    found = view.by(kind, ledger.agents)
    if kind != "agent":
        return found
    names = [agent.name for agent in ledger.agents]
    ids = {a.id: a.name if names.count(a.name) == 1 else f"{a.name} ({a.id})" for a in ledger.agents}
    return {ids[key]: held for key, held in found.items()}


def _view(told: _Told, past: Past) -> view.Trend:
    newest = told.trend.last
    assert newest is not None  # noqa: S101  (it is of at least one run)
    found = view.trend(past, newest, ENGLISH)
    return replace(found, runs=[*found.runs[:-1], replace(found.runs[-1], run=told.trend.points[-1].run)])


def _text(account: Account, told: _Told, past: Past) -> Iterator[str]:
    found = _view(told, past)
    yield f"{shown(account.name, _LIMIT)}: {count(len(found.runs), 'run')}. {shown(' '.join(found.words), 500)}"
    yield ""
    heads = ("run", "undecided", "of", "undeclared", "weighed", "decided", "again", "vanished", "new", "open", "opened",
             "closed")  # fmt: skip
    yield _row(heads)
    for run in found.runs:
        closed = run.closed_declared + run.closed_answered + run.closed_accepted
        gone = run.closed_gone + run.closed_silenced + run.closed_other_rules
        numbers = (run.undecided, run.decisions, run.undeclared, run.weighed, run.decided, run.regressed, run.vanished,
                   run.appeared, run.open_findings, run.opened)  # fmt: skip
        yield _row((run.at, *(f"{each:,}" for each in numbers), f"{closed:,}+{gone:,}"))
    yield "(closed: decided or accepted, + gone, silenced or by other rules)"
    for kind in _KINDS:
        if lines := [each for each in found.holders if each.kind == kind]:
            yield ""
            yield f"Undecided by {kind}, what weighs most first"
            for each in lines:
                before = "new" if each.before is None else f"{each.before:,} in the run before"
                name = shown(each.name or "not stated", _LIMIT)
                number = f"{each.undecided:>7,} of {each.decisions:,}"
                yield f"  {name:<{_LIMIT}} {number} ({before}; weighed {each.weighed:,})"
    if found.oldest:
        yield ""
        yield "Undecided for longest: " + "; ".join(f"{each.words} {each.fields:,}" for each in found.ages)
        for old in found.oldest:
            owner = f", {shown(old.owner, _LIMIT)}" if old.owner else ""
            where = f"{shown(old.agent, _LIMIT)}{owner}: {shown(old.span_type, _LIMIT)}"
            yield f"  {old.days:>5,} days  {count(old.fields, 'field')} of {where}, since {old.since[:10]}"
    if found.vanished:
        yield ""
        yield shown(f"Vanished since the run before, decided by nobody: {'; '.join(found.vanished)}", 1000)
    for line in found.not_told:
        yield shown(line, 500)


def _row(cells: Sequence[str]) -> str:
    return f"{cells[0]:<20}" + "".join(f" {each:>10}" for each in cells[1:])


def _json(account: Account, told: _Told, past: Past) -> Iterator[str]:
    found = _view(told, past)
    value = {
        "schema": SCHEMA,
        "account": asdict(account),
        "runs": [
            {
                **{name: each for name, each in asdict(run).items() if name not in ("day", "shown")},
                "by": {kind: _summed(held[kind]) for kind in _KINDS},
                "vanished_span_types": [asdict(each) for each in step.vanished],
                "new_span_types": [asdict(each) for each in step.appeared],
                "opened_findings": [{"agent": agent, "id": each.id, "rule": each.rule} for agent, each in step.opened],
                "closed_findings": [
                    {"agent": each.agent, "id": each.finding.id, "rule": each.finding.rule, "why": each.why}
                    for each in step.closed
                ],
            }
            for run, step, held in zip(found.runs, told.steps, told.held, strict=True)
        ],
        "undecided": [
            {
                "agent_id": each.key[0],
                "agent": each.agent,
                "owner": each.owner,
                "kind": each.key[1],
                "span_type": each.key[2],
                "fields": each.fields.bit_count(),
                "since": each.since,
                "not_before": each.not_before,
                "weighed": each.weighed,
            }
            for each in aged(told.trend)
        ],
        "not_told": found.not_told,
    }
    yield json.dumps(value, ensure_ascii=False, indent=1)


def _summed(held: Mapping[str, Debt]) -> dict[str, dict[str, int]]:
    return {name: {**asdict(each), "undecided": each.undecided} for name, each in held.items()}


def _csv(account: Account, told: _Told, _: Past) -> Iterator[str]:
    """A row for each run as a whole, and for each agent, owner and environment in it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = ("decisions", "unknown", "undeclared", "weighed", "special", "special_out", "personal", "personal_out",
             "other", "other_out")  # fmt: skip
    moved = ("decided", "regressed", "vanished", "appeared", "open", "opened")
    closed = tuple(f"closed_{why.replace(' ', '_')}" for why in WHYS)
    writer.writerow(("run", "at", "account", "by", "name", *names, *moved, *closed))
    for point, held in zip(told.trend.points, told.held, strict=True):
        head = (point.run, point.at, guarded(account.name))
        numbers = (*(getattr(point, name) for name in moved), *(point.closed.get(why, 0) for why in WHYS))
        writer.writerow((*head, "all", "", *(getattr(point.debt, name) for name in names), *numbers))
        for kind in _KINDS:
            for name, each in held[kind].items():
                writer.writerow(
                    (*head, kind, guarded(name), *(getattr(each, one) for one in names), *[""] * len(numbers))
                )
    yield out.getvalue().removesuffix("\r\n")
