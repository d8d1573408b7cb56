"""What may not stay undecided: for too long, or in special categories with a way out.

Pure. For how long a field is undecided, the runs of an archive tell. Where they do not reach back far enough nobody
knows, and then the gate stays shut and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from reporter.declared.vocabulary import TERMS, in_groups
from reporter.gate.policy import Limits
from reporter.gate.reason import Reason, count, some
from reporter.plain.text import shown
from reporter.review.ledger import Ledger
from reporter.review.previous import BITS
from reporter.review.trend import Aged, Trend, advance, aged, lines

_LAW: Final = frozenset(in_groups("art9", "art10"))
_SPECIAL: Final[Mapping[str, int]] = {
    name: sum(bit for (_, each), bit in BITS.items() if each == name) for name in TERMS if name in _LAW
}
_NAMED: Final = 3


def reasons(ledger: Ledger, past: Trend, limits: Limits) -> Iterator[Reason]:
    """Why the gate stays shut.

    Args:
        ledger: What the run holds.
        past: What the runs before tell; one without runs where there is no archive.
        limits: What is tolerated.
    """
    if limits.max_unknown_age_days is not None:
        yield from _old(aged(advance(past, ledger)), ledger.generated_at, limits.max_unknown_age_days)
    if limits.no_unknown_special_with_way_out:
        yield from _special(ledger)


def _old(every: Iterable[Aged], now: str, limit: int) -> Iterator[Reason]:
    at = datetime.fromisoformat(now)
    beyond: dict[str, tuple[int, str]] = {}
    untold: dict[str, int] = {}
    fields = hidden = 0
    for each in every:
        name, number = f"{shown(each.agent, 60)} {shown(each.key[2], 60)}", each.fields.bit_count()
        if _days(each.since, at) > limit:
            fields += number
            before, since = beyond.get(name, (0, each.since))
            beyond[name] = before + number, min(since, each.since)
        elif each.not_before is None or _days(each.not_before, at) > limit:
            hidden += number
            untold[name] = untold.get(name, 0) + number
    if beyond:
        told = [f"{name} {count(number, 'field')} since {since[:10]}" for name, (number, since) in beyond.items()]
        what = (
            f"{count(fields, 'field')} {'is' if fields == 1 else 'are'} undecided for more than {count(limit, 'day')}"
        )
        yield Reason("aged", f"{what}: {some(told)}")
    if untold:
        names = [f"{name} {count(number, 'field')}" for name, number in untold.items()]
        what = (
            f"{count(hidden, 'field')} {'is' if hidden == 1 else 'are'} undecided for more than {count(limit, 'day')}"
        )
        yield Reason(
            "aged",
            f"nobody can tell whether {what}: no complete run of the archive, and no date of a registration, shows "
            f"when they were not yet: {some(names)}",
        )


def _days(since: str, at: datetime) -> float:
    return (at - datetime.fromisoformat(since)).total_seconds() / 86400


def _special(ledger: Ledger) -> Iterator[Reason]:
    names = {agent.id: agent.name for agent in ledger.agents}
    found = []
    for key, line in lines(ledger.agents).items():
        # That nobody said whether anything goes out rules nothing out.
        if line.outside == "disallowed":
            continue
        if open_ := [TERMS[name].label for name, mask in _SPECIAL.items() if line.undecided & mask]:
            more = f" and {len(open_) - _NAMED} more" if len(open_) > _NAMED else ""
            way = "allowed" if line.outside == "allowed" else "undecided"
            where = f"{shown(names[key[0]], 60)} {shown(key[2], 60)}"
            found.append(f"{where} ({', '.join(open_[:_NAMED])}{more}; external communication {way})")
    if found:
        who = f"{count(len(found), 'span type')} {'leaves' if len(found) == 1 else 'leave'}"
        yield Reason(
            "special out",
            f"{who} fields under GDPR Art. 9 or 10 undecided, and external communication is not ruled out: "
            f"{some(found)}",
        )
