"""A report against a baseline: what is worse, what is gone, what is asked more often without an answer.

By answers, whichever rules there were then. An old baseline knows findings alone, and is compared as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

from reporter.declared.model import Cell, Evidence
from reporter.gate.baseline import BASELINE_FILE, Baseline, agreed_now
from reporter.gate.direction import lines
from reporter.gate.reason import NAMED, Reason, ReasonKind, Since, count, some
from reporter.plain.language import natural_order
from reporter.plain.text import shown
from reporter.review.answers import Key, Said, without_schemas
from reporter.review.changes import ChangeKind, Compared, compared, same
from reporter.view.findings import Finding
from reporter.view.report import Report

#: In the order of a verdict, with what is said of so many of them.
_KINDS: Final[dict[ReasonKind, tuple[str, str]]] = {
    "lost": ("declaration is gone that the baseline has", "declarations are gone that the baseline has"),
    "silenced": ("answer was decided and is not any more", "answers were decided and are not any more"),
    "widened": ("answer was ruled out and is not any more", "answers were ruled out and are not any more"),
    "lowered": ("classification sank although there are data", "classifications sank although there are data"),
    "extended": (
        "new field is outside the vocabulary, and not ruled out",
        "new fields are outside the vocabulary, and not ruled out",
    ),
    "new": (
        "new span type has special data or a way out, or does not say",
        "new span types have special data or a way out, or do not say",
    ),
}


_EXPIRED: Final = "G08"


@dataclass(frozen=True)
class Against:
    """A report, and what was known before."""

    report: Report
    baseline: Baseline
    agents: tuple[Said, ...]

    @classmethod
    def of(cls, report: Report, baseline: Baseline, agents: Sequence[Said]) -> Against:
        """Both with as much as the baseline knows."""
        return cls(report, baseline, tuple(agents) if baseline.schemas else without_schemas(agents))

    @cached_property
    def _then(self) -> Mapping[str, Said]:
        return {agent.id: agent for agent in self.baseline.agents}

    @cached_property
    def _now(self) -> Mapping[str, Said]:
        return {agent.id: agent for agent in self.agents}

    @cached_property
    def _compared(self) -> Mapping[str, Compared]:
        if self.baseline.findings is not None:
            return {}
        return {agent.id: compared(self._then.get(agent.id), agent) for agent in self.agents}

    @cached_property
    def _accepted_once(self) -> frozenset[str]:
        """What waivers accepted and do no more; it was nobody's to know, so that somebody notices."""
        lapsed = (each.findings for each in self.report.waivers if each.status in ("expired", "refused"))
        return frozenset(chain.from_iterable(lapsed))

    def reasons(self) -> Iterator[Reason]:
        """Why the gate stays shut, most important first."""
        found = [*chain.from_iterable(each.worse for each in self._compared.values())]
        for kind, (one, several) in _KINDS.items():
            some_ = tuple(chain.from_iterable(each.singly() for each in found if _UNDER.get(each.kind) == kind))
            if some_:
                told = lines(some_)
                # New span types are counted by themselves, and not by what they answer.
                number = len({(c.agent_id, c.entry, c.span_type) for c in some_}) if kind == "new" else len(some_)
                words = f"{number:,} {one if number == 1 else several}: {some(told)}"
                yield Reason(kind, words, changes=some_)
        yield from self._gone()
        yield from self._risen()

    def since(self, agent_id: str, finding: Finding) -> Since:
        """What a finding of today is: one that rests on other answers than there were may be another matter by now."""
        if self.baseline.findings is not None:
            before = self.baseline.findings.get(finding.id)
            # On a copy that is forgotten: what each finding rests on would be kept with all of them.
            now = finding.again().value_sha256 if before else None
            return "new" if before is None else "known" if before == now else "changed"
        # No answer changes when a document expires, and somebody has to notice.
        if finding.rule == _EXPIRED and self.baseline.agreed.get(agent_id):
            return "new"
        then, now_ = self._then.get(agent_id), self._now.get(agent_id)
        if then is None or now_ is None or (finding.status == "open" and finding.id in self._accepted_once):
            return "new"
        if then.entries == now_.entries:
            return "known"
        names = {new: old for old, new in self._compared[agent_id].renamed}
        told = {_since(then, now_, names, each) for each in finding.again().evidence}
        if told == {"new"}:
            return "new"
        return "known" if told <= {"known"} else "changed"

    def _gone(self) -> Iterator[Reason]:
        """What is not there any more, unless the report says why: nothing could be found about that."""
        # An agent that the report names as left out is not silently gone: the reader sees it, and why.
        told = {item.agent_id for item in self.report.scope.left_out if item.schema_version_id is None}
        agents = [then.name for key, then in self._then.items() if key not in self._now and key not in told]
        entries: list[str] = []
        for key, then in self._then.items():
            now = self._now.get(key)
            if now is not None:
                known = self._compared.get(key)
                gone = _gone(known) if known else [each for each in then.entries if each not in now.entries]
                entries += [f"{then.name} {name}" for _, name in sorted(gone, key=lambda key: natural_order(key[1]))]
        now_agreed = agreed_now(self.report)
        lost = [self._now[key].name for key in self.baseline.agreed if key in self._now and key not in now_agreed]
        for noun, names in (("agent", agents), ("span type", entries), ("agreement", lost)):
            if names:
                more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
                yield Reason(
                    "gone",
                    f"{count(len(names), noun)} that the baseline knows {'is' if len(names) == 1 else 'are'} gone "
                    f"({'; '.join(names[:NAMED])}{more}); if that is meant, write the baseline again",
                )

    def _risen(self) -> Iterator[Reason]:
        """The ratchet: what nobody has answered may become less, of each agent and so in sum, and never more."""
        if self.baseline.findings is not None:
            return
        found = []
        for each in self._compared.values():
            before, after = each.undecided
            if after > before:
                found.append(f"{each.name} {before:,} before, {after:,} now")
        if found:
            yield Reason(
                "risen",
                f"more fields are unknown or undeclared than in the baseline, of {count(len(found), 'agent')}: "
                f"{some(found)}",
            )

    def notes(self) -> Iterator[str]:
        """What whoever reads the verdict has to know of the baseline."""
        where = shown(self.baseline.location)
        if not self.baseline.complete:
            yield f"{where}: incomplete evidence; what it could not read counts as new"
        if self.baseline.findings is not None:
            yield (
                f"{where}: a baseline of an earlier version, which knows findings and no answers; compared as far as "
                f"that goes. `--write-baseline {BASELINE_FILE}` writes one that does"
            )
        elif self.baseline.catalogue not in (None, self.report.catalogue.version):
            yield (
                f"{where}: made with the rules of {shown(str(self.baseline.catalogue))}, and these are those of "
                f"{self.report.catalogue.version}; compared by what was declared, so that no rule makes a difference"
            )


def _since(then: Said, now: Said, names: Mapping[Key, Key], item: Evidence) -> Since:
    """What one place is that a finding rests on."""
    key: Key = (item.kind or "", item.span_type or "")
    before, after = then.entries.get(names.get(key, key)), now.entries.get(key)
    if before == after:
        return "known"
    if before is None or after is None:
        return "new" if before is None else "changed"
    # What rests on another place, such as a schema, was found beside the answers that there were.
    as_it_was = isinstance(item, Cell) and same(before, after, item.part, item.field)
    return "known" if as_it_was else "changed"


#: The reasons that what is worse is told under; what is gone has one of its own.
_UNDER: Final[dict[ChangeKind, ReasonKind]] = {
    "lost": "lost", "silenced": "silenced", "withdrawn": "silenced", "raised": "silenced", "renamed": "silenced",
    "widened": "widened", "lowered": "lowered", "extended": "extended", "new": "new",
}  # fmt: skip


def _gone(found: Compared) -> list[Key]:
    return [(each.entry, each.span_type) for each in found.changes if each.kind == "gone"]
