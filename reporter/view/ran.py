"""From what was read of an agent's runs to its part of the view; wording and order are decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from reporter.declared import observed as ran
from reporter.declared.observed import Rollup, Run
from reporter.declared.ran import Ran, Standing, Version
from reporter.declared.scope import ScopedAgent
from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.plain.language import Language, natural_order, reading_order
from reporter.review.finding import POSSIBLE, Finding
from reporter.review.observed import contradictions, meaning
from reporter.view import words
from reporter.view.observed import Observed, Runs, Seen

_NAMED: Final = 10  # names in one sentence; all of them stand in the tables
_WORST: Final[tuple[Standing, ...]] = ("not declared", "unknown", "not assessed", "declared")


def observed(scoped: ScopedAgent, language: Language) -> Observed | None:
    """What ran of an agent; None where nobody asked for it."""
    given = scoped.agent.observed
    if given is None:
        return None
    held = Ran(scoped, given)
    seen = _seen(held)
    names = {entry.name for some in held.in_scope.values() for entry in some if entry.kind == "span"}
    return Observed(
        since=_time(given.since),
        until=_time(given.until) if given.until else None,
        read_at=_time(given.read_at),
        lead=_lead(given, language),
        runs=_runs(held),
        span_types=seen,
        # Where nothing began, nothing could be seen.
        not_seen=sorted(names - {each.name for each in seen}, key=natural_order) if seen else [],
        told=list(_told(held, language)),
        cannot=list(_cannot(held, language)),
    )


def particulars(found: Finding, language: Language) -> Iterator[str]:
    """What is particular to a finding about what ran."""
    names = _some((each.span_type for each in found.found if each.span_type), language)
    match found.rule.check:
        case "never_declared":
            if names:
                yield language.gettext("Seen in runs: %(names)s.", names=names)
            if found.certainty == POSSIBLE or any(each.span_type is None for each in found.found):
                yield language.gettext("Runs that tell no counts may have had some, which counts as the worst.")
        case "silent_in_use":
            yield language.gettext("Seen in runs: %(names)s.", names=names)
        case "superseded" | "not_deployed":
            called = {each.id: each.external_identifier or each.id for each in found.agent.schema_versions}
            ids = (each.schema_version_id for each in found.found)
            versions = _some((called.get(each, each) for each in ids), language)
            yield language.gettext("Schema versions that ran: %(names)s.", names=versions)
        case "label":
            excluded = {entry.name for entry in found.declared}
            for each in found.found[:_NAMED]:
                says = _excluded(language) if each.span_type in excluded else _open(language)
                label, name = str(each.value), each.span_type or ""
                yield language.gettext(
                    "Observed label %(label)s in span %(span)s; the declaration says: %(says)s.",
                    label=label, span=name, says=says,
                )  # fmt: skip


def _excluded(language: Language) -> str:
    return language.pgettext("value", "excluded")


def _open(language: Language) -> str:
    return language.gettext("nothing decided")


def _some(names: Iterable[str], language: Language) -> str:
    every = list(dict.fromkeys(names))
    told = ", ".join(every[:_NAMED])
    more = len(every) - _NAMED
    return f"{told} {language.gettext('and %(number)s more', number=more)}" if more > 0 else told


def _lead(given: ran.Observed, language: Language) -> str:
    live = len(given.live)
    since, until = language.day(given.since), language.day(given.until or given.read_at)
    tests = sum(run.begun for run in given.runs) - live
    if not live:
        return language.gettext(
            "No live run was read from %(since)s to %(until)s, which proves nothing; smoke tests and evals: %(tests)s.",
            since=since, until=until, tests=tests,
        )  # fmt: skip
    return language.ngettext(
        "%(number)s live run from %(since)s to %(until)s; smoke tests and evals: %(tests)s.",
        "%(number)s live runs from %(since)s to %(until)s; smoke tests and evals: %(tests)s.",
        live, since=since, until=until, tests=tests,
    )  # fmt: skip


def _runs(held: Ran) -> list[Runs]:
    groups: dict[tuple[str, str, str], list[Run]] = {}
    for run in (each for each in held.observed.runs if each.begun):
        groups.setdefault((run.environment or "", run.purpose or "", run.schema_version_id or ""), []).append(run)
    # Live ones first; a run of no known purpose may be one.
    order = sorted(groups, key=lambda key: (not groups[key][0].live, reading_order(key[0]), key[1], key[2]))
    return [_group(held, groups[key]) for key in order]


def _group(held: Ran, runs: list[Run]) -> Runs:
    first = runs[0]
    places = {held.place(run) for run in runs}
    order: tuple[Version, ...] = ("not deployed", "superseded", "unknown", "earlier", "pinned")
    return Runs(
        purpose=first.purpose,
        live=first.live,
        environment=first.environment,
        version=_version(held, first.schema_version_id),
        schema_version_id=first.schema_version_id,
        standing=next(each for each in order if each in places),
        runs=len(runs),
        untold=sum(not run.told for run in runs),
        spans=sum(seen.count for run in runs for seen in run.seen),
        last_seen=_last(runs),
    )


def _version(held: Ran, version_id: str | None) -> str | None:
    version = held.versions.get(version_id or "")
    return (version.external_identifier if version else None) or version_id


def _seen(held: Ran) -> list[Seen]:
    runs: dict[str, list[Run]] = {}
    counts: dict[str, Counter[bool]] = {}
    labels: dict[str, set[str]] = {}
    for run in held.observed.runs:
        for each in run.spans or ():
            if each.count or each.labels:
                runs.setdefault(each.name, []).append(run)
                counts.setdefault(each.name, Counter())[run.live] += each.count
                labels.setdefault(each.name, set()).update(label.name for label in each.labels)
    return [
        Seen(
            name=name,
            standing=min((held.standing(run, name) for run in runs[name]), key=_WORST.index),
            live=counts[name][True],
            tests=counts[name][False],
            last_seen=_last(runs[name]),
            labels=sorted(labels[name]),
        )
        for name in sorted(runs, key=natural_order)
    ]


def _told(held: Ran, language: Language) -> Iterator[str]:
    pins = {
        name: sorted({_version(held, each.schema_version_id) or "?" for each in some})
        for name, some in sorted(held.pins.items(), key=lambda item: reading_order(item[0]))
    }
    if len({tuple(each) for each in pins.values()}) > 1:
        named = "; ".join(f"{name}: {', '.join(some)}" for name, some in pins.items())
        yield language.gettext("Environments are pinned to different declarations: %(named)s.", named=named)
    lines: dict[tuple[str, str], str] = {}
    for each in contradictions(held):
        says = _excluded(language) if each.excluded else _open(language)
        lines.setdefault((each.seen.name, each.label.name), says)
    for (name, label), says in [*lines.items()][:_NAMED]:
        yield language.gettext(
            "Observed label %(label)s in span %(span)s; the declaration says: %(says)s.",
            label=label, span=name, says=says,
        )  # fmt: skip
    yield from _rolled(held.observed.theoretical, held.observed.ran, language)


def _rolled(declared: Rollup | None, seen: Rollup | None, language: Language) -> Iterator[str]:
    """What the platform itself reckons: a difference is told."""
    if declared is None or seen is None:
        return
    if declared.total and seen.total is not None:
        yield language.gettext(
            "By the platform's own count, %(ran)s of %(all)s declared span types ran.",
            ran=seen.total,
            all=declared.total,
        )
    if not seen.total:
        return
    beyond = [name for name in seen.categories if name not in declared.categories]
    unused = [name for name in declared.categories if name not in seen.categories]
    if beyond:
        yield language.gettext("It counts as run, and not as declared: %(names)s.", names=_labels(beyond, language))
    if unused:
        yield language.gettext("It counts as declared, and not as run: %(names)s.", names=_labels(unused, language))
    if declared.highest != seen.highest:
        yield language.gettext(
            "Its highest level is %(declared)s among what is declared, and %(ran)s among what ran.",
            declared=language.gettext(declared.highest or "unknown"), ran=language.gettext(seen.highest or "unknown"),
        )  # fmt: skip


def _labels(names: Iterable[str], language: Language) -> str:
    return ", ".join(words.label(name, language) for name in sorted(names, key=[*CATEGORY_NAMES, *names].index))


def limits(language: Language) -> list[str]:
    """What holds of whatever ran: what is not seen proves nothing."""
    return [
        language.gettext("Zero counts prove nothing: platforms give empty counts for runs that have spans."),
        language.gettext("The absence of labels proves nothing."),
    ]


def _cannot(held: Ran, language: Language) -> Iterator[str]:
    given = held.observed
    counts, labels = limits(language)
    yield counts
    yield labels if given.labels else language.gettext("Labels of sensitive values were not read (--labels).")
    untold = sum(not run.told and run.begun for run in given.runs)
    if untold:
        yield language.ngettext(
            "%(number)s run tells no counts of spans, so that nobody knows what it did.",
            "%(number)s runs tell no counts of spans, so that nobody knows what they did.",
            untold,
        )
    if waiting := sum(not run.begun for run in given.runs):
        yield language.ngettext(
            "%(number)s run was registered and never began.",
            "%(number)s runs were registered and never began.",
            waiting,
        )
    if scored := sum(run.scored for run in given.runs):
        yield language.ngettext(
            "The counts of %(number)s run come from its score, which may leave out what scores nothing.",
            "The counts of %(number)s runs come from their scores, which may leave out what scores nothing.",
            scored,
        )
    if future := sum(run.future for run in given.runs):
        yield language.ngettext(
            "%(number)s run begins after it was read: one of two clocks is wrong.",
            "%(number)s runs begin after they were read: one of two clocks is wrong.",
            future,
        )
    if undated := sum(run.last is None for run in given.runs):
        yield language.ngettext(
            "%(number)s run has no time, and counts all the same.",
            "%(number)s runs have no time, and count all the same.",
            undated,
        )
    if given.outside or given.elsewhere:
        yield language.gettext(
            "Runs outside this time, which do not count: %(outside)s; in other environments: %(elsewhere)s.",
            outside=given.outside, elsewhere=given.elsewhere,
        )  # fmt: skip
    names = {label.name for run in given.runs for seen in run.spans or () for label in seen.labels}
    if strange := sorted(name for name in names if not meaning(name)):
        yield language.gettext("Labels that stand for no category here: %(names)s.", names=_some(strange, language))
    if given.not_kept:
        yield language.gettext("Labels that are no plain names, and were not kept: %(number)s.", number=given.not_kept)
    if given.theoretical is None or given.ran is None:
        yield language.gettext("The platform gave no roll-up of this agent.")


def _last(runs: Iterable[Run]) -> str | None:
    known = [run.last for run in runs if run.last]
    return _time(max(known)) if known else None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
